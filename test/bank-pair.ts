/**
 * A bank room over a database of its own, and the simulated bank that it is linked to over TCP; for tests.
 */
import assert from 'node:assert/strict';
import { openBankHost, type BankHost, type BankHostOptions } from '../sim/bank-host.ts';
import type { BankEntry, SimCard } from '../sim/bank-books.ts';
import type { Card } from '../src/bank/card.ts';
import type { BankTiming, Outcome, Settled } from '../src/bank/context.ts';
import type { QuestionRequest } from '../src/bank/ask.ts';
import { createBank, type Bank, type BankOptions } from '../src/bank/host.ts';
import type { LinkTiming } from '../src/bank/link.ts';
import { addRoute, saveBank } from '../src/bank/manage.ts';
import { systemClock } from '../src/std/clock.ts';
import { makeKeyRingText, parseKeyRing } from '../src/std/key-ring.ts';
import type { Money } from '../src/std/money.ts';
import { systemRandom } from '../src/std/random.ts';
import { Secret } from '../src/std/secret.ts';
import type { Sql } from '../src/store/connection.ts';
import { sleep } from '../src/std/timer.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';
import { createMemoryLog } from './smpp-pair.ts';

export const PAN = '4970101234567890';
export const TENANT = 'ten_bank';
export const HOME = 7;

export const FAST_LINK: Partial<LinkTiming> = { reconnectBaseMs: 20, reconnectMaxMs: 50, waitMaxMs: 3_000 };
export const FAST_BANK: Partial<BankTiming> = {
  repeatBaseMs: 20,
  repeatMaxMs: 100,
  askedGraceMs: 1_000,
  pollMs: 20,
};

export function simCard(more: Partial<SimCard> = {}): SimCard {
  return {
    pan: PAN,
    expiry: '3012',
    securityCode: '737',
    holder: { name: 'ALICE SMITH', mobile: '+33612345612' },
    limitMinor: 1_000_000n,
    currency: '978',
    refusal: null,
    ...more,
  };
}

export function card(pan = PAN, more: Partial<Card> = {}): Card {
  return {
    pan: new Secret(pan),
    expiry: '3012',
    entry: 'ecommerce',
    securityCode: new Secret('737'),
    ...more,
  };
}

export function euros(minor: bigint): Money {
  return { minor, currency: 'EUR' };
}

export type BankPair = AsyncDisposable & {
  readonly database: TestDatabase;
  readonly host: BankHost;
  readonly bank: Bank;
  readonly keyRingText: string;
  readonly settled: Settled[];
  readonly log: () => string;
  /** A question of EUR 312.40 under an id of its own. */
  readonly request: (more?: Partial<QuestionRequest>) => QuestionRequest;
  /** Another process over the same database: it repeats, or only asks. */
  readonly openBank: (more?: Partial<BankOptions>) => Bank;
  readonly rows: () => Promise<Row[]>;
  /** The bank's only entry. */
  readonly entry: () => BankEntry;
};

export type Row = {
  kind: string;
  state: string;
  code: string | null;
  lateCode: string | null;
  attempts: number;
  hasCard: boolean;
};

type PairOptions = {
  readonly host?: Partial<BankHostOptions>;
  /** Options of the URL; a time-out of 400 ms where it says none. */
  readonly query?: string;
  readonly bank?: Partial<BankOptions>;
  /** False: nothing is repeated. */
  readonly repeats?: boolean;
};

