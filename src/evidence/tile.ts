/**
 * Tiles and entry bundles: how the tree and its leaves are cut into static resources (C2SP tlog-tiles).
 *
 *   tile/<L>/<N>[.p/<W>]           256 hashes of tree level 8 * L, or the first W of them while the tree grows
 *   tile/entries/<N>[.p/<W>]       the leaves under tile N of level 0, each after its length in two bytes
 *
 * <N> is written in groups of three digits, all but the last after an x: 1234067 is x001/x234/067.
 */
import { assert, must } from '../std/assert.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { HASH_BYTES } from './digest.ts';
import { foldPerfect, type HashReader, type Node } from './merkle.ts';

/** Hashes of a full tile, and leaves of a full bundle. */
export const TILE_WIDTH = 256;
/** Levels of the tree that one tile spans. */
export const TILE_HEIGHT = 8;
export const LEAF_BYTES_MAX = 65_535;

const LEVEL_MAX = 63;
/** Enough for every index below 2^53, and a bound before any number is read. */
const PATH_LENGTH_MAX = 64;

/** `width` is 1 to 256; 256 is a full tile, whose path has no .p suffix. */
export type Tile = { readonly level: number; readonly n: number; readonly width: number };
export type Bundle = { readonly n: number; readonly width: number };
export type TileResource = ({ readonly kind: 'tile' } & Tile) | ({ readonly kind: 'entries' } & Bundle);

export function tilePath(tile: Tile): string {
  return `tile/${tile.level}/${indexPath(tile.n)}${suffixOf(tile.width)}`;
}

export function bundlePath(bundle: Bundle): string {
  return `tile/entries/${indexPath(bundle.n)}${suffixOf(bundle.width)}`;
}

const PATH = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/**
 * Reads a path such as `tile/0/x001/234.p/17`. There is one spelling for each resource; all others are
 * refused.
 */
export function parseTilePath(path: string): Result<TileResource, 'malformed_tile_path'> {
  const match = path.length <= PATH_LENGTH_MAX ? PATH.exec(path) : null;
  if (!match) {
    return malformedPath(
      'The path is not tile/<level or entries>/<index in groups of three digits>[.p/<width>].',
    );
  }
  const [, kind = '', index = '', widthText] = match;
  const n = Number(index.replaceAll(/[x/]/g, ''));
  if (!Number.isSafeInteger(n) || indexPath(n) !== index) {
    return malformedPath(`The index "${index}" is not written in its shortest form.`);
  }
  const width = widthText === undefined ? TILE_WIDTH : Number(widthText);
  if (widthText !== undefined && width >= TILE_WIDTH) {
    return malformedPath(`The width ${widthText} of a partial tile is not between 1 and ${TILE_WIDTH - 1}.`);
  }
  if (kind === 'entries') return ok({ kind: 'entries', n, width });
  const level = Number(kind);
  if (level > LEVEL_MAX) return malformedPath(`The level ${level} is above ${LEVEL_MAX}.`);
  return ok({ kind: 'tile', level, n, width });
}

/** How many hashes tile `n` of a level has in a tree of `size` leaves: 0 (no such tile) to 256. */
export function tileWidth(level: number, n: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - n * TILE_WIDTH));
}

/**
 * The rightmost partial tiles of a tree of `size` leaves, lowest level first; levels whose last tile is full
 * have none.
 */
export function partialTiles(size: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; TILE_WIDTH ** level <= size; level++) {
    const n = Math.floor(size / TILE_WIDTH ** (level + 1));
    const width = tileWidth(level, n, size);
    if (width > 0) tiles.push({ level, n, width });
  }
  return tiles;
}

/** Reads tiles by coordinates; each answer holds at least the hashes of a tile of that width. */
export type TileReader = (tiles: readonly Tile[]) => Promise<readonly Uint8Array[]>;

/** Reads tree nodes out of the tiles of a tree of `size` leaves, fetching each tile once. */
export function tileHashReader(readTiles: TileReader, size: number): HashReader {
  return async (nodes) => {
    const places = nodes.map((node) => placeOf(node, size));
    const wanted = new Map(places.map(({ tile }) => [tilePath(tile), tile]));
    const tiles = [...wanted.values()];
    const bytes = tiles.length === 0 ? [] : await readTiles(tiles);
    const byPath = new Map(tiles.map((tile, i) => [tilePath(tile), bytes[i]]));
    return places.map(({ tile, first, count }) => {
      const hashes = must(byPath.get(tilePath(tile)), 'a tile reader answered for another number of tiles');
      assert(hashes.length >= (first + count) * HASH_BYTES, 'a tile holds fewer hashes than its tree needs');
      return foldPerfect(hashesOf(hashes.subarray(first * HASH_BYTES, (first + count) * HASH_BYTES)));
    });
  };
}

/** Cuts a tile into its hashes. */
export function hashesOf(tile: Uint8Array): Uint8Array[] {
  assert(tile.length % HASH_BYTES === 0, 'a tile is a whole number of hashes');
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < tile.length; at += HASH_BYTES) hashes.push(tile.subarray(at, at + HASH_BYTES));
  return hashes;
}

export function encodeBundle(leaves: readonly string[]): Buffer {
  const parts = leaves.map((leaf) => {
    const bytes = Buffer.byteLength(leaf);
    assert(bytes <= LEAF_BYTES_MAX, 'a leaf fits the two bytes of its length in a bundle');
    const part = Buffer.allocUnsafe(2 + bytes);
    part.writeUInt16BE(bytes, 0);
    part.write(leaf, 2);
    return part;
  });
  return Buffer.concat(parts);
}

/**
 * Cuts a bundle of at most 256 leaves into them. Refuses one that ends inside a leaf, and says at which byte.
 */
export function decodeBundle(bytes: Uint8Array): Result<Uint8Array[], 'malformed_bundle'> {
  const leaves: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (leaves.length === TILE_WIDTH) {
      return refuse('malformed_bundle', {
        detail: `There is more than ${TILE_WIDTH} leaves, from byte ${at} on.`,
      });
    }
    const start = at + 2;
    const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    if (start > bytes.length || start + length > bytes.length) {
      return refuse('malformed_bundle', {
        detail: `Leaf ${leaves.length}, at byte ${at}, is cut off by the end of the bundle.`,
      });
    }
    leaves.push(bytes.subarray(start, start + length));
    at = start + length;
  }
  return ok(leaves);
}

function placeOf(node: Node, size: number): { tile: Tile; first: number; count: number } {
  const level = Math.floor(node.level / TILE_HEIGHT);
  const count = 2 ** (node.level % TILE_HEIGHT);
  const start = node.index * count;
  const n = Math.floor(start / TILE_WIDTH);
  const width = tileWidth(level, n, size);
  assert(start - n * TILE_WIDTH + count <= width, 'a node lies inside its tree');
  return { tile: { level, n, width }, first: start - n * TILE_WIDTH, count };
}

function indexPath(n: number): string {
  const digits = String(n);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
}

function suffixOf(width: number): string {
  return width === TILE_WIDTH ? '' : `.p/${width}`;
}

function malformedPath(detail: string): Result<never, 'malformed_tile_path'> {
  return refuse('malformed_tile_path', { detail });
}
