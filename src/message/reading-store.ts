import type { Db, Tx } from '../store/connection.ts';
import { bytea, type MessageKey } from './store.ts';

/** The SQL of readings: sessions in which somebody asked to read. */
export type Reading = {
  readonly confirmationId: string;
  readonly home: number;
  readonly messageId: string;
  readonly sessionHash: Uint8Array;
  readonly n: number | null;
  readonly provedAtMs: number | null;
  readonly handedAtMs: number | null;
};

const COLUMNS = `r.confirmation_id as "confirmationId", r.home::int as "home", r.message_id as "messageId",
  r.session_hash as "sessionHash", r.n::int as "n", extract(epoch from r.proved_at)::float8 * 1000 as "provedAtMs",
  extract(epoch from r.handed_at)::float8 * 1000 as "handedAtMs"`;

export async function insertReading(
  tx: Tx,
  key: MessageKey,
  reading: { readonly confirmationId: string; readonly sessionHash: Uint8Array },
): Promise<void> {
  await tx`
    insert into message_reading (confirmation_id, home, message_id, session_hash, opened_at)
    values (${reading.confirmationId}, ${key.home}, ${key.id}, ${bytea(reading.sessionHash)}::text::bytea,
      clock_now())`;
}

export async function readReading(db: Db, confirmationId: string): Promise<Reading | null> {
  const rows = await db<Reading[]>`
    select ${db.unsafe(COLUMNS)} from message_reading r where r.confirmation_id = ${confirmationId}`;
  return rows[0] ?? null;
}

export async function findReadings(tx: Tx, confirmationIds: readonly string[]): Promise<Reading[]> {
  const parameter = JSON.stringify(confirmationIds.map((id) => ({ id })));
  return tx<Reading[]>`
    select ${tx.unsafe(COLUMNS)} from json_to_recordset(${parameter}::text::json) as k ("id" text)
    join message_reading r on r.confirmation_id = k."id" where length(k."id") > 0`;
}

export async function proveReadings(
  tx: Tx,
  rows: readonly { readonly confirmationId: string; readonly n: number }[],
): Promise<void> {
  await tx`
    update message_reading as r set n = k."n", proved_at = clock_now()
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as k ("confirmationId" text, "n" smallint)
    where r.confirmation_id = k."confirmationId" and r.proved_at is null and length(k."confirmationId") > 0`;
}

export async function markHanded(tx: Tx, confirmationId: string): Promise<void> {
  await tx`
    update message_reading set handed_at = coalesce(handed_at, clock_now())
    where confirmation_id = ${confirmationId}`;
}
