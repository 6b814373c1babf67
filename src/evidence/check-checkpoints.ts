/**
 * Checkpoints in the order of their sizes, each to be compared with the root of the entries below its size.
 */
import { equalBytes } from '../std/bytes.ts';
import type { Db } from '../store/connection.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { Finding } from './finding.ts';
import type { NoteVerifier } from './note.ts';
import { readCheckpointsAfter, type StoredCheckpoint } from './read-store.ts';

export type CheckpointQueue = {
  /** The size of the next checkpoint, or infinity. */
  readonly nextSize: () => Promise<number>;
  /** Judges the checkpoints up to this size; null is no finding. */
  readonly judge: (size: number, root: Uint8Array) => Promise<Finding[]>;
  /** How many were sound, and the size of the last sound one. */
  readonly sound: () => { count: number; lastSize: number };
};

const PAGE = 2048;

/** `known` are checkpoints that others hold; they are merged with the stored ones up to `sizeMax`. */
export function createCheckpointQueue(options: {
  db: Db;
  verifiers: readonly NoteVerifier[];
  known: readonly StoredCheckpoint[];
  sizeMax: number;
}): CheckpointQueue {
  const { db, verifiers, sizeMax } = options;
  const known = options.known.toSorted((a, b) => a.size - b.size);
  let page: StoredCheckpoint[] = [];
  let after = -1;
  let ended = false;
  const sound = { count: 0, lastSize: 0 };

  async function next(): Promise<StoredCheckpoint | null> {
    if (page.length === 0 && !ended) {
      const rows = await readCheckpointsAfter(db, after, PAGE);
      after = rows.at(-1)?.size ?? after;
      ended = rows.length < PAGE;
      page = rows.filter((row) => row.size <= sizeMax);
    }
    return page[0] ?? null;
  }

  function judgeOne(stored: StoredCheckpoint, root: Uint8Array, whose: string): Finding | null {
    const opened = openCheckpoint(stored.note, verifiers);
    if (!opened.ok)
      return damagedCheckpoint(`${whose} of size ${stored.size}: ${opened.detail ?? opened.refusal}`);
    if (opened.value.size !== stored.size) {
      return damagedCheckpoint(`${whose} filed under size ${stored.size} is of size ${opened.value.size}.`);
    }
    if (equalBytes(opened.value.root, root)) {
      sound.count++;
      sound.lastSize = stored.size;
      return null;
    }
    return {
      kind: 'forked_tree',
      says:
        `${whose} of size ${stored.size} is signed, but its root is not that of the first ${stored.size} entries: ` +
        `it is not consistent with the checkpoint of size ${sound.lastSize} and the entries after it.`,
    };
  }

  return {
    nextSize: async () => Math.min((await next())?.size ?? Infinity, known[0]?.size ?? Infinity),
    judge: async (size, root) => {
      const findings: (Finding | null)[] = [];
      for (let stored = await next(); stored && stored.size <= size; stored = await next()) {
        page.shift();
        findings.push(judgeOne(stored, root, 'The checkpoint'));
      }
      while (known[0] && known[0].size <= size) {
        const held = known.shift();
        if (held) findings.push(judgeOne(held, root, 'A checkpoint that others hold,'));
      }
      return findings.filter((finding) => finding !== null);
    },
    sound: () => sound,
  };
}

export function damagedCheckpoint(says: string): Finding {
  return { kind: 'damaged_checkpoint', says };
}
