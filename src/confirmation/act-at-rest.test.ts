import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKeyRing, type KeyRing } from '../std/key-ring.ts';
import { atRest, openActs } from './act-at-rest.ts';

function ringOf(text: string): KeyRing {
  const ring = parseKeyRing(text);
  assert(ring.ok);
  return ring.value;
}

const keyFrom = (first: number): string =>
  Buffer.from(Array.from({ length: 32 }, (_, i) => first + i)).toString('base64');
const K1 = `k1:${keyFrom(0)}`;
const K2 = `k2:${keyFrom(100)}`;
const ID = 'cnf_1';
const ACT = '{"payee":{"name":"Marie"},"purpose":"send_message","text":"Notice to quit"}';

test('S8: what a registered message is about is sealed at rest, and other acts stay as they are', () => {
  const ring = ringOf(K1);
  const sealed = atRest(ring, { id: ID, act: ACT });
  assert.match(sealed, /^sealed:k1:/);
  assert.doesNotMatch(
    Buffer.from(sealed.slice(10), 'base64').toString('latin1'),
    /Notice|Marie|send_message/,
  );
  assert.notEqual(atRest(ring, { id: ID, act: ACT }), sealed, 'each time another nonce');
  assert.deepEqual(openActs(ring, [{ id: ID, act: sealed }]), [{ id: ID, act: ACT }]);
  const transfer = '{"purpose":"transfer","text":"sealed:k1:no"}';
  assert.equal(atRest(ring, { id: ID, act: transfer }), transfer);
  assert.deepEqual(openActs(ring, [{ id: ID, act: transfer }]), [{ id: ID, act: transfer }]);
});

test('S8: it opens under an older key, in its own row only, and not once its key is gone', () => {
  const sealed = atRest(ringOf(K1), { id: ID, act: ACT });
  assert.deepEqual(openActs(ringOf(`${K2},${K1}`), [{ id: ID, act: sealed }]), [{ id: ID, act: ACT }]);
  assert.throws(() => openActs(ringOf(K1), [{ id: 'cnf_2', act: sealed }]), /altered/);
  assert.deepEqual(openActs(ringOf(K2), [{ id: ID, act: sealed }]), [
    { id: ID, act: '{"purpose":"message"}' },
  ]);
});
