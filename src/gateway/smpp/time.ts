/**
 * The time formats of SMPP 3.4 (7.1.1), 16 characters:
 *
 *   relative  YYMMDDhhmmss000R   that much later than the operator's clock
 *   absolute  YYMMDDhhmmsstnnp   a point in time, with tenths, and quarter hours from UTC and their sign
 */
import { assert } from '../../std/assert.ts';
import { isoTime } from '../../std/clock.ts';
import { ok, refuse, type Result } from '../../std/result.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Months and years have no fixed length, so a relative time is written with days only. */
const RELATIVE_MAX_MS = 30 * DAY_MS;

/**
 * A validity in the relative form: rounded down, so that the operator never delivers later than asked; at
 * least 1 s.
 */
export function relativeTime(ms: number): string {
  assert(Number.isFinite(ms) && ms >= 0, 'a relative time is negative');
  const bounded = Math.min(RELATIVE_MAX_MS, Math.max(SECOND_MS, ms));
  const days = Math.floor(bounded / DAY_MS);
  const hours = Math.floor((bounded % DAY_MS) / HOUR_MS);
  const minutes = Math.floor((bounded % HOUR_MS) / MINUTE_MS);
  const seconds = Math.floor((bounded % MINUTE_MS) / SECOND_MS);
  return `0000${two(days)}${two(hours)}${two(minutes)}${two(seconds)}000R`;
}

/** A point in time in the absolute form, in UTC. */
export function absoluteTime(epochMs: number): string {
  const [date = '', time = ''] = isoTime(epochMs).split('T');
  const tenths = time.slice(9, 10);
  return `${date.slice(2).replaceAll('-', '')}${time.slice(0, 8).replaceAll(':', '')}${tenths}00+`;
}

const FORM = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([+\-R])$/;

/** Reads either form into epoch milliseconds. The empty text, "the operator's default", is null. */
export function parseTime(text: string, nowMs: number): Result<number | null, 'malformed_time'> {
  if (text === '') return ok(null);
  const match = FORM.exec(text);
  if (match === null) return malformed(text);
  const [years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0, tenths = 0, quarters = 0] =
    match.slice(1, 9).map(Number);
  const clockMs = hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS;
  if (match[9] === 'R') return ok(nowMs + (years * 365 + months * 30 + days) * DAY_MS + clockMs);
  const daysInMonth = (Date.UTC(2000 + years, months, 1) - Date.UTC(2000 + years, months - 1, 1)) / DAY_MS;
  const onCalendar = months >= 1 && months <= 12 && days >= 1 && days <= daysInMonth;
  if (!onCalendar || hours > 23 || minutes > 59 || seconds > 59 || quarters > 48) return malformed(text);
  const offsetMs = quarters * 15 * MINUTE_MS * (match[9] === '-' ? -1 : 1);
  return ok(Date.UTC(2000 + years, months - 1, days) + clockMs + tenths * 100 - offsetMs);
}

function malformed(text: string): Result<never, 'malformed_time'> {
  const shown = JSON.stringify(text.slice(0, 20));
  return refuse('malformed_time', {
    detail: `${shown} is no SMPP time: YYMMDDhhmmss000R, or YYMMDDhhmmsstnnp with p + or -.`,
  });
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
