import assert from 'node:assert/strict';
import type { BankHost } from '../sim/bank-host.ts';
import { currencyNumber } from '../src/bank/currency.ts';
import type { Sql } from '../src/store/connection.ts';

/**
 * What must hold of payments whatever happened: each step has its entry; money moved exactly once where a
 * payment is completed, and not at all where it is not (I2); nothing is reserved for what has ended; and what
 * the banks took is what the ledger says (I8).
 */
type Row = {
  readonly id: string;
  readonly state: string;
  readonly means: string | null;
  readonly amount: bigint;
  readonly completed: bigint | null;
  readonly refunded: bigint;
  readonly tries: number;
  readonly confirmationId: string | null;
  readonly exchangeId: string | null;
  readonly exemption: string | null;
  readonly hasCard: boolean;
  readonly confirmation: string | null;
  readonly refundsDone: bigint;
  readonly entries: readonly string[];
  readonly moved: readonly Moved[];
};

/** A transfer of a payment or of its refunds: how it is, and how much of it has moved. */
type Moved = {
  readonly leg: string;
  readonly phase: string;
  readonly end: string | null;
  readonly minor: number;
};

/** I7: what waits for the jobs role for more than a minute; what the bank room decides is its own. */
export async function readUnfinishedPayments(sql: Sql): Promise<readonly object[]> {
  return sql<object[]>`
    select id as subject, state from payment where next_at < clock_now() - interval '120 seconds'
    union all
    select id, state from payment_refund where next_at < clock_now() - interval '120 seconds'
    union all
    select p.id, c.state from payment p join confirmation c on c.id = p.confirmation_id
    where p.state = 'confirming' and c.state not in ('opened', 'sent')`;
}

export async function checkPaymentRows(sql: Sql): Promise<void> {
  for (const row of await readRows(sql)) {
    checkEntries(row);
    checkMoney(row);
  }
  await checkDebits(sql);
}

/** Each table is read once, for payments may be thousands. */
async function readRows(sql: Sql): Promise<Row[]> {
  return sql<Row[]>`
    with told as (
      select e.home, e.subject_id, json_agg(e.leaf::json->>'type' order by e.txid, e.seq) as entries
      from entry e where e.subject_id like 'pay\\_%' and e.leaf::json->>'type' like 'Payment%'
      group by e.home, e.subject_id
    ), given_back as (
      select home, payment_id, sum(amount)::bigint as minor from payment_refund where state = 'done'
      group by home, payment_id
    ), owner as (
      select home, id, tenant_id, '~' || id as prefix from payment
      union all
      select p.home, p.id, p.tenant_id, '~' || r.id
      from payment_refund r join payment p on p.home = r.home and p.id = r.payment_id
    ), movement as (
      select o.home, o.id, json_agg(json_build_object('leg', split_part(t.external_id, ':', 2), 'phase', t.phase,
        'end', x.phase, 'minor', coalesce(x.amount, t.amount))) as legs
      from owner o
      join transfer t on t.tenant_id = o.tenant_id and split_part(t.external_id, ':', 1) = o.prefix
      left join transfer x on x.pending_id = t.id
      group by o.home, o.id
    )
    select p.id, p.state, p.means, p.amount, p.completed, p.refunded, p.tries::int as "tries",
      p.confirmation_id as "confirmationId", p.exchange_id as "exchangeId", p.exemption, p.card is not null as "hasCard",
      c.state as "confirmation", coalesce(g.minor, 0::bigint) as "refundsDone", coalesce(told.entries, '[]') as "entries",
      coalesce(m.legs, '[]') as "moved"
    from payment p
    left join confirmation c on c.id = p.confirmation_id
    left join told on told.home = p.home and told.subject_id = p.id
    left join given_back g on g.home = p.home and g.payment_id = p.id
    left join movement m on m.home = p.home and m.id = p.id`;
}

const ENDS: Readonly<Record<string, string>> = {
  completed: 'PaymentCompleted',
  refused: 'PaymentRefused',
  cancelled: 'PaymentCancelled',
  expired: 'PaymentExpired',
};

