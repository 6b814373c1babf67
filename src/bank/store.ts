/**
 * The SQL of exchanges. Rows go as one JSON parameter: one statement and one plan for any number of them; a
 * range that holds for every row makes the planner look each up by its key (as src/gateway/store.ts says).
 */
import { must } from '../std/assert.ts';
import type { Db, Tx } from '../store/connection.ts';
import type { Advice, ExchangeId, Kind, Question } from './exchange.ts';
import type { ReversalReason } from './iso8583/response-code.ts';

export const BANK_CHANNEL = 'countersign_bank';

/** Wakes whoever repeats advices, at the commit. */
export async function wakeRepeaters(db: Db): Promise<void> {
  await db`select pg_notify(${BANK_CHANNEL}, '')`;
}

export type ExchangeState =
  | 'asked'
  | 'approved'
  | 'declined'
  | 'unsent'
  | 'unknown'
  | 'queued'
  | 'leased'
  | 'acknowledged'
  | 'refused';

export type ExchangeRow = {
  home: number;
  id: ExchangeId;
  tenantId: string;
  bankId: string;
  kind: Kind;
  state: ExchangeState;
  caller: string;
  originalId: ExchangeId | null;
  closedBy: ExchangeId | null;
  stan: string;
  rrn: string;
  terminal: string;
  merchant: string;
  processing: string;
  minor: bigint;
  currency: string;
  transmittedMs: number;
  code: string | null;
  authCode: string | null;
  lateCode: string | null;
  reason: ReversalReason | null;
  attempts: number;
  /** Whether its card is still kept, so that a later message can name it. */
  hasCard: boolean;
};

export type NewQuestion = Pick<
  ExchangeRow,
  | 'home'
  | 'id'
  | 'tenantId'
  | 'bankId'
  | 'kind'
  | 'caller'
  | 'stan'
  | 'rrn'
  | 'terminal'
  | 'merchant'
  | 'processing'
> & {
  readonly minor: string;
  readonly currency: string;
  readonly keyId: string;
  /** In hex. */
  readonly card: string;
  readonly dueMs: number;
};

/** The ids that are new, with the time that their messages will say; the others are there by their caller. */
export async function insertQuestions(
  db: Db,
  rows: readonly NewQuestion[],
): Promise<{ id: ExchangeId; transmittedMs: number }[]> {
  return db<{ id: ExchangeId; transmittedMs: number }[]>`
    insert into bank_exchange (home, id, tenant_id, bank_id, kind, state, caller, stan, rrn, terminal, merchant,
      processing, amount, currency, transmitted_at, key_id, card, due_at)
    select q."home", q."id", q."tenantId", q."bankId", q."kind", 'asked', q."caller", q."stan", q."rrn",
      q."terminal", q."merchant", q."processing", q."minor", q."currency", date_trunc('second', clock_now()),
      q."keyId", decode(q."card", 'hex'), clock_now() + q."dueMs" * interval '1 millisecond'
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as q ("home" smallint, "id" text,
      "tenantId" text, "bankId" text, "kind" text, "caller" text, "stan" text, "rrn" text, "terminal" text,
      "merchant" text, "processing" text, "minor" bigint, "currency" text, "keyId" text, "card" text,
      "dueMs" int)
    on conflict (home, kind, caller) do nothing
    returning id, extract(epoch from transmitted_at)::float8 * 1000 as "transmittedMs"`;
}

export async function findByCaller(
  db: Db,
  { home, kind, caller }: Pick<ExchangeRow, 'home' | 'kind' | 'caller'>,
): Promise<ExchangeRow | null> {
  const rows = await db<ExchangeRow[]>`
    select ${columns(db)} from bank_exchange as e
    where home = ${home} and kind = ${kind} and caller = ${caller}`;
  return rows[0] ?? null;
}

export type ExchangeKey = { readonly home: number; readonly id: string };

