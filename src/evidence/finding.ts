/** What a check of the log can find, and how a difference between entries and their tile is named. */
import { equalBytes } from '../std/bytes.ts';
import { HASH_BYTES } from './digest.ts';
import { leafHash } from './merkle.ts';
import type { LoggedRow } from './store.ts';
import { tilePath, TILE_WIDTH, type Tile } from './tile.ts';

export type Finding = {
  readonly kind:
    | 'altered_entry'
    | 'missing_entry'
    | 'added_entry'
    | 'cut_tail'
    | 'damaged_tile'
    | 'damaged_bundle'
    | 'damaged_checkpoint'
    | 'forked_tree';
  /** One sentence that says where. */
  readonly says: string;
};

/**
 * Names the first difference between entries as they are and leaf hashes as they were logged. `present`
 * begins with the entries of the tile, `logged` with its hashes; one more of each tells a shift at the tile's
 * end from an alteration.
 */
export function compareTile(tile: Tile, logged: Uint8Array, present: readonly LoggedRow[]): Finding {
  const hashes = present.map((row) => leafHash(row.leaf));
  const matches = (i: number, j: number) => {
    const hash = hashes[i];
    return hash !== undefined && equalBytes(hash, logged.subarray(j * HASH_BYTES, (j + 1) * HASH_BYTES));
  };
  let i = 0;
  while (i < tile.width - 1 && matches(i, i)) i++;
  const index = tile.n * TILE_WIDTH + i;
  const row = present[i];
  const what = row ? describe(row) : 'none';
  if (matches(i, i + 1)) {
    return { kind: 'missing_entry', says: `Entry ${index} was deleted: ${what} stands in its place.` };
  }
  if (matches(i + 1, i)) {
    return { kind: 'added_entry', says: `An entry was added before entry ${index}: ${what}.` };
  }
  return {
    kind: 'altered_entry',
    says: `Entry ${index} (${what}) is not the one that was logged in ${tilePath(tile)}.`,
  };
}

/** An entry as an operator would look for it. */
export function describe(row: LoggedRow): string {
  const id = /"id":"([^"]{1,128})"/.exec(row.leaf)?.[1] ?? 'unreadable';
  return `${id}, transaction ${row.txid}, sequence ${row.seq}`;
}
