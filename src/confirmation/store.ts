import { must } from '../std/assert.ts';
import { toHex } from '../std/bytes.ts';
import type { KeyRing } from '../std/key-ring.ts';
import type { Db, Sql, Tx } from '../store/connection.ts';
import { atRest, openActs } from './act-at-rest.ts';
import type { Confirmation, EndedState } from './confirmation.ts';
import type { Guard } from './guard.ts';

/**
 * The SQL of confirmations. Many rows travel as one JSON parameter, so that any number of them is one plan.
 */
export type ConfirmationKey = { readonly home: number; readonly id: string };

const bytea = (bytes: Uint8Array): string => `\\x${toHex(bytes)}`;

const COLUMNS = `c.home::int as "home", c.id, c.tenant_id as "tenantId", c.client_id as "clientId",
  c.subscriber_id as "subscriberId", c.address_id as "addressId", c.channel, c.address,
  c.address_source as "addressSource", c.assurance, c.guard_key as "guardKey", c.act, c.language,
  c.return_url as "returnUrl", c.state, c.reason, c.session_number as "sessionNumber",
  c.session_hash as "sessionHash", c.key_id as "keyId", c.nonce, c.salt, c.issue::int as "issue",
  c.digits::int as "digits", c.attempts::int as "attempts", c.attempts_max::int as "attemptsMax",
  c.resends_max::int as "resendsMax", c.resend_gap_ms as "resendGapMs", c.validity_ms as "validityMs", c.connected,
  extract(epoch from c.issued_at)::float8 * 1000 as "issuedAtMs",
  extract(epoch from c.present_until)::float8 * 1000 as "presentUntilMs",
  extract(epoch from c.created_at)::float8 * 1000 as "createdAtMs",
  extract(epoch from c.expires_at)::float8 * 1000 as "expiresAtMs",
  extract(epoch from c.ended_at)::float8 * 1000 as "endedAtMs"`;

const GUARD_COLUMNS = `coalesce(g.failures_in_row, 0) as "failuresInRow", coalesce(g.failures_in_all, 0) as "failuresInAll",
  extract(epoch from g.blocked_until)::float8 * 1000 as "blockedUntilMs"`;

const NOW = `extract(epoch from clock_now())::float8 * 1000 as "nowMs"`;

/** What opening fixes; times are set by the database from `validityMs`. */
export type NewConfirmation = Omit<
  Confirmation,
  'reason' | 'attempts' | 'presentUntilMs' | 'createdAtMs' | 'expiresAtMs' | 'endedAtMs'
> & { readonly reason: string | null; readonly presentForMs: number | null };

/** Inserts; `confirmed` ones are exempt and end where they begin. */
export async function insertConfirmations(
  tx: Tx,
  ring: KeyRing,
  rows: readonly NewConfirmation[],
): Promise<void> {
  const parameter = JSON.stringify(
    rows.map((row) => ({
      ...row,
      act: atRest(ring, row),
      sessionNumber: row.sessionNumber.toString(),
      guardKey: bytea(row.guardKey),
      sessionHash: bytea(row.sessionHash),
      nonce: bytea(row.nonce),
      salt: row.salt && bytea(row.salt),
    })),
  );
  await tx`
    insert into confirmation (home, id, tenant_id, client_id, subscriber_id, address_id, channel, address,
      address_source, assurance, guard_key, act, language, return_url, state, reason, session_number, session_hash,
      key_id, nonce, salt, issue, issued_at, digits, attempts_max, resends_max, resend_gap_ms, validity_ms, connected,
      present_until, created_at, expires_at, ended_at)
    select "home", "id", "tenantId", "clientId", "subscriberId", "addressId", "channel", "address", "addressSource",
      "assurance", "guardKey", "act", "language", "returnUrl", "state", "reason", "sessionNumber", "sessionHash",
      "keyId", "nonce", "salt", "issue", to_timestamp("issuedAtMs" / 1000.0), "digits", "attemptsMax", "resendsMax",
      "resendGapMs", "validityMs", "connected", clock_now() + "presentForMs" * interval '1 millisecond', clock_now(),
      clock_now() + "validityMs" * interval '1 millisecond', case when "state" = 'confirmed' then clock_now() end
    from json_to_recordset(${parameter}::text::json) as r ("home" smallint, "id" text, "tenantId" text,
      "clientId" text, "subscriberId" text, "addressId" text, "channel" text, "address" text, "addressSource" text,
      "assurance" text, "guardKey" bytea, "act" text, "language" text, "returnUrl" text, "state" text, "reason" text,
      "sessionNumber" bigint, "sessionHash" bytea, "keyId" text, "nonce" bytea, "salt" bytea, "issue" smallint,
      "issuedAtMs" float8, "digits" smallint, "attemptsMax" smallint, "resendsMax" smallint, "resendGapMs" int,
      "validityMs" int, "connected" boolean, "presentForMs" int)`;
}

