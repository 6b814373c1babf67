/**
 * The simulated terminal's own end of the line: it connects when it has something to say, signs on, and
 * asks one thing at a time. A line can be made to lose answers.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { decode } from '../src/bank/iso8583/decode.ts';
import { describe } from '../src/bank/iso8583/describe.ts';
import { encode } from '../src/bank/iso8583/encode.ts';
import { createFramer, writeHeader } from '../src/bank/iso8583/framer.ts';
import { partsOf, textOf, type Message } from '../src/bank/iso8583/message.ts';
import { must } from '../src/std/assert.ts';
import { toHex } from '../src/std/bytes.ts';
import type { Clock } from '../src/std/clock.ts';
import type { Random } from '../src/std/random.ts';
import type { Secret } from '../src/std/secret.ts';
import { afterUnref } from '../src/std/timer.ts';
import { transmissionTime } from '../src/bank/number.ts';
import { DEVICE_SPEC, hmac, macOver } from './terminal-spec.ts';

export type DeviceLineOptions = {
  readonly host?: string;
  readonly port: number;
  /** Eight characters. */
  readonly code: string;
  readonly key: Secret<Uint8Array>;
  readonly clock: Clock;
  readonly random: Random;
  /** A CA in PEM; with it the line is TLS. */
  readonly ca?: string;
  readonly answerWithinMs?: number;
};

export type DeviceLine = AsyncDisposable & {
  /** The answer; null when none came, or the line was cut. */
  readonly ask: (message: Message) => Promise<Message | null>;
  readonly nextStan: () => string;
  /** The next so many answers never arrive, though they were given. */
  readonly loseAnswers: (count: number) => void;
  readonly cut: () => void;
  /** What went over the line, the newest last, with the card masked. */
  readonly lines: readonly { readonly at: number; readonly direction: 'out' | 'in'; readonly text: string }[];
};

const HEADER = 2;
const LINES_MAX = 60;
const STANS = 999_999;
const ANSWER_WITHIN_MS = 40_000;

type Waiting = { readonly stan: string; readonly resolve: (answer: Message | null) => void };

export function createDeviceLine(options: DeviceLineOptions): DeviceLine {
  const { clock, random, code } = options;
  const key = options.key.reveal();
  const lines: { at: number; direction: 'out' | 'in'; text: string }[] = [];
  const [a = 0, b = 0, c = 0] = random(3);
  let stan = (a * 65_536 + b * 256 + c) % STANS;
  let socket: Socket | null = null;
  let macKey: Uint8Array | null = null;
  let waiting: Waiting | null = null;
  let lost = 0;

  function nextStan(): string {
    stan = (stan % STANS) + 1;
    return String(stan).padStart(6, '0');
  }

  function note(direction: 'out' | 'in', message: Message): void {
    lines.push({ at: clock.nowMs(), direction, text: describe(message, DEVICE_SPEC) });
    if (lines.length > LINES_MAX) lines.shift();
  }

  function cut(): void {
    socket?.destroy();
    socket = null;
    macKey = null;
    waiting?.resolve(null);
    waiting = null;
  }

  function onMessage(bytes: Buffer): void {
    const decoded = decode(bytes, DEVICE_SPEC);
    if (!decoded.ok) return cut();
    const message = decoded.value;
    if (macKey === null) macKey = sessionKeyOf(message);
    const mac = message.fields[128] ?? message.fields[64];
    // An answer whose MAC is wrong was given by somebody else.
    if (macKey === null || !(mac instanceof Uint8Array) || !macOver(bytes, macKey).equals(mac)) return cut();
    note('in', message);
    if (textOf(message, 11) !== waiting?.stan) return undefined;
    if (lost > 0 && message.mti !== '0810') {
      lost--;
      return undefined;
    }
    const { resolve } = waiting;
    waiting = null;
    return resolve(message);
  }

  let nonce = '';
  function sessionKeyOf(message: Message): Uint8Array | null {
    const ours = partsOf(message, 48)?.['02'];
    if (ours === undefined) return hmac(key, 'countersign/terminal-sign-on/1');
    return hmac(key, `countersign/terminal-session/1 ${code} ${nonce} ${ours}`);
  }

  async function open(): Promise<boolean> {
    cut();
    const { host = '127.0.0.1', port, ca } = options;
    const opened: Socket = ca === undefined ? connect({ host, port }) : connectTls({ host, port, ca });
    const isOpen = await new Promise<boolean>((resolve) => {
      opened.once(ca === undefined ? 'connect' : 'secureConnect', () => resolve(true));
      opened.once('error', () => resolve(false));
      opened.once('close', () => resolve(false));
    });
    if (!isOpen) return false;
    socket = opened;
    const framer = createFramer(HEADER);
    opened.on('data', (chunk: Buffer) => {
      if (!framer.push(chunk, onMessage).ok) cut();
    });
    opened.on('error', () => undefined);
    opened.on('close', () => {
      if (socket === opened) cut();
    });
    nonce = toHex(random(16));
    const fields = { 7: transmissionTime(clock.nowMs()), 11: nextStan(), 41: code, 48: { '01': nonce } };
    const message: Message = { mti: '0800', fields: { ...fields, 70: '001' } };
    const answer = await exchange(message, hmac(key, 'countersign/terminal-sign-on/1'));
    if (answer !== null && textOf(answer, 39) === '00') return true;
    cut();
    return false;
  }

  function exchange(message: Message, under: Uint8Array): Promise<Message | null> {
    return new Promise((resolve) => {
      const to = socket;
      if (to === null) return resolve(null);
      // It asks one thing at a time: what was asked before is given up.
      waiting?.resolve(null);
      const waits: Waiting = { stan: must(textOf(message, 11), 'a message has a STAN'), resolve };
      waiting = waits;
      note('out', message);
      to.write(frameOf(message, under));
      afterUnref(options.answerWithinMs ?? ANSWER_WITHIN_MS, () => {
        if (waiting === waits) cut();
      });
      return undefined;
    });
  }

  return {
    ask: async (message) => {
      if ((socket === null || macKey === null) && !(await open())) return null;
      return macKey === null ? null : exchange(message, macKey);
    },
    nextStan,
    loseAnswers: (count) => void (lost = count),
    cut,
    lines,
    [Symbol.asyncDispose]: async () => cut(),
  };
}

/** A whole frame, with header and MAC in field 64, or in 128 where a field after 64 is used. */
export function frameOf(message: Message, key: Uint8Array): Buffer {
  const isLong = Object.keys(message.fields).some((number) => Number(number) > 64);
  const field = isLong ? 128 : 64;
  const fields = { ...message.fields, [field]: new Uint8Array(8) };
  const written = encode({ mti: message.mti, fields }, DEVICE_SPEC, HEADER);
  if (!written.ok) throw new Error(written.detail);
  writeHeader(written.value, HEADER);
  macOver(written.value.subarray(HEADER), key).copy(written.value, written.value.length - 8);
  return written.value;
}
