import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../std/bytes.ts';
import {
  digestOf,
  fingerprintOf,
  homeOfPartyKey,
  isConsigned,
  isDraft,
  isEnded,
  isPending,
  manifestOf,
  mayAnswer,
  mayBeRead,
  MESSAGE_STATES,
  nextLookMs,
  partyHomeOf,
  partyKeyOf,
  shortIdOf,
  shownParty,
  STEPS,
  type Head,
  type Party,
} from './message.ts';
import { eventsOf, EVENT_NAMES } from './record.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const ADA: Party = {
  subscriberId: 'sub_1',
  name: 'Ada Lovelace',
  number: '+33612345678',
  mail: null,
  source: 'contract',
  shown: 'Ada Lovelace',
};
const BOB: Party = {
  ...ADA,
  subscriberId: null,
  name: null,
  number: '+33687654321',
  source: 'caller',
  shown: 'Bob',
};
const HEAD: Head = {
  subject: 'Lease',
  sender: ADA,
  addressee: BOB,
  nonce: 'bm9uY2U',
  blind: 'YmxpbmQ',
  files: [
    { n: 0, name: 'message.txt', type: 'text/plain; charset=utf-8', sizeBytes: 5, sha256: '00'.repeat(32) },
  ],
};

test('M2: every state is a draft, on its way, waiting, or an end; nothing leads out of an end', () => {
  const kinds = MESSAGE_STATES.map((state) => [
    state,
    [isDraft(state), state === 'submitted', isPending(state), isEnded(state)].filter(Boolean).length,
  ]);
  assert.deepEqual(
    kinds.filter(([, count]) => count !== 1),
    [],
  );
  const steps = Object.values(STEPS);
  assert.deepEqual(
    steps.flatMap(({ from }) => from.filter(isEnded)),
    [],
  );
  const reached = new Set<string>(['draft', ...steps.map(({ to }) => to)]);
  assert.deepEqual(
    MESSAGE_STATES.filter((state) => !reached.has(state)),
    [],
  );
});

test('M2: what must be accepted is answered once, and read only after it; other messages are read at once', () => {
  const rows = MESSAGE_STATES.flatMap((state) => [true, false].map((acceptance) => ({ state, acceptance })));
  const which = (may: (row: (typeof rows)[number]) => boolean) =>
    rows.filter(may).map(({ state, acceptance }) => `${state}${acceptance ? ', acceptance' : ''}`);
  assert.deepEqual(which(mayAnswer), ['waiting, acceptance']);
  assert.deepEqual(which(isConsigned), ['waiting', 'accepted, acceptance', 'accepted']);
  assert.deepEqual(which(mayBeRead), [
    'waiting',
    'accepted, acceptance',
    'accepted',
    'handed_over, acceptance',
    'handed_over',
  ]);
});

test('M6: each step that a person or the time takes has its events, by the names of ETSI', () => {
  const names = (['accept', 'refuse', 'handOver', 'recall', 'expire'] as const).flatMap((step) => [
    ...eventsOf(step, true),
    ...eventsOf(step, false),
  ]);
  assert.ok(names.every((name) => EVENT_NAMES.includes(name)));
  assert.deepEqual(eventsOf('recall', false), ['ContentConsignmentFailure']);
  assert.deepEqual(eventsOf('recall', true), ['ContentHandoverFailure']);
  assert.deepEqual(eventsOf('expire', false), ['AcceptanceRejectionExpiry']);
});

test('M8: reminders come after a day, then every three, and one day before the end', () => {
  const looks = (validityMs: number) => {
    const days: number[] = [];
    for (let at = nextLookMs(0, validityMs); at < validityMs; at = nextLookMs(at, validityMs))
      days.push(at / DAY_MS);
    return days;
  };
  assert.deepEqual(looks(15 * DAY_MS), [1, 4, 7, 10, 13, 14]);
  assert.deepEqual(looks(5 * DAY_MS), [1, 4]);
  assert.deepEqual(looks(2 * DAY_MS), [1]);
  assert.deepEqual(looks(DAY_MS), []);
  assert.deepEqual(looks(HOUR_MS), []);
  fc.assert(
    fc.property(
      fc.integer({ min: HOUR_MS, max: 60 * DAY_MS }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (all, at) => {
        const next = nextLookMs(at * all, all);
        assert.ok(next <= all && (next > at * all || next === all));
      },
    ),
  );
});

test('M5, S6: the manifest shows each side of the other what it may know, and any change of it is another digest', () => {
  const message = { id: 'msg_1', acceptance: false };
  const manifest = manifestOf(message, HEAD);
  const text = JSON.stringify(manifest);
  for (const hidden of [ADA.number, BOB.number, 'sub_1']) assert.ok(!text.includes(hidden), hidden);
  const digest = toHex(digestOf(manifest));
  const [file] = HEAD.files;
  assert.ok(file);
  const others = [
    manifestOf({ ...message, id: 'msg_2' }, HEAD),
    manifestOf({ ...message, acceptance: true }, HEAD),
    manifestOf(message, { ...HEAD, subject: 'Leases' }),
    manifestOf(message, { ...HEAD, nonce: 'other' }),
    manifestOf(message, { ...HEAD, addressee: { ...BOB, number: '+33687654322' } }),
    manifestOf(message, { ...HEAD, sender: { ...ADA, name: 'Ada' } }),
    manifestOf(message, { ...HEAD, files: [{ ...file, sha256: '11'.repeat(32) }] }),
    manifestOf(message, { ...HEAD, files: [file, file] }),
  ].map((other) => toHex(digestOf(other)));
  assert.equal(new Set([digest, ...others]).size, others.length + 1);
  assert.notEqual(shownParty({ blind: 'b3RoZXI' }, ADA).commitment, shownParty(HEAD, ADA).commitment);
});

test('a person has one key and one home for each tenant, and the key tells the home', () => {
  for (const person of [ADA, BOB]) {
    const key = partyKeyOf('ten_1', person);
    assert.equal(key.length, 16);
    assert.equal(homeOfPartyKey(key), partyHomeOf('ten_1', person));
    assert.notDeepEqual(key, partyKeyOf('ten_2', person));
  }
  const known = partyKeyOf('ten_1', { subscriberId: 'sub_1', number: '' });
  assert.deepEqual(known, partyKeyOf('ten_1', ADA), 'whatever number a subscriber has today');
});

test('what people compare is short and in groups', () => {
  assert.equal(fingerprintOf(Buffer.from('3f9a01c277de99', 'hex')), '3f9a-01c2-77de');
  assert.equal(shortIdOf('msg_0g3n5s2h8v4k7m1q9r6t2w8x5z'), '6T2W-8X5Z');
});
