/**
 * The SQL of sealing the cards of payments anew. Nothing here opens a card. `home between 0 and 1023` holds
 * for every row, and lets the planner use the key whatever the size of the table was.
 */
import type { Db } from '../store/connection.ts';

export type PaymentCardRow = {
  readonly home: number;
  readonly id: string;
  readonly keyId: string;
  readonly card: Uint8Array;
};

export async function countCardsSealedOtherwise(db: Db, keyId: string): Promise<number> {
  const [row] = await db<{ n: number }[]>`
    select count(*)::int as n from payment
    where card is not null and key_id <> ${keyId} and home between 0 and 1023`;
  return row?.n ?? 0;
}

/** In the order of their keys, from after one. */
export async function listCardsSealedOtherwise(
  db: Db,
  keyId: string,
  after: Pick<PaymentCardRow, 'home' | 'id'>,
  max: number,
): Promise<PaymentCardRow[]> {
  return db<PaymentCardRow[]>`
    select home, id, key_id as "keyId", card from payment
    where card is not null and key_id <> ${keyId} and (home, id) > (${after.home}, ${after.id})
      and home between 0 and 1023
    order by home, id limit ${max}`;
}

/** False when it was erased, or another card was typed, since `was` was read. */
export async function resealPaymentCard(db: Db, was: Uint8Array, now: PaymentCardRow): Promise<boolean> {
  const rows = await db`
    update payment set key_id = ${now.keyId}, card = ${now.card}
    where home = ${now.home} and id = ${now.id} and card = ${was}
    returning 1`;
  return rows.length === 1;
}
