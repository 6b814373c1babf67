/**
 * The canaries of cards (S8): numbers that all begin with eleven digits which occur nowhere else, a security
 * code, a track and PIN blocks; and the scanner that looks for them in every spelling.
 *
 * Looking for the beginning that all numbers share finds each of thousands in one pass, and finds a number
 * that was only cut short as well: more than six digits of it may be kept nowhere (PCI DSS 3.4).
 */
import { randomInt } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';
import { withCheckDigit } from '../sim/card-number.ts';
import { must } from '../src/std/assert.ts';

export type CardCanaries = {
  /** The n-th of ten thousand numbers. */
  readonly pan: (n: number) => string;
  readonly shared: string;
  /** What the bank knows and payers type, of the n-th. Three digits occur by chance, so they are counted. */
  readonly securityCode: (n: number) => string;
  readonly securityCodes: readonly string[];
  /** Typed where a security code belongs, and too long to be one. */
  readonly wrongCode: string;
  /** What follows number and expiry on the track of the simulated terminal. */
  readonly track: string;
};

const NUMBERS = 10_000;

export function makeCanaries(): CardCanaries {
  const shared = `400056${String(randomInt(10_000, 100_000))}`;
  const securityCodes = Array.from({ length: 4 }, (_, i) => String(600 + 100 * i + randomInt(100)));
  return {
    shared,
    pan: (n) => withCheckDigit(`${shared}${String(n % NUMBERS).padStart(4, '0')}`),
    securityCode: (n) => must(securityCodes[n % securityCodes.length], 'there are some'),
    securityCodes,
    wrongCode: `7391846${String(randomInt(10_000, 100_000))}`,
    track: '2010000012300000',
  };
}

export type Needle = { readonly of: string; readonly bytes: Buffer };

/** In clear, set apart, hexadecimal, UTF-16, base64 wherever a group of three may begin, and packed decimal. */
export function digitNeedles(of: string, digits: string): Needle[] {
  const text = Buffer.from(digits);
  const even = digits.slice(0, digits.length - (digits.length % 2));
  const odd = digits.slice(1, 1 + even.length - (digits.length % 2 === 0 ? 2 : 0));
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), text])
      .toString('base64')
      .replaceAll('=', '');
    // The letters at both ends depend on what stands beside.
    return encoded.slice(shift === 0 ? 0 : shift + 1, -2);
  });
  const spelled: (Buffer | string)[] = [
    text,
    digits.replace(/(\d{4})(?=\d)/g, '$1 '),
    digits.replace(/(\d{4})(?=\d)/g, '$1-'),
    text.toString('hex'),
    Buffer.from(digits, 'utf16le'),
    ...base64,
    Buffer.from(even, 'hex'),
    Buffer.from(odd, 'hex'),
  ];
  return spelled.map((each) => ({ of, bytes: Buffer.from(each) }));
}

/** Bytes as they are, in hexadecimal of both cases, and in base64. */
export function byteNeedles(of: string, bytes: Uint8Array): Needle[] {
  const raw = Buffer.from(bytes);
  const hex = raw.toString('hex');
  const base64 = raw.toString('base64').replaceAll('=', '').slice(0, -1);
  return [raw, hex, hex.toUpperCase(), base64].map((each) => ({ of, bytes: Buffer.from(each) }));
}

export type Leak = { readonly place: string; readonly of: string };

export type Scanner = {
  /** What is looked for from now on. */
  readonly add: (needles: readonly Needle[]) => void;
  /** Text and bytes that we gave away or wrote; `text` is counted for words of three digits as well. */
  readonly text: (place: string, text: string) => void;
  readonly bytes: (place: string, bytes: Buffer) => void;
  /** A file, piece by piece. */
  readonly file: (path: string) => Promise<void>;
  readonly leaks: () => readonly Leak[];
  /** How often each word of three digits stood by itself. */
  readonly words: () => Readonly<Record<string, number>>;
  readonly places: () => number;
  readonly bytesRead: () => number;
};

