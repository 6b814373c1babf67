import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { answerQuery, makeAuthority, type AuthorityKeys } from '../../sim/tsa-token.ts';
import { testKeys, testMasterKey } from '../../test/evidence.ts';
import { MESSAGE_EVENTS, MESSAGE_ID, receiptFor } from '../../test/receipts.ts';
import { toBase64, utf8 } from '../std/bytes.ts';
import { isoTime } from '../std/clock.ts';
import { createJudge, type Judge } from './judge.ts';
import { openLogKeys } from './key.ts';
import { parseProof } from './proof.ts';
import type { Receipt, ReceiptTimeStamp } from './receipt.ts';
import { openReply, timeStampQuery } from './time-stamp/protocol.ts';

const STAMP_MS = (MESSAGE_EVENTS.at(-1)?.timeMs ?? 0) + 60_000;
const NONCE = Uint8Array.of(0x55);

let judge: Judge;
let receipt: string;

before(async () => {
  judge = createJudge(await testKeys(), null);
  receipt = await receiptFor(MESSAGE_ID, MESSAGE_EVENTS);
});

const kindOf = async (text: string) => (await judge(utf8(text))).kind;

function foreignReceipt(origin: string): Promise<string> {
  return openLogKeys({ origin, masterKeys: [testMasterKey('another')] }).then((keys) =>
    receiptFor(MESSAGE_ID, MESSAGE_EVENTS, { keys }),
  );
}

test('own: this log signed it, by this key or an earlier one', async () => {
  assert.equal(await kindOf(receipt), 'own');
  const masterKeys = [testMasterKey('two'), testMasterKey('one')];
  const rotated = createJudge(await openLogKeys({ origin: (await testKeys()).origin, masterKeys }), null);
  assert.equal((await rotated(utf8(receipt))).kind, 'own');
});

test('other: another log signed it; its keys are told, and that it holds by them', async () => {
  const judged = await judge(utf8(await foreignReceipt('elsewhere.example/log')));
  assert.equal(judged.kind, 'other');
  assert.ok(judged.kind === 'other' && judged.keys[0]?.startsWith('elsewhere.example/log+'));
  assert.equal(judged.receipt.pinned, false);
});

test('impostor: it bears the name of this log, and not its key', async () => {
  assert.equal(await kindOf(await foreignReceipt((await testKeys()).origin)), 'impostor');
});

test('fails: one letter is another', async () => {
  assert.equal(await kindOf(receipt.replace('Ada', 'Eve')), 'fails');
});

test('unreadable: no receipt at all', async () => {
  for (const text of ['', '{}', '[', '%PDF-1.7', '\0\0', receipt.slice(0, -9)]) {
    assert.equal(await kindOf(text), 'unreadable', text.slice(0, 20));
  }
});

test('a time-stamp of our authority is certified, one of another is still a time-stamp', async () => {
  const make = (name: string) => makeAuthority({ name, caName: `${name} CA`, notBeforeMs: STAMP_MS - 1 });
  const [ours, another] = await Promise.all([make('Ours'), make('Another')]);
  const stamped = await receiptFor(MESSAGE_ID, MESSAGE_EVENTS, { timestamp: await stampBy(ours) });
  for (const [authority, ca] of [
    [ours, 'CN=Ours CA'],
    [another, null],
  ] as const) {
    const judged = await createJudge(await testKeys(), authority.caPem)(utf8(stamped));
    assert.ok(judged.kind === 'own' && judged.receipt.timeStamp.status === 'stamped');
    assert.equal(judged.receipt.timeStamp.ca, ca);
  }
});

async function stampBy(authority: AuthorityKeys): Promise<ReceiptTimeStamp> {
  const pending = await receiptFor(MESSAGE_ID, MESSAGE_EVENTS, { timestamp: { status: 'pending' } });
  const proof = parseProof((JSON.parse(pending) as Receipt).records[0]?.proof ?? '');
  assert.ok(proof.ok);
  const message = utf8(proof.value.checkpoint);
  const reply = await answerQuery(authority, timeStampQuery(message, NONCE), STAMP_MS);
  const granted = openReply(reply, { message, nonce: NONCE });
  assert.ok(granted.ok);
  const { token, timeStamp } = granted.value;
  return { status: 'stamped', token: toBase64(token), time: isoTime(STAMP_MS), tsa: timeStamp.tsa };
}
