/** The SQL of terminals, and of their messages. */
import { must } from '../../std/assert.ts';
import type { Db } from '../../store/connection.ts';
import type { Terminal } from './terminal.ts';

export type TerminalRow = Terminal & { readonly keyId: string; readonly key: Uint8Array };

/** Null where the code is taken. */
export async function insertTerminal(
  db: Db,
  made: Omit<TerminalRow, 'createdAt' | 'disabledAt'>,
): Promise<TerminalRow | null> {
  const { id, code, tenantId, clientId, merchant, name, place, language, keyId, key } = made;
  const rows = await db<TerminalRow[]>`
    insert into terminal (id, code, tenant_id, client_id, merchant, name, place, language, key_id, key)
    values (${id}, ${code}, ${tenantId}, ${clientId}, ${merchant}, ${name}, ${place}, ${language}, ${keyId},
      ${key})
    on conflict (code) do nothing
    returning ${columns(db)}`;
  return rows[0] ?? null;
}

export async function findTerminalByCode(db: Db, code: string): Promise<TerminalRow | null> {
  const rows = await db<TerminalRow[]>`select ${columns(db)} from terminal where code = ${code}`;
  return rows[0] ?? null;
}

/** In the order of their ids, from after a cursor. */
export async function listTerminals(
  db: Db,
  tenantId: string,
  after: string,
  limit: number,
): Promise<TerminalRow[]> {
  return db<TerminalRow[]>`
    select ${columns(db)} from terminal
    where tenant_id = ${tenantId} and id > ${after} order by id limit ${limit}`;
}

export async function disableTerminalOnce(db: Db, tenantId: string, id: string): Promise<TerminalRow | null> {
  const rows = await db<TerminalRow[]>`
    update terminal set disabled_at = coalesce(disabled_at, clock_now())
    where id = ${id} and tenant_id = ${tenantId} returning ${columns(db)}`;
  return rows[0] ?? null;
}

export async function countKeysSealedOtherwise(db: Db, keyId: string): Promise<number> {
  const [row] = await db<{ n: number }[]>`
    select count(*)::int as n from terminal where key_id <> ${keyId}`;
  return row?.n ?? 0;
}

/** Of all tenants, in the order of their ids, from after one. */
export async function listKeysSealedOtherwise(
  db: Db,
  keyId: string,
  after: string,
  max: number,
): Promise<TerminalRow[]> {
  return db<TerminalRow[]>`
    select ${columns(db)} from terminal
    where key_id <> ${keyId} and id > ${after} order by id limit ${max}`;
}

/** False when it was sealed anew by somebody else since `was` was read. */
export async function resealKey(
  db: Db,
  was: Uint8Array,
  now: Pick<TerminalRow, 'id' | 'keyId' | 'key'>,
): Promise<boolean> {
  const rows = await db`
    update terminal set key_id = ${now.keyId}, key = ${now.key}
    where id = ${now.id} and key = ${was} returning 1`;
  return rows.length === 1;
}

function columns(db: Db) {
  return db`id, code, tenant_id as "tenantId", client_id as "clientId", merchant, name, place, language,
    key_id as "keyId", key, created_at as "createdAt", disabled_at as "disabledAt"`;
}

export type ExchangeKind = 'sale' | 'code' | 'reversal';
export type ExchangeKey = {
  readonly home: number;
  readonly terminalId: string;
  readonly day: string;
  readonly stan: string;
};

export type ExchangeRow = {
  readonly kind: ExchangeKind;
  readonly digest: Uint8Array;
  readonly day: string;
  readonly stan: string;
  readonly paymentId: string | null;
  readonly confirmationId: string | null;
  readonly sessionKeyId: string | null;
  readonly session: Uint8Array | null;
  readonly isReversed: boolean;
  /** Somebody works on it, and is not late. */
  readonly isHeld: boolean;
  /** JSON. */
  readonly answer: string | null;
  readonly ageMs: number;
};

/** Holds a new message for whoever calls; false when it is there already. */
export async function claimExchange(
  db: Db,
  key: ExchangeKey,
  kind: ExchangeKind,
  digest: Uint8Array,
  holdMs: number,
): Promise<boolean> {
  const rows = await db`
    insert into terminal_exchange (home, terminal_id, day, stan, kind, digest, due_at)
    values (${key.home}, ${key.terminalId}, ${key.day}, ${key.stan}, ${kind}, ${digest},
      clock_now() + ${holdMs}::int * interval '1 millisecond')
    on conflict (home, terminal_id, day, stan) do nothing returning 1`;
  return rows.length === 1;
}

