/** The shapes and routes of the directory's API, as the public reference shows them. */
import { LANGUAGES } from '../std/language.ts';
import { createRoute, z } from '@hono/zod-openapi';
import { BEHIND_API_KEY, jsonAnswer, jsonBody, PageQuery, pageOf, problemAnswers } from '../http/openapi.ts';
import { KERNEL_PROBLEMS, type ProblemTable } from '../http/problem.ts';
import { IDENTIFIER_MAX, KIND } from './identifier.ts';
import { ADDRESSES_MAX, IDENTIFIERS_MAX, NAME_MAX, type SubscriberRefusal } from './subscriber.ts';

type RouteRefusal = SubscriberRefusal | 'administrator_only' | 'address_relied_upon';

export const DIRECTORY_PROBLEMS = {
  unknown_subscriber: {
    status: 404,
    title: 'No such subscriber',
    detail: 'The tenant has no subscriber of this id, or he was erased.',
  },
  unknown_address: {
    status: 404,
    title: 'No such address',
    detail: 'The subscriber has no address of this id.',
  },
  malformed_identifier: {
    status: 400,
    title: 'An identifier is malformed',
    detail: 'See the description of identifiers.',
  },
  malformed_address: {
    status: 400,
    title: 'The address is malformed',
    detail: 'Write the telephone number in international form, such as "+33612345678".',
  },
  identifier_taken: {
    status: 409,
    title: 'The identifier belongs to another subscriber',
    detail: 'Look the other one up by this identifier.',
  },
  address_exists: {
    status: 409,
    title: 'The subscriber has this address already',
    detail: 'List his addresses. To change how it is vouched for, remove it first.',
  },
  too_many_identifiers: {
    status: 409,
    title: 'Too many identifiers',
    detail: `A subscriber has at most ${IDENTIFIERS_MAX} identifiers.`,
  },
  too_many_addresses: {
    status: 409,
    title: 'Too many addresses',
    detail: `A subscriber has at most ${ADDRESSES_MAX} addresses. Remove one first.`,
  },
  administrator_only: {
    status: 403,
    title: 'Only an administrator key may do this',
    detail:
      'Vouching for an address and changing or erasing who someone is need an administrator key of the tenant.',
  },
  address_relied_upon: {
    status: 403,
    title: 'Codes are sent to this address',
    detail:
      'Removing a vouched or bound address needs an administrator key; a new one is bound by a confirmation.',
  },
} as const satisfies ProblemTable<RouteRefusal>;

const PROBLEMS = { ...KERNEL_PROBLEMS, ...DIRECTORY_PROBLEMS };
const USUAL = ['malformed_request', 'unauthenticated', 'outage'] as const;

const name = z
  .string()
  .trim()
  .min(1)
  .max(NAME_MAX)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be one line without control characters')
  .nullable()
  .openapi({ example: 'Marie Dupont' });
const language = z.enum(LANGUAGES).nullable().openapi({
  description: 'Of his messages and pages; null follows the client or the browser.',
  example: 'fr',
});
const subscriberId = z.string().max(64).openapi({ example: 'sub_g5067bscq1mrcmxnvhcz8krbp0' });
const addressId = z.string().max(64).openapi({ example: 'adr_g5067bscr05x92m8v0kz7y1qm0' });

const IdentifierSchema = z
  .strictObject({
    kind: z.string().regex(KIND).openapi({
      description:
        'What the value is, in small letters: `subscriber_number`, `email`, `username`, `phone`, or a word of your own.',
      example: 'email',
    }),
    value: z
      .string()
      .min(1)
      .max(IDENTIFIER_MAX)
      .openapi({
        description:
          'Unique for its kind within the tenant. Stored in Unicode NFKC; e-mail addresses and user names in small ' +
          'letters, telephone numbers as E.164.',
        example: 'marie@example.com',
      }),
  })
  .openapi('Identifier');
const identifiers = z.array(IdentifierSchema).max(IDENTIFIERS_MAX);

const AddressSchema = z
  .object({
    id: addressId,
    channel: z.enum(['sms']),
    value: z.string().openapi({ description: 'E.164.', example: '+33612345678' }),
    masked: z.string().openapi({ description: 'For showing to a person.', example: '+33 6 •• •• •• 78' }),
    state: z.enum(['pending', 'vouched', 'bound', 'retired']).openapi({
      description:
        '`pending`: claimed; codes are sent to it only to bind it. `vouched`: the contract data of the tenant or a ' +
        'number directory answer for it. `bound`: its holder proved possession by a code.',
      example: 'vouched',
    }),
    source: z.enum(['contract', 'number_directory', 'caller']).openapi({ example: 'contract' }),
    createdAt: z.iso.datetime(),
    boundAt: z.iso.datetime().nullable().openapi({ example: null }),
  })
  .openapi('Address');
export type AddressJson = z.infer<typeof AddressSchema>;

const NewAddressSchema = z
  .strictObject({
    channel: z.enum(['sms']),
    value: z.string().min(1).max(64).openapi({
      description: 'A telephone number that receives messages, in any spelling with its country.',
      example: '+33 6 12 34 56 78',
    }),
    vouched: z.boolean().default(false).openapi({
      description: 'The contract data of the tenant answer for it. Only with an administrator key.',
    }),
  })
  .openapi('NewAddress');

const SubscriberSchema = z
  .object({
    id: subscriberId,
    name,
    language,
    identifiers: z.array(IdentifierSchema),
    addresses: z.array(AddressSchema),
    createdAt: z.iso.datetime(),
  })
  .openapi('Subscriber');
