/**
 * The SQL of the log's readers: everything at or below the current size never changes, so no locks are
 * needed.
 */
import type { Db } from '../store/connection.ts';
import { must } from '../std/assert.ts';
import { hashesOf, tilePath, TILE_WIDTH, type Tile } from './tile.ts';
import { HASH_BYTES } from './digest.ts';
import type { Cursor, LoggedRow } from './store.ts';

export type StoredCheckpoint = { readonly size: number; readonly note: string };

export async function readCheckpoint(db: Db, size: number): Promise<StoredCheckpoint | null> {
  const [row] = await db<{ size: bigint; note: string }[]>`
    select size, note from checkpoint where size = ${size}`;
  return row ? { size: Number(row.size), note: row.note } : null;
}

export async function readLatestCheckpoint(db: Db): Promise<StoredCheckpoint | null> {
  const [row] = await db<{ size: bigint; note: string }[]>`
    select size, note from checkpoint order by size desc limit 1`;
  return row ? { size: Number(row.size), note: row.note } : null;
}

/** Checkpoints of sizes above `after`, in order. */
export async function readCheckpointsAfter(
  db: Db,
  after: number,
  limit: number,
): Promise<StoredCheckpoint[]> {
  const rows = await db<{ size: bigint; note: string }[]>`
    select size, note from checkpoint where size > ${after} order by size limit ${limit}`;
  return rows.map((row) => ({ size: Number(row.size), note: row.note }));
}

/** The tiles asked for, each cut to its width; null where none is stored or it is narrower. */
export async function findTiles(db: Db, tiles: readonly Tile[]): Promise<(Uint8Array | null)[]> {
  const rows = await db<{ level: number; n: bigint; hashes: Buffer }[]>`
    select tile.level, tile.n, tile.hashes
    from unnest(
      ${tiles.map((tile) => String(tile.level))}::smallint[],
      ${tiles.map((tile) => String(tile.n))}::bigint[]
    ) as wanted (level, n)
    join tile on tile.level = wanted.level and tile.n = wanted.n`;
  const found = new Map(rows.map((row) => [`${row.level}/${row.n}`, row.hashes]));
  return tiles.map(({ level, n, width }) => {
    const hashes = found.get(`${level}/${n}`);
    return hashes && hashes.length >= width * HASH_BYTES ? hashes.subarray(0, width * HASH_BYTES) : null;
  });
}

/** The same where their absence would mean that the log is damaged. */
export async function readTiles(db: Db, tiles: readonly Tile[]): Promise<Uint8Array[]> {
  const found = await findTiles(db, tiles);
  return tiles.map((tile, i) => must(found[i], `${tilePath(tile)} is missing from the log's tables`));
}

/**
 * The first `width` leaves of a bundle; fewer when the log has fewer. The caller keeps within the log's size.
 */
export async function readBundle(db: Db, n: number, width: number): Promise<string[]> {
  const rows = await db<{ leaf: string }[]>`
    select entry.leaf from entry
    where (entry.txid, entry.seq) >= (
      select first_txid, first_seq from bundle where bundle.n = ${n}
    )
    order by entry.txid, entry.seq limit ${width}`;
  return rows.map((row) => row.leaf);
}

/** The hash of one leaf as the tree has it. */
export async function readLeafHash(db: Db, index: number): Promise<Uint8Array> {
  const n = Math.floor(index / TILE_WIDTH);
  const [tile] = await readTiles(db, [{ level: 0, n, width: (index % TILE_WIDTH) + 1 }]);
  return must(hashesOf(must(tile, 'one tile was asked for')).at(-1), 'a tile holds its hashes');
}

export type SubjectEntry = Cursor & {
  readonly leaf: string;
  /** Its place in the log, or null while it has none. */
  readonly index: number | null;
};

/** All entries of a subject in the order of the log. An index counts from the start of the entry's bundle. */
export async function readSubject(
  db: Db,
  home: number,
  subjectId: string,
  size: number,
): Promise<SubjectEntry[]> {
  const rows = await db<(Cursor & { leaf: string; logged: boolean; index: bigint | null })[]>`
    select own.txid, own.seq, own.leaf, (own.txid, own.seq) <= (state.cursor_txid, state.cursor_seq) as logged,
      run.n * ${TILE_WIDTH} + (
        select count(*) from (
          select txid, seq from entry
          where (txid, seq) >= (run.first_txid, run.first_seq)
          order by txid, seq limit ${TILE_WIDTH}
        ) as earlier
        where (earlier.txid, earlier.seq) < (own.txid, own.seq)
      ) as index
    from entry as own
    cross join log_state as state
    left join lateral (
      select * from bundle where (first_txid, first_seq) <= (own.txid, own.seq)
      order by first_txid desc, first_seq desc limit 1
    ) as run on (own.txid, own.seq) <= (state.cursor_txid, state.cursor_seq)
    where own.home = ${home} and own.subject_id = ${subjectId}
    order by own.txid, own.seq`;
  return rows.map(({ txid, seq, leaf, logged, index }) => {
    const place = logged && index !== null ? Number(index) : null;
    return { txid, seq, leaf, index: place !== null && place < size ? place : null };
  });
}

/** Entries above `after` up to and including `last`, in the order of the log. */
export async function readEntriesBetween(
  db: Db,
  after: Cursor,
  last: Cursor,
  limit: number,
): Promise<LoggedRow[]> {
  return db<LoggedRow[]>`
    select txid, seq, leaf from entry
    where (txid, seq) > (${after.txid}, ${after.seq}) and (txid, seq) <= (${last.txid}, ${last.seq})
    order by txid, seq limit ${limit}`;
}

/** The first entries of bundles from `n` on. */
export async function readBundleStarts(
  db: Db,
  n: number,
  limit: number,
): Promise<(Cursor & { n: number })[]> {
  const rows = await db<{ n: bigint; txid: bigint; seq: bigint }[]>`
    select n, first_txid as txid, first_seq as seq from bundle where n >= ${n} order by n limit ${limit}`;
  return rows.map((row) => ({ n: Number(row.n), txid: row.txid, seq: row.seq }));
}

/** The leaves of a subject, in the order of the log. */
export async function readLeaves(db: Db, home: number, subjectId: string): Promise<string[]> {
  const rows = await db<{ leaf: string }[]>`
    select leaf from entry where home = ${home} and subject_id = ${subjectId} order by txid, seq`;
  return rows.map(({ leaf }) => leaf);
}
