import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { answerQuery, makeAuthority } from '../../../sim/tsa-token.ts';
import { utf8 } from '../../std/bytes.ts';
import { openReply, timeStampQuery } from './protocol.ts';
import { verifyTimeStamp, type TimeStamp } from './verify.ts';

const MESSAGE = utf8('log.example\n5\nroot\n');
const NONCE = Uint8Array.of(0x55, 0x66);
const NOW_MS = Date.UTC(2026, 5, 1, 12);
/** Time-boxed: what ends first ends the search. */
const SEARCH = { numRuns: 3_000, interruptAfterTimeLimit: 5_000 };

async function makeReply(): Promise<Uint8Array> {
  const authority = await makeAuthority({ notBeforeMs: NOW_MS - 1000 });
  return answerQuery(authority, timeStampQuery(MESSAGE, NONCE), NOW_MS);
}

/** One change of the bytes: some replaced, taken out or put in, or all after a place cut off. */
function mutation(length: number) {
  const at = fc.nat({ max: length - 1 });
  return fc.oneof(
    fc.record({ at, remove: fc.constant(1), put: fc.uint8Array({ minLength: 1, maxLength: 1 }) }),
    fc.record({ at, remove: fc.nat({ max: 8 }), put: fc.uint8Array({ maxLength: 8 }) }),
    fc.record({ at, remove: fc.constant(length), put: fc.uint8Array({ maxLength: 4 }) }),
  );
}

type Mutation = { at: number; remove: number; put: Uint8Array };

function mutate(bytes: Uint8Array, { at, remove, put }: Mutation): Uint8Array {
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + remove)]);
}

/** What a token proves; CMS leaves a few bytes around it unsigned, and those may change. */
function proven(timeStamp: TimeStamp): unknown {
  const { timeMs, accuracyMs, tsa, issuer, serial, policy } = timeStamp;
  return { timeMs, accuracyMs, tsa, issuer, serial, policy };
}

test('S20: a mutated token is refused with a reason, or proves the same; nothing is thrown', async () => {
  const reply = await makeReply();
  const granted = openReply(reply, { message: MESSAGE, nonce: NONCE });
  assert.ok(granted.ok, granted.ok ? '' : granted.detail);
  const { token, timeStamp } = granted.value;
  let refused = 0;
  fc.assert(
    fc.property(mutation(token.length), (change) => {
      const result = verifyTimeStamp(mutate(token, change), MESSAGE);
      if (result.ok) assert.deepEqual(proven(result.value), proven(timeStamp));
      else {
        refused++;
        assert.equal(result.refusal, 'bad_time_stamp');
        assert.match(result.detail ?? '', /^[A-Z0-9].*\.$/s);
      }
    }),
    SEARCH,
  );
  assert.ok(refused > 50, 'most changes are found');
});

test('S20: a mutated answer, and any bytes in its place, are refused, never thrown at', async () => {
  const reply = await makeReply();
  fc.assert(
    fc.property(fc.oneof(mutation(reply.length), fc.uint8Array({ maxLength: 64 })), (change) => {
      const bytes = change instanceof Uint8Array ? change : mutate(reply, change);
      const result = openReply(bytes, { message: MESSAGE, nonce: NONCE });
      assert.ok(result.ok || (result.detail ?? '').length > 0);
    }),
    SEARCH,
  );
});

test('S20: what is longer than any token is not even looked at', () => {
  const long = Buffer.alloc(64 * 1024 + 1, 0x30);
  const result = verifyTimeStamp(long, MESSAGE);
  assert.ok(!result.ok);
  assert.match(result.detail ?? '', /more than 65536 bytes/);
});