export type LockedRow = Confirmation & Guard & { readonly nowMs: number };

/**
 * Locks confirmations, in one order for all callers; the guard is read, and changed only by who holds this
 * lock or its own.
 */
export async function lockConfirmations(
  tx: Tx,
  ring: KeyRing,
  keys: readonly ConfirmationKey[],
): Promise<LockedRow[]> {
  const rows = await tx<LockedRow[]>`
    select ${tx.unsafe(COLUMNS)}, ${tx.unsafe(GUARD_COLUMNS)}, ${tx.unsafe(NOW)}
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text)
    join confirmation c on c.home = k."home" and c.id = k."id"
    left join guard g on g.home = c.home and g.key = c.guard_key
    where k."home" between 0 and 1023
    order by c.home, c.id
    for update of c`;
  return openActs(ring, rows);
}

export type EndedRow = ConfirmationKey & {
  readonly state: EndedState | null;
  readonly reason: string | null;
  readonly attempt: 0 | 1;
};

/** Counts the attempts and ends the confirmations that `state` says; the caller holds their locks. */
export async function consumeCodes(tx: Tx, rows: readonly EndedRow[]): Promise<void> {
  const changed = await tx`
    update confirmation as c
    set attempts = c.attempts + r."attempt", state = coalesce(r."state", c.state), reason = coalesce(r."reason", c.reason),
      ended_at = case when r."state" is not null then clock_now() end
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("home" smallint, "id" text, "state" text,
      "reason" text, "attempt" smallint)
    where c.home = r."home" and c.id = r."id" and c.state in ('opened', 'sent') and r."home" between 0 and 1023
    returning 1`;
  // One success for one code (S3): a row that another transaction ended in between would be missing here.
  must(changed.length === rows.length || null, 'a locked confirmation was changed by someone else');
}

export type GuardRow = { readonly home: number; readonly guardKey: Uint8Array; readonly guard: Guard };

/**
 * Writes the counters of addresses after tries (S4). The row is made when an address fails before any counter
 * was kept.
 */
export async function writeGuards(tx: Tx, rows: readonly GuardRow[]): Promise<void> {
  const parameter = JSON.stringify(
    rows.map(({ home, guardKey, guard }) => ({ home, key: bytea(guardKey), ...guard })),
  );
  await tx`
    insert into guard as g (home, key, failures_in_row, failures_in_all, blocked_until)
    select "home", "key", "failuresInRow", "failuresInAll", to_timestamp("blockedUntilMs" / 1000.0)
    from json_to_recordset(${parameter}::text::json) as r ("home" smallint, "key" bytea, "failuresInRow" int,
      "failuresInAll" int, "blockedUntilMs" float8)
    order by "home", "key"
    on conflict (home, key) do update set failures_in_row = excluded.failures_in_row,
      failures_in_all = excluded.failures_in_all, blocked_until = excluded.blocked_until`;
}

