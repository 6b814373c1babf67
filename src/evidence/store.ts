/** The SQL of the log's writers: entries, the state, tiles, bundles and checkpoints. */
import type { Db, Tx } from '../store/connection.ts';
import { assert, must } from '../std/assert.ts';
import type { NewEntry } from './append.ts';
import type { StoredTile } from './growth.ts';

/** A place in the order of the log. */
export type Cursor = { readonly txid: bigint; readonly seq: bigint };

export type LogState = {
  readonly origin: string | null;
  readonly size: number;
  readonly cursor: Cursor;
  readonly txidOffset: bigint;
};

export type LoggedRow = Cursor & { readonly leaf: string };

/** Any number that no other user of the same database takes. */
const SEQUENCER_LOCK = 7_217_339_010n;

export async function insertEntries(tx: Tx, entries: readonly NewEntry[]): Promise<void> {
  await tx`
    insert into entry (home, subject_id, n, leaf)
    select home, subject_id, n, leaf
    from unnest(
      ${entries.map((entry) => String(entry.home))}::smallint[],
      ${entries.map((entry) => entry.subjectId)}::text[],
      ${entries.map((entry) => (entry.n === null ? null : String(entry.n)))}::integer[],
      ${entries.map((entry) => entry.leaf)}::text[]
    ) with ordinality as given (home, subject_id, n, leaf, place)
    order by place`;
}

/** Whether this transaction is now the only one that may integrate; until it ends. */
export async function tryBecomeSequencer(tx: Tx): Promise<boolean> {
  const [row] = await tx<{ taken: boolean }[]>`select pg_try_advisory_xact_lock(${SEQUENCER_LOCK}) as taken`;
  return must(row, 'a select without a table gives a row').taken;
}

/** Waits until no other transaction integrates. */
export async function becomeSequencer(tx: Tx): Promise<void> {
  await tx`select pg_advisory_xact_lock(${SEQUENCER_LOCK})`;
}

export async function readState(db: Db): Promise<LogState> {
  const rows = await db<
    { origin: string | null; size: bigint; txid: bigint; seq: bigint; txid_offset: bigint }[]
  >`select origin, size, cursor_txid as txid, cursor_seq as seq, txid_offset from log_state`;
  const { origin, size, txid, seq, txid_offset } = must(rows[0], 'the migration made the row of log_state');
  return { origin, size: Number(size), cursor: { txid, seq }, txidOffset: txid_offset };
}

/** Gives the log its origin at its first start; afterwards this changes nothing. */
export async function nameLog(tx: Tx, origin: string): Promise<void> {
  await tx`update log_state set origin = ${origin} where origin is null`;
}

/**
 * The entries after the cursor whose place is settled: all transactions below the snapshot's xmin have ended,
 * so no entry can appear among them any more. `unsettled` tells that there are later ones.
 */
export async function settledAfter(
  tx: Tx,
  state: LogState,
  entriesMax: number,
): Promise<{ rows: LoggedRow[]; unsettled: boolean }> {
  const { txid, seq } = state.cursor;
  const rows = await tx<LoggedRow[]>`
    select txid, seq, leaf from entry
    where (txid, seq) > (${txid}, ${seq})
      and txid < (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint + ${state.txidOffset})
    order by txid, seq limit ${entriesMax}`;
  const last = rows.at(-1) ?? state.cursor;
  const [newest] = await tx<{ later: boolean }[]>`
    select (txid, seq) > (${last.txid}, ${last.seq}) as later
    from entry order by txid desc, seq desc limit 1`;
  return { rows, unsettled: newest?.later ?? false };
}

/**
 * Whether anything waits after the cursor: the cheap look of an idle sequencer. It looks at the last entry
 * alone, for the planner takes a comparison of rows to hold for a third of the table and would begin to read
 * it from the front.
 */
export async function isAnythingNew(db: Db): Promise<boolean> {
  const [row] = await db<{ found: boolean | null }[]>`
    select (
      select (txid, seq) > (cursor_txid, cursor_seq) from entry order by txid desc, seq desc limit 1
    ) as found
    from log_state`;
  return must(row, 'the migration made the row of log_state').found ?? false;
}

export type Integration = {
  readonly sizeBefore: number;
  readonly size: number;
  readonly cursor: Cursor;
  readonly tiles: readonly StoredTile[];
  readonly bundles: readonly (Cursor & { readonly n: number })[];
  /** The signed checkpoint of the new size. */
  readonly note: string;
};

/**
 * Writes one step of the log. Guarded by the size before: two sequencers can never both take the same step.
 */
export async function advanceLog(tx: Tx, step: Integration): Promise<void> {
  const { sizeBefore, size, cursor, tiles, bundles, note } = step;
  const advanced = tx`
    update log_state set size = ${size}, cursor_txid = ${cursor.txid}, cursor_seq = ${cursor.seq}
    where size = ${sizeBefore}`;
  const written = [
    tx`insert into checkpoint (size, note) values (${size}, ${note})`,
    tx`insert into tile (level, n, width, hashes)
      select level, n, width, decode(hashes, 'hex')
      from unnest(
        ${tiles.map((tile) => String(tile.level))}::smallint[],
        ${tiles.map((tile) => String(tile.n))}::bigint[],
        ${tiles.map((tile) => String(tile.width))}::smallint[],
        ${tiles.map((tile) => Buffer.from(tile.hashes).toString('hex'))}::text[]
      ) as given (level, n, width, hashes)
      on conflict (level, n) do update set width = excluded.width, hashes = excluded.hashes
      where tile.width < excluded.width`,
  ];
  if (bundles.length > 0) {
    written.push(
      tx`insert into bundle (n, first_txid, first_seq)
        select * from unnest(
          ${bundles.map((bundle) => String(bundle.n))}::bigint[],
          ${bundles.map((bundle) => String(bundle.txid))}::bigint[],
          ${bundles.map((bundle) => String(bundle.seq))}::bigint[]
        )`,
    );
  }
  const [{ count }] = await Promise.all([advanced, ...written]);
  assert(count === 1, 'the log grew although this transaction alone may grow it');
}

/**
 * Whether entries have transaction ids that this cluster has not given out: then a dump was restored into it.
 * Gives the offset that puts new entries after all old ones, or null when the order is sound.
 */
export async function neededTxidOffset(tx: Tx): Promise<bigint | null> {
  const [row] = await tx<{ last: bigint; next: bigint }[]>`
    select greatest(cursor_txid, (select max(txid) from entry)) as last,
      pg_snapshot_xmax(pg_current_snapshot())::text::bigint + txid_offset as next
    from log_state`;
  const { last, next } = must(row, 'the migration made the row of log_state');
  return last >= next ? last : null;
}

/** Raises the offset in the state and in the column's default, which must always be the same. */
export async function raiseTxidOffset(tx: Tx, offset: bigint): Promise<void> {
  await tx.unsafe(
    `alter table entry alter column txid set default (pg_current_xact_id()::text::bigint + ${offset.toString()})`,
  );
  await tx`update log_state set txid_offset = ${offset}`;
}
