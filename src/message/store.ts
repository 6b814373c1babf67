import { must } from '../std/assert.ts';
import { toHex } from '../std/bytes.ts';
import type { Db, Tx } from '../store/connection.ts';
import { STEPS, type Message, type MessageState, type StepName } from './message.ts';

/** The SQL of messages. Many rows travel as one JSON parameter (docs/decisions/rows-as-json.md). */
export type MessageKey = { readonly home: number; readonly id: string };

export const bytea = (bytes: Uint8Array): string => `\\x${toHex(bytes)}`;

const COLUMNS = `m.home::int as "home", m.id, m.tenant_id as "tenantId", m.client_id as "clientId", m.state, m.reason,
  m.acceptance, m.language, m.notify_sender as "notifySender", m.sender_key as "senderKey",
  m.addressee_key as "addresseeKey", m.key_id as "keyId", m.head, m.content_key as "contentKey", m.digest,
  m.size_bytes::float8 as "sizeBytes", m.salt, m.submission_id as "submissionId",
  m.submissions::int as "submissions", m.readings::int as "readings", m.notices::int as "notices",
  m.expires_after_ms::float8 as "expiresAfterMs",
  extract(epoch from m.created_at)::float8 * 1000 as "createdAtMs",
  extract(epoch from m.accepted_at)::float8 * 1000 as "acceptedAtMs",
  extract(epoch from m.expires_at)::float8 * 1000 as "expiresAtMs",
  extract(epoch from m.handed_over_at)::float8 * 1000 as "handedOverAtMs",
  extract(epoch from m.ended_at)::float8 * 1000 as "endedAtMs",
  extract(epoch from clock_now())::float8 * 1000 as "nowMs"`;

/** What making a draft fixes. */
export type NewRow = Pick<
  Message,
  | 'home'
  | 'id'
  | 'tenantId'
  | 'clientId'
  | 'acceptance'
  | 'language'
  | 'notifySender'
  | 'senderKey'
  | 'addresseeKey'
  | 'keyId'
  | 'expiresAfterMs'
> & { readonly head: Uint8Array; readonly contentKey: Uint8Array; readonly salt: Uint8Array };

export async function insertDraft(tx: Tx, row: NewRow, lifeMs: number): Promise<void> {
  await tx`
    insert into message (home, id, tenant_id, client_id, state, acceptance, language, notify_sender, sender_key,
      addressee_key, key_id, head, content_key, salt, expires_after_ms, created_at, next_at)
    values (${row.home}, ${row.id}, ${row.tenantId}, ${row.clientId}, 'draft', ${row.acceptance}, ${row.language},
      ${row.notifySender}, ${bytea(row.senderKey)}::text::bytea, ${bytea(row.addresseeKey)}::text::bytea,
      ${row.keyId}, ${bytea(row.head)}::text::bytea, ${bytea(row.contentKey)}::text::bytea,
      ${bytea(row.salt)}::text::bytea, ${String(row.expiresAfterMs)}::bigint, clock_now(),
      clock_now() + ${lifeMs}::float8 * interval '1 millisecond')`;
}

export async function readMessages(db: Db, keys: readonly MessageKey[]): Promise<Message[]> {
  return db<Message[]>`
    select ${db.unsafe(COLUMNS)}
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text)
    join message m on m.home = k."home" and m.id = k."id"
    where k."home" between 0 and 1023`;
}

/** Locks messages, in one order for all callers. */
export async function lockMessages(tx: Tx, keys: readonly MessageKey[]): Promise<Message[]> {
  return tx<Message[]>`
    select ${tx.unsafe(COLUMNS)}
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text)
    join message m on m.home = k."home" and m.id = k."id"
    where k."home" between 0 and 1023
    order by m.home, m.id for update of m`;
}

/** Those whose submission is one of these confirmations, locked. */
export async function lockSubmitted(tx: Tx, confirmationIds: readonly string[]): Promise<Message[]> {
  const parameter = JSON.stringify(confirmationIds.map((id) => ({ id })));
  return tx<Message[]>`
    select ${tx.unsafe(COLUMNS)}
    from json_to_recordset(${parameter}::text::json) as k ("id" text)
    join message m on m.submission_id = k."id"
    where length(k."id") > 0
    order by m.home, m.id for update of m`;
}

/** What a step writes beside the state. */
export type StepRow = MessageKey & {
  readonly reason: string | null;
  /** The jobs role looks again so long from now; null when never. */
  readonly nextMs: number | null;
};

const NO_MORE = 'a locked message was changed by someone else';

/**
 * Moves messages by one step, from the states that it goes out from and no other; the caller holds their
 * locks. An end that nobody may read after takes the key of the content with it.
 */
export async function step(tx: Tx, name: StepName, rows: readonly StepRow[]): Promise<void> {
  const { from, to }: { from: readonly MessageState[]; to: MessageState } = STEPS[name];
  const ends = to === 'handed_over' || to === 'refused' || to === 'recalled' || to === 'expired';
  const changed = await tx`
    update message as m
    set state = ${to}, reason = r."reason", next_at = clock_now() + r."nextMs" * interval '1 millisecond',
      content_key = case when ${ends && to !== 'handed_over'} then null else m.content_key end,
      handed_over_at = case when ${to === 'handed_over'} then clock_now() else m.handed_over_at end,
      ended_at = case when ${ends} then clock_now() end
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("home" smallint, "id" text, "reason" text,
      "nextMs" float8)
    where m.home = r."home" and m.id = r."id" and m.state = any(${[...from]}::text[])
      and r."home" between 0 and 1023
    returning 1`;
  must(changed.length === rows.length || null, NO_MORE);
}

