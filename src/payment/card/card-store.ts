/**
 * The SQL of the vault. Nothing here opens a card. `home between 0 and 1023` holds for every row; it makes
 * the planner look each one up by its key whatever the size of the table was.
 */
import { must } from '../../std/assert.ts';
import { toHex } from '../../std/bytes.ts';
import type { Id } from '../../std/id.ts';
import type { Db, Tx } from '../../store/connection.ts';
import type { Brand } from './brand.ts';

export type CardKey = { readonly home: number; readonly tenantId: string; readonly token: string };

export type CardRow = {
  readonly home: number;
  readonly token: string;
  readonly tenantId: string;
  readonly subscriberId: string | null;
  /** Null of a card on file. */
  readonly onceFor: string | null;
  readonly keyId: string;
  readonly fingerprint: Uint8Array;
  readonly sealed: Uint8Array;
  readonly brand: Brand;
  readonly lastFour: string;
  readonly createdAt: Date;
};

export type TypedRow = {
  readonly token: Id<'crd'>;
  readonly tenantId: string;
  readonly subscriberId: string | null;
  readonly onceFor: string;
};

export type NewCardRow = Omit<CardRow, 'createdAt'>;

const columns = (db: Db) => db`
  home, token, tenant_id as "tenantId", subscriber_id as "subscriberId", once_for as "onceFor",
  key_id as "keyId", fingerprint, sealed, brand, last_four as "lastFour", created_at as "createdAt"`;

/** `onceMs`: how long a card stays that is typed once. */
export async function insertCard(db: Db, row: NewCardRow, onceMs: number): Promise<CardRow> {
  const { onceFor } = row;
  const isOnce = onceFor !== null;
  const rows = await db<CardRow[]>`
    insert into card (home, token, tenant_id, state, subscriber_id, once_for, key_id, fingerprint, sealed, brand,
      last_four, erase_at)
    values (${row.home}, ${row.token}, ${row.tenantId}, ${isOnce ? 'once' : 'kept'}, ${row.subscriberId},
      ${onceFor}, ${row.keyId}, ${row.fingerprint}, ${row.sealed}, ${row.brand}, ${row.lastFour},
      case when ${isOnce} then clock_now() + ${onceMs} * interval '1 millisecond' end)
    returning ${columns(db)}`;
  return must(rows[0], 'an insert returns its row');
}

/** In no order; those that are there. */
export async function findCards(db: Db, keys: readonly CardKey[]): Promise<CardRow[]> {
  const parameter = JSON.stringify(
    keys.map(({ home, token, tenantId }) => ({ ofHome: home, ofToken: token, ofTenant: tenantId })),
  );
  return db<CardRow[]>`
    select ${columns(db)}
    from json_to_recordset(${parameter}::text::json) as k ("ofHome" smallint, "ofToken" text, "ofTenant" text)
    join card on home = k."ofHome" and token = k."ofToken" and tenant_id = k."ofTenant"
    where k."ofHome" between 0 and 1023`;
}

export async function lockCard(tx: Tx, { home, tenantId, token }: CardKey): Promise<CardRow | null> {
  const [row = null] = await tx<CardRow[]>`
    select ${columns(tx)} from card
    where home = ${home} and token = ${token} and tenant_id = ${tenantId} for update`;
  return row;
}

/**
 * Whoever puts the same number on file at the same time waits here, whichever of the master keys he takes for
 * current.
 */
export async function lockFingerprints(tx: Tx, fingerprints: readonly Uint8Array[]): Promise<void> {
  const locks = fingerprints.map((bytes) => Buffer.from(bytes).readBigInt64BE()).toSorted(byValue);
  await tx`select pg_advisory_xact_lock(n) from unnest(${locks.map(String)}::bigint[]) as n`;
}

/** The card on file with one of these. */
export async function findKept(db: Db, fingerprints: readonly Uint8Array[]): Promise<CardRow | null> {
  const [row = null] = await db<CardRow[]>`select ${columns(db)} from card where ${isKept(db, fingerprints)}`;
  return row;
}

