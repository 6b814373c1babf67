import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameCode, normaliseCode } from '../../src/confirmation/code.ts';
import { isSessionSecret, newSessionSecret } from '../../src/confirmation/session.ts';
import { systemRandom } from '../../src/std/random.ts';
import { Secret } from '../../src/std/secret.ts';

/**
 * Whether the time of a comparison tells how much of a guess is right (S22): Welch's t between two classes of
 * guesses, a million samples each. They come in random order, so that whatever else the machine does falls
 * on both alike; each sample times many comparisons, for the clock is coarser than one;
 * and what lies above the ninetieth percentile of both together is cut off, for interruptions are no signal.
 * A machine that is busy makes t smaller, not larger, so that a failure here is a finding.
 */
const SAMPLES = 1_000_000;
const PER_SAMPLE = 4;
const ROUND = 4_000;
const WARM_UP_ROUNDS = 25;
const CROP = 0.9;
const T_MAX = 4.5;

/** Mean and variance without keeping the values (Welford). */
function createMoments() {
  let count = 0;
  let mean = 0;
  let squares = 0;
  return {
    add: (value: number) => {
      count++;
      const delta = value - mean;
      mean += delta / count;
      squares += delta * (value - mean);
    },
    read: () => ({ count, mean, variance: squares / (count - 1) }),
  };
}

function welch(left: Float64Array, right: Float64Array): number {
  const both = new Float64Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  both.sort();
  const limit = both[Math.floor(both.length * CROP)] ?? Infinity;
  const [a, b] = [left, right].map((values) => {
    const moments = createMoments();
    for (const value of values) if (value <= limit) moments.add(value);
    return moments.read();
  });
  assert(a && b && a.count > 1000 && b.count > 1000);
  return (a.mean - b.mean) / Math.sqrt(a.variance / a.count + b.variance / b.count);
}

/**
 * Times `compare` of two kinds of guesses and gives Welch's t of their times. The guesses of a round are made
 * beforehand and shuffled, each a string of its own, so that the timed loop does not know of which kind one
 * is: what differs is what the guess says.
 */
function measure(compare: (guess: string) => boolean, guesses: readonly [string, string]): number {
  const times = [new Float64Array(SAMPLES), new Float64Array(SAMPLES)] as const;
  const taken: [number, number] = [0, 0];
  const timed = new Float64Array(ROUND);
  let outcome = false;
  for (let round = -WARM_UP_ROUNDS; round < (2 * SAMPLES) / ROUND; round++) {
    const kinds = shuffledKinds();
    const texts = Array.from(kinds, (kind) => Buffer.from(guesses[kind as 0 | 1]).toString());
    for (let n = 0; n < ROUND; n++) {
      const guess = texts[n] ?? '';
      const start = performance.now();
      for (let i = 0; i < PER_SAMPLE; i++) outcome = compare(guess);
      timed[n] = performance.now() - start;
    }
    if (round < 0) continue;
    for (const [n, kind] of kinds.entries()) times[kind as 0 | 1][taken[kind as 0 | 1]++] = timed[n] ?? 0;
  }
  assert.equal(typeof outcome, 'boolean');
  assert.deepEqual(taken, [SAMPLES, SAMPLES]);
  return welch(times[0], times[1]);
}

/** As many of one kind as of the other, in random order (Fisher and Yates). */
function shuffledKinds(): Uint8Array {
  const kinds = Uint8Array.from({ length: ROUND }, (_, n) => n & 1);
  const coins = new Uint32Array(Uint8Array.from(systemRandom(4 * ROUND)).buffer);
  for (let n = ROUND - 1; n > 0; n--) {
    const other = (coins[n] ?? 0) % (n + 1);
    [kinds[n], kinds[other]] = [kinds[other] ?? 0, kinds[n] ?? 0];
  }
  return kinds;
}

const CODE = '4829137712';
/**
 * Wrong guesses only. The right one is answered otherwise, so its time tells nobody more; and a comparison
 * that gives true was measured at a quarter of a nanosecond beside one that gives false, whatever compares.
 */
const CODES: readonly [string, string, string][] = [
  ['right but for the last digit, and wrong from the first', '4829137713', '5829137712'],
  ['right in its first half, and in no digit', '4829160055', '0000000000'],
  ['cut short by a digit, of the right code and of another', '482913771', '582913771'],
];

for (const [name, one, other] of CODES) {
  test(`S22: the time of comparing a code does not tell ${name}`, (t) => {
    const expected = new Secret(CODE);
    const score = measure((guess) => sameCode(expected, normaliseCode(guess)), [one, other]);
    t.diagnostic(`Welch t ${score.toFixed(2)}`);
    assert(Math.abs(score) < T_MAX, `Welch t ${score.toFixed(2)}`);
  });
}

test('S22: the time of comparing a session secret does not tell how much of it is right', (t) => {
  const session = newSessionSecret(systemRandom);
  const secret = session.secret.reveal();
  const nearly = secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A');
  const wrong = (secret.startsWith('A') ? 'B' : 'A') + secret.slice(1);
  const score = measure((guess) => isSessionSecret(guess, session.hash), [nearly, wrong]);
  t.diagnostic(`Welch t ${score.toFixed(2)}`);
  assert(Math.abs(score) < T_MAX, `Welch t ${score.toFixed(2)}`);
});

test('S22: the method sees a comparison that stops at the first difference', (t) => {
  // The control: without it a t below the limit could mean that nothing was measured.
  const score = measure(leakyCompare, ['4829137713'.repeat(20), '5829137712'.repeat(20)]);
  t.diagnostic(`Welch t ${score.toFixed(2)}`);
  assert(Math.abs(score) > T_MAX, `Welch t ${score.toFixed(2)}`);
});

function leakyCompare(guess: string): boolean {
  for (let i = 0; i < guess.length; i++) {
    if (i < guess.length - 1 && guess.charCodeAt(i) !== CODE.charCodeAt(i % CODE.length) && i < 9)
      return false;
  }
  return true;
}
