import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { growTree, type GrowingTree, type StoredTile } from './growth.ts';
import { leafHash, rootAt } from './merkle.ts';
import { partialTiles, tileHashReader, tilePath } from './tile.ts';

const key = (level: number, n: number) => `${level}/${n}`;

/** Keeps tiles as the database does: the widest of each place. */
function shelf() {
  const tiles = new Map<string, StoredTile>();
  return {
    keep: (tree: GrowingTree) => {
      for (const tile of tree.takeTiles()) {
        const before = tiles.get(key(tile.level, tile.n));
        assert.ok(
          !before || before.width < tile.width,
          `${tilePath(tile)} is written although it did not grow`,
        );
        tiles.set(key(tile.level, tile.n), tile);
      }
    },
    get: (level: number, n: number) => {
      const tile = tiles.get(key(level, n));
      assert.ok(tile, `tile ${level}/${n} is missing`);
      return tile;
    },
    count: () => tiles.size,
  };
}

function leaf(i: number): Uint8Array {
  return leafHash(`leaf ${i}`);
}

test('a tree grown in batches of any size, and taken up again from its tiles, is the tree of its leaves', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 8 }), async (batches) => {
      const tiles = shelf();
      let size = 0;
      for (const batch of batches) {
        const tree = growTree(
          size,
          partialTiles(size).map(({ level, n }) => tiles.get(level, n)),
        );
        for (let i = 0; i < batch; i++) tree.append(leaf(size + i));
        size += batch;
        tiles.keep(tree);
        assert.equal(tree.size(), size);
        const reader = tileHashReader(
          (wanted) => Promise.resolve(wanted.map((t) => tiles.get(t.level, t.n).hashes)),
          size,
        );
        assert.deepEqual(tree.root(), await rootAt(reader, size));
        const whole = growTree(0, []);
        for (let i = 0; i < size; i++) whole.append(leaf(i));
        assert.deepEqual(tree.root(), whole.root());
      }
    }),
    { numRuns: 30 },
  );
});

test('a tree of 65,793 leaves has three levels of tiles, each as wide as the specification says', () => {
  const tree = growTree(0, []);
  const tiles = shelf();
  for (let i = 0; i < 65_793; i++) tree.append(leaf(i));
  tiles.keep(tree);
  assert.deepEqual([tiles.get(0, 256).width, tiles.get(0, 257).width], [256, 1]);
  assert.deepEqual([tiles.get(1, 0).width, tiles.get(1, 1).width], [256, 1]);
  assert.equal(tiles.get(2, 0).width, 1);
  assert.equal(tiles.count(), 258 + 2 + 1);
  assert.deepEqual(tree.takeTiles(), []);
});
