import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createAccounts } from './accounts.ts';
import { checkLedger, checkSnapshot } from './check.ts';
import { accountId, endId, transferId } from './names.ts';
import type { Instruction } from './transfer.ts';
import { createApply } from './transfers.ts';

const TENANT = 'ten_1';
const CASH = accountId(TENANT, 'cash');
const SHOP = accountId(TENANT, 'shop');

let database: TestDatabase;
before(async () => {
  database = await openTestDatabase();
  const { sql } = database.store;
  await createAccounts(sql, TENANT, [
    { code: 'cash', kind: 'cash', currency: 'EUR', normalSide: 'debit' },
    { code: 'shop', kind: 'merchant', currency: 'EUR', normalSide: 'credit', maximum: 100n },
    { code: 'yen', kind: 'cash', currency: 'JPY', normalSide: 'debit' },
  ]);
  const move = (externalId: string, minor: bigint, timeoutMs?: number): Instruction => ({
    do: 'transfer',
    externalId,
    debitAccountId: CASH,
    creditAccountId: SHOP,
    amount: { minor, currency: 'EUR' },
    kind: 'payment',
    pending: timeoutMs === undefined ? null : { timeoutMs },
  });
  const answers = await createApply(sql)(TENANT, [
    [move('a', 10n)],
    [move('b', 20n), move('c', 5n)],
    [move('p', 30n, 60_000)],
    [move('q', 7n, 60_000)],
    [{ do: 'post', pendingId: transferId(TENANT, 'q'), amount: { minor: 4n, currency: 'EUR' } }],
  ]);
  assert(answers.flat().every(({ ok }) => ok));
});
after(() => database[Symbol.asyncDispose]());

/** What the check says after something was changed behind the ledger's back; then it is changed back. */
async function afterwards(...statements: readonly string[]): Promise<string[]> {
  const { sql } = database.store;
  const found: string[] = [];
  const undo = new Error('changed back');
  await sql
    .begin(async (tx) => {
      // As somebody does who has the database in his hands.
      await tx`set local session_replication_role = replica`;
      await tx`alter table account drop constraint if exists account_check3`;
      for (const statement of statements) await tx.unsafe(statement);
      const report = await checkSnapshot(tx, {});
      found.push(...report.findings.map(({ says }) => says));
      throw undo;
    })
    .catch((error: unknown) => assert.equal(error, undo));
  return found;
}

test('I1: a ledger that nobody touched holds, and every row of it was read', async () => {
  const steps: [number, number][] = [];
  const report = await checkLedger(database.store.sql, { onProgress: (...step) => steps.push(step) });
  assert.deepEqual(report.findings, []);
  assert.deepEqual([report.ok, report.accounts, report.transfers], [true, 3, 6]);
  assert.equal(report.posted.get('EUR'), 39n);
  assert.deepEqual(steps.at(-1), [9, 9]);
});

const POSTED = `account_id = '${SHOP}' and transfer_id = '${transferId(TENANT, 'b')}'`;

const TAMPERED: readonly (readonly [what: string, statement: string, says: RegExp])[] = [
  [
    'a balance',
    `update account set credits_posted = credits_posted + 1 where id = '${SHOP}'`,
    /\(shop\) has creditsPosted 40, but its postings sum to 39/,
  ],
  [
    'both balances of a currency',
    `update account set debits_posted = 1 where id = '${CASH}'`,
    /EUR does not sum to zero/,
  ],
  [
    'a limit',
    `update account set maximum = 50 where id = '${SHOP}'`,
    /\(shop\) breaks its limit: above_maximum/,
  ],
  [
    'the history of a balance',
    `update posting set credits_posted = credits_posted - 2 where ${POSTED}`,
    /\(shop\) has postings whose balances do not follow/,
  ],
  [
    'the amount of a posting',
    `update posting set posted_change = 21 where ${POSTED}`,
    /was credited another amount/,
  ],
  ['a posting that is gone', `delete from posting where ${POSTED}`, /has no posting on its credit account/],
  [
    'the amount of a transfer',
    `update transfer set amount = 21 where id = '${transferId(TENANT, 'b')}'`,
    /was debited another amount/,
  ],
  [
    'a transfer that is gone',
    `delete from transfer where id = '${transferId(TENANT, 'p')}'`,
    /is held, but not pending/,
  ],
  [
    'a pending transfer that nobody holds',
    `delete from hold where transfer_id = '${transferId(TENANT, 'p')}'`,
    /has 0 holds for 1 pending transfers/,
  ],
  [
    'an end of what is still held',
    `insert into hold select home, id, tenant_id, null from transfer where id = '${transferId(TENANT, 'q')}'`,
    /has ended a transfer that is still held/,
  ],
  [
    'an end that says it is of another',
    `update transfer set pending_id = '${transferId(TENANT, 'a')}' where id = '${endId(transferId(TENANT, 'q'))}'`,
    /ends (another transfer than it says|a transfer that is not there)/,
  ],
];

for (const [what, statement, says] of TAMPERED) {
  test(`I1: the check finds, changed behind its back: ${what}`, async () => {
    const found = await afterwards(statement);
    assert(
      found.some((each) => says.test(each)),
      JSON.stringify(found),
    );
  });
}