/** Locks the guards of addresses, making the rows that do not exist yet. */
export async function lockGuards(
  tx: Tx,
  keys: readonly { home: number; guardKey: Uint8Array }[],
): Promise<(Guard & { home: number; guardKey: Uint8Array })[]> {
  const parameter = JSON.stringify(keys.map(({ home, guardKey }) => ({ home, key: bytea(guardKey) })));
  await tx`
    insert into guard (home, key)
    select "home", "key" from json_to_recordset(${parameter}::text::json) as r ("home" smallint, "key" bytea)
    order by "home", "key" on conflict do nothing`;
  return tx`
    select g.home::int as "home", g.key as "guardKey", ${tx.unsafe(GUARD_COLUMNS)}
    from json_to_recordset(${parameter}::text::json) as r ("home" smallint, "key" bytea)
    join guard g on g.home = r."home" and g.key = r."key"
    where r."home" between 0 and 1023
    order by g.home, g.key for update of g`;
}

/**
 * opened → sent, when the network took the first text. Locks in the order of `lockConfirmations`: the codes
 * of the same confirmations may be coming back at this moment, and two orders would be a deadlock.
 */
export async function markSent(tx: Tx, keys: readonly ConfirmationKey[]): Promise<void> {
  await tx`
    with locked as (
      select c.home, c.id
      from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text)
      join confirmation c on c.home = k."home" and c.id = k."id"
      where c.state = 'opened' and k."home" between 0 and 1023
      order by c.home, c.id
      for update of c
    )
    update confirmation as c set state = 'sent' from locked where c.home = locked.home and c.id = locked.id`;
}

export type ReissueRow = ConfirmationKey & {
  readonly keyId: string;
  readonly nonce: Uint8Array;
  readonly issuedAtMs: number;
};

/**
 * A new issue: a new nonce makes the old code worthless; the time it lives starts again (S2). The caller
 * holds the lock.
 */
export async function reissue(tx: Tx, row: ReissueRow): Promise<void> {
  await tx`
    update confirmation set issue = issue + 1, nonce = ${bytea(row.nonce)}::text::bytea, key_id = ${row.keyId},
      issued_at = to_timestamp(${row.issuedAtMs}::float8 / 1000.0),
      expires_at = clock_now() + validity_ms * interval '1 millisecond'
    where home = ${row.home} and id = ${row.id}`;
}

export type ReadRow = Confirmation & {
  readonly nowMs: number;
  readonly deliveryState: string | null;
  readonly deliveryReason: string | null;
};

/** Confirmations with what is known of the delivery of their latest text. */
export async function readConfirmations(
  db: Db,
  ring: KeyRing,
  keys: readonly ConfirmationKey[],
): Promise<ReadRow[]> {
  const rows = await db<ReadRow[]>`
    select ${db.unsafe(COLUMNS)}, ${db.unsafe(NOW)}, d.state as "deliveryState", d.reason as "deliveryReason"
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text)
    join confirmation c on c.home = k."home" and c.id = k."id"
    left join dispatch d on d.home = c.home and d.subject_id = c.id and d.n = c.issue
    where k."home" between 0 and 1023`;
  return openActs(ring, rows);
}

/** A mark for each confirmation that differs whenever its state or the delivery of its text does. */
export async function readMarks(
  db: Db,
  keys: readonly ConfirmationKey[],
): Promise<{ id: string; mark: string }[]> {
  return db<{ id: string; mark: string }[]>`
    select c.id, concat_ws('.', c.state, c.issue, c.attempts, d.state) as mark
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text)
    join confirmation c on c.home = k."home" and c.id = k."id"
    left join dispatch d on d.home = c.home and d.subject_id = c.id and d.n = c.issue
    where k."home" between 0 and 1023`;
}

/** Open confirmations whose time passed between two moments, or whose session is no longer connected. */
export async function overdueConfirmations(tx: Tx, sinceMs: number, max: number): Promise<ConfirmationKey[]> {
  return tx<ConfirmationKey[]>`
    select home::int as "home", id from confirmation
    where expires_at >= to_timestamp(${sinceMs}::float8 / 1000.0) and expires_at <= clock_now()
      and state in ('opened', 'sent')
    limit ${max}::int`;
}

