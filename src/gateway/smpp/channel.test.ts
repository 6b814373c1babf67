/** What becomes of a text: the channel against the simulated operator, over real TCP on loopback. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  createMemoryLog,
  FAST,
  listen,
  openPair,
  outageOf,
  readUrl,
  referenceOf,
  TO,
  until,
} from '../../../test/smpp-pair.ts';
import { Outage } from '../../std/outage.ts';
import { sleep } from '../../std/timer.ts';
import type { Delivery } from '../channel.ts';
import { createSmppChannel } from './channel.ts';

test('a text arrives as it was sent, and its receipt comes back under its reference', async () => {
  await using pair = await openPair();
  listen(pair);
  const text = 'Pay EUR 312.40 to Acme: 48291377 {€}\n@bank.example #48291377';
  const reference = referenceOf(await pair.deliver(text));
  const [message] = pair.messages;
  assert.deepEqual([message?.from, message?.to, message?.text, message?.segments], ['Bank', TO, text, 1]);
  assert.equal(message?.reference, reference);
  await until('one receipt', () => pair.receipts.length === 1);
  assert.deepEqual(pair.receipts, [{ reference, outcome: 'delivered', reason: 'DELIVRD' }]);
});

test('S2: the operator is told until when it may deliver, never longer than asked', async () => {
  await using pair = await openPair();
  await pair.deliver('x', { validityMs: 90_400 });
  const [message] = pair.messages;
  assert.ok(message?.validUntilMs);
  assert.equal(message.validUntilMs - message.at, 90_000);
});

test('any text arrives as it was sent, in as many segments as it needs', async () => {
  await using pair = await openPair({ query: 'binds=2' });
  listen(pair);
  const gsm = fc.string({ unit: fc.constantFrom('a', 'é', '€', '\n', '@'), maxLength: 500 });
  const ucs2 = fc.string({ unit: fc.constantFrom('ж', '漢', '😀', 'a'), maxLength: 250 });
  let texts = 0;
  const property = fc.asyncProperty(fc.oneof(gsm, ucs2), async (text) => {
    const reference = referenceOf(await pair.deliver(text));
    texts++;
    assert.equal(pair.messages.at(-1)?.text, text);
    assert.equal(pair.messages.at(-1)?.reference, reference);
  });
  await fc.assert(property, { numRuns: 60 });
  await until(
    'a receipt for each text, not for each segment',
    () => pair.smsc.counts.receipts === pair.smsc.counts.taken,
  );
  assert.equal(pair.receipts.length, texts);
  assert.deepEqual(
    new Set(pair.receipts.map(({ reference }) => reference)),
    new Set(pair.messages.map(({ reference }) => reference)),
  );
});

test('the states of a receipt become outcomes, and those that are not the last word are kept quiet', async () => {
  await using pair = await openPair();
  listen(pair);
  const states = ['UNDELIV', 'EXPIRED', 'REJECTD', 'ENROUTE', 'ACCEPTD', 'DELIVRD'] as const;
  pair.smsc.receiptOutcome((to) => states[Number(to.slice(-1))] ?? null);
  const references: string[] = [];
  for (const i of states.keys())
    references.push(referenceOf(await pair.deliver('x', { to: `+4179000000${i}` })));
  await until('all receipts taken', () => pair.smsc.counts.receipts === states.length);
  assert.deepEqual(pair.receipts, [
    { reference: references[0], outcome: 'failed', reason: 'UNDELIV 027' },
    { reference: references[1], outcome: 'expired', reason: 'EXPIRED 255' },
    { reference: references[2], outcome: 'failed', reason: 'REJECTD 011' },
    { reference: references[5], outcome: 'delivered', reason: 'DELIVRD' },
  ]);
});

test('a receipt is taken only when the listener has taken it; until then it comes again', async () => {
  await using pair = await openPair();
  await pair.deliver('x');
  let calls = 0;
  const gate = Promise.withResolvers<void>();
  pair.channel.onReceipt(async () => {
    calls++;
    if (calls === 1) throw new Outage('the database is away');
    await gate.promise;
  });
  await until('the receipt came again', () => calls === 2);
  assert.equal(pair.smsc.counts.receipts, 0);
  gate.resolve();
  await until('the receipt is taken', () => pair.smsc.counts.receipts === 1);
  assert.match(pair.log(), /receipt was not taken/);
});

test('throttled, the channel slows down, says when to come again, and loses and doubles nothing', async () => {
  await using pair = await openPair();
  pair.smsc.throttle(20);
  let outages = 0;
  const sendStubborn = async (i: number): Promise<void> => {
    for (;;) {
      const delivery = await pair.deliver(`text ${i}`).catch((reason: unknown) => reason);
      if (!(delivery instanceof Outage)) return assert.equal((delivery as Delivery).outcome, 'accepted');
      outages++;
      assert.ok(delivery.retryAfterMs >= 1000);
      await sleep(delivery.retryAfterMs);
    }
  };
  await Promise.all(Array.from({ length: 60 }, (_, i) => sendStubborn(i)));
  assert.ok(outages > 0);
  assert.equal(new Set(pair.messages.map(({ text }) => text)).size, 60);
  assert.equal(pair.messages.length, 60);
  const refused = pair.smsc.counts.submits - pair.smsc.counts.taken;
  assert.ok(refused < 60, `${refused} were sent in vain`);
});

test('a full queue is an Outage, and over when the operator has room again', async () => {
  await using pair = await openPair();
  pair.smsc.queueFull(true);
  assert.match((await outageOf(pair.deliver('x'))).message, /ESME_RMSGQFUL/);
  pair.smsc.queueFull(false);
  await until('a text is accepted', () => pair.channel.isUp());
  await sleep(1000);
  assert.equal((await pair.deliver('x')).outcome, 'accepted');
  assert.equal(pair.messages.length, 1);
});

test('a final status is a rejection with its name, a temporary one an Outage', async () => {
  await using pair = await openPair();
  pair.smsc.refuse(TO, 'ESME_RINVDSTADR');
  assert.deepEqual(await pair.deliver('x'), { outcome: 'rejected', reason: 'ESME_RINVDSTADR' });
  for (const status of ['ESME_RSYSERR', 'ESME_RX_T_APPN'] as const) {
    pair.smsc.refuse(TO, status);
    assert.match((await outageOf(pair.deliver('x'))).message, new RegExp(status));
  }
  assert.deepEqual(await pair.deliver('x', { to: '0791234567' }), {
    outcome: 'rejected',
    reason: 'the address is not in E.164',
  });
  assert.equal(pair.messages.length, 0);
});

test('cut while an answer is due, the outcome is unknown', async () => {
  await using pair = await openPair();
  pair.smsc.delay(60_000);
  const delivery = pair.deliver('x');
  await until('the text is taken', () => pair.smsc.counts.taken === 1);
  await pair.smsc.down();
  assert.equal((await delivery).outcome, 'unknown');
});

test('a lost answer is unknown, costs the link nothing, and the text is not repeated by the channel', async () => {
  await using pair = await openPair({ timing: { responseTimeoutMs: 200 } });
  pair.smsc.loseAnswers(1);
  assert.deepEqual(await pair.deliver('x'), {
    outcome: 'unknown',
    reason: 'no answer within the response timeout',
  });
  pair.smsc.loseAnswers(0);
  assert.equal((await pair.deliver('y')).outcome, 'accepted');
  assert.deepEqual(
    pair.messages.map(({ text }) => text),
    ['x', 'y'],
  );
});

test('half a text is unknown, and a busy operator is asked again before it comes to that', async () => {
  const long = 'a'.repeat(300);
  await using impatient = await openPair({ timing: { segmentsMaxMs: 0 } });
  impatient.smsc.throttle(1);
  assert.deepEqual(await impatient.deliver(long), {
    outcome: 'unknown',
    reason: '1 of 2 segments were accepted: ESME_RTHROTTLED',
  });
  await using patient = await openPair({ timing: { segmentsMaxMs: 20_000 } });
  patient.smsc.throttle(1);
  assert.equal((await patient.deliver(long)).outcome, 'accepted');
  assert.deepEqual(
    patient.messages.map(({ text }) => text),
    [long],
  );
  patient.smsc.throttle(Infinity);
  patient.smsc.refuse(TO, 'ESME_RINVDSTADR');
  const before = patient.smsc.counts.submits;
  assert.equal((await patient.deliver(long)).outcome, 'rejected');
  assert.equal(
    patient.smsc.counts.submits - before,
    1,
    'the segments after a refused first one were not sent',
  );
});

test('aborted before it is written a text is an Outage, afterwards unknown', async () => {
  await using pair = await openPair({ timing: { drainMs: 50 } });
  await pair.deliver('x');
  assert.match((await outageOf(pair.deliver('y', { signal: AbortSignal.abort() }))).message, /aborted/);
  pair.smsc.delay(60_000);
  const aborting = new AbortController();
  const deliveries = [
    pair.deliver('z', { signal: aborting.signal }),
    pair.deliver('z', { signal: aborting.signal }),
  ];
  await until('the texts are taken', () => pair.smsc.counts.taken === 3);
  aborting.abort();
  for (const delivery of await Promise.all(deliveries)) assert.equal(delivery.outcome, 'unknown');
});

test('several binds share the load; with one operator down the other carries it', async () => {
  await using north = await openPair();
  await using south = await openPair();
  const urls = [readUrl(`${north.smsc.url()}?binds=3&name=north`), readUrl(`${south.smsc.url()}?name=south`)];
  const { log, text } = createMemoryLog();
  await using channel = createSmppChannel({ urls, log, timing: FAST });
  await until('all binds are up', () => north.smsc.binds === 4 && south.smsc.binds === 2);
  const send = (): Promise<Delivery> =>
    channel.deliver(
      { dispatchId: 'dsp_1', to: TO, text: 'x', validityMs: 60_000 },
      new AbortController().signal,
    );
  const references = (await Promise.all(Array.from({ length: 200 }, send))).map(referenceOf);
  assert.ok(references.some((reference) => reference.startsWith('north:')));
  assert.ok(references.some((reference) => reference.startsWith('south:')));
  await north.smsc.down();
  await until('the cut is seen', () => text().split('smpp bind is down').length > 3);
  for (const delivery of await Promise.all(Array.from({ length: 20 }, send))) {
    assert.match(referenceOf(delivery), /^south:/);
  }
});

test('thousands at once are all accepted, each arrives once, each receipt is told once', async () => {
  await using pair = await openPair({ query: 'binds=4&window=100', timing: { waitMaxMs: 30_000 } });
  listen(pair);
  const texts = Array.from({ length: 3000 }, (_, i) => `text ${i}`);
  const deliveries = await Promise.all(texts.map((text) => pair.deliver(text)));
  assert.equal(new Set(deliveries.map(referenceOf)).size, 3000);
  assert.deepEqual(pair.messages.map(({ text }) => text).toSorted(), texts.toSorted());
  await until('all receipts', () => pair.receipts.length >= 3000);
  assert.equal(new Set(pair.receipts.map(({ reference }) => reference)).size, 3000);
});
