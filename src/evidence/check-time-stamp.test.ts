import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { receiptFor, type LoggedEvent } from '../../test/receipts.ts';
import { answerQuery, makeAuthority, type AuthorityKeys } from '../../sim/tsa-token.ts';
import { toBase64, utf8 } from '../std/bytes.ts';
import { isoTime } from '../std/clock.ts';
import { parseProof } from './proof.ts';
import type { Receipt, ReceiptTimeStamp } from './receipt.ts';
import { openReply, timeStampQuery } from './time-stamp/protocol.ts';
import { verifyReceipt, type Verification } from './verify.ts';

const SUBJECT = 'cnf_04kq2zv0n3sm1b8yd6w5x7e9fa';
const ENTRY_MS = Date.UTC(2026, 0, 2);
const STAMP_MS = ENTRY_MS + 5_000;
const EVENTS: LoggedEvent[] = [{ type: 'ConfirmationOpened', timeMs: ENTRY_MS }];
const NONCE = Uint8Array.of(0x55);

type Stamped = Extract<ReceiptTimeStamp, { status: 'stamped' }>;

let authority: AuthorityKeys;
before(async () => {
  authority = await makeAuthority({ name: 'Example TSA', caName: 'Example CA', notBeforeMs: ENTRY_MS });
});

function checkpointOf(receipt: string): string {
  const proof = parseProof((JSON.parse(receipt) as Receipt).records[0]?.proof ?? '');
  assert.ok(proof.ok);
  return proof.value.checkpoint;
}

/** A stamp of this text, as a receipt holds it. */
async function stampOf(text: string, timeMs = STAMP_MS): Promise<Stamped> {
  const message = utf8(text);
  const reply = await answerQuery(authority, timeStampQuery(message, NONCE), timeMs);
  const granted = openReply(reply, { message, nonce: NONCE });
  assert.ok(granted.ok);
  const { token, timeStamp } = granted.value;
  return { status: 'stamped', token: toBase64(token), time: isoTime(timeMs), tsa: timeStamp.tsa };
}

async function stampedReceipt(): Promise<{ receipt: string; stamp: Stamped }> {
  const pending = await receiptFor(SUBJECT, EVENTS, { timestamp: { status: 'pending' } });
  const stamp = await stampOf(checkpointOf(pending));
  return { receipt: await receiptFor(SUBJECT, EVENTS, { timestamp: stamp }), stamp };
}

/** The same receipt with another time-stamp in it, as anybody could put there. */
function withStamp(receipt: string, timestamp: object): string {
  return JSON.stringify({ ...(JSON.parse(receipt) as Receipt), timestamp });
}

function failures(result: Verification): string {
  assert.equal(result.ok, false);
  return result.lines
    .filter((line) => line.verdict === 'fails')
    .map((line) => line.says)
    .join('\n');
}

test('a time-stamp says until when everything existed, and by whom; without a CA that is told as its own word', async () => {
  const { receipt } = await stampedReceipt();
  const result = await verifyReceipt(receipt);
  assert.ok(result.ok, JSON.stringify(result.lines));
  assert.deepEqual(result.timeStamp, {
    status: 'stamped',
    time: '2026-01-02T00:00:05.000Z',
    accuracyMs: 1000,
    tsa: 'CN=Example TSA',
    issuer: 'CN=Example CA',
    ca: null,
  });
  const lines = result.lines.filter(({ about }) => about === 'timestamp');
  assert.deepEqual(
    lines.map(({ verdict }) => verdict),
    ['holds', 'note'],
  );
  assert.match(lines[0]?.says ?? '', /existed at 2026-01-02T00:00:05\.000Z, give or take 1 s/);
  assert.match(lines[1]?.says ?? '', /is what its certificate says.*not checked against a CA/);
});