/** submitted → waiting: registered, from now on. */
export async function consign(tx: Tx, rows: readonly (MessageKey & { nextMs: number })[]): Promise<void> {
  const changed = await tx`
    update message as m
    set state = 'waiting', reason = null, notices = 1, accepted_at = clock_now(),
      expires_at = clock_now() + m.expires_after_ms * interval '1 millisecond',
      next_at = clock_now() + r."nextMs" * interval '1 millisecond'
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("home" smallint, "id" text, "nextMs" float8)
    where m.home = r."home" and m.id = r."id" and m.state = 'submitted' and r."home" between 0 and 1023
    returning 1`;
  must(changed.length === rows.length || null, NO_MORE);
}

/** draft, rejected → submitted: what is sent is fixed from now on. */
export async function fixSubmission(
  tx: Tx,
  row: MessageKey & {
    readonly submissionId: string;
    readonly head: Uint8Array;
    readonly digest: Uint8Array;
    readonly sizeBytes: number;
  },
): Promise<void> {
  const changed = await tx`
    update message set state = 'submitted', reason = null, submission_id = ${row.submissionId},
      submissions = submissions + 1, head = ${bytea(row.head)}::text::bytea,
      digest = ${bytea(row.digest)}::text::bytea, size_bytes = ${String(row.sizeBytes)}::bigint, next_at = null
    where home = ${row.home} and id = ${row.id} and state in ('draft', 'rejected') returning 1`;
  must(changed.length === 1 || null, NO_MORE);
}

export async function countReadings(tx: Tx, keys: readonly MessageKey[]): Promise<void> {
  await tx`
    update message as m set readings = m.readings + 1
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as r ("home" smallint, "id" text)
    where m.home = r."home" and m.id = r."id" and r."home" between 0 and 1023`;
}

/** Erases what opens the content; the chunks go later, by the jobs role. */
export async function eraseKey(tx: Tx, key: MessageKey): Promise<void> {
  await tx`
    update message set content_key = null, next_at = clock_now() where home = ${key.home} and id = ${key.id}`;
}

export async function deleteMessages(tx: Tx, keys: readonly MessageKey[]): Promise<void> {
  const parameter = JSON.stringify(keys);
  for (const table of ['message_chunk', 'message_file', 'message_reading'] as const) {
    await tx`
      delete from ${tx.unsafe(table)} as t
      using json_to_recordset(${parameter}::text::json) as k ("home" smallint, "id" text)
      where t.home = k."home" and t.message_id = k."id" and k."home" between 0 and 1023`;
  }
  await tx`
    delete from message as m using json_to_recordset(${parameter}::text::json) as k ("home" smallint, "id" text)
    where m.home = k."home" and m.id = k."id" and k."home" between 0 and 1023`;
}

/** What the jobs role must look at now, locked; nobody waits for rows that another process looks at. */
export async function claimDue(tx: Tx, max: number): Promise<Message[]> {
  return tx<Message[]>`
    select ${tx.unsafe(COLUMNS)} from message m where m.next_at <= clock_now()
    order by m.next_at limit ${max}::int for update of m skip locked`;
}

/** When the jobs role looks again; `notices` as it is then. */
export async function scheduleNext(
  tx: Tx,
  rows: readonly (MessageKey & { readonly nextMs: number | null; readonly notices: number })[],
): Promise<void> {
  await tx`
    update message as m
    set next_at = clock_now() + r."nextMs" * interval '1 millisecond', notices = r."notices"
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("home" smallint, "id" text, "nextMs" float8,
      "notices" smallint)
    where m.home = r."home" and m.id = r."id" and r."home" between 0 and 1023`;
}

/** A mark for each message that differs whenever its state or its story does. */
export async function readMarks(
  db: Db,
  keys: readonly MessageKey[],
): Promise<{ id: string; mark: string }[]> {
  return db<{ id: string; mark: string }[]>`
    select m.id, concat_ws('.', m.state, m.submissions, m.content_key is null,
      (select count(*) from entry e where e.home = m.home and e.subject_id = m.id)) as mark
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text)
    join message m on m.home = k."home" and m.id = k."id"
    where k."home" between 0 and 1023`;
}

/** Those that a person sent, and those that are in his mailbox, locked. */
export async function lockOfParty(
  tx: Tx,
  home: number,
  tenantId: string,
  partyKey: Uint8Array,
): Promise<Message[]> {
  const key = bytea(partyKey);
  return tx<Message[]>`
    select ${tx.unsafe(COLUMNS)} from message m
    where (m.home, m.id) in (
      select home, id from message where home = ${home} and sender_key = ${key}::text::bytea
      union
      select message_home, message_id from mailbox_item where home = ${home} and party_key = ${key}::text::bytea
    ) and m.tenant_id = ${tenantId}
    order by m.home, m.id for update of m`;
}

/** Without salt and head the log's commitments say nothing of anybody. */
export async function erasePeople(tx: Tx, keys: readonly MessageKey[]): Promise<void> {
  await tx`
    update message as m set salt = null, head = null, content_key = null, next_at = clock_now()
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text)
    where m.home = k."home" and m.id = k."id" and k."home" between 0 and 1023`;
}
