import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  foldRange,
  inclusionProof,
  leafHash,
  nodeHash,
  rootAt,
  subtreesOf,
  verifyInclusion,
} from './merkle.ts';
import {
  bundlePath,
  decodeBundle,
  encodeBundle,
  parseTilePath,
  partialTiles,
  tileHashReader,
  tilePath,
  tileWidth,
  type Tile,
  type TileReader,
} from './tile.ts';

test('tlog-tiles: the published path examples', () => {
  assert.equal(tilePath({ level: 0, n: 1_234_067, width: 256 }), 'tile/0/x001/x234/067');
  assert.equal(tilePath({ level: 1, n: 0, width: 17 }), 'tile/1/000.p/17');
  assert.equal(bundlePath({ n: 1_234, width: 17 }), 'tile/entries/x001/234.p/17');
  assert.deepEqual(parseTilePath('tile/entries/x001/234.p/17'), {
    ok: true,
    value: { kind: 'entries', n: 1234, width: 17 },
  });
});

test('tlog-tiles: every path is read back as itself', () => {
  const tile = fc.record({
    level: fc.nat({ max: 63 }),
    n: fc.maxSafeNat(),
    width: fc.integer({ min: 1, max: 256 }),
  });
  fc.assert(
    fc.property(tile, ({ level, n, width }) => {
      assert.deepEqual(parseTilePath(tilePath({ level, n, width })), {
        ok: true,
        value: { kind: 'tile', level, n, width },
      });
      assert.deepEqual(parseTilePath(bundlePath({ n, width })), {
        ok: true,
        value: { kind: 'entries', n, width },
      });
    }),
  );
});

test('S20: a path in any other spelling is refused', () => {
  const bad = [
    '',
    'tile/0',
    'tile/0/0',
    'tile/0/0000',
    'tile/0/x000/001',
    'tile/0/001/002',
    'tile/0/x001',
    'tile/00/001',
    'tile/64/001',
    'tile/-1/001',
    'tile/0/001/',
    'tile/0/001.p/0',
    'tile/0/001.p/01',
    'tile/0/001.p/256',
    'tile/0/001.p/999',
    'tile/0/001.p/',
    'tile/0/٠٠١',
    'tile/x/001',
    '/tile/0/001',
    'tile/0/../001',
    `tile/0/${'x999/'.repeat(6)}999`,
    `tile/0/${'x999/'.repeat(10_000)}999`,
  ];
  for (const path of bad) {
    const parsed = parseTilePath(path);
    assert.equal(parsed.ok, false, path);
    if (!parsed.ok) assert.match(parsed.detail ?? '', /\w/);
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.equal(typeof parseTilePath(text).ok, 'boolean');
      assert.equal(typeof parseTilePath(`tile/0/${text}`).ok, 'boolean');
    }),
  );
});

test('tlog-tiles: a tree of 70,000 has the tiles that the specification lists, and one of 256 too', () => {
  assert.deepEqual(partialTiles(70_000), [
    { level: 0, n: 273, width: 112 },
    { level: 1, n: 1, width: 17 },
    { level: 2, n: 0, width: 1 },
  ]);
  assert.equal(tileWidth(0, 272, 70_000), 256);
  assert.equal(tileWidth(1, 0, 70_000), 256);
  assert.equal(tileWidth(0, 274, 70_000), 0);
  assert.deepEqual(partialTiles(256), [{ level: 1, n: 0, width: 1 }]);
  assert.deepEqual(partialTiles(0), []);
});

test('a tree read out of its tiles has the same root and proofs as the tree of its leaves', async () => {
  const leaves = Array.from({ length: 70_000 }, (_, i) => leafHash(`leaf ${i}`));
  for (const size of [1, 2, 255, 256, 257, 511, 65_535, 65_536, 65_537, 70_000]) {
    const root = rootOf(leaves.slice(0, size));
    const reader = tileHashReader(tilesOf(leaves.slice(0, size)), size);
    assert.deepEqual(await rootAt(reader, size), root, `size ${size}`);
    for (const index of [0, size >> 1, size - 1]) {
      const proof = await inclusionProof(reader, index, size);
      const leaf = leaves[index] as Uint8Array;
      assert.equal(verifyInclusion({ leaf, index, size, proof, root }), true, `${index} of ${size}`);
    }
  }
});

test('bundles are read back as their leaves, and each leaf follows its length in two bytes', () => {
  assert.equal(encodeBundle(['', 'é']).toString('hex'), '00000002c3a9');
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 256 }), (leaves) => {
      assert.deepEqual(decodeBundle(encodeBundle(leaves)), {
        ok: true,
        value: leaves.map((leaf) => Buffer.from(leaf)),
      });
    }),
  );
});

test('S20: a bundle that is cut or too long is refused with the place', () => {
  const cut = decodeBundle(Buffer.from('0001610005', 'hex'));
  assert.deepEqual(cut, {
    ok: false,
    refusal: 'malformed_bundle',
    detail: 'Leaf 1, at byte 3, is cut off by the end of the bundle.',
  });
  assert.equal(decodeBundle(Buffer.of(0)).ok, false);
  assert.equal(decodeBundle(Buffer.alloc(2 * 257)).ok, false);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => void decodeBundle(bytes).ok));
});

/** The tiles of a tree, straight from their definition: hashes of whole 256^L-leaf subtrees. */
function tilesOf(leaves: Uint8Array[]): TileReader {
  const levels = [leaves];
  for (let row = leaves; row.length >= 256; levels.push(row)) {
    const below = row;
    row = Array.from({ length: Math.floor(below.length / 256) }, (_, i) =>
      rootOf(below.slice(i * 256, (i + 1) * 256)),
    );
  }
  return (tiles: readonly Tile[]) =>
    Promise.resolve(
      tiles.map(({ level, n, width }) => {
        const hashes = levels[level]?.slice(n * 256, n * 256 + width) ?? [];
        assert.equal(hashes.length, width);
        return Buffer.concat(hashes);
      }),
    );
}

function rootOf(hashes: Uint8Array[]): Uint8Array {
  const subtrees = subtreesOf(0, hashes.length);
  let at = 0;
  return foldRange(
    subtrees.map(({ level }) => {
      let row = hashes.slice(at, (at += 2 ** level));
      while (row.length > 1) {
        row = Array.from({ length: row.length / 2 }, (_, i) =>
          nodeHash(row[2 * i] as Uint8Array, row[2 * i + 1] as Uint8Array),
        );
      }
      return row[0] as Uint8Array;
    }),
  );
}
