/**
 * Times of the ledger are whole microseconds since 1970, as the database keeps them: what is written with
 * three decimals only would seem to be before what happened in the same millisecond.
 */
import { isoTime } from '../std/clock.ts';

/** RFC 3339 in UTC with six decimals. */
export function isoMicros(us: number): string {
  const ms = Math.floor(us / 1000);
  return isoTime(ms).replace('Z', `${String(us - ms * 1000).padStart(3, '0')}Z`);
}

/** Of an RFC 3339 time that was found right; more than six decimals are cut. */
export function microsOf(text: string): number {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  const micros = Number(fraction.slice(0, 6).padEnd(6, '0'));
  // Without its fraction it is a whole second, which a number of milliseconds says exactly.
  return Date.parse(text.replace(/\.\d+/, '')) * 1000 + micros;
}
