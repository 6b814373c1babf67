/** The room over a real database, held against the ledger on paper (test/ledger-model.ts). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  createModel,
  instructionOf,
  MODEL_ACCOUNTS,
  steps,
  type Asked,
  type Model,
  type Step,
  type Totals,
} from '../../test/ledger-model.ts';
import { must } from '../std/assert.ts';
import { createLog } from '../std/log.ts';
import { isStoreOutage, openStore } from '../store/connection.ts';
import { sleep } from '../std/timer.ts';
import { transaction } from '../store/transaction.ts';
import type { Balances } from './account.ts';
import { closeAccount, createAccounts } from './accounts.ts';
import { readAccounts } from './account-store.ts';
import { applyGroups } from './apply.ts';
import { checkLedger } from './check.ts';
import { expireOverdue } from './expiry.ts';
import { balanceAt, historyOf } from './history.ts';
import { readNowUs } from './history-store.ts';
import type { Answer } from './judge.ts';
import { findTransfer } from './lookup.ts';
import { accountId, transferId } from './names.ts';
import { postedAmount, stateOf, type Instruction } from './transfer.ts';
import { createApply, type Apply } from './transfers.ts';

const HOUR_MS = 3_600_000;
const LOG = createLog({ level: 'silent' });

let database: TestDatabase;
let tenants = 0;
before(async () => {
  database = await openTestDatabase();
});
after(() => database[Symbol.asyncDispose]());

const idsOf = (tenantId: string) => ({
  account: (code: string) => accountId(tenantId, code),
  transfer: (name: string) => transferId(tenantId, name),
});

/** A tenant of its own with the accounts of the model. */
async function openTenant() {
  const { sql } = database.store;
  const tenantId = `ten_${tenants++}`;
  const made = await createAccounts(sql, tenantId, MODEL_ACCOUNTS);
  assert(made.every((answer) => answer.ok));
  return { sql, tenantId, ids: idsOf(tenantId), apply: createApply(sql) };
}

type Tenant = Awaited<ReturnType<typeof openTenant>>;

const textOf = (answer: Answer): string =>
  answer.ok ? `${stateOf(answer.value)} ${postedAmount(answer.value)}` : answer.refusal;

const totalsOf = (balances: Balances): Totals => ({
  dp: balances.debitsPending,
  d: balances.debitsPosted,
  cp: balances.creditsPending,
  c: balances.creditsPosted,
});

async function accountsOf({ sql, ids }: Tenant): Promise<Map<string, Totals>> {
  const rows = await readAccounts(
    sql,
    MODEL_ACCOUNTS.map(({ code }) => ids.account(code)),
  );
  return new Map(rows.map((row) => [row.code, totalsOf(row)]));
}

async function sameBalances(tenant: Tenant, model: Model): Promise<void> {
  const found = await accountsOf(tenant);
  for (const { code } of MODEL_ACCOUNTS) assert.deepEqual(found.get(code), model.totals(code), code);
}

async function holds(): Promise<void> {
  const report = await checkLedger(database.store.sql, {});
  assert.deepEqual(report.findings, [], 'I1: countersign ledger check finds nothing');
}

type Snapshot = { readonly atUs: number; readonly totals: Map<string, Totals> };

async function runSteps(all: readonly Step[]): Promise<void> {
  const tenant = await openTenant();
  const { sql, tenantId, ids, apply } = tenant;
  const model = createModel(MODEL_ACCOUNTS);
  const before: (readonly (readonly Asked[])[])[] = [];
  const snapshots: Snapshot[] = [];
  for (const step of all) {
    if (step.kind === 'wait') {
      model.wait(step.hours);
      await database.advanceClock(step.hours * HOUR_MS);
      await expireOverdue(sql, LOG);
    } else if (step.kind === 'close') {
      model.close(step.code);
      assert((await closeAccount(sql, tenantId, ids.account(step.code)))?.ok);
    } else {
      const groups = step.kind === 'apply' ? step.groups : (before.at(-step.back) ?? []);
      before.push(groups);
      const expected = groups.map((group) => model.apply(group));
      const answers = await apply(
        tenantId,
        groups.map((group) => group.map((asked) => instructionOf(asked, ids))),
      );
      assert.deepEqual(
        answers.map((group) => group.map(textOf)),
        expected,
      );
    }
    await sameBalances(tenant, model);
    const totals = new Map(MODEL_ACCOUNTS.map(({ code }) => [code, model.totals(code)]));
    snapshots.push({ atUs: await readNowUs(sql), totals });
  }
  for (const { atUs, totals } of snapshots) {
    for (const { code } of MODEL_ACCOUNTS) {
      const then = await balanceAt(sql, ids.account(code), atUs);
      assert(then.ok);
      assert.deepEqual(totalsOf(then.value), totals.get(code), `${code} at ${atUs}`);
    }
  }
}

