/**
 * The numbers of a message, made from a bank's sequence, which counts every message to it:
 *
 *   STAN  field 11, 6 digits: the sequence, again from the start after 999,999
 *   RRN   field 37, 12 digits: last digit of the year, day of the year, 8 digits of the sequence
 *
 * A STAN is unique for a day up to 999,999 messages in it; together with the retrieval reference it is up to
 * a hundred million. A sequence is taken from the database in blocks: a process that dies leaves a gap.
 */
import { must } from '../std/assert.ts';
import { isoTime } from '../std/clock.ts';

const STANS = 999_999n;
const REFERENCES = 100_000_000n;
const DAY_MS = 86_400_000;

export function stanOf(sequence: bigint): string {
  return String((sequence % STANS) + 1n).padStart(6, '0');
}

export function referenceOf(sequence: bigint, epochMs: number): string {
  const year = Number(isoTime(epochMs).slice(0, 4));
  const day = Math.floor((epochMs - Date.UTC(year, 0, 1)) / DAY_MS) + 1;
  const count = String(sequence % REFERENCES).padStart(8, '0');
  return `${year % 10}${String(day).padStart(3, '0')}${count}`;
}

/** Field 7: MMDDhhmmss in UTC. */
export function transmissionTime(epochMs: number): string {
  return isoTime(epochMs).slice(5, 19).replace(/[-T:]/g, '');
}

export type Sequence = { readonly next: () => Promise<bigint> };

/**
 * `takeBlock` takes so many numbers and gives the last of them. A new block is taken while half of the last
 * one is left, so that a caller hardly ever waits for it; a rejection is told to those who do.
 */
export function createSequence(blockSize: number, takeBlock: (size: number) => Promise<bigint>): Sequence {
  const free: bigint[] = [];
  let taking: Promise<void> | null = null;

  async function take(): Promise<void> {
    const last = await takeBlock(blockSize);
    free.push(...Array.from({ length: blockSize }, (_, i) => last - BigInt(blockSize - 1 - i)));
  }

  function begin(): Promise<void> {
    taking ??= take().finally(() => (taking = null));
    return taking;
  }

  return {
    next: async () => {
      while (free.length === 0) await begin();
      // A failure here is found again by whoever meets the empty block.
      if (free.length <= blockSize / 2) begin().catch(() => undefined);
      return must(free.shift(), 'a block of numbers was empty');
    },
  };
}
