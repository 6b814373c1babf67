import { createRoute, z } from '@hono/zod-openapi';
import { amountInput, line, SomebodyInput } from '../http/inputs.ts';
import { BEHIND_API_KEY, jsonAnswer, jsonBody, PageQuery, pageOf, problemAnswers } from '../http/openapi.ts';
import { OpenedSchema } from '../confirmation/routes.ts';
import { homeOf } from '../std/id.ts';
import { LANGUAGES } from '../std/language.ts';
import { BANK_ASKED, CAPTURES, OPEN_MAX_MS } from './payment.ts';
import { PAYMENT_PROBLEMS as PROBLEMS } from './problems.ts';
import { CreatedPaymentSchema, PaymentSchema, RefundSchema } from './resource.ts';

/** The shapes and routes of the API of payments, as the public reference shows them. */
const shared = { tags: ['Payments'], security: BEHIND_API_KEY };
const COMMON = ['malformed_request', 'unauthenticated', 'outage'] as const;
const MINUTE_MS = 60_000;
/** Field 4 of ISO 8583 has twelve digits. */
const MINOR_MAX = 999_999_999_999n;

const AmountInput = amountInput((minor) =>
  minor > 0n && minor <= MINOR_MAX ? null : 'must be more than zero, and at most 12 digits',
).openapi('PaymentAmountInput');

const PayerSchema = SomebodyInput.openapi({
  description:
    'Who pays: a subscriber by id or identifier; or an address, where policy lets the caller name it.',
  example: { identifier: { value: 'alice' } },
});
export type PayerInput = z.output<typeof PayerSchema>;

const NewPaymentSchema = z
  .strictObject({
    amount: AmountInput,
    payee: line(70).optional().openapi({
      description: "Who receives, as the payer sees it on his page and his device; else the client's name.",
      example: 'Acme',
    }),
    reference: line(64).optional().openapi({
      description: 'Your own number of the order; the payer sees it too.',
      example: 'order 4711',
    }),
    description: line(140).optional().openapi({
      description: 'What is paid for; on the hosted page and in the message with the code.',
      example: '2 tickets, row 7',
    }),
    payer: PayerSchema.optional().openapi({
      description:
        'Who pays, where you know; his cards on file are then offered on the hosted page. Without it the payer says it there.',
    }),
    capture: z.enum(CAPTURES).optional().openapi({
      description:
        'automatic: the right code completes it. manual: you do, within 7 days, all of it or a part. Else as policy says.',
    }),
    bankAsked: z.enum(BANK_ASKED).optional().openapi({
      description:
        'Whether the bank is asked before the code is sent, or after it was right; else as policy says.',
    }),
    series: line(64)
      .optional()
      .openapi({ description: 'The name of a subscription that this payment belongs to.' }),
    language: z.enum(LANGUAGES).optional(),
    returnUrl: z
      .url({ protocol: /^https?$/ })
      .max(1000)
      .transform((text) => new URL(text).href)
      .optional()
      .openapi({
        description:
          'Where the hosted page sends the payer back to, with `payment` and `state` added; one of your return origins.',
        example: 'https://shop.example/orders/4711',
      }),
    validityMs: z
      .int()
      .min(MINUTE_MS)
      .max(OPEN_MAX_MS)
      .default(OPEN_MAX_MS)
      .openapi({ description: 'How long the payer has to begin.' }),
  })
  .openapi('NewPayment', {
    example: {
      amount: { value: '312.40', currency: 'EUR' },
      reference: 'order 4711',
      description: '2 tickets, row 7',
      returnUrl: 'https://shop.example/orders/4711',
    },
  });

const PartSchema = z
  .strictObject({ amount: AmountInput.optional().openapi({ description: 'All that is left when absent.' }) })
  .openapi('PartOfPayment');

const BeginSchema = z
  .strictObject({
    means: z
      .discriminatedUnion('kind', [
        z.strictObject({
          kind: z.literal('card_on_file'),
          token: z.string().min(1).max(64).openapi({ example: 'crd_0g3n5s2h8v4k7m1q9r6t2w8x5z' }),
        }),
        z.strictObject({ kind: z.literal('trustee') }),
      ])
      .openapi({
        description:
          "A card on file of the payer, or the operator's bill. Card numbers go to the hosted page only.",
      }),
    payer: PayerSchema.optional().openapi({ description: 'Ignored where the payment names him.' }),
    language: z.enum(LANGUAGES).optional(),
  })
  .openapi('BeginPayment');

const BegunSchema = z
  .union([
    z.object({ next: z.literal('code'), confirmation: OpenedSchema }),
    z.object({ next: z.literal('done'), payment: PaymentSchema }),
  ])
  .openapi('BegunPayment');

