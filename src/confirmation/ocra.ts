import { hmacSha256, utf8 } from '../std/bytes.ts';
import { createHmac } from 'node:crypto';
import { assert } from '../std/assert.ts';

/**
 * OCRA, the OATH challenge-response algorithm (RFC 6287), as far as its published vectors go: suites of HOTP
 * with SHA-1, SHA-256 or SHA-512, questions, a PIN hash, a counter, session information and a time step.
 * The code of a confirmation uses one suite only (code.ts); the rest is here so that the vectors prove the
 * machine.
 */
export type OcraInput = {
  /** Numeric text, hexadecimal text or alphanumeric text, as the suite's Q says. */
  question: string;
  counter?: bigint;
  /** Hash of the PIN, as many bytes as the suite's hash gives. */
  pinHash?: Uint8Array;
  /** At most the length that the suite's S says; shorter ones are padded with zero bytes on the left. */
  session?: Uint8Array;
  /** Number of time steps since the epoch; the suite's T names the step. */
  timeStep?: bigint;
};

type Suite = {
  hash: 'sha1' | 'sha256' | 'sha512';
  digits: number;
  counter: boolean;
  question: 'N' | 'H' | 'A';
  pin: boolean;
  sessionLength: number | null;
  time: boolean;
};

const SUITE =
  /^OCRA-1:HOTP-SHA(1|256|512)-(\d{1,2}):(C-)?Q([NHA])(\d{2})(-PSHA(?:1|256|512))?(?:-S(\d{3}))?(?:-T(\d{1,2}[SMH]))?$/;
const QUESTION_BYTES = 128;
const parsed = new Map<string, Suite>();

/**
 * The code of an OCRA computation: decimal digits, as many as the suite says. A malformed suite is our own
 * bug.
 */
export function ocra(suiteText: string, key: Uint8Array, input: OcraInput): string {
  const suite = parseSuite(suiteText);
  const message = dataInput(suiteText, suite, input);
  const mac =
    suite.hash === 'sha256' ? hmacSha256(key, message) : createHmac(suite.hash, key).update(message).digest();
  return truncate(mac, suite.digits);
}

function parseSuite(text: string): Suite {
  const known = parsed.get(text);
  if (known) return known;
  const match = SUITE.exec(text);
  assert(match, `"${text}" is not an OCRA suite`);
  const suite: Suite = {
    hash: `sha${match[1]}` as Suite['hash'],
    digits: Number(match[2]),
    counter: match[3] !== undefined,
    question: match[4] as Suite['question'],
    pin: match[6] !== undefined,
    sessionLength: match[7] === undefined ? null : Number(match[7]),
    time: match[8] !== undefined,
  };
  assert(suite.digits >= 4 && suite.digits <= 10, 'OCRA truncates to 4 to 10 digits');
  parsed.set(text, suite);
  return suite;
}

function dataInput(suiteText: string, suite: Suite, input: OcraInput): Uint8Array {
  const parts: Uint8Array[] = [utf8(suiteText), new Uint8Array(1)];
  if (suite.counter) parts.push(bigEndian(input.counter ?? 0n));
  parts.push(questionBytes(suite.question, input.question));
  if (suite.pin) {
    assert(input.pinHash, 'the suite wants a PIN hash');
    parts.push(input.pinHash);
  }
  if (suite.sessionLength !== null) {
    const session = input.session ?? new Uint8Array(0);
    assert(session.length <= suite.sessionLength, 'the session information is longer than the suite allows');
    const padded = new Uint8Array(suite.sessionLength);
    padded.set(session, suite.sessionLength - session.length);
    parts.push(padded);
  }
  if (suite.time) parts.push(bigEndian(input.timeStep ?? 0n));
  return Buffer.concat(parts);
}

/**
 * 128 bytes: decimal questions as the hexadecimal form of their number, padded with zeros on the right (RFC
 * 6287, 5.1).
 */
function questionBytes(kind: Suite['question'], question: string): Uint8Array {
  const bytes = new Uint8Array(QUESTION_BYTES);
  if (kind === 'A') {
    bytes.set(utf8(question));
    return bytes;
  }
  const hex = kind === 'N' ? BigInt(question).toString(16) : question;
  bytes.set(Buffer.from(hex.length % 2 === 0 ? hex : `${hex}0`, 'hex'));
  return bytes;
}

function bigEndian(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

/**
 * Dynamic truncation (RFC 4226, 5.3): 31 bits chosen by the last nibble, then the last `digits` decimal
 * digits.
 */
function truncate(mac: Uint8Array, digits: number): string {
  const view = Buffer.from(mac.buffer, mac.byteOffset, mac.byteLength);
  const offset = view.readUInt8(view.length - 1) & 0x0f;
  const number = view.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}
