/**
 * What a receipt's time-stamp says, in words: whether there is one where the issuer signed that there is, and
 * whether its token was made over the very checkpoint that proves the records. A time-stamp of a checkpoint
 * shows that every entry in it, and so every record, was there at that time.
 *
 * The code that takes tokens apart is loaded when the first one is seen, for most processes never see any.
 */
import { utf8 } from '../std/bytes.ts';
import { isoTime } from '../std/clock.ts';
import { fromBase64 } from './digest.ts';
import type { Claim, ReceiptTimeStamp } from './receipt.ts';
import type { Certificate } from './time-stamp/token.ts';
import type { TimeStamp } from './time-stamp/verify.ts';
import type { Line } from './verify.ts';

/** What is known of the time-stamp after everything held. */
export type VerifiedTimeStamp =
  | { readonly status: 'none' | 'pending' }
  | {
      readonly status: 'stamped';
      /** RFC 3339 in UTC, as the authority says; and how far off it may be, when it says so. */
      readonly time: string;
      readonly accuracyMs: number | null;
      /** The name in the authority's certificate, and who issued that by its own word. */
      readonly tsa: string;
      readonly issuer: string;
      /** The trusted CA behind the authority; null when no CA was given to check it with. */
      readonly ca: string | null;
    };

/** Which states of a receipt go with what its issuer signed; see receipt.ts. */
const STATES: Readonly<Record<Claim['timestamp'], readonly ReceiptTimeStamp['status'][]>> = {
  none: ['none'],
  requested: ['pending', 'stamped'],
  stamped: ['stamped'],
};

export type TimeStampCheck = {
  readonly timestamp: ReceiptTimeStamp;
  /** Null when the issuer's signature does not hold, which is said elsewhere. */
  readonly claimed: Claim['timestamp'] | null;
  /** The signed note of the checkpoint, as it stands in the records. */
  readonly checkpoint: string;
  /** The times of the entries, RFC 3339. */
  readonly entryTimes: readonly string[];
  /** CAs of which one must stand behind the authority; null when none was given. */
  readonly cas: readonly Certificate[] | null;
};

/** Gives null for the time-stamp when it does not hold; the lines say why. */
export async function checkTimeStamp(
  check: TimeStampCheck,
): Promise<{ lines: Line[]; timeStamp: VerifiedTimeStamp | null }> {
  const { timestamp, claimed } = check;
  const lines: Line[] = [];
  if (claimed !== null && !STATES[claimed].includes(timestamp.status)) {
    lines.push(line('fails', 'The state of the time-stamp is not the one that the issuer signed.'));
  }
  if (timestamp.status === 'none') {
    lines.push(line('note', "No time-stamp was asked for: the time is the log's own word."));
    return { lines, timeStamp: { status: 'none' } };
  }
  if (timestamp.status === 'pending') {
    const says = "A time-stamp was asked for and has not come yet: the time is the log's own word.";
    lines.push(line('note', says));
    return { lines, timeStamp: { status: 'pending' } };
  }
  const judged = await judge(check, timestamp);
  if (typeof judged === 'string') {
    lines.push(line('fails', `The time-stamp does not hold. ${judged}`));
    return { lines, timeStamp: null };
  }
  lines.push(...inWords(judged, check.entryTimes));
  const { timeMs, accuracyMs, tsa, issuer, ca } = judged;
  return { lines, timeStamp: { status: 'stamped', time: isoTime(timeMs), accuracyMs, tsa, issuer, ca } };
}

/** Gives the time-stamp, or why it does not hold. */
async function judge(
  { checkpoint, cas }: TimeStampCheck,
  stamped: Extract<ReceiptTimeStamp, { status: 'stamped' }>,
): Promise<TimeStamp | string> {
  const { verifyTimeStamp } = await import('./time-stamp/verify.ts');
  const token = fromBase64(stamped.token);
  if (!token) return 'Its token is no base 64.';
  const verified = verifyTimeStamp(token, utf8(checkpoint), cas ? { cas } : {});
  if (!verified.ok) return verified.detail ?? 'It cannot be read.';
  const { timeMs, tsa } = verified.value;
  if (stamped.time !== isoTime(timeMs)) return `Its time is ${isoTime(timeMs)}, not ${stamped.time}.`;
  if (stamped.tsa !== tsa) return `It is by ${tsa}, not by ${stamped.tsa}.`;
  return verified.value;
}

function inWords(stamp: TimeStamp, entryTimes: readonly string[]): Line[] {
  const { timeMs, accuracyMs, tsa, issuer, ca } = stamp;
  const within = accuracyMs === null ? '' : `, give or take ${accuracyMs / 1000} s`;
  const lines = [
    line(
      'holds',
      `All of it existed at ${isoTime(timeMs)}${within}: the checkpoint has an intact time-stamp by "${tsa}".`,
    ),
  ];
  if (ca !== null) {
    const says = `"${tsa}" is certified by a CA that you trust, "${ca}". Whether it was revoked was not asked.`;
    lines.push(line('holds', says));
  } else {
    const says =
      `That the time-stamp is by "${tsa}" is what its certificate says, issued by "${issuer}"; ` +
      "it was not checked against a CA. Give the authority's CA to know.";
    lines.push(line('note', says));
  }
  const later = entryTimes.findIndex((time) => Date.parse(time) > timeMs + (accuracyMs ?? 0));
  if (later >= 0) {
    const says = `Record ${later + 1} is dated later than the time-stamp: the log's clock was ahead of the authority's.`;
    lines.push(line('note', says));
  }
  return lines;
}

function line(verdict: Line['verdict'], says: string): Line {
  return { about: 'timestamp', verdict, says };
}
