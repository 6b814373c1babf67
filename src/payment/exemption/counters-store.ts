/**
 * What is remembered of payers, for exemptions. Whoever writes to a payer locks his counter first: all else
 * of him is read and written behind that lock.
 */
import type { Money } from '../../std/money.ts';
import type { Db, Tx } from '../../store/connection.ts';
import type { History } from './facts.ts';

/** The most of a payer's recent payments that are kept: as many as a limit can count. */
const RECENT_MAX = 50;

/** Of whom, and of which payee, card and series. */
export type HistoryKey = {
  readonly home: number;
  readonly tenantId: string;
  readonly payer: string;
  readonly clientId: string;
  readonly payeeKey: string;
  /** Null is the same as none that he ever proved. */
  readonly instrument: string | null;
  readonly series: string | null;
  readonly currency: string;
};

/** What a payment leaves behind. */
export type Paid = HistoryKey & { readonly amount: Money };

type Row = {
  nowMs: number;
  codeAtMs: number | null;
  payments: number | null;
  sumMinor: bigint | null;
  currency: string | null;
  recentMs: bigint[] | null;
  isMeansProved: boolean;
  isPayeePaid: boolean;
  isPayeeTrusted: boolean;
  seriesPayee: string | null;
  seriesAmount: bigint | null;
  seriesCurrency: string | null;
  seriesInstrument: string | null;
  seriesLastMs: number | null;
  largestMinor: bigint | null;
};

export async function readHistory(db: Db, key: HistoryKey): Promise<History> {
  const { home, tenantId, payer, clientId, payeeKey, instrument, series, currency } = key;
  const [row] = await db<Row[]>`
    select extract(epoch from clock_now())::float8 * 1000 as "nowMs",
      extract(epoch from c.code_at)::float8 * 1000 as "codeAtMs",
      c.payments, c.sum as "sumMinor", c.currency, c.recent_ms as "recentMs",
      exists (select from exemption_means m where m.home = p.home and m.tenant_id = p.tenant_id
        and m.payer = p.payer and m.instrument = ${instrument}::text) as "isMeansProved",
      exists (select from paid_payee k where k.home = p.home and k.tenant_id = p.tenant_id
        and k.payer = p.payer and k.client_id = ${clientId}::text
        and k.payee_key = ${payeeKey}::text) as "isPayeePaid",
      exists (select from trusted_payee t where t.home = p.home and t.tenant_id = p.tenant_id
        and t.payer = p.payer and t.client_id = ${clientId}::text
        and t.payee_key = ${payeeKey}::text) as "isPayeeTrusted",
      s.payee_key as "seriesPayee", s.amount as "seriesAmount", s.currency as "seriesCurrency",
      s.instrument as "seriesInstrument", extract(epoch from s.last_at)::float8 * 1000 as "seriesLastMs",
      h.largest as "largestMinor"
    from (values (${home}::smallint, ${tenantId}::text, ${payer}::text)) as p (home, tenant_id, payer)
    left join exemption_counter c
      on c.home = p.home and c.tenant_id = p.tenant_id and c.payer = p.payer
    left join payment_series s
      on s.home = p.home and s.tenant_id = p.tenant_id and s.payer = p.payer
      and s.client_id = ${clientId}::text and s.name = ${series}::text
    left join exemption_habit h
      on h.home = p.home and h.tenant_id = p.tenant_id and h.payer = p.payer
      and h.currency = ${currency}::text`;
  if (!row) throw new Error('one row of values gives one row');
  return {
    nowMs: row.nowMs,
    codeAtMs: row.codeAtMs,
    payments: row.payments ?? 0,
    sumMinor: row.sumMinor ?? 0n,
    currency: row.currency,
    recentMs: (row.recentMs ?? []).map(Number),
    isMeansProved: row.isMeansProved,
    isPayeePaid: row.isPayeePaid,
    isPayeeTrusted: row.isPayeeTrusted,
    series: seriesOf(row),
    largestMinor: row.largestMinor,
  };
}

function seriesOf(row: Row): History['series'] {
  const { seriesPayee, seriesAmount, seriesCurrency, seriesInstrument, seriesLastMs } = row;
  if (seriesPayee === null || seriesAmount === null || seriesCurrency === null) return null;
  if (seriesInstrument === null || seriesLastMs === null) return null;
  return {
    payeeKey: seriesPayee,
    amount: { minor: seriesAmount, currency: seriesCurrency },
    instrument: seriesInstrument,
    lastAtMs: seriesLastMs,
  };
}

/** Takes the lock that all of a payer's history is behind, until the transaction ends. */
export async function lockCounter(tx: Tx, { home, tenantId, payer }: HistoryKey): Promise<void> {
  await tx`
    insert into exemption_counter (home, tenant_id, payer) values (${home}, ${tenantId}, ${payer})
    on conflict (home, tenant_id, payer) do nothing`;
  await tx`
    select 1 from exemption_counter
    where home = ${home} and tenant_id = ${tenantId} and payer = ${payer} for update`;
}

