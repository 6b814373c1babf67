/** Transfers without locks, beside those with locks: whatever happens, the ledger is the same. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { must } from '../std/assert.ts';
import { openStore } from '../store/connection.ts';
import { closeAccount, createAccounts } from './accounts.ts';
import { readAccounts } from './account-store.ts';
import { createAtOnce } from './at-once.ts';
import { checkLedger } from './check.ts';
import { balanceAt } from './history.ts';
import { readNowUs } from './history-store.ts';
import { nameGroup, type Answer } from './judge.ts';
import { accountId } from './names.ts';
import { NO_LIMITS } from './account.ts';
import type { Group, Instruction } from './transfer.ts';
import { createApply } from './transfers.ts';

let database: TestDatabase;
let tenants = 0;
let names = 0;
before(async () => {
  database = await openTestDatabase();
});
after(() => database[Symbol.asyncDispose]());

const CODES = ['cash', 'buyer', 'shop', 'capped'] as const;
type Code = (typeof CODES)[number];

async function openTenant() {
  const { sql } = database.store;
  const tenantId = `ten_once${tenants++}`;
  const made = await createAccounts(
    sql,
    tenantId,
    CODES.map((code) => ({
      ...NO_LIMITS,
      code,
      kind: 'test',
      currency: 'EUR',
      normalSide: 'credit' as const,
      clientId: null,
      maximum: code === 'capped' ? 100n : null,
    })),
  );
  assert(made.every(({ ok }) => ok));
  const id = (code: Code): string => accountId(tenantId, code);
  const move = (from: Code, to: Code, minor = 1n, externalId = `once-${names++}`): Instruction => ({
    do: 'transfer',
    externalId,
    debitAccountId: id(from),
    creditAccountId: id(to),
    amount: { minor, currency: 'EUR' },
    kind: 'payment',
  });
  return { sql, tenantId, id, move };
}

const groupsOf = (tenantId: string, ...instructions: Instruction[]) =>
  instructions.map((instruction) => nameGroup({ tenantId, instructions: [instruction] } satisfies Group));

function timeOf(answers: Answer[][] | null): number {
  const [answer] = must(answers, 'it was done at once').flat();
  return answer?.ok ? answer.value.row.atUs : assert.fail('it was refused');
}

test('S21: single transfers are done at once; what is no single transfer, and what is refused, is left alone', async () => {
  const { sql, tenantId, id, move } = await openTenant();
  const atOnce = createAtOnce(sql);
  const first = timeOf(
    await atOnce.apply(groupsOf(tenantId, move('cash', 'buyer', 7n), move('buyer', 'shop', 5n))),
  );
  assert(timeOf(await atOnce.apply(groupsOf(tenantId, move('buyer', 'shop')))) > first);
  const untouched: readonly Instruction[] = [
    { ...move('cash', 'shop'), do: 'transfer', pending: { timeoutMs: null } } as Instruction,
    { do: 'void', pendingId: 'trf_none' },
    move('cash', 'capped', 101n),
    move('cash', 'cash'),
  ];
  for (const instruction of untouched)
    assert.equal(await atOnce.apply(groupsOf(tenantId, instruction)), null);
  const [shop, buyer] = await Promise.all(
    (['shop', 'buyer'] as const).map(async (code) => must((await readAccounts(sql, [id(code)]))[0], code)),
  );
  assert.equal(shop?.creditsPosted, 6n);
  assert.deepEqual([buyer?.creditsPosted, buyer?.debitsPosted], [7n, 6n]);
});

test('S21: what another process did since is found out, and nothing is done twice or past a limit', async () => {
  const { sql, tenantId, id, move } = await openTenant();
  await using other = openStore({ database: database.address, connectionsMax: 2 });
  const here = createAtOnce(sql);
  const there = createApply(other.sql);
  assert(await here.apply(groupsOf(tenantId, move('cash', 'capped', 60n))));
  assert((await there(tenantId, [[move('cash', 'capped', 30n)]]))[0]?.[0]?.ok);
  assert.equal(await here.apply(groupsOf(tenantId, move('cash', 'capped', 20n))), null, 'it would be 110');
  // It has found that it knew too little, rests for a batch, and then looks again.
  assert.equal(await here.apply(groupsOf(tenantId, move('cash', 'buyer'))), null);
  assert(await here.apply(groupsOf(tenantId, move('cash', 'buyer', 1n, 'twice'))));
  const apply = createApply(sql);
  for (const minor of [1n, 2n]) {
    const [[answer] = []] = await apply(tenantId, [[move('cash', 'buyer', minor, 'twice')]]);
    assert.equal(answer?.ok ? 'made' : answer?.refusal, minor === 1n ? 'made' : 'transfer_differs');
  }
  assert(await closeAccount(sql, tenantId, id('shop')));
  const [[closed] = []] = await apply(tenantId, [[move('cash', 'shop')]]);
  assert.equal(closed?.ok === false && closed.refusal, 'account_closed');
  const [capped] = await readAccounts(sql, [id('capped')]);
  assert.equal(capped?.creditsPosted, 90n);
});

test('S21: an account that is closed after it was remembered takes nothing any more', async () => {
  const { sql, tenantId, id, move } = await openTenant();
  const apply = createApply(sql);
  assert((await apply(tenantId, [[move('cash', 'shop')]]))[0]?.[0]?.ok);
  assert(await closeAccount(sql, tenantId, id('shop')));
  const [[answer] = []] = await apply(tenantId, [[move('cash', 'shop')]]);
  assert.equal(answer?.ok === false && answer.refusal, 'account_closed');
});

test('I1, I2: two processes and a third that uses locks, over the same money: nothing lost, nothing twice', async () => {
  const { sql, tenantId, id, move } = await openTenant();
  await using other = openStore({ database: database.address, connectionsMax: 4 });
  const appliers = [createApply(sql), createApply(other.sql)];
  let made = 0n;
  await Promise.all(
    Array.from({ length: 300 }, async (_, n) => {
      const apply = must(appliers[n % 2], 'there are two');
      const single = move('cash', 'shop');
      const pending = { ...move('buyer', 'shop'), pending: { timeoutMs: null } } as Instruction;
      // Each is asked for again, as after a lost answer.
      for (const again of [1, 2]) {
        const answers = await apply(tenantId, [[single], ...(n % 10 === 0 ? [[pending]] : [])]);
        assert(answers.flat().every(({ ok }) => ok));
        if (again === 1) made++;
      }
    }),
  );
  const [shop] = await readAccounts(sql, [id('shop')]);
  assert.deepEqual([shop?.creditsPosted, shop?.creditsPending], [made, 30n]);
  const report = await checkLedger(sql, {});
  assert.deepEqual(report.findings, []);
});

test('a past balance that was read while money moved is the same for ever', async () => {
  const { sql, tenantId, id, move } = await openTenant();
  const apply = createApply(sql);
  const seen: { atUs: number; credits: bigint }[] = [];
  let isMoving = true;
  const moving = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (isMoving) {
        const [[answer] = []] = await apply(tenantId, [[move('cash', 'shop')]]);
        assert(answer?.ok);
      }
    }),
  );
  try {
    while (seen.length < 150) {
      const atUs = await readNowUs(sql);
      const past = await balanceAt(sql, id('shop'), atUs);
      assert(past.ok);
      seen.push({ atUs, credits: past.value.creditsPosted });
    }
  } finally {
    isMoving = false;
    await moving;
  }
  const credits = new Set<bigint>();
  for (const { atUs, credits: then } of seen) {
    const past = await balanceAt(sql, id('shop'), atUs);
    assert(past.ok && past.value.creditsPosted === then, `at ${atUs} it was ${then}`);
    credits.add(then);
  }
  assert(credits.size > 50, `money moved between the looks: ${credits.size} balances`);
});

test('the time of an account never stands still or goes back, whatever the clock does', async () => {
  const { sql, tenantId, move } = await openTenant();
  const atOnce = createAtOnce(sql);
  const before = timeOf(await atOnce.apply(groupsOf(tenantId, move('cash', 'shop'))));
  await database.advanceClock(3_600_000);
  const later = timeOf(await atOnce.apply(groupsOf(tenantId, move('cash', 'shop'))));
  await database.advanceClock(-3_600_000);
  const again = timeOf(await atOnce.apply(groupsOf(tenantId, move('cash', 'shop'))));
  assert(before < later && later < again);
});
