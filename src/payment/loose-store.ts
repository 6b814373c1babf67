/** The SQL of questions that a process may have left behind at a bank (migrations/080-payment.sql). */
import type { Question } from '../bank/exchange.ts';
import type { Tx } from '../store/connection.ts';
import type { PaymentKey } from './store.ts';

export type Loose = {
  readonly home: number;
  readonly paymentId: string;
  readonly kind: Question;
  readonly caller: string;
  readonly isOver: boolean;
};

/** Longer than any process can still be about to ask. */
const LOOK_MAX_MS = 30 * 60_000;
const EVERY_MS = 60_000;

export async function insertLoose(
  tx: Tx,
  { home, id }: PaymentKey,
  kind: Question,
  caller: string,
): Promise<void> {
  await tx`
    insert into payment_loose (home, payment_id, kind, caller, look_until, next_at)
    values (${home}, ${id}, ${kind}, ${caller}, clock_now() + ${LOOK_MAX_MS}::float8 * interval '1 millisecond',
      clock_now() + ${EVERY_MS}::float8 * interval '1 millisecond')
    on conflict (home, caller, kind) do nothing`;
}

/** Those that are due, put off to the next look. */
export async function claimLoose(tx: Tx, max: number): Promise<Loose[]> {
  return tx<Loose[]>`
    update payment_loose as l set next_at = clock_now() + ${EVERY_MS}::float8 * interval '1 millisecond'
    from (
      select home, caller, kind from payment_loose where next_at <= clock_now()
      order by next_at limit ${max}::int for update skip locked
    ) as due
    where l.home = due.home and l.caller = due.caller and l.kind = due.kind and due.home between 0 and 1023
    returning l.home::int as "home", l.payment_id as "paymentId", l.kind, l.caller,
      l.look_until <= clock_now() as "isOver"`;
}

export async function deleteLoose(tx: Tx, { home, caller, kind }: Loose): Promise<void> {
  await tx`delete from payment_loose where home = ${home} and caller = ${caller} and kind = ${kind}`;
}