/** Takes over what its worker left; false when somebody else did, or there is an answer. */
export async function takeOverExchange(db: Db, key: ExchangeKey, holdMs: number): Promise<boolean> {
  const rows = await db`
    update terminal_exchange set due_at = clock_now() + ${holdMs}::int * interval '1 millisecond'
    where ${at(db, key)} and answer is null and due_at <= clock_now() returning 1`;
  return rows.length === 1;
}

/** Says that nobody works on it any more, so that its repeat is worked on at once. */
export async function releaseExchange(db: Db, key: ExchangeKey): Promise<void> {
  await db`update terminal_exchange set due_at = clock_now() where ${at(db, key)} and answer is null`;
}

export async function findExchange(db: Db, key: ExchangeKey): Promise<ExchangeRow | null> {
  const rows = await db<ExchangeRow[]>`
    select ${exchangeColumns(db)} from terminal_exchange where ${at(db, key)}`;
  return rows[0] ?? null;
}

export async function findSaleOfPayment(
  db: Db,
  home: number,
  terminalId: string,
  paymentId: string,
): Promise<ExchangeRow | null> {
  const rows = await db<ExchangeRow[]>`
    select ${exchangeColumns(db)} from terminal_exchange
    where home = ${home} and terminal_id = ${terminalId} and payment_id = ${paymentId} and kind = 'sale'`;
  return rows[0] ?? null;
}

/** What the sale led to; false where it was reversed meanwhile, and may lead to nothing. */
export async function notePayment(db: Db, key: ExchangeKey, paymentId: string): Promise<boolean> {
  const rows = await db`
    update terminal_exchange set payment_id = ${paymentId}
    where ${at(db, key)} and answer is null and reversed_at is null returning 1`;
  return rows.length === 1;
}

export type SessionKept = {
  readonly confirmationId: string;
  readonly keyId: string;
  readonly session: Uint8Array;
};

/** The answer of a sale; false where it was reversed meanwhile, and has to be undone. */
export async function answerSale(
  db: Db,
  key: ExchangeKey,
  answer: string,
  kept: SessionKept | null,
): Promise<boolean> {
  const rows = await db`
    update terminal_exchange set answer = ${answer}, due_at = null,
      confirmation_id = ${kept?.confirmationId ?? null}, session_key_id = ${kept?.keyId ?? null},
      session = ${kept?.session ?? null}
    where ${at(db, key)} and answer is null and reversed_at is null returning 1`;
  return rows.length === 1;
}

/** The answer of anything, reversed or not. */
export async function answerExchange(db: Db, key: ExchangeKey, answer: string): Promise<void> {
  await db`
    update terminal_exchange set answer = ${answer}, due_at = null where ${at(db, key)} and answer is null`;
}

/** Once the payment ended, its session is of no use. */
export async function forgetSession(
  db: Db,
  home: number,
  terminalId: string,
  paymentId: string,
): Promise<void> {
  await db`
    update terminal_exchange set session = null, session_key_id = null
    where home = ${home} and terminal_id = ${terminalId} and payment_id = ${paymentId} and kind = 'sale'`;
}

/**
 * Marks a message as reversed, before all else that is done about it: one that is not there is kept as if
 * it had come and been refused, so that it changes nothing when it comes late (S21).
 */
export async function markReversed(db: Db, key: ExchangeKey, refused: string): Promise<ExchangeRow> {
  const rows = await db<ExchangeRow[]>`
    insert into terminal_exchange as e (home, terminal_id, day, stan, kind, digest, reversed_at, answer)
    values (${key.home}, ${key.terminalId}, ${key.day}, ${key.stan}, 'sale', '', clock_now(), ${refused})
    on conflict (home, terminal_id, day, stan) do update
      set reversed_at = coalesce(e.reversed_at, clock_now())
    returning ${exchangeColumns(db)}`;
  return must(rows[0], 'an upsert returns its row');
}

const KEPT_DAYS = 90;

export async function purgeExchanges(db: Db): Promise<number> {
  const rows = await db`
    delete from terminal_exchange where created_at < clock_now() - ${KEPT_DAYS}::int * interval '1 day'
    returning 1`;
  return rows.length;
}

function at(db: Db, key: ExchangeKey) {
  return db`home = ${key.home} and terminal_id = ${key.terminalId} and day = ${key.day} and stan = ${key.stan}`;
}

function exchangeColumns(db: Db) {
  return db`kind, digest, day, stan, payment_id as "paymentId", confirmation_id as "confirmationId",
    session_key_id as "sessionKeyId", session, reversed_at is not null as "isReversed",
    coalesce(due_at > clock_now(), false) as "isHeld", answer,
    (extract(epoch from clock_now() - created_at) * 1000)::float8 as "ageMs"`;
}
