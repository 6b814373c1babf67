import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { must } from '../std/assert.ts';
import { parseKeyRing, type KeyRing } from '../std/key-ring.ts';
import { systemRandom } from '../std/random.ts';
import { chunkCount, chunksOf, type Chunk } from './chunks.ts';
import type { Head } from './message.ts';
import {
  CHUNK_BYTES,
  fileKeyOf,
  openChunk,
  openFileHead,
  openHead,
  sealChunk,
  sealFileHead,
  sealHead,
  unwrapKey,
  wrapKey,
} from './seal.ts';

function ring(text: string): KeyRing {
  const read = parseKeyRing(text);
  return must(read.ok ? read.value : null, 'the ring of a test is well-formed');
}

const key = (fill: string) => Buffer.alloc(32).fill(fill).toString('base64');
const keys = ring(`k1:${key('one key')}`);
const owner = { id: 'msg_a', keyId: 'k1' };
const party = {
  subscriberId: null,
  name: 'Ada',
  number: '+33612345678',
  mail: null,
  source: 'caller',
  shown: 'Ada',
};
const HEAD = { subject: 'Lease', sender: party, addressee: party, nonce: 'n', blind: 'b', files: [] } as Head;

async function* parts(...sizes: number[]): AsyncGenerator<Uint8Array, void> {
  let next = 0;
  for (const size of sizes)
    yield await Promise.resolve(Uint8Array.from({ length: size }, () => next++ % 251));
}

async function gather(stream: AsyncIterable<Chunk>): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

test('M2: whatever the parts of a stream, its chunks are the same bytes, full but the last, numbered from 0', async () => {
  const sizes = fc.array(fc.oneof(fc.nat(10), fc.nat(3 * CHUNK_BYTES), fc.constant(CHUNK_BYTES)), {
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(sizes, async (given) => {
      const total = given.reduce((sum, size) => sum + size, 0);
      const chunks = await gather(chunksOf(parts(...given)));
      const whole = Buffer.concat(chunks.map(({ bytes }) => bytes));
      assert.ok(whole.equals(Uint8Array.from({ length: total }, (_, i) => i % 251)));
      assert.equal(chunks.length, chunkCount(total));
      assert.deepEqual(
        chunks.map(({ n, last }) => [n, last]),
        chunks.map((_, n) => [n, n === chunks.length - 1]),
      );
      assert.ok(chunks.slice(0, -1).every(({ bytes }) => bytes.length === CHUNK_BYTES));
    }),
    { numRuns: 40 },
  );
});

test('S8: a chunk opens in its own place, under its own key, unchanged, and nowhere else', () => {
  const contentKey = systemRandom(32);
  const salt = systemRandom(16);
  const fileKey = fileKeyOf(contentKey, 1, salt);
  const place = { messageId: 'msg_a', file: 1, n: 3, last: false };
  const plain = Buffer.from('The lease ends on 31 March.');
  const sealed = sealChunk(fileKey, place, plain);
  assert.deepEqual(openChunk(fileKey, place, sealed), plain);
  for (const elsewhere of [
    { ...place, messageId: 'msg_b' },
    { ...place, file: 2 },
    { ...place, n: 4 },
    { ...place, last: true },
  ]) {
    assert.equal(openChunk(fileKey, elsewhere, sealed), null);
  }
  assert.equal(openChunk(fileKeyOf(contentKey, 2, salt), place, sealed), null);
  assert.equal(openChunk(fileKeyOf(contentKey, 1, systemRandom(16)), place, sealed), null);
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ flip;
      assert.equal(openChunk(fileKey, place, changed), null);
    }),
  );
  for (let length = 0; length < sealed.length; length += 7) {
    assert.equal(openChunk(fileKey, place, sealed.subarray(0, length)), null);
  }
});

test('S8: the same bytes sent twice under one number look different, for each upload has a key of its own', () => {
  const contentKey = systemRandom(32);
  const place = { messageId: 'msg_a', file: 1, n: 0, last: true };
  const [one, two] = [systemRandom(16), systemRandom(16)].map((salt) =>
    sealChunk(fileKeyOf(contentKey, 1, salt), place, Buffer.from('same')),
  );
  assert.notDeepEqual(one, two);
});

test('S8: a content key is unwrapped for its own message under its own master key only', () => {
  const contentKey = systemRandom(32);
  const wrapped = wrapKey(keys, owner, contentKey, systemRandom);
  assert.deepEqual(unwrapKey(keys, owner, wrapped), Buffer.from(contentKey));
  assert.equal(unwrapKey(keys, { ...owner, id: 'msg_b' }, wrapped), null);
  assert.equal(unwrapKey(ring(`k1:${key('another')}`), owner, wrapped), null);
  assert.equal(unwrapKey(ring(`k2:${key('one key')}`), owner, wrapped), null);
  const rotated = ring(`k2:${key('a new key')},k1:${key('one key')}`);
  assert.deepEqual(unwrapKey(rotated, owner, wrapped), Buffer.from(contentKey));
});

test('S8: heads open for their own message and file, and an erased one is null', () => {
  const sealed = sealHead(keys, owner, HEAD, systemRandom);
  assert.deepEqual(openHead(keys, { ...owner, head: sealed }), HEAD);
  assert.equal(openHead(keys, { ...owner, id: 'msg_b', head: sealed }), null);
  assert.equal(openHead(keys, { ...owner, head: null }), null);
  const file = { name: 'lease.pdf', type: 'application/pdf', sha256: '00' };
  const sealedFile = sealFileHead(keys, owner, 1, file, systemRandom);
  assert.deepEqual(openFileHead(keys, owner, 1, sealedFile), file);
  assert.equal(openFileHead(keys, owner, 2, sealedFile), null);
});