const LEAKS_MAX = 50;
/** Longer than any needle. */
const OVERLAP = 128;
/** An odd number near the golden ratio of 2^32, which scatters neighbours. */
const SPREAD = 0x9e3779b1;
const WORD = /(?<![\dA-Za-z._+/-])\d{3}(?![\dA-Za-z._+/-])/g;

export function createScanner(): Scanner {
  const search = createSearch();
  const leaks: Leak[] = [];
  const words: Record<string, number> = {};
  let places = 0;
  let bytesRead = 0;

  function look(place: string, bytes: Buffer): void {
    bytesRead += bytes.length;
    search.find(bytes, ({ of }, at) => {
      if (leaks.length >= LEAKS_MAX) return;
      const around = bytes.subarray(Math.max(0, at - 60), at + 20).toString('latin1');
      leaks.push({ place, of: `${of}: ${JSON.stringify(around)}` });
    });
  }

  return {
    add: search.add,
    text: (place, text) => {
      places++;
      look(place, Buffer.from(text));
      for (const [word] of text.matchAll(WORD)) words[word] = (words[word] ?? 0) + 1;
    },
    bytes: (place, bytes) => {
      places++;
      look(place, bytes);
    },
    file: async (path) => {
      let tail = Buffer.alloc(0);
      for await (const chunk of createReadStream(path, { highWaterMark: 4 * 1024 * 1024 })) {
        const bytes = Buffer.concat([tail, chunk as Buffer]);
        look(path, bytes);
        tail = bytes.subarray(-OVERLAP);
      }
      places++;
    },
    leaks: () => leaks,
    words: () => words,
    places: () => places,
    bytesRead: () => bytesRead,
  };
}

/**
 * All needles in one pass over gigabytes: the first four bytes of each are a number, and what is read is
 * looked up by a sum of them in a table that says no to nearly everything.
 */
function createSearch() {
  const byStart = new Map<number, Needle[]>();
  const mayStart = new Uint8Array(1 << 16);

  return {
    add: (needles: readonly Needle[]) => {
      for (const needle of needles) {
        const start = needle.bytes.readUInt32BE(0);
        byStart.set(start, [...(byStart.get(start) ?? []), needle]);
        mayStart[Math.imul(start, SPREAD) >>> 16] = 1;
      }
    },
    find: (bytes: Buffer, onFound: (needle: Needle, at: number) => void) => {
      for (let i = nextStart(bytes, mayStart, 0); i >= 0; i = nextStart(bytes, mayStart, i + 1)) {
        for (const needle of byStart.get(bytes.readUInt32BE(i)) ?? []) {
          const there = bytes.subarray(i, i + needle.bytes.length);
          if (there.equals(needle.bytes)) onFound(needle, i);
        }
      }
    },
  };
}

/** Where a needle may begin, from here; -1 when nowhere. */
function nextStart(bytes: Uint8Array, mayStart: Uint8Array, from: number): number {
  const end = bytes.length - 3;
  if (from >= end) return -1;
  let last = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
  for (let i = from; i < end; i++) {
    last = (last << 8) | (bytes[i + 3] ?? 0);
    if (mayStart[Math.imul(last, SPREAD) >>> 16] === 1) return i;
  }
  return -1;
}

/** Where a log goes that is too long to be kept: each line is looked at as it comes. */
export function scanningSink(scanner: Scanner): Writable {
  return new Writable({
    write: (chunk: Buffer, _, done) => {
      scanner.text('log', chunk.toString('utf8'));
      done();
    },
  });
}

export function needlesOf(canaries: CardCanaries): Needle[] {
  const { shared, wrongCode, track } = canaries;
  return [
    ...digitNeedles('card number', shared),
    ...digitNeedles('wrong security code', wrongCode),
    // Packed, it is mostly zeros, which stand everywhere.
    ...digitNeedles('track', track).slice(0, -2),
  ];
}