function checkEntries(row: Row): void {
  const { id, state, tries, entries } = row;
  const count = (name: string): number => entries.filter((entry) => entry === name).length;
  const story = `${id}, ${state}: ${entries.join(' ')}`;
  assert.equal(count('PaymentCreated'), 1, story);
  assert.equal(count('PaymentBegun'), tries, story);
  assert.equal(count('PaymentAsked'), row.confirmationId === null ? 0 : 1, story);
  for (const [end, name] of Object.entries(ENDS)) assert.equal(count(name), state === end ? 1 : 0, story);
  for (const name of ['PaymentAuthorised', 'PaymentExecuting']) assert.ok(count(name) <= 1, story);
  if (state === 'executing') assert.equal(count('PaymentExecuting'), 1, story);
  if (state === 'authorised') assert.equal(count('PaymentAuthorised'), 1, story);
  // Every try came to nothing, to a code, to an execution without one, or is still on.
  const carried = row.confirmationId !== null || row.exemption !== null ? 1 : 0;
  const over = count('PaymentDeclined') + (state === 'refused' && carried === 0 ? 1 : 0);
  assert.equal(over + carried + (state === 'authorising' ? 1 : 0), tries, story);
  // Never without the code, or a reason for none.
  if (state === 'completed' || state === 'authorised' || state === 'executing') {
    assert.ok(row.exemption !== null || row.confirmation === 'confirmed', `${story}: nobody proved it`);
  }
}

function checkMoney(row: Row): void {
  const { id, state, means, completed, moved } = row;
  const what = `I2: ${id}, ${state}: ${JSON.stringify(moved)}`;
  const legs = means === 'trustee' ? ['out'] : ['in', 'out'];
  const isOpen = state === 'confirming' || state === 'authorised';
  for (const { leg, phase, end } of moved) {
    if (leg !== 'in' && leg !== 'out') continue;
    if (phase === 'pending' && end === null) assert.ok(isOpen, `${what}: it is reserved for nothing`);
  }
  const posted = moved.filter(({ phase, end }) => phase === 'single' || end === 'posting');
  const paid = posted.filter(({ leg }) => leg === 'in' || leg === 'out');
  const amounts = paid.map(({ leg, minor }) => `${leg} ${minor}`).toSorted();
  const expected = completed === null ? [] : legs.map((leg) => `${leg} ${completed}`);
  assert.deepEqual(amounts, expected.toSorted(), what);
  const back = posted.filter(({ leg }) => leg === 'back').reduce((sum, { minor }) => sum + minor, 0);
  assert.equal(BigInt(back), row.refunded, `${what}: what was given back`);
  assert.equal(row.refundsDone, row.refunded, `${what}: the refunds that are done`);
  if (state === 'created' || state === 'refused' || state === 'cancelled' || state === 'expired') {
    assert.ok(!row.hasCard, `S8: ${id}, ${state}, keeps no card`);
  }
}

/** I2: what a bank took for a payment, or still holds and was told to take, is one thing at most. */
async function checkDebits(sql: Sql): Promise<void> {
  const rows = await sql<{ id: string; state: string; means: string; taken: number; right: number }[]>`
    select p.id, p.state, p.means, count(q.id)::int as taken,
      count(q.id) filter (where coalesce(c.amount, q.amount) = p.completed and q.id = p.exchange_id)::int as right
    from payment p
    left join bank_exchange q on q.home = p.home and split_part(q.caller, ':', 1) = p.id
      and q.kind in ('authorise', 'purchase') and q.state = 'approved'
    left join bank_exchange c on c.home = q.home and c.id = q.closed_by
    where q.id is null or c.kind = 'complete' or (q.kind = 'purchase' and c.id is null)
    group by p.home, p.id, p.state, p.means`;
  for (const { id, state, means, taken, right } of rows) {
    const expected = state === 'completed' && means !== 'trustee' ? 1 : 0;
    const what = `I2: ${id}, ${state}, was debited ${taken} times`;
    if (state !== 'executing') assert.equal(taken, expected, what);
    if (expected === 1) assert.equal(right, 1, `${what}, not by its own exchange or amount`);
  }
}

/** I8: what the simulated bank took less what it gave back is what the ledger says of it. */
export async function assertBankAgrees(sql: Sql, host: Pick<BankHost, 'books'>): Promise<void> {
  const rows = await sql<{ currency: string; balance: bigint }[]>`
    select currency, sum(debits_posted - credits_posted)::bigint as balance from account
    where kind = 'bank' and code like '~bank:%' group by currency`;
  const ours = new Map(rows.map(({ currency, balance }) => [currencyNumber(currency), balance]));
  const theirs = host.books.takenByCurrency();
  for (const currency of new Set([...ours.keys(), ...theirs.keys()])) {
    const taken = theirs.get(currency ?? '') ?? 0n;
    assert.equal(ours.get(currency) ?? 0n, taken, `I8: the bank's books of currency ${currency ?? '?'}`);
  }
}