export async function findExchanges(db: Db, keys: readonly ExchangeKey[]): Promise<ExchangeRow[]> {
  return db<ExchangeRow[]>`
    select ${columns(db)} from bank_exchange as e,
      json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text)
    where e.home = k."home" and e.id = k."id" and k."home" between 0 and 1023`;
}

export type SettledQuestion = {
  readonly home: number;
  readonly id: ExchangeId;
  readonly state: 'approved' | 'declined' | 'unsent' | 'unknown';
  readonly code: string | null;
  readonly authCode: string | null;
  /** The advice that takes it back; all three or none. */
  readonly undoId: ExchangeId | null;
  readonly undoStan: string | null;
  readonly undoReason: ReversalReason | null;
};

/**
 * Writes how questions ended, and with it the advice that takes one back, only where nobody has ended them
 * before; gives the ids that it won. A late approval finds nothing here (S21).
 */
export async function settleQuestions(db: Db, rows: readonly SettledQuestion[]): Promise<ExchangeId[]> {
  const won = await db<{ id: ExchangeId }[]>`
    with won as (
      update bank_exchange as e
      set state = s."state", code = s."code", auth_code = s."authCode", due_at = null, ended_at = clock_now(),
        key_id = case when s."state" = 'approved' or s."undoId" is not null then e.key_id end,
        card = case when s."state" = 'approved' or s."undoId" is not null then e.card end
      from json_to_recordset(${JSON.stringify(rows)}::text::json) as s ("home" smallint, "id" text, "state" text,
        "code" text, "authCode" text, "undoId" text, "undoStan" text, "undoReason" text)
      where e.home = s."home" and e.id = s."id" and e.state = 'asked' and s."home" between 0 and 1023
      returning e.*, s."undoId", s."undoStan", s."undoReason"
    ), undone as (
      insert into bank_exchange (home, id, tenant_id, bank_id, kind, state, caller, original_id, stan, rrn,
        terminal, merchant, processing, amount, currency, transmitted_at, reason, key_id, card, due_at)
      select home, "undoId", tenant_id, bank_id, 'undo', 'queued', id, id, "undoStan", rrn, terminal, merchant,
        processing, amount, currency, date_trunc('second', clock_now()), "undoReason", key_id, card, clock_now()
      from won where "undoId" is not null
    )
    select id from won`;
  return won.map(({ id }) => id);
}

/**
 * Questions whose process is gone: locked until the end of the transaction, those that others hold left out.
 */
export async function overdueQuestions(
  tx: Tx,
  max: number,
): Promise<{ home: number; id: ExchangeId; bankId: string }[]> {
  return tx<{ home: number; id: ExchangeId; bankId: string }[]>`
    select home::int as home, id, bank_id as "bankId" from bank_exchange
    where due_at <= clock_now() and state = 'asked' order by due_at limit ${max}::int for update skip locked`;
}

export type NewClosing = {
  readonly home: number;
  readonly tenantId: string;
  readonly original: string;
  readonly id: ExchangeId;
  readonly kind: 'complete' | 'reverse';
  readonly caller: string;
  readonly stan: string;
  /** Null for the whole amount. */
  readonly minor: string | null;
  readonly currency: string | null;
  readonly reason: ReversalReason | null;
  /** Leased to the caller for so long; null leaves it to whoever comes first. */
  readonly leaseMs: number | null;
};

/**
 * Closes approved questions by the advices that complete or reverse them, unless they are closed already; a
 * completion that the bank refused does not count. Gives the advices that were made.
 */
