import { z } from '@hono/zod-openapi';
import { isoTime } from '../std/clock.ts';
import { LANGUAGES } from '../std/language.ts';
import { formatAmount, type Money } from '../std/money.ts';
import { BANK_ASKED, CAPTURES, MEANS, STEPS, type PaymentState } from './payment.ts';
import type { PaymentView, Refund } from './verbs.ts';

/** What the API shows of payments: never a card number, never the secret of the hosted page again (S8). */
const STATES = ['created', ...new Set(Object.values(STEPS).map(({ to }) => to))].filter(
  (state, i, all) => all.indexOf(state) === i,
) as [PaymentState, ...PaymentState[]];

const time = () => z.string().openapi({ format: 'date-time' });

const PaymentAmount = z
  .object({
    value: z.string().openapi({ example: '312.40', description: 'Major units with a point.' }),
    currency: z.string().openapi({ example: 'EUR' }),
  })
  .openapi('PaymentAmount');

export const PaymentSchema = z
  .object({
    id: z.string().openapi({ example: 'pay_0g3n5s2h8v4k7m1q9r6t2w8x5z' }),
    state: z.enum(STATES).openapi({
      description:
        'created: waits for the payer. authorising: the bank is being asked. confirming: the code is out. executing: ' +
        'the code was right, and the bank is being asked. authorised: waits for `completion`. completed, refused, ' +
        'cancelled and expired are ends.',
    }),
    reason: z.string().nullable().openapi({
      description: 'Why it ended so, or why the last try failed; null while there is nothing to say.',
    }),
    means: z.enum(MEANS).nullable(),
    amount: PaymentAmount,
    completed: PaymentAmount.nullable().openapi({ description: 'What was debited.' }),
    refunded: PaymentAmount.openapi({ description: 'What of it was given back.' }),
    payee: z.string().openapi({ example: 'Acme' }),
    reference: z.string().nullable().openapi({ example: 'order 4711' }),
    description: z.string().nullable(),
    capture: z.enum(CAPTURES),
    bankAsked: z.enum(BANK_ASKED),
    payerAddress: z.string().nullable().openapi({
      example: '+33 6 •• •• •• 12',
      description: "Masked; of a payment on the operator's bill whole.",
    }),
    card: z.string().nullable().openapi({ example: 'Visa ···· 1234' }),
    exemption: z.string().nullable().openapi({ description: 'Why no code was demanded.' }),
    confirmation: z.string().nullable().openapi({ description: 'The confirmation by which it was proved.' }),
    authCode: z.string().nullable().openapi({ example: '482913' }),
    rrn: z.string().nullable().openapi({ description: "The bank's retrieval reference number." }),
    createdAt: time(),
    expiresAt: time().openapi({ description: 'When it ends by itself, if nothing happens.' }),
    endedAt: time().nullable(),
    language: z.enum(LANGUAGES).nullable(),
    returnUrl: z.string().nullable(),
  })
  .openapi('Payment');

export const CreatedPaymentSchema = PaymentSchema.extend({
  page: z.string().openapi({
    description: 'The hosted page to send the payer to; it carries a secret, and is answered this once.',
  }),
}).openapi('CreatedPayment');

export const RefundSchema = z
  .object({
    id: z.string().openapi({ example: 'rfd_0g3n5s2h8v4k7m1q9r6t2w8x5z' }),
    payment: z.string(),
    amount: PaymentAmount,
    state: z.enum(['asked', 'done', 'declined', 'unknown']).openapi({
      description: 'asked: the bank has yet to answer. unknown: it did not, and is told to undo it.',
    }),
    createdAt: time(),
  })
  .openapi('Refund');

function amountResource(money: Money): z.output<typeof PaymentAmount> {
  return { value: formatAmount(money), currency: money.currency };
}

export function paymentResource(view: PaymentView): z.output<typeof PaymentSchema> {
  const { id, state, reason, means, payee, reference, description, capture, bankAsked, payerAddress } = view;
  const { card, exemption, authCode, rrn, language, returnUrl } = view;
  return {
    id,
    state,
    reason,
    means,
    amount: amountResource(view.amount),
    completed: view.completed === null ? null : amountResource(view.completed),
    refunded: amountResource(view.refunded),
    payee,
    reference,
    description,
    capture,
    bankAsked,
    payerAddress,
    card,
    exemption,
    confirmation: view.confirmationId,
    authCode,
    rrn,
    createdAt: isoTime(view.createdAtMs),
    expiresAt: isoTime(view.expiresAtMs),
    endedAt: view.endedAtMs === null ? null : isoTime(view.endedAtMs),
    language,
    returnUrl,
  };
}

export function refundResource(payment: string, refund: Refund): z.output<typeof RefundSchema> {
  const { id, amount, state, createdAtMs } = refund;
  return { id, payment, amount: amountResource(amount), state, createdAt: isoTime(createdAtMs) };
}
