/**
 * Payments with a bank that is not well: silent, late, garbled, cut off, gone. What it did is never guessed
 * but undone (S21), and in the end its view is ours (I8).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '../src/std/timer.ts';
import {
  approved,
  assertSameView,
  closing,
  euros,
  openBankPair,
  settledDown,
  untilRows,
} from './bank-pair.ts';
import { until } from './smpp-pair.ts';

test('S21: silence is unknown, and is reversed until the bank acknowledges it', async () => {
  await using pair = await openBankPair();
  pair.host.behave({ behaviour: 'silent', mti: '01' });
  pair.host.behave({ behaviour: 'lost', mti: '042', times: 2 });
  const outcome = await pair.bank.authorise(pair.request());
  assert.equal(outcome.outcome, 'unknown');
  const rows = await settledDown(pair);
  assert.deepEqual(
    rows.map(({ kind, state, attempts }) => [kind, state, attempts]),
    [
      ['authorise', 'unknown', 0],
      ['undo', 'acknowledged', 3],
    ],
  );
  assert.equal(pair.host.counts.repeats, 2, '0420 once, 0421 after');
  assert.equal(pair.entry().state, 'reversed');
  await assertSameView(pair);
});

test('S21: a late approval is written down and credits nothing', async () => {
  await using pair = await openBankPair({ host: { lateMs: 1_800 } });
  pair.host.behave({ behaviour: 'late', mti: '0100', times: 1 });
  const outcome = await pair.bank.authorise(pair.request());
  assert.equal(outcome.outcome, 'unknown');
  const rows = await untilRows(pair, 'the late answer is written', ([asked]) => asked?.lateCode === '00');
  assert.equal(rows[0]?.state, 'unknown');
  await settledDown(pair);
  assert.equal(pair.entry().state, 'reversed');
  const closed = await pair.bank.complete({ ...closing(outcome.exchange ?? ''), amount: euros(1n) });
  assert.equal(closed.ok ? 'closed' : closed.refusal, 'not_approved');
  await assertSameView(pair);
});

test('S21: an answer after the reversal has it said once more', async () => {
  await using pair = await openBankPair({ host: { lateMs: 2_500 } });
  pair.host.behave({ behaviour: 'late', mti: '0100', times: 1 });
  assert.equal((await pair.bank.authorise(pair.request())).outcome, 'unknown');
  await settledDown(pair);
  const rows = await untilRows(
    pair,
    'said again',
    (all) => all[1]?.attempts === 2 && all[1].state === 'acknowledged',
  );
  assert.deepEqual([rows[0]?.state, rows[0]?.lateCode], ['unknown', '00']);
  await assertSameView(pair);
});

test('S21: an answer that is garbage, or a stranger’s, or cut off, is no answer', async () => {
  for (const behaviour of ['garbage', 'stranger', 'cut', 'lost'] as const) {
    await using pair = await openBankPair();
    pair.host.behave({ behaviour, mti: '0100', times: 1 });
    assert.equal((await pair.bank.authorise(pair.request())).outcome, 'unknown', behaviour);
    const [asked, undo] = await settledDown(pair);
    assert.deepEqual([asked?.state, undo?.kind, undo?.state], ['unknown', 'undo', 'acknowledged'], behaviour);
    await assertSameView(pair);
    approved(await pair.bank.authorise(pair.request()));
  }
});

test('I7: a process that dies while it asks leaves a question that another one undoes', async () => {
  await using pair = await openBankPair({
    repeats: false,
    query: 'timeoutMs=60000',
    bank: { timing: { askedGraceMs: 0 } },
  });
  pair.host.behave({ behaviour: 'silent', mti: '0100', times: 1 });
  void pair.bank.authorise(pair.request()).catch(() => undefined);
  await untilRows(pair, 'the question is written', (rows) => rows[0]?.state === 'asked');
  await until('the bank has it', () => pair.host.books.entries().length === 1);
  await pair.database.advanceClock(61_000);
  await using other = pair.openBank();
  await other.start();
  const rows = await settledDown(pair);
  assert.deepEqual(
    rows.map(({ kind, state }) => [kind, state]),
    [
      ['authorise', 'unknown'],
      ['undo', 'acknowledged'],
    ],
  );
  await assertSameView(pair);
});

test('S21: "no such record" acknowledges a reversal only when its original cannot be on its way any more', async () => {
  await using pair = await openBankPair({ host: { strict: true } });
  pair.host.behave({ behaviour: 'lost', mti: '0100', times: 1 });
  assert.equal((await pair.bank.authorise(pair.request())).outcome, 'unknown');
  const early = await untilRows(pair, 'said twice', (rows) => (rows[1]?.attempts ?? 0) >= 2);
  assert.ok(['queued', 'leased'].includes(early[1]?.state ?? ''));
  await pair.database.advanceClock(120_000);
  const rows = await settledDown(pair);
  assert.deepEqual([rows[1]?.state, rows[1]?.code], ['acknowledged', '25']);
});

test('many at once over several connections that are cut now and then: every cent is accounted for', async () => {
  await using pair = await openBankPair({ query: 'timeoutMs=400&connections=3&window=20' });
  pair.host.delay(5);
  const pay = async (n: number): Promise<void> => {
    const outcome = await pair.bank.authorise(
      pair.request({ caller: `many_${n}`, amount: euros(100n + BigInt(n)) }),
    );
    if (outcome.outcome !== 'approved') return;
    const request = closing(outcome.exchange, `close_${n}`);
    if (n % 3 === 0) await pair.bank.reverse(request);
    else await pair.bank.complete({ ...request, amount: euros(100n) });
  };
  const paying = Promise.all(Array.from({ length: 200 }, (_, n) => pay(n)));
  for (let i = 0; i < 5; i++) {
    await sleep(60);
    pair.host.cutAll();
  }
  await paying;
  const rows = await settledDown(pair);
  assert.ok(rows.length >= 200);
  await assertSameView(pair);
});