const OfPayment = z.object({
  id: z.string().max(64).openapi({ example: 'pay_0g3n5s2h8v4k7m1q9r6t2w8x5z' }),
});

export const createPaymentRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/payments',
  operationId: 'createPayment',
  summary: 'Ask for a payment',
  description:
    'Redirect the payer to `page`: there he says how he pays, his bank is asked, and a code that depends on exactly this ' +
    'amount and payee goes to his own device. Nothing is debited without it, or without a written reason for none.',
  request: { body: jsonBody(NewPaymentSchema, 'How much, and for what.') },
  responses: {
    201: jsonAnswer(CreatedPaymentSchema, 'The payment, and the page to send the payer to.'),
    ...problemAnswers(PROBLEMS, [
      ...COMMON,
      'unknown_client',
      'return_url_not_allowed',
      'unsupported_currency',
    ]),
  },
});

export const listPaymentsRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/payments',
  operationId: 'listPayments',
  summary: 'List your payments, the newest first',
  request: {
    query: PageQuery.refine(({ cursor }) => cursor === undefined || homeOf('pay', cursor) !== null, {
      path: ['cursor'],
      message: 'must be the nextCursor of a page',
    }),
  },
  responses: {
    200: jsonAnswer(pageOf(PaymentSchema, 'PaymentList'), 'One page.'),
    ...problemAnswers(PROBLEMS, COMMON),
  },
});

export const getPaymentRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/payments/{id}',
  operationId: 'getPayment',
  summary: 'Look at a payment',
  description: 'What a browser brings back proves nothing: ask here, or wait for the webhook.',
  request: { params: OfPayment },
  responses: {
    200: jsonAnswer(PaymentSchema, 'As it is now.'),
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_found']),
  },
});

export const beginPaymentRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/payments/{id}/begin',
  operationId: 'beginPayment',
  summary: 'Begin a payment on a page of your own',
  description:
    'Asks the bank and sends the code. Bring the code to POST /v1/confirmations/{id}/verification; the right one ' +
    'completes the payment in the same transaction.',
  request: { params: OfPayment, body: jsonBody(BeginSchema, 'How it is paid.') },
  responses: {
    200: jsonAnswer(
      BegunSchema,
      'The confirmation whose code is on its way; or done, where none is demanded.',
    ),
    ...problemAnswers(PROBLEMS, [
      ...COMMON,
      'not_found',
      'not_open',
      'unknown_payer',
      'unknown_card',
      'card_expired',
      'card_of_another',
      'no_contract',
      'contract_limit',
      'bank_declined',
      'bank_unreachable',
      'tries_used_up',
      'unknown_client',
      'unknown_subscriber',
      'no_address',
      'address_not_allowed',
      'malformed_address',
      'channel_unavailable',
      'sending_limit',
    ]),
  },
});

export const completePaymentRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/payments/{id}/completion',
  operationId: 'completePayment',
  summary: 'Complete an authorised payment',
  description: 'All of it or a part, once; what is left of the authorisation goes back to the payer.',
  request: { params: OfPayment, body: jsonBody(PartSchema, 'How much.') },
  responses: {
    200: jsonAnswer(PaymentSchema, 'Completed.'),
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_found', 'not_authorised', 'amount_too_high']),
  },
});

export const cancelPaymentRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/payments/{id}/cancellation',
  operationId: 'cancelPayment',
  summary: 'Cancel a payment before it is completed',
  description: 'What its bank holds is given back; a code that is out no longer works.',
  request: { params: OfPayment },
  responses: {
    200: jsonAnswer(PaymentSchema, 'Cancelled.'),
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_found', 'not_cancellable']),
  },
});

export const refundPaymentRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/payments/{id}/refunds',
  operationId: 'refundPayment',
  summary: 'Give back a completed payment',
  description: 'All that is left of it or a part, as often as something is left.',
  request: { params: OfPayment, body: jsonBody(PartSchema, 'How much.') },
  responses: {
    201: jsonAnswer(RefundSchema, 'The refund.'),
    ...problemAnswers(PROBLEMS, [
      ...COMMON,
      'not_found',
      'not_completed',
      'amount_too_high',
      'bank_declined',
      'bank_unreachable',
      'refund_running',
    ]),
  },
});

export const listRefundsRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/payments/{id}/refunds',
  operationId: 'listRefunds',
  summary: 'List the refunds of a payment',
  request: { params: OfPayment },
  responses: {
    200: jsonAnswer(z.object({ items: z.array(RefundSchema) }).openapi('RefundList'), 'All of them.'),
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_found']),
  },
});