export async function closeQuestions(db: Db, made: readonly NewClosing[]): Promise<LeasedAdvice[]> {
  return db<LeasedAdvice[]>`
    with original as (
      update bank_exchange as q set closed_by = s."id"
      from json_to_recordset(${JSON.stringify(made)}::text::json) as s ("home" smallint, "tenantId" text,
        "original" text, "id" text, "kind" text, "caller" text, "stan" text, "minor" bigint, "currency" text,
        "reason" text, "leaseMs" int)
      where q.home = s."home" and q.id = s."original" and s."home" between 0 and 1023
        and q.tenant_id = s."tenantId" and q.state = 'approved' and q.card is not null
        and (q.kind = 'authorise' or (s."kind" = 'reverse' and q.kind in ('purchase', 'refund')))
        and (q.closed_by is null or exists (select 1 from bank_exchange as c
          where c.home = q.home and c.id = q.closed_by and c.state = 'refused'))
        and (s."minor" is null or q.amount >= s."minor")
        and (s."currency" is null or q.currency = s."currency")
      returning q.*, s."id" as new_id, s."kind" as new_kind, s."caller" as new_caller, s."stan" as new_stan,
        s."minor" as new_minor, s."reason" as new_reason, s."leaseMs" as lease_ms
    ), made as (
      insert into bank_exchange (home, id, tenant_id, bank_id, kind, state, caller, original_id, stan, rrn,
        terminal, merchant, processing, amount, currency, transmitted_at, auth_code, reason, key_id, card,
        attempts, due_at)
      select home, new_id, tenant_id, bank_id, new_kind, case when lease_ms is null then 'queued' else 'leased' end,
        new_caller, id, new_stan, rrn, terminal, merchant, processing, coalesce(new_minor, amount), currency,
        date_trunc('second', clock_now()), auth_code, new_reason, key_id, card,
        case when lease_ms is null then 0 else 1 end,
        clock_now() + coalesce(lease_ms, 0) * interval '1 millisecond'
      from original
      returning *
    )
    select ${leasedColumns(db)} from made as e, original as o where o.new_id = e.id`;
}

export type LeasedAdvice = ExchangeRow & {
  kind: Advice;
  originalId: ExchangeId;
  originalKind: Question;
  originalStan: string;
  originalMs: number;
  originalAgeMs: number;
  /** The root under whose id the card was sealed. */
  keyId: string | null;
  card: Uint8Array | null;
};

/** Takes the leases of what is due, oldest first; nobody waits for rows that another process is claiming. */
export async function leaseAdvices(db: Db, leaseMs: number, max: number): Promise<LeasedAdvice[]> {
  return db<LeasedAdvice[]>`
    update bank_exchange as e
    set state = 'leased', attempts = least(e.attempts + 1, 30000),
      due_at = clock_now() + ${leaseMs}::int * interval '1 millisecond'
    from (
      select home, id from bank_exchange where due_at <= clock_now() and state in ('queued', 'leased')
      order by due_at limit ${max}::int for update skip locked
    ) as due, bank_exchange as o
    where e.home = due.home and e.id = due.id and due.home between 0 and 1023
      and o.home = e.home and o.id = e.original_id
    returning ${leasedColumns(db)}`;
}

export type SettledAdvice = {
  readonly home: number;
  readonly id: ExchangeId;
  /** Of the lease that is settled: who claimed it later has another number. Null settles whoever holds it. */
  readonly attempts: number | null;
  readonly state: 'acknowledged' | 'refused' | 'queued';
  readonly code: string | null;
  /** For `queued`: until the next try. */
  readonly delayMs: number;
  /** It certainly was not sent, so that the next try is no repeat of it. */
  readonly uncounted: boolean;
};

/** Gives the rows that it won: not those whose lease was lost to another process, or that had ended. */
export async function settleAdvices(tx: Tx, settled: readonly SettledAdvice[]): Promise<ExchangeRow[]> {
  return tx<ExchangeRow[]>`
    update bank_exchange as e
    set state = s."state", code = coalesce(s."code", e.code), attempts = e.attempts - s."uncounted"::int,
      due_at = case when s."state" = 'queued' then clock_now() + s."delayMs" * interval '1 millisecond' end,
      ended_at = case when s."state" <> 'queued' then clock_now() end
    from json_to_recordset(${JSON.stringify(settled)}::text::json) as s ("home" smallint, "id" text,
      "attempts" int, "state" text, "code" text, "delayMs" int, "uncounted" boolean)
    where e.home = s."home" and e.id = s."id" and s."home" between 0 and 1023
      and ((s."attempts" is null and e.state in ('queued', 'leased'))
        or (e.state = 'leased' and e.attempts = s."attempts"))
    returning ${columns(tx)}`;
}