export type SubscriberJson = z.infer<typeof SubscriberSchema>;

const NewSubscriberSchema = z
  .strictObject({
    name: name.default(null),
    language: language.default(null),
    identifiers: identifiers.default([]),
    addresses: z.array(NewAddressSchema).max(ADDRESSES_MAX).default([]),
  })
  .openapi('NewSubscriber');
const SubscriberChangeSchema = z
  .strictObject({
    name: name.optional(),
    language: language.optional(),
    identifiers: identifiers.optional().openapi({
      description: 'All of them; those that are not listed are taken away. Only with an administrator key.',
    }),
  })
  .openapi('SubscriberChange');

const SubscriberQuery = PageQuery.extend({
  identifier: z
    .string()
    .min(1)
    .max(2 * IDENTIFIER_MAX)
    .optional()
    .openapi({ description: 'Only who is known by this, in any spelling.', example: 'marie@example.com' }),
  kind: z.string().regex(KIND).optional().openapi({
    description: 'With `identifier`: what kind it is. Without, all kinds are searched.',
    example: 'email',
  }),
});

const ofSubscriber = z.strictObject({ subscriberId });
const ofAddress = z.strictObject({ subscriberId, addressId });
const shared = { tags: ['Subscribers'], security: BEHIND_API_KEY };

export const listRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/subscribers',
  operationId: 'listSubscribers',
  summary: 'List or find subscribers',
  description: 'All subscribers of the tenant, or with `identifier` the one who is known by it.',
  request: { query: SubscriberQuery },
  responses: {
    200: jsonAnswer(pageOf(SubscriberSchema, 'SubscriberPage'), 'A page of subscribers.'),
    ...problemAnswers(PROBLEMS, USUAL),
  },
});

export const createSubscriberRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/subscribers',
  operationId: 'createSubscriber',
  summary: 'Create a subscriber',
  description:
    'A subscriber is a person who confirms. Addresses are pending until a code bound them, unless an administrator ' +
    'key vouches for them.',
  request: { body: jsonBody(NewSubscriberSchema, 'The subscriber.') },
  responses: {
    201: jsonAnswer(SubscriberSchema, 'The new subscriber.'),
    ...problemAnswers(PROBLEMS, [
      ...USUAL,
      'malformed_identifier',
      'malformed_address',
      'administrator_only',
      'identifier_taken',
      'address_exists',
      'too_many_identifiers',
    ]),
  },
});

export const getRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/subscribers/{subscriberId}',
  operationId: 'getSubscriber',
  summary: 'Get a subscriber',
  request: { params: ofSubscriber },
  responses: {
    200: jsonAnswer(SubscriberSchema, 'The subscriber.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_subscriber']),
  },
});

export const changeRoute = createRoute({
  ...shared,
  method: 'patch',
  path: '/v1/subscribers/{subscriberId}',
  operationId: 'changeSubscriber',
  summary: 'Change a subscriber',
  description:
    'Only the fields that are sent change. Identifiers decide who is meant, so they need an administrator key.',
  request: { params: ofSubscriber, body: jsonBody(SubscriberChangeSchema, 'What changes.') },
  responses: {
    200: jsonAnswer(SubscriberSchema, 'The subscriber as he is now.'),
    ...problemAnswers(PROBLEMS, [
      ...USUAL,
      'malformed_identifier',
      'administrator_only',
      'unknown_subscriber',
      'identifier_taken',
      'too_many_identifiers',
    ]),
  },
});

export const eraseRoute = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/subscribers/{subscriberId}',
  operationId: 'eraseSubscriber',
  summary: 'Erase a subscriber',
  description:
    'Removes his name, language, identifiers and addresses for ever. Evidence stays whole, without what it said of him. ' +
    'Only with an administrator key.',
  request: { params: ofSubscriber },
  responses: {
    204: { description: 'His personal data are erased.' },
    ...problemAnswers(PROBLEMS, [...USUAL, 'administrator_only', 'unknown_subscriber']),
  },
});

export const listAddressesRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/subscribers/{subscriberId}/addresses',
  operationId: 'listAddresses',
  summary: 'List the addresses of a subscriber',
  request: { params: ofSubscriber },
  responses: {
    200: jsonAnswer(
      z.object({ items: z.array(AddressSchema) }).openapi('AddressList'),
      'His addresses, without the retired ones.',
    ),
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_subscriber']),
  },
});

export const addAddressRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/subscribers/{subscriberId}/addresses',
  operationId: 'addAddress',
  summary: 'Add an address',
  description:
    'The address is pending until it is bound by a code, unless an administrator key vouches for it.',
  request: { params: ofSubscriber, body: jsonBody(NewAddressSchema, 'The address.') },
  responses: {
    201: jsonAnswer(AddressSchema, 'The new address.'),
    ...problemAnswers(PROBLEMS, [
      ...USUAL,
      'malformed_address',
      'administrator_only',
      'unknown_subscriber',
      'address_exists',
      'too_many_addresses',
    ]),
  },
});

export const removeAddressRoute = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/subscribers/{subscriberId}/addresses/{addressId}',
  operationId: 'removeAddress',
  summary: 'Remove an address',
  description: 'No code is sent to it any more. A vouched or bound address needs an administrator key.',
  request: { params: ofAddress },
  responses: {
    204: { description: 'The address is retired.' },
    ...problemAnswers(PROBLEMS, [...USUAL, 'address_relied_upon', 'unknown_address']),
  },
});
