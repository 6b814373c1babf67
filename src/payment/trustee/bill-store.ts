/** The SQL of bills on their way from made to paid. */
import type { Db, Tx } from '../../store/connection.ts';
import type { Bill, BillState } from './bill.ts';

const BILL = `b.home::int as home, b.id, b.tenant_id as "tenantId", b.period, b.contract_id as "contractId",
  b.subscriber_id as "subscriberId", b.currency, b.amount as "minor", b.state, b.tries::int as tries,
  b.declines::int as declines, b.reason, b.exchange_id as "exchangeId", b.auth_code as "authCode",
  b.card_last_four as "lastFour", b.paid_how as "paidHow", b.paid_us as "paidUs",
  extract(epoch from b.due_at)::float8 * 1000 as "dueAtMs",
  extract(epoch from b.created_at)::float8 * 1000 as "createdAtMs"`;

export type ClaimedBill = Bill & {
  /** Of the contract as it is now. */
  readonly cardToken: string | null;
};

/**
 * Takes bills whose bank is to be asked now, each for one process until its lease is over; all tenants' and
 * periods' where none is named. Within a run only those that were never asked: others wait for their time.
 */
export async function claimBills(
  db: Db,
  run: { readonly tenantId: string; readonly period: string } | null,
  leaseMs: number,
  max: number,
): Promise<ClaimedBill[]> {
  if (run === null) {
    return db<ClaimedBill[]>`
      with due as materialized (
        select home, id from trustee_bill where due_at <= clock_now()
        order by due_at limit ${max}::int for update skip locked
      )
      update trustee_bill as b set due_at = clock_now() + ${leaseMs}::float8 * interval '1 millisecond'
      from due join trustee_bill as o on o.home = due.home and o.id = due.id
        join trustee_buyer as c on c.home = o.home and c.id = o.contract_id
      where b.home = due.home and b.id = due.id
      returning ${db.unsafe(BILL)}, c.card_token as "cardToken"`;
  }
  return db<ClaimedBill[]>`
    with due as materialized (
      select home, id from trustee_bill
      where tenant_id = ${run.tenantId} and period = ${run.period} and state = 'open' and due_at <= clock_now()
        and tries = 0
      limit ${max}::int for update skip locked
    )
    update trustee_bill as b set due_at = clock_now() + ${leaseMs}::float8 * interval '1 millisecond'
    from due join trustee_bill as o on o.home = due.home and o.id = due.id
      join trustee_buyer as c on c.home = o.home and c.id = o.contract_id
    where b.home = due.home and b.id = due.id
    returning ${db.unsafe(BILL)}, c.card_token as "cardToken"`;
}

export type BillKey = { readonly home: number; readonly id: string; readonly tries: number };

/** Those that are still open in the same try, locked in one order for all; nobody else concludes them. */
export async function lockOpen(tx: Tx, keys: readonly BillKey[]): Promise<Bill[]> {
  return tx<Bill[]>`
    select ${tx.unsafe(BILL)}
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text, "tries" smallint)
    join trustee_bill b on b.home = k."home" and b.id = k."id"
    where b.state = 'open' and b.tries = k."tries" and k."home" between 0 and 1023
    order by b.home, b.id for update of b`;
}

export type PaidBill = {
  readonly home: number;
  readonly id: string;
  readonly exchangeId: string | null;
  readonly authCode: string | null;
  readonly lastFour: string | null;
  readonly paidHow: 'card' | 'otherwise';
  readonly paidUs: number;
};

/** The caller holds their locks. */
export async function markPaid(tx: Tx, rows: readonly PaidBill[]): Promise<void> {
  await tx`
    update trustee_bill as b
    set state = 'paid', reason = null, due_at = null, exchange_id = r."exchangeId", auth_code = r."authCode",
      card_last_four = r."lastFour", paid_how = r."paidHow", paid_us = r."paidUs",
      tries = b.tries + case when r."paidHow" = 'card' then 1 else 0 end
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("home" smallint, "id" text,
      "exchangeId" text, "authCode" text, "lastFour" text, "paidHow" text, "paidUs" bigint)
    where b.home = r."home" and b.id = r."id" and r."home" between 0 and 1023`;
}

export type PutOff = BillKey & {
  readonly reason: string;
  /** Null: the bill is unpaid. */
  readonly inMs: number | null;
  readonly ended: boolean;
  readonly declined: boolean;
};

/** Only while it is open in the same try: one that somebody has concluded stays as it is. */
export async function putOff(db: Db, rows: readonly PutOff[]): Promise<void> {
  await db`
    update trustee_bill as b
    set state = case when r."inMs" is null then 'unpaid' else 'open' end, reason = r."reason",
      due_at = clock_now() + r."inMs" * interval '1 millisecond',
      tries = b.tries + case when r."ended" then 1 else 0 end,
      declines = b.declines + case when r."declined" then 1 else 0 end
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("home" smallint, "id" text, "tries" smallint,
      "reason" text, "inMs" float8, "ended" boolean, "declined" boolean)
    where b.home = r."home" and b.id = r."id" and b.state = 'open' and b.tries = r."tries"
      and r."home" between 0 and 1023`;
}

/** Unpaid bills alone: while a bank may be asked, nobody else collects. Null when it is none. */
export async function lockUnpaid(tx: Tx, tenantId: string, home: number, id: string): Promise<Bill | null> {
  const rows = await tx<Bill[]>`
    select ${tx.unsafe(BILL)} from trustee_bill b
    where b.home = ${home} and b.id = ${id} and b.tenant_id = ${tenantId} and b.state = 'unpaid' for update`;
  return rows[0] ?? null;
}

/** unpaid → open: the bank is asked again, and as often as the first time. */
export async function reopenBill(db: Db, tenantId: string, home: number, id: string): Promise<Bill | null> {
  const rows = await db<Bill[]>`
    update trustee_bill as b set state = 'open', due_at = clock_now(), declines = 0
    where b.home = ${home} and b.id = ${id} and b.tenant_id = ${tenantId} and b.state = 'unpaid'
    returning ${db.unsafe(BILL)}`;
  return rows[0] ?? null;
}

export async function findBill(db: Db, tenantId: string, home: number, id: string): Promise<Bill | null> {
  const rows = await db<Bill[]>`
    select ${db.unsafe(BILL)} from trustee_bill b
    where b.home = ${home} and b.id = ${id} and b.tenant_id = ${tenantId}`;
  return rows[0] ?? null;
}

/** In the order of their ids, from after `cursor` on. */
export async function listBills(
  db: Db,
  asked: { readonly tenantId: string; readonly period: string; readonly state: BillState | null },
  cursor: string,
  max: number,
): Promise<Bill[]> {
  return db<Bill[]>`
    select ${db.unsafe(BILL)} from trustee_bill b
    where b.tenant_id = ${asked.tenantId} and b.period = ${asked.period} and b.id > ${cursor}
      and (${asked.state}::text is null or b.state = ${asked.state})
    order by b.id limit ${max}::int`;
}

/** When the bill before this one of the same contract ended: from there on are this one's lines. */
export async function periodsBilledBefore(db: Db, bill: Bill): Promise<string | null> {
  const rows = await db<{ period: string }[]>`
    select b.period from trustee_bill b
    where b.contract_id = ${bill.contractId} and b.period < ${bill.period} order by b.period desc limit 1`;
  return rows[0]?.period ?? null;
}
