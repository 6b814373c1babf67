import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { sha256, toHex } from '../std/bytes.ts';
import { fromBase64, fromBase64Url, shortHmac } from './digest.ts';
import {
  consistencyProof,
  EMPTY_ROOT,
  inclusionProof,
  leafHash,
  rootAt,
  verifyConsistency,
  verifyInclusion,
  type HashReader,
} from './merkle.ts';

/**
 * The eight leaves of the certificate-transparency reference tree, and the roots of its first 0 to 8 leaves.
 */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/**
 * RFC 6962 section 2.1 word for word, with hashing of its own: slow, and nothing in common with the code
 * under test.
 */
function mth(leaves: Uint8Array[]): Buffer {
  if (leaves.length === 0) return sha256('');
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0] as Uint8Array);
  const k = largestPowerBelow(leaves.length);
  return sha256(Buffer.of(1), mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

function path(m: number, leaves: Uint8Array[]): Buffer[] {
  if (leaves.length === 1) return [];
  const k = largestPowerBelow(leaves.length);
  return m < k
    ? [...path(m, leaves.slice(0, k)), mth(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), mth(leaves.slice(0, k))];
}

function subproof(m: number, leaves: Uint8Array[], whole: boolean): Buffer[] {
  if (m === leaves.length) return whole ? [] : [mth(leaves)];
  const k = largestPowerBelow(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), whole), mth(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), mth(leaves.slice(0, k))];
}

function largestPowerBelow(n: number): number {
  return 2 ** (Math.ceil(Math.log2(n)) - 1);
}

function readerOf(leaves: Uint8Array[]): HashReader {
  return (nodes) =>
    Promise.resolve(
      nodes.map(({ level, index }) => mth(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))),
    );
}

function leavesOf(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(`leaf ${i}`));
}

test('RFC 6962: the roots of the certificate-transparency reference tree', async () => {
  for (const [size, root] of ROOTS.entries()) {
    assert.equal(toHex(await rootAt(readerOf(LEAVES), size)), root);
  }
  assert.equal(toHex(EMPTY_ROOT), ROOTS[0]);
  assert.equal(toHex(leafHash('')), ROOTS[1]);
});

test('RFC 6962: published inclusion and consistency proofs of the reference tree', async () => {
  const reader = readerOf(LEAVES);
  assert.deepEqual((await inclusionProof(reader, 0, 8)).map(toHex), [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ]);
  assert.deepEqual((await consistencyProof(reader, 6, 8)).map(toHex), [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
  assert.deepEqual((await consistencyProof(reader, 2, 5)).map(toHex), [
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  ]);
});

test('every proof of small trees equals the recursive definition and verifies, and no other claim does', async () => {
  for (let size = 1; size <= 33; size++) {
    const leaves = leavesOf(size);
    const reader = readerOf(leaves);
    const root = mth(leaves);
    for (let index = 0; index < size; index++) {
      const proof = await inclusionProof(reader, index, size);
      assert.deepEqual(proof, path(index, leaves));
      const claim = { leaf: leafHash(leaves[index] as Uint8Array), index, size, proof, root };
      assert.equal(verifyInclusion(claim), true);
      assert.equal(verifyInclusion({ ...claim, leaf: leafHash('another') }), false);
      assert.equal(verifyInclusion({ ...claim, proof: [...proof, root] }), false);
      assert.equal(verifyInclusion({ ...claim, proof: proof.slice(1) }), size === 1);
      for (let other = 0; other < size; other++) {
        if (other !== index) assert.equal(verifyInclusion({ ...claim, index: other }), false);
      }
    }
    for (let from = 0; from <= size; from++) {
      const proof = await consistencyProof(reader, from, size);
      assert.deepEqual(proof, from === 0 ? [] : subproof(from, leaves, true));
      const claim = { from, to: size, proof, oldRoot: mth(leaves.slice(0, from)), newRoot: root };
      assert.equal(verifyConsistency(claim), true);
      assert.equal(verifyConsistency({ ...claim, oldRoot: sha256('fork') }), false);
      if (from > 0) assert.equal(verifyConsistency({ ...claim, newRoot: sha256('fork') }), false);
      assert.equal(verifyConsistency({ ...claim, proof: [...proof, root] }), false);
    }
  }
});

test('proofs of larger trees equal the recursive definition', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1500 }), fc.nat(), fc.nat(), async (size, a, b) => {
      const leaves = leavesOf(size);
      const reader = readerOf(leaves);
      const index = a % size;
      const from = 1 + (b % size);
      assert.deepEqual(await inclusionProof(reader, index, size), path(index, leaves));
      const proof = await consistencyProof(reader, from, size);
      assert.deepEqual(proof, subproof(from, leaves, true));
      assert.equal(
        verifyConsistency({
          from,
          to: size,
          proof,
          oldRoot: mth(leaves.slice(0, from)),
          newRoot: mth(leaves),
        }),
        true,
      );
    }),
    { numRuns: 25 },
  );
});

test('S20: sizes and hashes that are none are refused by the verifiers, never thrown at', () => {
  const hash = sha256('x');
  for (const bad of [-1, 0.5, Number.NaN, 2 ** 53, Infinity]) {
    assert.equal(verifyInclusion({ leaf: hash, index: bad, size: 5, proof: [], root: hash }), false);
    assert.equal(verifyInclusion({ leaf: hash, index: 0, size: bad, proof: [], root: hash }), false);
    assert.equal(verifyConsistency({ from: bad, to: 5, proof: [], oldRoot: hash, newRoot: hash }), false);
    assert.equal(verifyConsistency({ from: 1, to: bad, proof: [], oldRoot: hash, newRoot: hash }), false);
  }
  const short = hash.subarray(1);
  assert.equal(verifyInclusion({ leaf: hash, index: 0, size: 2, proof: [short], root: hash }), false);
  assert.equal(verifyConsistency({ from: 1, to: 2, proof: [short], oldRoot: hash, newRoot: hash }), false);
  assert.equal(verifyConsistency({ from: 3, to: 5, proof: [], oldRoot: hash, newRoot: hash }), false);
});

test('the quick HMAC and leaf hash equal those of node:crypto', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.string({ unit: 'grapheme' }), (key, text) => {
      assert.deepEqual(shortHmac(key, text), createHmac('sha256', key).update(text).digest());
      assert.deepEqual(leafHash(text), createHash('sha256').update('\0').update(text).digest());
      assert.deepEqual(leafHash(Buffer.from(text)), leafHash(text));
    }),
  );
});

test('S20: base 64 is read in its canonical form only', () => {
  assert.deepEqual(fromBase64('AAEC'), Buffer.of(0, 1, 2));
  for (const bad of ['AAE', 'AAE=\n', ' AAE=', 'AAF=', 'A-_=', '=', 'é'])
    assert.equal(fromBase64(bad), null, bad);
  assert.deepEqual(fromBase64Url('AAE'), Buffer.of(0, 1));
  for (const bad of ['AAE=', 'AAF', 'A+/B', 'A A']) assert.equal(fromBase64Url(bad), null, bad);
});