export async function expireConfirmations(
  tx: Tx,
  ring: KeyRing,
  keys: readonly ConfirmationKey[],
): Promise<Confirmation[]> {
  const rows = await tx<Confirmation[]>`
    update confirmation as c set state = 'expired', reason = 'time_passed', ended_at = clock_now()
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text)
    where c.home = k."home" and c.id = k."id" and c.state in ('opened', 'sent') and c.expires_at <= clock_now()
      and k."home" between 0 and 1023
    returning ${tx.unsafe(COLUMNS)}`;
  return openActs(ring, rows);
}

/**
 * Erases what rows tell of a person: without the salt the log's commitments say nothing either. What was open
 * ends, and is given with the act that it was opened for: the count has those read before they are changed.
 * Rare, so it reads through the table rather than burden every opening with an index.
 */
export async function eraseOfSubscriber(
  tx: Tx,
  ring: KeyRing,
  tenantId: string,
  subscriberId: string,
): Promise<Confirmation[]> {
  const rows = await tx<Confirmation[]>`
    with open as (
      select home, id, act from confirmation
      where tenant_id = ${tenantId} and subscriber_id = ${subscriberId} and state in ('opened', 'sent') for update
    ), erased as (
      update confirmation as c set salt = null, address = '', act = ${ERASED_ACT}, return_url = null,
        state = case when c.state in ('opened', 'sent') then 'cancelled' else c.state end,
        reason = case when c.state in ('opened', 'sent') then 'erased' else c.reason end,
        ended_at = coalesce(c.ended_at, clock_now())
      where c.tenant_id = ${tenantId} and c.subscriber_id = ${subscriberId}
        and (select count(*) from open) >= 0
      returning ${tx.unsafe(COLUMNS)}
    )
    select erased.*, open.act as "act" from erased join open on open.home = erased.home and open.id = erased.id`;
  return openActs(ring, rows);
}

/** Stands where the act of an erased person was. */
const ERASED_ACT = '{"purpose":"access","resource":"erased"}';

export async function takeSessionNumbers(sql: Sql): Promise<bigint> {
  const rows = await sql<{ first: bigint }[]>`select nextval('session_number') as first`;
  return must(rows[0], 'nextval gives a row').first;
}

/** Prolongs or ends the presence of a connected session. */
export async function writePresence(db: Db, key: ConfirmationKey, forMs: number): Promise<void> {
  await db`
    update confirmation set present_until = clock_now() + ${forMs}::int * interval '1 millisecond'
    where home = ${key.home} and id = ${key.id} and connected and state in ('opened', 'sent')`;
}

/** Connected sessions that were left: their code dies with them (P7). */
export async function disconnectedConfirmations(
  db: Db,
  sinceMs: number,
  max: number,
): Promise<ConfirmationKey[]> {
  return db<ConfirmationKey[]>`
    select home::int as "home", id from confirmation
    where expires_at >= to_timestamp(${sinceMs}::float8 / 1000.0) and connected and state in ('opened', 'sent')
      and present_until <= clock_now()
    limit ${max}::int`;
}

/** The database's clock, epoch milliseconds. */
export async function readNowMs(db: Db): Promise<number> {
  const rows = await db<{ nowMs: number }[]>`select ${db.unsafe(NOW)}`;
  return must(rows[0], 'a select without from gives a row').nowMs;
}

export async function readCursorMs(db: Db, job: string): Promise<number> {
  const rows = await db<{ ms: number }[]>`
    select extract(epoch from reached_at)::float8 * 1000 as ms from job_cursor where job = ${job}`;
  return rows[0]?.ms ?? 0;
}

/**
 * Also backwards: after a clock was stepped back, a cursor in its future would hide what ends before it (I7).
 */
export async function writeCursorMs(tx: Tx, job: string, ms: number): Promise<void> {
  await tx`
    insert into job_cursor (job, reached_at) values (${job}, to_timestamp(${ms}::float8 / 1000.0))
    on conflict (job) do update set reached_at = excluded.reached_at`;
}
