/**
 * Gives entries their places in the log: one step takes the settled entries after the cursor, grows the tree,
 * and writes tiles, bundles, a signed checkpoint and the new state in one transaction. Any number of
 * processes may run one; a lock lets one step at a time happen, and each picks up where the last one, of
 * whichever process, left off.
 *
 *   idle ── wake, or pollMs passed ──▶ stepping ── all taken ──▶ idle
 *                                       │    ▲
 *                                       └────┘ more to take, or not yet settled: again after intervalMs
 */
import type { Sql, Tx } from '../store/connection.ts';
import { isStoreOutage } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { assert, must } from '../std/assert.ts';
import { equalBytes } from '../std/bytes.ts';
import { monotonicMs } from '../std/clock.ts';
import type { Log } from '../std/log.ts';
import { backoffMs, sleep } from '../std/timer.ts';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { growTree, type GrowingTree } from './growth.ts';
import type { LogKeys } from './key.ts';
import { leafHash } from './merkle.ts';
import { readCheckpoint, readTiles } from './read-store.ts';
import * as store from './store.ts';
import { partialTiles, TILE_WIDTH } from './tile.ts';

export type SequencerOptions = {
  sql: Sql;
  keys: LogKeys;
  log: Log;
  /** The shortest time between two steps. */
  intervalMs?: number;
  /** How long to wait without being woken: the net for entries of other processes. */
  pollMs?: number;
  entriesMax?: number;
};

export type Step = {
  /** How many entries this step put into the log. */
  readonly taken: number;
  /** Whether entries are left: the step was full, or transactions below them are still running. */
  readonly more: boolean;
};

const IDLE: Step = { taken: 0, more: false };
const BACKOFF_MS = 100;
const BACKOFF_MAX_MS = 5000;

export class Sequencer implements AsyncDisposable {
  readonly #sql: Sql;
  readonly #keys: LogKeys;
  readonly #log: Log;
  readonly #intervalMs: number;
  readonly #pollMs: number;
  readonly #entriesMax: number;
  /** The tree after the last step of this process; another process may have gone on since. */
  #tree: GrowingTree | null = null;
  #running: Promise<void> | null = null;
  #woken = false;
  readonly #stop = new AbortController();
  #pause = new AbortController();

  constructor(options: SequencerOptions) {
    this.#sql = options.sql;
    this.#keys = options.keys;
    this.#log = options.log;
    this.#intervalMs = options.intervalMs ?? 50;
    this.#pollMs = options.pollMs ?? 500;
    this.#entriesMax = options.entriesMax ?? 4096;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Tells that entries were committed. Costs nothing; call it after every commit. */
  wake(): void {
    this.#woken = true;
    this.#pause.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#pause.abort();
    await this.#running;
  }

  /**
   * Takes one step now, also when the loop is not started. Throws when the database or the log is damaged.
   */
  async step(): Promise<Step> {
    if (!(await store.isAnythingNew(this.#sql))) return IDLE;
    try {
      return await transaction(this.#sql, (tx) => this.#integrate(tx));
    } catch (error) {
      // Whether the commit went through is unknown: the next step reads the tree again.
      this.#tree = null;
      throw error;
    }
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      this.#woken = false;
      const startMs = monotonicMs();
      try {
        const { more } = await this.step();
        failures = 0;
        if (!more) await this.#idle();
        await sleep(Math.max(0, this.#intervalMs - (monotonicMs() - startMs)), this.#stop.signal);
      } catch (error) {
        const what = isStoreOutage(error) ? 'the log waits for the database' : 'the log cannot go on';
        this.#log.error({ err: error }, what);
        await sleep(BACKOFF_MS + backoffMs(failures++, BACKOFF_MS, BACKOFF_MAX_MS), this.#stop.signal);
      }
    }
  }

  /** Waits for a wake, for `pollMs` at most; not at all when one came while the last step ran. */
  async #idle(): Promise<void> {
    this.#pause = new AbortController();
    if (!this.#woken && !this.#stop.signal.aborted) await sleep(this.#pollMs, this.#pause.signal);
  }

  async #integrate(tx: Tx): Promise<Step> {
    if (!(await store.tryBecomeSequencer(tx))) return IDLE;
    const state = await store.readState(tx);
    assert(state.origin === this.#keys.origin, 'the keys are those of this log');
    const { rows, unsettled } = await store.settledAfter(tx, state, this.#entriesMax);
    const last = rows.at(-1);
    if (!last) return { taken: 0, more: unsettled };
    const tree = this.#tree?.size() === state.size ? this.#tree : await this.#loadTree(tx, state.size);
    // Until the commit, the tree is ahead of the database; a failure in between drops it.
    this.#tree = null;
    const bundles: store.Integration['bundles'][number][] = [];
    for (const row of rows) {
      if (tree.size() % TILE_WIDTH === 0) {
        bundles.push({ n: tree.size() / TILE_WIDTH, txid: row.txid, seq: row.seq });
      }
      tree.append(leafHash(row.leaf));
    }
    const checkpoint = { origin: this.#keys.origin, size: tree.size(), root: tree.root(), extensions: [] };
    await store.advanceLog(tx, {
      sizeBefore: state.size,
      size: tree.size(),
      cursor: { txid: last.txid, seq: last.seq },
      tiles: tree.takeTiles(),
      bundles,
      note: signCheckpoint(checkpoint, this.#keys.signer),
    });
    this.#tree = tree;
    return { taken: rows.length, more: unsettled };
  }

  /**
   * Reads the right edge of the tree, and goes on only when its root is the one that was last signed: a log
   * that was altered must never be continued, for its next checkpoint would contradict those that others
   * hold.
   */
  async #loadTree(tx: Tx, size: number): Promise<GrowingTree> {
    if (size === 0) return growTree(0, []);
    const tiles = partialTiles(size);
    const hashes = await readTiles(tx, tiles);
    const stored = tiles.map((tile, i) => ({ ...tile, hashes: must(hashes[i], 'each tile was read') }));
    const tree = growTree(size, stored);
    const { note } = must(await readCheckpoint(tx, size), `the checkpoint of size ${size} is missing`);
    const signed = openCheckpoint(note, this.#keys.verifiers);
    assert(signed.ok, `the checkpoint of size ${size} is not signed by a key of this log`);
    assert(
      signed.value.size === size && equalBytes(signed.value.root, tree.root()),
      `the tiles do not have the root that was signed at size ${size}`,
    );
    return tree;
  }
}