/** The same, locked. */
export async function lockKept(tx: Tx, fingerprints: readonly Uint8Array[]): Promise<CardRow | null> {
  const [row = null] = await tx<CardRow[]>`
    select ${columns(tx)} from card where ${isKept(tx, fingerprints)} for update`;
  return row;
}

const isKept = (db: Db, fingerprints: readonly Uint8Array[]) => db`
  fingerprint in (select decode(h, 'hex') from unnest(${fingerprints.map(toHex)}::text[]) as h)
  and state = 'kept'`;

/** What was typed once for any of these. */
export async function listTyped(db: Db, onceFor: readonly string[]): Promise<TypedRow[]> {
  return db<TypedRow[]>`
    select token, tenant_id as "tenantId", subscriber_id as "subscriberId", once_for as "onceFor"
    from card where once_for in (select w from unnest(${[...onceFor]}::text[]) as w) and state = 'once'
    order by token`;
}

/** The oldest first. */
export async function listKept(db: Db, tenantId: string, subscriberId: string): Promise<CardRow[]> {
  return db<CardRow[]>`
    select ${columns(db)} from card
    where subscriber_id = ${subscriberId} and tenant_id = ${tenantId} and state = 'kept'
    order by created_at, token`;
}

/** Puts a card that was typed once on file. Call with the row locked, and with the lock of its number. */
export async function keepOnce(tx: Tx, key: CardKey, subscriberId: string): Promise<CardRow> {
  const rows = await tx<CardRow[]>`
    update card set state = 'kept', subscriber_id = ${subscriberId}, once_for = null, erase_at = null
    where home = ${key.home} and token = ${key.token} and tenant_id = ${key.tenantId} and state = 'once'
    returning ${columns(tx)}`;
  return must(rows[0], 'a locked card is still there');
}

export type Reseal = Pick<CardRow, 'home' | 'token' | 'keyId' | 'fingerprint' | 'sealed'>;

/** False when it was deleted, or sealed anew by somebody else, since `was` was read. */
export async function resealCard(db: Db, was: Uint8Array, now: Reseal): Promise<boolean> {
  const rows = await db`
    update card set key_id = ${now.keyId}, fingerprint = ${now.fingerprint}, sealed = ${now.sealed}
    where home = ${now.home} and token = ${now.token} and sealed = ${was}
    returning 1`;
  return rows.length === 1;
}

export async function deleteCard(db: Db, key: CardKey, subscriberId: string | null): Promise<boolean> {
  const rows = await db`
    delete from card
    where home = ${key.home} and token = ${key.token} and tenant_id = ${key.tenantId}
      and (${subscriberId}::text is null or (subscriber_id = ${subscriberId} and state = 'kept'))
    returning 1`;
  return rows.length === 1;
}

export async function deleteOnce(db: Db, tenantId: string, onceFor: string): Promise<void> {
  await db`delete from card where once_for = ${onceFor} and tenant_id = ${tenantId} and state = 'once'`;
}

export async function deleteOfSubscriber(db: Db, tenantId: string, subscriberId: string): Promise<void> {
  await db`delete from card where subscriber_id = ${subscriberId} and tenant_id = ${tenantId}`;
}

/** What nobody needed for too long; gives how many. */
export async function deleteStale(db: Db, max: number): Promise<number> {
  const rows = await db`
    delete from card using (
      select home, token from card where erase_at <= clock_now() order by erase_at limit ${max}
      for update skip locked
    ) as stale
    where card.home = stale.home and card.token = stale.token
    returning 1`;
  return rows.length;
}

export async function countSealedOtherwise(db: Db, keyId: string): Promise<number> {
  const [row] = await db<{ n: number }[]>`
    select count(*)::int as n from card where key_id <> ${keyId} and home between 0 and 1023`;
  return row?.n ?? 0;
}

/** In the order of their keys, from after one. */
export async function listSealedOtherwise(
  db: Db,
  keyId: string,
  after: Pick<CardRow, 'home' | 'token'>,
  max: number,
): Promise<CardRow[]> {
  return db<CardRow[]>`
    select ${columns(db)} from card
    where key_id <> ${keyId} and (home, token) > (${after.home}, ${after.token}) and home between 0 and 1023
    order by home, token limit ${max}`;
}

function byValue(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
