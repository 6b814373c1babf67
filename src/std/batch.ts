import { assert } from './assert.ts';

/**
 * Group commit: items that arrive within one turn of the event loop are gathered and run together.
 *
 *   add ──▶ waiting ──(a slot is free)──▶ running ──▶ each caller has its own answer
 *
 * Two items with the same key never run at the same time, so that a batch touches each row once, and two
 * batches of one process never wait for each other's row locks. Batches grow by themselves under load: while
 * every slot is taken, newcomers gather.
 */
export type Batch<Item, Answer> = {
  add: (item: Item) => Promise<Answer>;
};

export type BatchOptions<Item, Answer> = {
  /** Answers in the order of the items. A rejection is given to all callers of the batch (`apartAfter`). */
  run: (items: Item[]) => Promise<Answer[]>;
  /** Items with equal keys are never in flight together. Absent: all items are independent. */
  keyOf?: (item: Item) => string;
  /**
   * Whether a rejection may be the doing of one item alone: then each is run again by itself, so that
   * nobody's fault is another's. Only for a `run` that leaves nothing behind when it rejects.
   */
  apartAfter?: (reason: unknown) => boolean;
  /** How many an item counts for in `itemsMax`; an item that counts for more runs alone. Absent: one. */
  sizeOf?: (item: Item) => number;
  itemsMax?: number;
  inFlightMax?: number;
};

type Waiting<Item, Answer> = {
  item: Item;
  key: string | null;
  resolve: (answer: Answer) => void;
  reject: (reason: unknown) => void;
};

export function createBatch<Item, Answer>(options: BatchOptions<Item, Answer>): Batch<Item, Answer> {
  const { run, keyOf, apartAfter, sizeOf, itemsMax = 256, inFlightMax = 2 } = options;
  let waiting: Waiting<Item, Answer>[] = [];
  const busy = new Set<string>();
  let inFlight = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || inFlight >= inFlightMax || waiting.length === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      start();
    });
  }

  function start(): void {
    const taken: Waiting<Item, Answer>[] = [];
    const left: Waiting<Item, Answer>[] = [];
    let size = 0;
    for (const entry of waiting) {
      const own = sizeOf ? sizeOf(entry.item) : 1;
      const isFull = taken.length > 0 && size + own > itemsMax;
      if (isFull || (entry.key !== null && busy.has(entry.key))) {
        // Who comes later does not overtake, however small: the order of callers is the order of their work.
        if (isFull) size = itemsMax;
        left.push(entry);
        continue;
      }
      size += own;
      if (entry.key !== null) busy.add(entry.key);
      taken.push(entry);
    }
    waiting = left;
    if (taken.length === 0) return;
    inFlight++;
    void runTaken(taken);
    schedule();
  }

  async function runTaken(taken: Waiting<Item, Answer>[]): Promise<void> {
    try {
      await runTogether(taken);
    } finally {
      for (const entry of taken) if (entry.key !== null) busy.delete(entry.key);
      inFlight--;
      schedule();
    }
  }

  async function runTogether(taken: Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await run(taken.map((entry) => entry.item));
      assert(
        answers.length === taken.length,
        'a batch answered for another number of items than it was given',
      );
      taken.forEach((entry, i) => entry.resolve(answers[i] as Answer));
    } catch (reason) {
      if (taken.length > 1 && apartAfter?.(reason)) {
        for (const entry of taken) await runTogether([entry]);
      } else {
        for (const entry of taken) entry.reject(reason);
      }
    }
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, key: keyOf ? keyOf(item) : null, resolve, reject });
        schedule();
      }),
  };
}
