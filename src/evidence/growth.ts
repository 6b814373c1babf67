/**
 * A tree that grows at its right edge, one leaf hash at a time, in memory that does not grow with it: the
 * roots of the perfect subtrees that make up the tree, largest first, and the unfinished tile of each level.
 *
 *   append ──▶ equal neighbours on the stack merge ──▶ every eighth level that a merge reaches gains one tile hash
 *
 * One hash is computed for each node of the tree, once.
 */
import { assert, must } from '../std/assert.ts';
import { EMPTY_ROOT, foldPerfect, foldRange, nodeHash } from './merkle.ts';
import { hashesOf, TILE_HEIGHT, TILE_WIDTH, type Tile } from './tile.ts';

export type StoredTile = Tile & { readonly hashes: Uint8Array };

export type GrowingTree = {
  readonly size: () => number;
  readonly append: (leafHash: Uint8Array) => void;
  readonly root: () => Uint8Array;
  /** Tiles that were completed or grew since the last call: full ones first, then the unfinished ones. */
  readonly takeTiles: () => StoredTile[];
};

type Edge = { n: number; hashes: Uint8Array[]; grown: boolean };

/** Goes on from a tree of `size` leaves, given its unfinished tiles (`partialTiles(size)`, in that order). */
export function growTree(size: number, unfinished: readonly StoredTile[]): GrowingTree {
  let count = size;
  const edges: Edge[] = [];
  const stack: { level: number; hash: Uint8Array }[] = [];
  let full: StoredTile[] = [];

  function edgeOf(level: number): Edge {
    while (edges.length <= level) {
      edges.push({ n: Math.floor(size / TILE_WIDTH ** (edges.length + 1)), hashes: [], grown: false });
    }
    return must(edges[level], 'the edge was just made');
  }

  function addToTile(level: number, hash: Uint8Array): void {
    const edge = edgeOf(level);
    edge.hashes.push(hash);
    edge.grown = true;
    if (edge.hashes.length < TILE_WIDTH) return;
    full.push({ level, n: edge.n, width: TILE_WIDTH, hashes: Buffer.concat(edge.hashes) });
    edge.n++;
    edge.hashes = [];
    edge.grown = false;
  }

  for (const tile of unfinished.toReversed()) {
    const hashes = hashesOf(tile.hashes);
    assert(hashes.length === tile.width, 'an unfinished tile has as many hashes as its width says');
    assert(edgeOf(tile.level).n === tile.n, 'an unfinished tile lies at the right edge');
    edgeOf(tile.level).hashes = hashes;
    let at = 0;
    for (let height = TILE_HEIGHT - 1; height >= 0; height--) {
      const width = 2 ** height;
      if ((tile.width & width) === 0) continue;
      stack.push({
        level: tile.level * TILE_HEIGHT + height,
        hash: foldPerfect(hashes.slice(at, (at += width))),
      });
    }
  }
  const leaves = stack.reduce((sum, { level }) => sum + 2 ** level, 0);
  assert(leaves === size, 'the unfinished tiles make up the whole tree');

  return {
    size: () => count,
    append: (leafHash) => {
      count++;
      let level = 0;
      let hash = leafHash;
      addToTile(0, hash);
      for (let top = stack.at(-1); top?.level === level; top = stack.at(-1)) {
        stack.pop();
        hash = nodeHash(top.hash, hash);
        level++;
        if (level % TILE_HEIGHT === 0) addToTile(level / TILE_HEIGHT, hash);
      }
      stack.push({ level, hash });
    },
    root: () => (stack.length === 0 ? EMPTY_ROOT : foldRange(stack.map(({ hash }) => hash))),
    takeTiles: () => {
      const tiles = full;
      full = [];
      for (const [level, edge] of edges.entries()) {
        if (!edge.grown || edge.hashes.length === 0) continue;
        edge.grown = false;
        tiles.push({
          level,
          n: edge.n,
          width: edge.hashes.length,
          hashes: Buffer.concat(edge.hashes),
        });
      }
      return tiles;
    },
  };
}
