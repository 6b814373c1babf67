import { createRoute, z } from '@hono/zod-openapi';
import { CONFIRMATION_PROBLEMS } from '../../confirmation/problems.ts';
import { OpenedSchema } from '../../confirmation/routes.ts';
import { BEHIND_API_KEY, jsonAnswer, jsonBody, problemAnswers } from '../../http/openapi.ts';
import type { ProblemTable } from '../../http/problem.ts';
import { LANGUAGES } from '../../std/language.ts';
import { CARDS_MAX, type AddCardRefusal } from './add.ts';
import { BRANDS } from './brand.ts';

/** The shapes and routes of cards on file, as the public reference shows them. */
export const CARD_PROBLEMS = {
  ...CONFIRMATION_PROBLEMS,
  unknown_subscriber: {
    status: 404,
    title: 'No such subscriber',
    detail: 'The tenant has no subscriber of this id, or he was erased.',
  },
  unknown_card: {
    status: 404,
    title: 'No such card on file',
    detail: 'The subscriber has no card of this token.',
  },
  card_malformed: {
    status: 422,
    title: 'The card is not right',
    detail: 'Its number does not have the length or the check digit of its kind, or its expiry is no month.',
  },
  card_expired: { status: 422, title: 'The card has expired', detail: 'Use another card.' },
  card_of_another: {
    status: 422,
    title: 'The card cannot be used',
    detail: 'A card on file belongs to one person. Use another card.',
  },
  too_many_cards: {
    status: 409,
    title: 'Too many cards on file',
    detail: `A subscriber has at most ${CARDS_MAX} cards on file. Remove one first.`,
  },
} as const satisfies ProblemTable<string> & ProblemTable<AddCardRefusal | 'unknown_card'>;

const COMMON = ['malformed_request', 'unauthenticated', 'outage'] as const;
const shared = { tags: ['Cards'], security: BEHIND_API_KEY };
const subscriberId = z.string().max(64).openapi({ example: 'sub_g5067bscq1mrcmxnvhcz8krbp0' });
const token = z.string().max(64).openapi({
  description: 'Stands for the card, tells nothing of it, and opens nothing elsewhere.',
  example: 'crd_g5067bscr9v3c0nq2y8d1m7kp4',
});

const CardSchema = z
  .object({
    token,
    brand: z.enum(BRANDS).openapi({ example: 'visa' }),
    lastFour: z.string().openapi({ example: '1234' }),
    masked: z.string().openapi({ description: 'For showing to a person.', example: 'Visa ···· 1234' }),
    expiry: z.string().nullable().openapi({
      description: 'MM/YY. Null when the card can no longer be opened: have it typed again.',
      example: '09/28',
    }),
    createdAt: z.iso.datetime(),
  })
  .openapi('Card');
export type CardJson = z.infer<typeof CardSchema>;

const NewCardSchema = z
  .strictObject({
    number: z.string().min(1).max(64).openapi({
      description: 'Spaces and hyphens do no harm. Never shown again, by no call.',
      example: '4970 1012 3456 7899',
    }),
    expiry: z.string().min(1).max(16).openapi({ description: 'MM/YY or MM/YYYY.', example: '09/28' }),
    language: z.enum(LANGUAGES).optional().openapi({
      description: "Of the message; else the subscriber's own.",
    }),
    returnUrl: z
      .url({ protocol: /^https?$/ })
      .max(1000)
      .transform((text) => new URL(text).href)
      .optional()
      .openapi({ description: 'Where the hosted page of the confirmation sends the person back to.' }),
  })
  .openapi('NewCard');

const AddedCardSchema = z.object({ card: CardSchema, confirmation: OpenedSchema }).openapi('AddedCard');

export const listCardsRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/subscribers/{subscriberId}/cards',
  operationId: 'listCards',
  summary: 'List the cards on file of a subscriber',
  description: 'The oldest first; at most 20. A card that waits for its code is not among them.',
  request: { params: z.strictObject({ subscriberId }) },
  responses: {
    200: jsonAnswer(z.object({ items: z.array(CardSchema) }).openapi('CardList'), 'His cards.'),
    ...problemAnswers(CARD_PROBLEMS, [...COMMON, 'unknown_subscriber']),
  },
});

export const addCardRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/subscribers/{subscriberId}/cards',
  operationId: 'addCard',
  summary: 'Put a card on file',
  description:
    'A code is sent to the subscriber; the card is on file once it came back (POST /v1/confirmations/{id}/verification, ' +
    'or the hosted page). Otherwise nothing of it is kept. There is no field for the security code, which is never ' +
    'stored. Better than this call is the hosted page of a payment, where the number never comes near your systems.',
  request: { params: z.strictObject({ subscriberId }), body: jsonBody(NewCardSchema, 'The card.') },
  responses: {
    201: jsonAnswer(AddedCardSchema, 'A code is on its way. The token is good once it was right.'),
    ...problemAnswers(CARD_PROBLEMS, [
      ...COMMON,
      'unknown_client',
      'unknown_subscriber',
      'no_address',
      'card_malformed',
      'card_expired',
      'card_of_another',
      'too_many_cards',
      'return_url_not_allowed',
      'channel_unavailable',
      'sending_limit',
    ]),
  },
});

export const removeCardRoute = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/subscribers/{subscriberId}/cards/{token}',
  operationId: 'removeCard',
  summary: 'Erase a card on file',
  description: 'Its number is gone at once. Payments that have asked their bank already go on.',
  request: { params: z.strictObject({ subscriberId, token }) },
  responses: {
    204: { description: 'Erased.' },
    ...problemAnswers(CARD_PROBLEMS, [...COMMON, 'unknown_card']),
  },
});