/** What an answer that came by itself may belong to: usually one, none when it is not ours. */
export async function findAnswered(
  db: Db,
  bankId: string,
  kinds: readonly Kind[],
  { stan, rrn, terminal }: Pick<ExchangeRow, 'stan' | 'rrn' | 'terminal'>,
): Promise<(ExchangeRow & { originalAgeMs: number })[]> {
  return db<(ExchangeRow & { originalAgeMs: number })[]>`
    select ${columns(db)},
      extract(epoch from clock_now() - coalesce(o.transmitted_at, e.transmitted_at))::float8 * 1000 as "originalAgeMs"
    from bank_exchange as e left join bank_exchange as o on o.home = e.home and o.id = e.original_id
    where e.bank_id = ${bankId} and e.rrn = ${rrn} and e.stan = ${stan} and e.terminal = ${terminal}
      and e.kind = any(${[...kinds]}::text[])`;
}

/**
 * Writes down the code of an answer that came when the question was decided. An approval among them has its
 * reversal said once more where it had ended, in case the bank saw the two in the other order.
 */
export async function recordLate(
  tx: Tx,
  { home, id }: Pick<ExchangeRow, 'home' | 'id'>,
  code: string,
  again: boolean,
) {
  await tx`update bank_exchange set late_code = ${code} where home = ${home} and id = ${id} and state <> 'approved'`;
  if (!again) return;
  await tx`
    update bank_exchange set state = 'queued', due_at = clock_now(), ended_at = null
    where home = ${home} and original_id = ${id} and kind = 'undo' and state = 'acknowledged' and card is not null`;
}

/**
 * Erases cards that nothing needs any more: of what ended an hour ago, and of approvals that are completed or
 * reversed, or that no bank holds money for any more.
 */
export async function purgeCards(db: Db): Promise<number> {
  const rows = await db<{ n: number }[]>`
    with purged as (
      update bank_exchange as e set card = null, key_id = null
      where e.card is not null and e.ended_at < clock_now() - interval '1 hour'
        and (e.state <> 'approved' or e.ended_at < clock_now() - interval '35 days'
          or exists (select 1 from bank_exchange as c
            where c.home = e.home and c.id = e.closed_by and c.state = 'acknowledged'))
      returning 1
    )
    select count(*)::int as n from purged`;
  return must(rows[0], 'count gives a row').n;
}

/** Of an advice `e` and its original `o`. */
function leasedColumns(db: Db) {
  return db`${columns(db)}, e.key_id as "keyId", e.card, o.kind as "originalKind", o.stan as "originalStan",
    extract(epoch from o.transmitted_at)::float8 * 1000 as "originalMs",
    extract(epoch from clock_now() - o.transmitted_at)::float8 * 1000 as "originalAgeMs"`;
}

function columns(db: Db) {
  return db`e.home::int as home, e.id, e.tenant_id as "tenantId", e.bank_id as "bankId", e.kind, e.state, e.caller,
    e.original_id as "originalId", e.closed_by as "closedBy", e.stan, e.rrn, e.terminal, e.merchant, e.processing,
    e.amount as minor, e.currency, extract(epoch from e.transmitted_at)::float8 * 1000 as "transmittedMs",
    e.code, e.auth_code as "authCode", e.late_code as "lateCode", e.reason, e.attempts::int as attempts,
    e.card is not null as "hasCard"`;
}
