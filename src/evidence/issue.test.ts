import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  openTestLog,
  SALT,
  silent,
  testEntry,
  testKeys,
  testMasterKey,
  type TestLog,
} from '../../test/evidence.ts';
import { sleep } from '../std/timer.ts';
import { transaction } from '../store/transaction.ts';
import { appendEntries } from './append.ts';
import type { Entry } from './entry.ts';
import { receiptOf, type Opening, type ReceiptOptions } from './issue.ts';
import { openLogKeys } from './key.ts';
import { Sequencer } from './sequencer.ts';
import { verifyReceipt } from './verify.ts';

const SUBJECT = 'cnf_subject';
const OPENED = {
  act: { amount: '312.40', currency: 'EUR', payee: 'Acme' },
  address: '+33612345678',
};

function openAll(): Opening {
  return { opened: OPENED, salt: SALT };
}

/** The act of the first entry, and nothing else. */
function openFirst(entry: Entry): Opening | null {
  return entry.n === 0 ? { opened: { act: OPENED.act }, salt: SALT } : null;
}

async function appendSubject(database: TestDatabase, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, n) => testEntry(SUBJECT, { n }));
  await transaction(database.store.sql, (tx) => appendEntries(tx, rows));
}

function issue(database: TestDatabase, log: TestLog, more: Partial<ReceiptOptions> = {}) {
  const options = { keys: log.keys, home: 5, subjectId: SUBJECT, open: openAll, nowMs: Date.UTC(2026, 0, 1) };
  return receiptOf(database.store.sql, { ...options, ...more });
}

test('the receipt of a subject has all of its entries, and holds for who trusts the key', async () => {
  await using database = await openTestDatabase();
  const log = await openTestLog(database.store.sql);
  await log.append(300);
  await appendSubject(database, 3);
  await log.append(300);
  await log.integrate();
  const receipt = await issue(database, log);
  assert.ok(receipt.ok);
  const verified = await verifyReceipt(receipt.value, { trustedKeys: [log.keys.signer.verifier.text] });
  assert.ok(verified.ok);
  assert.equal(verified.pinned, true);
  assert.deepEqual(
    verified.records.map(({ index, opened }) => ({ index, opened })),
    [300, 301, 302].map((index) => ({ index, opened: OPENED })),
  );
});

test('an entry that waits for its place is not yet logged; one that nobody wrote is unknown', async () => {
  await using database = await openTestDatabase();
  const log = await openTestLog(database.store.sql);
  const unknown = await issue(database, log);
  assert.ok(!unknown.ok && unknown.refusal === 'unknown_subject');
  await appendSubject(database, 1);
  const early = await issue(database, log);
  assert.ok(!early.ok && early.refusal === 'not_yet_logged');
  assert.ok((early.retryAfterMs ?? 0) > 0);
  await log.integrate();
  assert.ok((await issue(database, log)).ok);
  assert.ok(!(await issue(database, log, { home: 6 })).ok);
});

test('what is opened can be chosen, and nothing can be opened once the salt is gone', async () => {
  await using database = await openTestDatabase();
  const log = await openTestLog(database.store.sql);
  await appendSubject(database, 2);
  await log.integrate();
  const receipt = await issue(database, log, { open: openFirst });
  assert.ok(receipt.ok);
  assert.ok(!receipt.value.includes('33612345678'));
  const verified = await verifyReceipt(receipt.value);
  assert.ok(verified.ok);
  assert.deepEqual(
    verified.records.map((record) => Object.keys(record.opened)),
    [['act'], []],
  );
  assert.ok(
    verified.lines.some(({ says }) => says === 'Record 2: committed in the log but not shown: act, address.'),
  );
});

test('what is not what the log committed to is never issued', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const log = await openTestLog(sql);
  await appendSubject(database, 1);
  await log.integrate();
  const wrong = { ...OPENED, act: { ...OPENED.act, amount: '3124.00' } };
  const altered = await issue(database, log, { open: () => ({ opened: wrong, salt: SALT }) });
  assert.ok(!altered.ok && altered.refusal === 'altered_record');
  assert.match(altered.detail ?? '', /the act on record is not the one committed/);
  await sql`update entry set leaf = replace(leaf, 'payment', 'access')`;
  const tampered = await issue(database, log);
  assert.ok(!tampered.ok && tampered.refusal === 'altered_record');
  assert.match(tampered.detail ?? '', /entry 0 is not the one that was logged/);
});

test('after the master key was changed, old checkpoints still hold and new receipts carry both keys', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const log = await openTestLog(sql);
  await appendSubject(database, 1);
  await log.integrate();
  const { origin } = log.keys;
  const keys = await openLogKeys({ origin, masterKeys: ['two', 'one'].map(testMasterKey) });
  assert.equal(keys.signer.verifier.keyId, (await testKeys('two')).signer.verifier.keyId);
  const between = await issue(database, log, { keys });
  assert.ok(between.ok);
  assert.ok((await verifyReceipt(between.value, { trustedKeys: keys.verifiers.map(({ text }) => text) })).ok);
  assert.ok(!(await verifyReceipt(between.value, { trustedKeys: [log.keys.signer.verifier.text] })).ok);
  await log.append(1);
  const successor = new Sequencer({ sql, keys, log: silent });
  while ((await successor.step()).taken === 0) await sleep(5);
  const after = await issue(database, log, { keys });
  assert.ok(after.ok);
  assert.ok((await verifyReceipt(after.value, { trustedKeys: [keys.signer.verifier.text] })).ok);
});
