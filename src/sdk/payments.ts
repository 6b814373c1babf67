/**
 * Payments, from the order to the refund.
 *
 *   const payment = await countersign.payments.create({
 *     amount: { value: '312.40', currency: 'EUR' }, reference: 'order 4711', returnUrl: 'https://shop.example/back',
 *   });
 *   redirect(payment.page);                                    // the payer pays there, and comes back
 *   const { state } = await countersign.payments.get(payment.id); // 'completed'; the webhook says so too
 *   await countersign.payments.refund(payment.id, { amount: { value: '20.00', currency: 'EUR' } });
 */
import { pathOf, queryOf, type CallOptions, type Transport } from './transport.ts';
import type {
  BeginPayment,
  BegunPayment,
  CreatedPayment,
  NewPayment,
  Payment,
  PaymentAmount,
  PaymentEvent,
  Refund,
} from './payment-types.ts';
import type { Page, PageQuery } from './types.ts';
import type { WebhookEvent } from './webhooks.ts';

export type Payments = {
  /** Nothing is debited yet: redirect the payer to `page`. */
  readonly create: (input: NewPayment, options?: CallOptions) => Promise<CreatedPayment>;
  readonly get: (id: string, options?: CallOptions) => Promise<Payment>;
  /** The newest first. */
  readonly list: (query?: PageQuery, options?: CallOptions) => Promise<Page<Payment>>;
  /**
   * On a page of your own: asks the bank and sends the code. Throws a `CountersignProblem` whose `refusal` is
   * `bank_declined` when the bank says no; no code was sent then.
   */
  readonly begin: (id: string, input: BeginPayment, options?: CallOptions) => Promise<BegunPayment>;
  /** Of an authorised payment; all of it without an amount. */
  readonly complete: (
    id: string,
    input?: { amount?: PaymentAmount },
    options?: CallOptions,
  ) => Promise<Payment>;
  readonly cancel: (id: string, options?: CallOptions) => Promise<Payment>;
  /** All that is left without an amount. */
  readonly refund: (id: string, input?: { amount?: PaymentAmount }, options?: CallOptions) => Promise<Refund>;
  readonly refunds: (id: string, options?: CallOptions) => Promise<{ items: Refund[] }>;
};

const ROOT = ['v1', 'payments'] as const;

export function paymentsOver({ send }: Transport): Payments {
  return {
    create: (input, options) => send('POST', pathOf(...ROOT), input, options),
    get: (id, options) => send('GET', pathOf(...ROOT, id), undefined, options),
    list: (query = {}, options) => send('GET', pathOf(...ROOT) + queryOf(query), undefined, options),
    begin: (id, input, options) => send('POST', pathOf(...ROOT, id, 'begin'), input, options),
    complete: (id, input = {}, options) => send('POST', pathOf(...ROOT, id, 'completion'), input, options),
    cancel: (id, options) => send('POST', pathOf(...ROOT, id, 'cancellation'), undefined, options),
    refund: (id, input = {}, options) => send('POST', pathOf(...ROOT, id, 'refunds'), input, options),
    refunds: (id, options) => send('GET', pathOf(...ROOT, id, 'refunds'), undefined, options),
  };
}

/** A webhook that `verifyWebhook` believed, as the payment's that it is of; null when it is of something else. */
export function paymentEventOf(event: WebhookEvent): PaymentEvent | null {
  return event.type.startsWith('payment.') ? (event as unknown as PaymentEvent) : null;
}