test('I1, S21: answers, balances and every past balance are those of a ledger on paper', async () => {
  await fc.assert(fc.asyncProperty(steps, runSteps), { numRuns: 12, seed: 7 });
  await holds();
});

const move = (
  { ids }: Pick<Tenant, 'ids'>,
  as: string,
  from: string,
  to: string,
  amount: bigint,
): Instruction & { do: 'transfer' } => ({
  do: 'transfer',
  externalId: as,
  debitAccountId: ids.account(from),
  creditAccountId: ids.account(to),
  amount: { minor: amount, currency: 'EUR' },
  kind: 'payment',
});

test('I2, S21: many callers at once, in two processes, over the same accounts: each transfer once, no limit broken', async () => {
  const tenant = await openTenant();
  const { tenantId, ids, sql } = tenant;
  await using other = openStore({ database: database.address, connectionsMax: 6 });
  const appliers: readonly Apply[] = [tenant.apply, createApply(other.sql)];
  const codes = ['cash', 'buyer', 'shop', 'loan', 'float'];
  const calls = fc.sample(
    fc.record({
      groups: fc.array(
        fc.array(
          fc.record({
            as: fc.integer({ min: 0, max: 400 }).map((n) => `t${n}`),
            from: fc.constantFrom(...codes),
            to: fc.constantFrom(...codes),
            amount: fc.integer({ min: 1, max: 30 }),
            isPending: fc.boolean(),
            how: fc.constantFrom('create', 'create', 'create', 'post', 'void'),
          }),
          { minLength: 1, maxLength: 3 },
        ),
        { minLength: 1, maxLength: 5 },
      ),
      by: fc.nat({ max: 1 }),
    }),
    { numRuns: 400, seed: 11 },
  );
  const accepted = new Map<string, string>();
  await Promise.all(
    calls.map(async ({ groups, by }) => {
      const asked = groups.map((group) =>
        group.map(({ as, from, to, amount, isPending, how }): Instruction => {
          if (how !== 'create') return { do: how === 'post' ? 'post' : 'void', pendingId: ids.transfer(as) };
          const pending = isPending ? { timeoutMs: null } : null;
          return { ...move(tenant, as, from, to, BigInt(amount)), pending };
        }),
      );
      const answers = await must(appliers[by], 'there are two')(tenantId, asked);
      for (const [g, group] of answers.entries()) {
        assert(group.every(({ ok }) => ok) || group.every(({ ok }) => !ok), 'all of a group or none');
        for (const [i, answer] of group.entries()) {
          const instruction = must(asked[g]?.[i], 'an answer for each instruction');
          if (!answer.ok || instruction.do !== 'transfer') continue;
          // The same id is never acknowledged for two contents.
          const { debitAccountId, creditAccountId, amount } = answer.value.row;
          const content = `${debitAccountId} ${creditAccountId} ${amount}`;
          assert.equal(accepted.get(instruction.externalId) ?? content, content);
          accepted.set(instruction.externalId, content);
        }
      }
    }),
  );
  assert(accepted.size > 20, `${accepted.size} transfers were made`);
  for (const name of accepted.keys()) {
    const found = await findTransfer(sql, { tenantId, scope: 'admin', clientId: '' }, ids.transfer(name));
    assert(found, `I3: ${name}, which was acknowledged, is there`);
  }
  await holds();
});

