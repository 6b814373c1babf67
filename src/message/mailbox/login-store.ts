import { toHex } from '../../std/bytes.ts';
import type { Db } from '../../store/connection.ts';

/** The SQL of sign-ins. */
const bytea = (bytes: Uint8Array): string => `\\x${toHex(bytes)}`;

/** How many forgotten rows each new one clears away. */
const CLEARED_MAX = 20;

/** Keeps a sign-in in place of the browser's earlier one. */
export async function insertLogin(
  db: Db,
  login: { hash: Uint8Array; before: Uint8Array; confirmationId: string; lifeMs: number },
): Promise<void> {
  await db`
    with gone as (
      delete from page_login where hash = ${bytea(login.before)}::text::bytea or hash in (
        select hash from page_login where expires_at < clock_now() limit ${CLEARED_MAX}::int
      )
    )
    insert into page_login (hash, confirmation_id, expires_at)
    values (${bytea(login.hash)}::text::bytea, ${login.confirmationId},
      clock_now() + ${login.lifeMs}::int * interval '1 millisecond')`;
}

export async function findLogin(db: Db, hash: Uint8Array): Promise<string | null> {
  const rows = await db<{ confirmationId: string }[]>`
    select confirmation_id as "confirmationId" from page_login
    where hash = ${bytea(hash)}::text::bytea and expires_at > clock_now()`;
  return rows[0]?.confirmationId ?? null;
}

export async function deleteLogin(db: Db, hash: Uint8Array): Promise<void> {
  await db`delete from page_login where hash = ${bytea(hash)}::text::bytea`;
}
