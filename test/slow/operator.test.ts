import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GENEROUS } from '../world.ts';
import { openLocal, seen, until, type Opened } from './local.ts';

const DOWN_MS = Number(process.env['OPERATOR_DOWN_MS'] ?? 120_000);
/** Codes for access end while the operator is down, those for transfers outlive it. */
const POLICY = {
  ...GENEROUS,
  purposes: {
    access: { callerAddress: true, validityMs: 30_000 },
    transfer: { callerAddress: true, validityMs: 300_000 },
  },
};
const DRAIN_MAX_MS = 90_000;

test('S2: the operator is down for two minutes: no code after its end, the caller is told, the backlog drains', async () => {
  await using local = await openLocal({ policy: POLICY });
  const { smsc } = local;
  const before = await local.open('transfer');
  await until('the first text', 20_000, () => local.textsOf(before).length === 1);
  await smsc.down();
  const short: Opened[] = [];
  const long: Opened[] = [];
  const upMs = performance.now() + DOWN_MS;
  while (performance.now() < upMs) {
    short.push(await local.open('access'));
    long.push(await local.open('transfer'));
    await sleep(500);
  }
  const ready = await local.call('GET', '/readyz');
  assert.equal(ready.status, 503, ready.text);
  assert.match(ready.text, /no connection to the network/);
  const [first] = short;
  const [firstLong] = long;
  assert(first && firstLong);
  await until(
    'the end of the first code',
    20_000,
    async () => (await seen(local, first)).state === 'expired',
  );
  assert.equal((await seen(local, first)).delivery, 'expired');
  const waiting = await seen(local, firstLong);
  assert.equal(waiting.state, 'opened');
  assert.match(String(waiting.delivery), /^(queued|leased)$/);
  assert.equal(local.texts.size, 1, 'nothing arrived while it was down');

  await smsc.up();
  const drainedMs = await until('the backlog drains', DRAIN_MAX_MS, () =>
    long.every((opened) => local.textsOf(opened).length > 0),
  );
  console.log(`${long.length} waiting codes drained in ${Math.round(drainedMs)} ms`);
  assert.equal((await local.call('GET', '/readyz')).status, 200);
  const last = await local.verify(firstLong);
  assert.equal(last.status, 200, last.text);
  for (const opened of long)
    assert.equal(local.textsOf(opened).length, 1, 'an operator that is down takes nothing');
  await until('the ends of the short codes', 60_000, async () => {
    const states = await Promise.all(short.map((opened) => seen(local, opened)));
    return states.every(({ state }) => state === 'expired');
  });
  console.log('codes sent:', JSON.stringify(await checkAfterTheirTime(local, [...short, ...long])));
});

test('the operator throttles, and its queue is full: every code arrives once, none after its end', async () => {
  await using local = await openLocal({ policy: POLICY });
  const { smsc } = local;
  smsc.throttle(20);
  const opened = await Promise.all(Array.from({ length: 150 }, () => local.open('transfer')));
  await sleep(3_000);
  smsc.queueFull(true);
  await sleep(4_000);
  smsc.queueFull(false);
  const arrivedMs = await until('every code arrives', DRAIN_MAX_MS, () =>
    opened.every((one) => local.textsOf(one).length > 0),
  );
  console.log(`150 codes at 20 a second: ${Math.round(arrivedMs)} ms after the queue had room`);
  for (const one of opened) assert.equal(local.textsOf(one).length, 1, 'a refused message was not taken');
  console.log('codes sent:', JSON.stringify(await checkAfterTheirTime(local, opened)));
});

test('the operator is half open: the connection is given up, and every code arrives when it answers again', async () => {
  await using local = await openLocal({ policy: POLICY });
  const { smsc } = local;
  const before = await local.open('transfer');
  await until('the first text', 20_000, () => local.textsOf(before).length === 1);
  smsc.halfOpen(true);
  const opened = await Promise.all(Array.from({ length: 50 }, () => local.open('transfer')));
  const noticedMs = await until('the server notices', 60_000, async () => {
    return (await local.call('GET', '/readyz')).status === 503;
  });
  console.log(`half open noticed after ${Math.round(noticedMs)} ms`);
  await sleep(15_000);
  assert.ok(opened.every((one) => local.textsOf(one).length === 0));
  smsc.halfOpen(false);
  await until('every code arrives', DRAIN_MAX_MS, () => opened.every((one) => local.textsOf(one).length > 0));
  console.log('codes sent:', JSON.stringify(await checkAfterTheirTime(local, opened)));
});

test('the operator loses answers: at most one more text, and the caller is told what is not known', async () => {
  await using local = await openLocal({ policy: POLICY });
  const { smsc } = local;
  smsc.receiptOutcome(() => null);
  smsc.loseAnswers(0.6);
  const opened = await Promise.all(Array.from({ length: 100 }, () => local.open('transfer')));
  await until('every dispatch comes to its end', DRAIN_MAX_MS, async () => {
    const all = await Promise.all(opened.map((one) => seen(local, one)));
    return all.every(({ delivery }) => delivery === 'accepted' || delivery === 'unknown');
  });
  smsc.loseAnswers(0);
  const states = await Promise.all(opened.map((one) => seen(local, one)));
  const unknown = states.filter(({ delivery }) => delivery === 'unknown');
  console.log(`${unknown.length} of 100 unknown after two lost answers`);
  assert(unknown.length > 0 && unknown.length < 100);
  for (const { reason } of unknown) assert.match(String(reason), /no answer/);
  for (const [i, one] of opened.entries()) {
    const count = local.textsOf(one).length;
    assert(count === 1 || count === 2, 'at least once and at most twice');
    if (states[i]?.delivery === 'unknown') assert.equal(count, 2);
  }
  const some = opened[states.findIndex(({ delivery }) => delivery === 'unknown')];
  assert(some);
  assert.equal((await local.verify(some)).status, 200, 'the text arrived, so its code is good');
  console.log('codes sent:', JSON.stringify(await checkAfterTheirTime(local, opened)));
});

/** Lets the time of everything pass at once, so that the invariants can be held against its end. */
async function checkAfterTheirTime(local: Awaited<ReturnType<typeof openLocal>>, opened: readonly Opened[]) {
  await local.stepClock(400_000);
  return local.check(opened);
}
