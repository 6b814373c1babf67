/**
 * Verifies the whole log out of the database, from the first entry to the last: that every entry hashes to
 * its tile, every tile to the one above, and that every checkpoint ever signed is of exactly the entries
 * below its size; two checkpoints that both are must be consistent with each other. It reads in pages and
 * keeps one tile in memory.
 *
 * What someone could do to entries, tiles and checkpoints together, back to some size, no check inside of the
 * database can see; so the caller may add checkpoints that others hold, for example out of receipts.
 */
import { equalBytes } from '../std/bytes.ts';
import type { Db } from '../store/connection.ts';
import { createCheckpointQueue, damagedCheckpoint } from './check-checkpoints.ts';
import { openCheckpoint } from './checkpoint.ts';
import { HASH_BYTES } from './digest.ts';
import { compareTile, describe, type Finding } from './finding.ts';
import { growTree, type StoredTile } from './growth.ts';
import { leafHash } from './merkle.ts';
import type { NoteVerifier } from './note.ts';
import {
  findTiles,
  readBundleStarts,
  readEntriesBetween,
  readLatestCheckpoint,
  type StoredCheckpoint,
} from './read-store.ts';
import { readState, type Cursor, type LoggedRow } from './store.ts';
import { tilePath, tileWidth, TILE_WIDTH } from './tile.ts';

export type LogReport = {
  readonly ok: boolean;
  readonly size: number;
  /** How many entries and checkpoints were found sound. */
  readonly entries: number;
  readonly checkpoints: number;
  readonly findings: readonly Finding[];
};

export type CheckLogOptions = {
  verifiers: readonly NoteVerifier[];
  /** Signed checkpoints that others hold. */
  knownCheckpoints?: readonly string[];
  /** Called after each page of entries. */
  onProgress?: (entries: number, size: number) => void;
};

const PAGE = 2048;
const FINDINGS_MAX = 20;

/** Reads a log that may be growing meanwhile: it is checked up to its size at the start. */
export async function checkLog(db: Db, options: CheckLogOptions): Promise<LogReport> {
  const { verifiers, onProgress = () => undefined } = options;
  const findings: Finding[] = [];
  const known = openKnown(options.knownCheckpoints ?? [], verifiers, findings);
  const latest = await readLatestCheckpoint(db);
  const { size, cursor } = await readState(db);
  for (const signed of [...(latest ? [latest] : []), ...known]) {
    if (signed.size > size) findings.push(cutBelow(signed.size, size));
  }
  const checkpoints = createCheckpointQueue({
    db,
    verifiers,
    sizeMax: size,
    known: known.filter((each) => each.size <= size),
  });
  const tree = growTree(0, []);
  const entries = createEntryCheck(db, size, cursor);
  let at: Cursor = { txid: -1n, seq: -1n };
  let due = await checkpoints.nextSize();

  /**
   * Gives whether to go on. An unsound tree is blamed on its entries first, on the checkpoint only if they
   * are sound.
   */
  async function judgeCheckpoint(): Promise<boolean> {
    const found = await checkpoints.judge(tree.size(), tree.root());
    due = await checkpoints.nextSize();
    const finding = found.length > 0 ? await entries.compare(tree.takeTiles()) : null;
    findings.push(...(finding ? [finding] : found));
    return !finding && findings.length < FINDINGS_MAX;
  }

  if (due === 0 && !(await judgeCheckpoint())) return report();
  for (;;) {
    const rows = await readEntriesBetween(db, at, cursor, PAGE);
    for (const row of rows) {
      const beyond = tree.size() >= size;
      if (!beyond) tree.append(leafHash(row.leaf));
      const finding = beyond
        ? ((await entries.compare(tree.takeTiles())) ?? entries.added(row))
        : await entries.take(row, tree.size() - 1, tree.takeTiles);
      if (finding) return report(finding);
      if (tree.size() >= due && !(await judgeCheckpoint())) return report();
    }
    onProgress(tree.size(), size);
    const last = rows.at(-1);
    if (!last) break;
    at = last;
  }
  const finding = await entries.compare(tree.takeTiles());
  if (finding) return report(finding);
  if (tree.size() < size) return report(gone(tree.size(), size));
  if (checkpoints.sound().lastSize !== size) {
    findings.push(damagedCheckpoint(`There is no sound checkpoint of the log's size, ${size}.`));
  }
  return report();

  function report(finding?: Finding): LogReport {
    if (finding) findings.push(finding);
    const { count } = checkpoints.sound();
    return { ok: findings.length === 0, size, entries: tree.size(), checkpoints: count, findings };
  }
}

