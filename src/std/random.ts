import { randomFillSync } from 'node:crypto';

/** A source of random bytes. Nouns take it as an argument, so that a seeded simulation can replace it. */
export type Random = (length: number) => Uint8Array;

const POOL_BYTES = 16_384;
let pool = new Uint8Array(0);
let used = 0;

/**
 * The operating system's approved generator (S1), drawn 16 kB at a time because a call for each nonce is
 * measurable on the hot path. Bytes are handed out once and never reused.
 */
export const systemRandom: Random = (length) => {
  if (length > POOL_BYTES / 4) return randomFillSync(new Uint8Array(length));
  if (used + length > pool.length) {
    pool = randomFillSync(new Uint8Array(POOL_BYTES));
    used = 0;
  }
  const bytes = pool.slice(used, used + length);
  pool.fill(0, used, used + length);
  used += length;
  return bytes;
};

/** A number in [0, 1) for jitter; not for secrets. */
export function jitter(random: Random = systemRandom): number {
  const [a = 0, b = 0, c = 0, d = 0] = random(4);
  return (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** 32;
}
