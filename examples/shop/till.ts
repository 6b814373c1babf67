/**
 * Where money meets orders. All of it is asked of Countersign by the SDK; the shop itself sees no card.
 *
 *   order written down ──▶ payment created ──▶ customer sent to the hosted page ──▶ comes back, or not
 *        │ (idempotent by order and try: twice pressed or crashed between, there is one payment)
 *        └◀── webhook: "something changed" ──▶ the API is asked what ──▶ order written down
 *
 * Webhooks may come late, twice or in the wrong order, and browsers bring back whatever they like: both are
 * only hints. What is believed is what the API says when it is asked, for this amount and this order.
 */
import { CountersignProblem } from '../../src/sdk/problem.ts';
import type { Payment } from '../../src/sdk/payment-types.ts';
import type { Payments } from '../../src/sdk/payments.ts';
import { amountOf } from './money.ts';
import { isSettled, lastTry, stateOf, withPayment, type Order } from './order.ts';
import type { OrderStore } from './order-store.ts';
import { every, nowMs } from './system.ts';

/** What the shop uses of the SDK. */
export type ShopPayments = Pick<Payments, 'create' | 'get' | 'complete' | 'cancel' | 'refund'>;

export type Till = AsyncDisposable & {
  /** The hosted page to send the customer to; a new payment only where there is none that can still be paid. */
  readonly payPage: (order: Order) => Promise<string>;
  /** Asks the API about the order's payment. */
  readonly refresh: (order: Order) => Promise<Order>;
  /** Sends the goods: takes what was held, or a part of it. */
  readonly send: (order: Order, cents: number | null) => Promise<Order>;
  readonly cancel: (order: Order) => Promise<Order>;
  /** `once` makes the same press of a button the same refund. */
  readonly refund: (order: Order, cents: number | null, once: string) => Promise<Order>;
};

export type TillOptions = {
  readonly payments: ShopPayments;
  readonly orders: OrderStore;
  /** Where the hosted page sends customers back to. */
  readonly returnUrl: string;
  /** How often open orders are asked about without a webhook. */
  readonly pollMs?: number;
};

const POLL_MS = 20_000;
/** After this long an order that nobody paid is looked at no more; its payment has expired. */
const OPEN_MAX_MS = 8 * 24 * 60 * 60_000;
const DESCRIPTION_MAX = 140;

export function createTill({ payments, orders, returnUrl, pollMs = POLL_MS }: TillOptions): Till {
  /** By order: what is asked of the API, one after the other, so that an older answer never comes last. */
  const turns = new Map<string, Promise<unknown>>();

  function inTurn<T>({ id }: Order, act: (order: Order) => Promise<T>): Promise<T> {
    const before = turns.get(id) ?? Promise.resolve();
    const mine = before.then(() => {
      const order = orders.find(id);
      if (!order) throw new TypeError(`There is no order ${id}.`);
      return act(order);
    });
    const settled = mine
      .catch(() => undefined)
      .finally(() => {
        if (turns.get(id) === settled) turns.delete(id);
      });
    turns.set(id, settled);
    return mine;
  }

  async function believe(order: Order, told: Payment): Promise<Order> {
    const at = nowMs();
    return (await orders.update(order.id, (now) => withPayment(now, told, at) ?? now)) ?? order;
  }

  async function ask(order: Order): Promise<Order> {
    const last = lastTry(order);
    return last === null ? order : believe(order, await payments.get(last.payment));
  }

  async function createPayment(order: Order): Promise<string> {
    const made = await payments.create(
      {
        amount: amountOf(order.totalCents),
        reference: order.number,
        description: descriptionOf(order),
        ...(order.customer === null ? {} : { payer: { identifier: { value: order.customer } } }),
        capture: order.isHeld ? 'manual' : 'automatic',
        returnUrl,
      },
      { idempotencyKey: `${order.id}-${order.tries.length + 1}` },
    );
    const { id: payment, page } = made;
    await orders.update(order.id, (now) => ({
      ...now,
      tries: [...now.tries, { payment, page, seen: null }],
    }));
    return page;
  }

  async function payPage(order: Order): Promise<string> {
    const now = await ask(order);
    const last = lastTry(now);
    const isOpen = last !== null && ['waiting', 'held', 'paid'].includes(stateOf(now));
    return isOpen ? last.page : createPayment(now);
  }

  async function refundPart(order: Order, cents: number | null, once: string): Promise<Order> {
    const last = lastTry(order);
    if (last === null) return order;
    const input = cents === null ? {} : { amount: amountOf(cents) };
    await payments.refund(last.payment, input, { idempotencyKey: `${order.id}-${once}` });
    return ask(order);
  }

  const polling = every(pollMs, async () => {
    const youngest = nowMs() - OPEN_MAX_MS;
    for (const order of orders.all()) {
      if (isSettled(order) || order.placedAtMs < youngest) continue;
      // An outage now is no matter: it is asked again.
      await inTurn(order, ask).catch(() => undefined);
    }
  });

  return {
    payPage: (order) => inTurn(order, payPage),
    refresh: (order) => inTurn(order, ask),
    send: (order, cents) =>
      inTurn(order, async (now) => {
        const last = lastTry(now);
        if (last !== null && stateOf(now) === 'held') {
          const input = cents === null ? {} : { amount: amountOf(cents) };
          await believe(now, await payments.complete(last.payment, input));
        }
        const at = nowMs();
        const sent = await orders.update(now.id, (found) => ({ ...found, sentAtMs: found.sentAtMs ?? at }));
        return sent ?? now;
      }),
    cancel: (order) =>
      inTurn(order, async (now) => {
        const last = lastTry(now);
        return last === null ? now : believe(now, await payments.cancel(last.payment));
      }),
    refund: (order, cents, once) => inTurn(order, (now) => refundPart(now, cents, once)),
    [Symbol.asyncDispose]: async () => {
      polling.stop();
      await Promise.all(turns.values());
    },
  };
}

/** "Field notebook, 2 × Desk mug", as long as it may be. */
function descriptionOf({ lines }: Order): string {
  const text = lines.map(({ name, count }) => (count === 1 ? name : `${count} × ${name}`)).join(', ');
  return text.length <= DESCRIPTION_MAX ? text : `${text.slice(0, DESCRIPTION_MAX - 1)}…`;
}

/** What the customer is told when the API says no; null for what is not of this kind. */
export function refusalOf(error: unknown): CountersignProblem | null {
  return error instanceof CountersignProblem ? error : null;
}