test('I2, I3: connections that are cut at any moment, and callers who ask again: nothing lost, nothing twice', async () => {
  const tenant = await openTenant();
  const { tenantId, ids, sql } = tenant;
  await using other = openStore({ database: database.address, connectionsMax: 4 });
  const apply = createApply(other.sql);
  const CUTS = 10;
  let cut = 0;
  let asked = 0;
  let made = 0;
  const cutting = (async () => {
    // Each pause is another one, so that the cuts fall into every phase of a transaction.
    for (let pauseMs = 40; cut < CUTS; pauseMs = 40 + ((pauseMs * 7) % 61)) {
      const rows = await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`;
      cut += rows.length;
      await sleep(pauseMs);
    }
  })();
  const once = async (instruction: Instruction): Promise<Answer> => {
    for (;;) {
      asked++;
      try {
        return must((await apply(tenantId, [[instruction]]))[0]?.[0], 'it is answered');
      } catch (error) {
        assert(isStoreOutage(error), String(error));
      }
    }
  };
  await Promise.all(
    Array.from({ length: 20 }, async (_, caller) => {
      for (let n = caller; cut < CUTS; n += 20) {
        const held = await once({
          ...move(tenant, `c${n}`, 'cash', 'buyer', 1n),
          pending: { timeoutMs: null },
        });
        assert(held.ok);
        const posted = await once({ do: 'post', pendingId: ids.transfer(`c${n}`) });
        assert(posted.ok);
        made++;
      }
    }),
  );
  await cutting;
  assert(asked > 2 * made, 'some had to ask again');
  assert.deepEqual((await accountsOf(tenant)).get('buyer'), { dp: 0n, d: 0n, cp: 0n, c: BigInt(made) });
  await holds();
});

test('S21: a pending transfer ends once, whoever ends it: 100 posts and voids at once', async () => {
  const tenant = await openTenant();
  const { tenantId, ids, apply } = tenant;
  const pending = { ...move(tenant, 'p', 'cash', 'buyer', 100n), pending: { timeoutMs: HOUR_MS } };
  await apply(tenantId, [[pending]]);
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      apply(tenantId, [
        [
          i % 2 === 0
            ? { do: 'post', pendingId: ids.transfer('p'), amount: { minor: BigInt(1 + i), currency: 'EUR' } }
            : { do: 'void', pendingId: ids.transfer('p') },
        ],
      ]),
    ),
  );
  const texts = answers.flat(2).map(textOf);
  const first = must(texts[0], 'the first of them');
  assert.equal(first, 'posted 1');
  assert.deepEqual(new Set(texts), new Set(['posted 1', 'already_posted']));
  assert.deepEqual((await accountsOf(tenant)).get('buyer'), { dp: 0n, d: 0n, cp: 0n, c: 1n });
});

test('I7, S2: what is pending past its time cannot be posted, and expires by itself', async () => {
  const tenant = await openTenant();
  const { sql, tenantId, ids, apply } = tenant;
  const pending = { ...move(tenant, 'p', 'cash', 'buyer', 100n), pending: { timeoutMs: HOUR_MS } };
  const for2 = { ...move(tenant, 'q', 'cash', 'buyer', 10n), pending: { timeoutMs: 2 * HOUR_MS } };
  await apply(tenantId, [[pending], [for2]]);
  await database.advanceClock(HOUR_MS + 1_000);
  const [late] = await apply(tenantId, [[{ do: 'post', pendingId: ids.transfer('p') }]]);
  assert.deepEqual(late?.map(textOf), ['already_expired']);
  assert.equal(await expireOverdue(sql, LOG), 1);
  assert.equal(await expireOverdue(sql, LOG), 0);
  assert.deepEqual((await accountsOf(tenant)).get('buyer'), { dp: 0n, d: 0n, cp: 10n, c: 0n });
  const [again] = await apply(tenantId, [[pending], [{ do: 'void', pendingId: ids.transfer('p') }]]);
  assert.deepEqual(again?.map(textOf), ['expired 0']);
  await holds();
});

test('S21: what another room writes beside a transfer is committed with it or not at all', async () => {
  const tenant = await openTenant();
  const { sql, tenantId } = tenant;
  const groups = [{ tenantId, instructions: [move(tenant, 'a', 'cash', 'buyer', 5n)] }];
  await assert.rejects(
    transaction(sql, async (tx) => {
      const [[answer] = []] = await applyGroups(tx, groups);
      assert.equal(answer && textOf(answer), 'posted 5');
      throw new Error('the other room cannot go on');
    }),
    /cannot go on/,
  );
  assert.deepEqual((await accountsOf(tenant)).get('buyer'), { dp: 0n, d: 0n, cp: 0n, c: 0n });
});

test('S21: rows of the past are never changed, and a limit holds in the database too', async () => {
  const tenant = await openTenant();
  const { sql, tenantId, ids, apply } = tenant;
  await apply(tenantId, [[move(tenant, 'a', 'cash', 'buyer', 5n)]]);
  await assert.rejects(sql`update transfer set amount = 6 where id = ${ids.transfer('a')}`, /never change/);
  await assert.rejects(sql`delete from posting where account_id = ${ids.account('cash')}`, /never change/);
  await assert.rejects(
    sql`update account set debits_posted = 6 where id = ${ids.account('buyer')}`,
    /violates check constraint/,
  );
});

test('the history of an account is read back from any place', async () => {
  const tenant = await openTenant();
  const { sql, tenantId, ids, apply } = tenant;
  for (let n = 0; n < 5; n++)
    await apply(
      tenantId,
      Array.from({ length: 3 }, (_, i) => [move(tenant, `h${n}-${i}`, 'cash', 'buyer', 1n)]),
    );
  const read: string[] = [];
  let place: { atUs: number; n: number } | null = null;
  for (;;) {
    const rows: Awaited<ReturnType<typeof historyOf>> = await historyOf(sql, ids.account('buyer'), place, 4);
    read.push(...rows.map((row) => `${row.externalId} ${row.creditsPosted} ${row.otherCode}`));
    place = rows.at(-1) ?? null;
    if (rows.length < 4) break;
  }
  const expected = Array.from({ length: 15 }, (_, k) => `h${Math.floor(k / 3)}-${k % 3} ${k + 1} cash`);
  assert.deepEqual(read, expected.toReversed());
});