test('with the CA, whose authority it is holds; with another CA it fails; a malformed one is told', async () => {
  const { receipt } = await stampedReceipt();
  const trusted = await verifyReceipt(receipt, { tsaCas: authority.caPem });
  assert.ok(trusted.ok && trusted.timeStamp.status === 'stamped');
  assert.equal(trusted.timeStamp.ca, 'CN=Example CA');
  assert.ok(trusted.lines.some(({ says }) => /certified by a CA that you trust/.test(says)));
  const namesake = await makeAuthority({ name: 'Example TSA', caName: 'Example CA', notBeforeMs: ENTRY_MS });
  const foreign = await verifyReceipt(receipt, { tsaCas: namesake.caPem });
  assert.match(failures(foreign), /leads to no CA that you trust/);
  const malformed = await verifyReceipt(receipt, { tsaCas: 'no certificate' });
  assert.ok(!malformed.ok && malformed.refusal === 'malformed_ca');
});

test('what is stripped, swapped or altered in a time-stamp is found', async () => {
  const { receipt, stamp } = await stampedReceipt();
  const foreign = await stampOf(checkpointOf(receipt).replace('\n1\n', '\n2\n'));
  const flipped = Buffer.from(stamp.token, 'base64');
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  const cases: [string, object, RegExp][] = [
    ['stripped to pending', { status: 'pending' }, /not the one that the issuer signed/],
    ['stripped to none', { status: 'none' }, /not the one that the issuer signed/],
    ['of another checkpoint', foreign, /does not hold\. The time-stamp was made over something else/],
    ['tampered', { ...stamp, token: toBase64(flipped) }, /does not hold\. The signature of the time-stamp/],
    ['cut', { ...stamp, token: stamp.token.slice(0, 400) }, /does not hold\. The token is no DER, byte/],
    ['no base 64', { ...stamp, token: '====' }, /no base 64/],
    ['another time', { ...stamp, time: '2025-01-02T00:00:05.000Z' }, /Its time is 2026-01-02T00:00:05/],
    ['another name', { ...stamp, tsa: 'CN=Famous TSA' }, /It is by CN=Example TSA, not by CN=Famous TSA/],
  ];
  for (const [what, timestamp, expected] of cases) {
    assert.match(failures(await verifyReceipt(withStamp(receipt, timestamp))), expected, what);
  }
});

test('S20: a time-stamp of another shape is refused with the place', async () => {
  const { receipt, stamp } = await stampedReceipt();
  for (const timestamp of [
    { status: 'stamped' },
    { ...stamp, status: 'done' },
    { ...stamp, more: 1 },
    { status: 'none', token: stamp.token },
    { ...stamp, token: 'A'.repeat(90_000) },
  ]) {
    const result = await verifyReceipt(withStamp(receipt, timestamp));
    assert.ok(!result.ok && result.refusal === 'malformed_receipt');
    assert.match(result.detail ?? '', /^timestamp/);
  }
});

test('a pending receipt may be completed by whoever has the stamp of its checkpoint; one without a request not', async () => {
  const pending = await receiptFor(SUBJECT, EVENTS, { timestamp: { status: 'pending' } });
  const stamp = await stampOf(checkpointOf(pending));
  const completed = await verifyReceipt(withStamp(pending, stamp));
  assert.ok(completed.ok);
  assert.equal(completed.timeStamp.status, 'stamped');
  const none = await receiptFor(SUBJECT, EVENTS);
  const added = await verifyReceipt(withStamp(none, stamp));
  assert.match(failures(added), /not the one that the issuer signed/);
});

test('an entry that is dated later than its time-stamp shows a clock that is ahead', async () => {
  const pending = await receiptFor(SUBJECT, EVENTS, { timestamp: { status: 'pending' } });
  const early = await stampOf(checkpointOf(pending), ENTRY_MS + 1_000);
  const onTime = await verifyReceipt(withStamp(pending, early));
  assert.ok(onTime.ok && !onTime.lines.some(({ says }) => /dated later/.test(says)));
  const events = [{ type: 'ConfirmationOpened', timeMs: STAMP_MS + 2_000 }];
  const ahead = await receiptFor(SUBJECT, events, { timestamp: { status: 'pending' } });
  const late = await verifyReceipt(withStamp(ahead, await stampOf(checkpointOf(ahead))));
  assert.ok(
    late.ok && late.lines.some(({ says }) => /Record 1 is dated later than the time-stamp/.test(says)),
  );
});