/** Adds a payment without a code. Behind the lock, and once for each payment. */
export async function addExempt(tx: Tx, paid: Paid, isOfSeries: boolean): Promise<void> {
  const { home, tenantId, payer, clientId, payeeKey, series, amount } = paid;
  await tx`
    with counted as (
      update exemption_counter c set
        payments = c.payments + 1,
        sum = c.sum + ${amount.minor},
        currency = case when c.payments = 0 or c.currency = ${amount.currency} then ${amount.currency} end,
        recent_ms = array(
          select at from unnest(c.recent_ms || (extract(epoch from clock_now()) * 1000)::bigint) as at
          where at > (extract(epoch from clock_now()) * 1000)::bigint - 86400000
          order by at desc limit ${RECENT_MAX}::int)
      where home = ${home} and tenant_id = ${tenantId} and payer = ${payer}
    ), known as (
      insert into paid_payee (home, tenant_id, payer, client_id, payee_key, paid_at)
      values (${home}, ${tenantId}, ${payer}, ${clientId}, ${payeeKey}, clock_now())
      on conflict (home, tenant_id, payer, client_id, payee_key) do nothing
    )
    update payment_series set last_at = clock_now()
    where ${isOfSeries}::boolean and home = ${home} and tenant_id = ${tenantId} and payer = ${payer}
      and client_id = ${clientId} and name = ${series}`;
}

export type Coded = Paid & {
  /** As it is shown. */
  readonly payee: string;
  /** He wants it on his list, and his code stands for that too. */
  readonly trustsPayee: boolean;
};

/**
 * A right code: the counters begin anew, the card or contract is his, the payee is known, a series has its
 * first payment, and who asked for it has the payee on his list. The counters go first, in one order of
 * payers: they are the locks.
 */
export async function addCoded(tx: Tx, paid: readonly Coded[]): Promise<void> {
  const rows = JSON.stringify(
    paid.map(({ amount, ...rest }) => ({ ...rest, minor: amount.minor.toString() })),
  );
  await beginCountersAnew(tx, rows);
  await tx`
    with paid as materialized (
      select home, "tenantId" as tenant_id, payer, "clientId" as client_id, "payeeKey" as payee_key, payee,
        instrument, series, currency, minor, "trustsPayee" as trusts_payee
      from json_to_recordset(${rows}::text::json) as r (home smallint, "tenantId" text, payer text,
        "clientId" text, "payeeKey" text, payee text, instrument text, series text, currency text,
        minor bigint, "trustsPayee" boolean)
    ), means as (
      insert into exemption_means (home, tenant_id, payer, instrument, proved_at)
      select distinct home, tenant_id, payer, instrument, clock_now() from paid
      where instrument is not null
      on conflict (home, tenant_id, payer, instrument) do nothing
    ), habit as (
      insert into exemption_habit as h (home, tenant_id, payer, currency, largest)
      select home, tenant_id, payer, currency, max(minor) from paid group by home, tenant_id, payer, currency
      on conflict (home, tenant_id, payer, currency) do update set largest = excluded.largest
        where h.largest < excluded.largest
    ), known as (
      insert into paid_payee (home, tenant_id, payer, client_id, payee_key, paid_at)
      select distinct home, tenant_id, payer, client_id, payee_key, clock_now() from paid
      on conflict (home, tenant_id, payer, client_id, payee_key) do nothing
    ), series as (
      insert into payment_series (home, tenant_id, payer, client_id, name, payee_key, amount, currency,
        instrument, started_at, last_at)
      select distinct on (home, tenant_id, payer, client_id, series)
        home, tenant_id, payer, client_id, series, payee_key, minor, currency, instrument, clock_now(),
        clock_now()
      from paid where series is not null and instrument is not null
      on conflict (home, tenant_id, payer, client_id, name) do update set
        payee_key = excluded.payee_key, amount = excluded.amount, currency = excluded.currency,
        instrument = excluded.instrument, started_at = excluded.started_at, last_at = excluded.last_at
    )
    insert into trusted_payee (home, tenant_id, payer, client_id, payee_key, payee, trusted_at)
    select distinct on (home, tenant_id, payer, client_id, payee_key)
      home, tenant_id, payer, client_id, payee_key, payee, clock_now()
    from paid where trusts_payee
    on conflict (home, tenant_id, payer, client_id, payee_key) do nothing`;
}

async function beginCountersAnew(tx: Tx, rows: string): Promise<void> {
  await tx`
    insert into exemption_counter as c (home, tenant_id, payer, code_at, recent_ms)
    select home, "tenantId", payer, clock_now(),
      array_fill((extract(epoch from clock_now()) * 1000)::bigint, array[least(count(*), ${RECENT_MAX})::int])
    from json_to_recordset(${rows}::text::json) as r (home smallint, "tenantId" text, payer text)
    group by home, "tenantId", payer order by home, "tenantId", payer
    on conflict (home, tenant_id, payer) do update set
      payments = 0, sum = 0, currency = null, code_at = excluded.code_at,
      recent_ms = array(
        select at from unnest(c.recent_ms || excluded.recent_ms) as at
        where at > (extract(epoch from clock_now()) * 1000)::bigint - 86400000
        order by at desc limit ${RECENT_MAX}::int)`;
}