export async function openBankPair(options: PairOptions = {}): Promise<BankPair> {
  const database = await openTestDatabase();
  const { sql } = database.store;
  const { log, text } = createMemoryLog();
  const host = await openBankHost({ port: 0, cards: [simCard()], ...options.host });
  const keyRingText = makeKeyRingText(systemRandom);
  const ring = parseKeyRing(keyRingText);
  assert.ok(ring.ok);
  const saved = await saveBank(sql, { id: 'acme-bank', url: host.url(options.query ?? 'timeoutMs=1000') });
  assert.ok(saved.ok, saved.ok ? '' : saved.detail);
  assert.ok((await addRoute(sql, { bankId: 'acme-bank', digits: '4' }, Date.now(), systemRandom)).ok);
  const settled: Settled[] = [];
  const openBank = (more: Partial<BankOptions> = {}): Bank =>
    createBank({
      sql,
      keys: ring.value,
      clock: systemClock,
      random: systemRandom,
      log,
      onSettled: async (_, some) => void settled.push(...some),
      timing: FAST_BANK,
      linkTiming: FAST_LINK,
      ...more,
    });
  const bank = openBank(options.bank);
  if (options.repeats !== false) await bank.start();
  let asked = 0;
  return {
    database,
    host,
    bank,
    keyRingText,
    settled,
    log: text,
    openBank,
    request: (more = {}) => ({
      home: HOME,
      tenantId: TENANT,
      caller: `pay_${++asked}`,
      amount: euros(31_240n),
      card: card(),
      ...more,
    }),
    rows: () => sql<Row[]>`
      select kind, state, code, late_code as "lateCode", attempts::int as attempts, card is not null as "hasCard"
      from bank_exchange order by created_at, kind`,
    entry: () => {
      const entries = host.books.entries();
      assert.equal(entries.length, 1);
      const [entry] = entries;
      assert.ok(entry);
      return entry;
    },
    [Symbol.asyncDispose]: async () => {
      await bank[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

export function approved(outcome: Outcome): Extract<Outcome, { outcome: 'approved' }> {
  assert.equal(outcome.outcome, 'approved', JSON.stringify(outcome));
  assert.ok(outcome.outcome === 'approved');
  return outcome;
}

/** Waits until the database says so; `what` names it in the failure. */
export async function untilRows(pair: BankPair, what: string, is: (rows: Row[]) => boolean): Promise<Row[]> {
  let rows = await pair.rows();
  for (let i = 0; i < 500 && !is(rows); i++) {
    await sleep(20);
    rows = await pair.rows();
  }
  assert.ok(is(rows), `it never came to this: ${what}: ${JSON.stringify(rows)}\n${pair.log()}`);
  return rows;
}

type SomeDatabase = { readonly database: { readonly store: { readonly sql: Sql } } };

/** The bank's view and ours of every payment are the same (I8), and no payment was taken twice (I2). */
export async function assertSameView(pair: Pick<BankPair, 'host'> & SomeDatabase): Promise<void> {
  const { sql } = pair.database.store;
  const ours = await sql<{ rrn: string; stan: string; held: bigint; taken: bigint; given: bigint }[]>`
    select q.rrn, q.stan,
      case when q.kind = 'authorise' and q.state = 'approved' and c.id is null then q.amount else 0 end as held,
      case when q.kind = 'purchase' and q.state = 'approved' and c.id is null then q.amount
        when c.kind = 'complete' and c.state = 'acknowledged' then c.amount else 0 end as taken,
      case when q.kind = 'refund' and q.state = 'approved' and c.id is null then q.amount else 0 end as given
    from bank_exchange as q left join bank_exchange as c on c.home = q.home and c.id = q.closed_by
    where q.original_id is null`;
  const theirs = new Map(pair.host.books.entries().map((entry) => [`${entry.rrn} ${entry.stan}`, entry]));
  for (const { rrn, stan, held, taken, given } of ours) {
    const entry = theirs.get(`${rrn} ${stan}`);
    const view = [entry?.heldMinor ?? 0n, entry?.takenMinor ?? 0n, entry?.givenMinor ?? 0n];
    assert.deepEqual(view, [held, taken, given], `payment ${rrn}: ${JSON.stringify(entry?.state)}`);
  }
  assert.ok(theirs.size <= ours.length, 'the bank knows payments that we do not');
}

/** Nothing is under way any more: every question is decided and every advice ended. */
export async function settledDown(pair: BankPair): Promise<Row[]> {
  const open = new Set(['asked', 'queued', 'leased']);
  return untilRows(pair, 'all is settled', (rows) => rows.every(({ state }) => !open.has(state)));
}

export const closing = (exchange: string, caller = 'close_1') => ({
  home: HOME,
  tenantId: TENANT,
  exchange,
  caller,
});

export async function complete(pair: BankPair, exchange: string, minor: bigint, caller = 'close_1') {
  const closed = await pair.bank.complete({ ...closing(exchange, caller), amount: euros(minor) });
  assert.ok(closed.ok, closed.ok ? '' : closed.refusal);
  return closed.value;
}

export async function reverse(pair: BankPair, exchange: string, caller = 'close_1') {
  const closed = await pair.bank.reverse(closing(exchange, caller));
  assert.ok(closed.ok, closed.ok ? '' : closed.refusal);
  return closed.value;
}