/** Compares entries with the stored tiles and bundles as they come, keeping the rows of one tile. */
function createEntryCheck(db: Db, size: number, cursor: Cursor) {
  let run: LoggedRow[] = [];
  let starts: (Cursor & { n: number })[] = [];

  async function startOf(n: number): Promise<Cursor | undefined> {
    if (!starts.some((start) => start.n === n)) starts = await readBundleStarts(db, n, PAGE);
    return starts.find((start) => start.n === n);
  }

  async function compare(tiles: readonly StoredTile[]): Promise<Finding | null> {
    for (const tile of tiles) {
      const whole = { ...tile, width: tileWidth(tile.level, tile.n, size) };
      const [stored] = await findTiles(db, [whole]);
      if (!stored) return damagedTile(tile, 'is missing or too narrow');
      if (equalBytes(stored.subarray(0, tile.width * HASH_BYTES), tile.hashes)) continue;
      if (tile.level > 0) return damagedTile(tile, 'does not belong to the entries below it');
      const [following] = await readEntriesBetween(db, run.at(-1) ?? cursor, cursor, 1);
      const [next] = await findTiles(db, [{ level: 0, n: tile.n + 1, width: 1 }]);
      return compareTile(
        tile,
        Buffer.concat([stored, next ?? Buffer.alloc(0)]),
        following ? [...run, following] : run,
      );
    }
    return null;
  }

  return {
    compare,
    take: async (row: LoggedRow, index: number, takeTiles: () => StoredTile[]): Promise<Finding | null> => {
      const first = index % TILE_WIDTH === 0;
      if (first) run = [];
      run.push(row);
      const full = run.length === TILE_WIDTH ? await compare(takeTiles()) : null;
      if (full || !first) return full;
      const start = await startOf(index / TILE_WIDTH);
      if (start?.txid === row.txid && start.seq === row.seq) return null;
      return (await compare(takeTiles())) ?? damagedBundle(index);
    },
    added: (row: LoggedRow): Finding => ({
      kind: 'added_entry',
      says: `An entry was added below the end of the log: ${describe(row)}.`,
    }),
  };
}

function openKnown(notes: readonly string[], verifiers: readonly NoteVerifier[], findings: Finding[]) {
  const known: StoredCheckpoint[] = [];
  for (const [i, note] of notes.entries()) {
    const opened = openCheckpoint(note, verifiers);
    if (opened.ok) known.push({ size: opened.value.size, note });
    else findings.push(damagedCheckpoint(`Known checkpoint ${i + 1}: ${opened.detail ?? opened.refusal}`));
  }
  return known;
}

function cutBelow(signedSize: number, size: number): Finding {
  return {
    kind: 'cut_tail',
    says: `A checkpoint of size ${signedSize} was signed, but the log ends at ${size}: its tail was cut off.`,
  };
}

function gone(found: number, size: number): Finding {
  return {
    kind: 'cut_tail',
    says: `The log has ${size} entries, but the last ${size - found}, from entry ${found} on, are gone.`,
  };
}

function damagedTile(tile: StoredTile, what: string): Finding {
  return { kind: 'damaged_tile', says: `${tilePath(tile)} ${what}.` };
}

function damagedBundle(index: number): Finding {
  const n = index / TILE_WIDTH;
  return { kind: 'damaged_bundle', says: `Bundle ${n} is not noted to begin with entry ${index}.` };
}
