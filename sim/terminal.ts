/**
 * A simulated payment terminal: reads a card, asks the host over TCP, asks for the code, prints the ticket,
 * and undoes what it cannot finish. It behaves as a certified one has to:
 *
 *   0200 ─▶ no answer, or 09 ─▶ 0201 over a new line ─▶ still none ─▶ 0400, said again until it is answered
 */
import type { SimCard } from './bank-books.ts';
import { currencyNumber } from '../src/bank/currency.ts';
import { repeatMti, partsOf, textOf, type Fields, type Message } from '../src/bank/iso8583/message.ts';
import { transmissionTime } from '../src/bank/number.ts';
import { must } from '../src/std/assert.ts';
import { isoTime, type Clock } from '../src/std/clock.ts';
import type { Money } from '../src/std/money.ts';
import { sleep } from '../src/std/timer.ts';
import type { DeviceLine } from './terminal-line.ts';
import { hmac } from './terminal-spec.ts';

export type DeviceOptions = {
  readonly line: DeviceLine;
  readonly clock: Clock;
  readonly code: string;
  readonly merchant: string;
  /** Between two repeats. */
  readonly repeatAfterMs?: number;
};

/** What the terminal makes of an answer; code null: none came, and the sale was undone, or will be. */
export type DeviceAnswer = {
  readonly code: string | null;
  readonly elements: Readonly<Record<string, string>>;
  readonly ticket: readonly string[];
};

export type Read = {
  readonly card: SimCard;
  readonly entry: 'chip' | 'stripe' | 'keyed';
  readonly pin?: string;
};

export type Device = {
  readonly sell: (amount: Money, read: Read) => Promise<DeviceAnswer>;
  readonly bringCode: (reference: string, code: string, amount: Money) => Promise<DeviceAnswer>;
  /** Undoes the last sale, over another line where one is given; true when the host said yes. */
  readonly undo: (over?: DeviceLine) => Promise<boolean>;
};

const REPEATS_MAX = 4;
const UNDO_REPEATS_MAX = 10;
const COLUMNS = 32;
const ENTRY_MODES = { chip: '051', stripe: '021', keyed: '012' } as const;
const NOTHING: DeviceAnswer = { code: null, elements: {}, ticket: [] };

export function createDevice(options: DeviceOptions): Device {
  const { line, clock, code, merchant, repeatAfterMs = 1_000 } = options;
  /** The first message of the sale that is under way, or was last. */
  let sale: Message | null = null;

  function common(amount: Money): Fields {
    const nowMs = clock.nowMs();
    const iso = isoTime(nowMs);
    return {
      3: '000000',
      4: String(amount.minor).padStart(12, '0'),
      7: transmissionTime(nowMs),
      11: line.nextStan(),
      12: iso.slice(11, 19).replaceAll(':', ''),
      13: iso.slice(5, 10).replace('-', ''),
      41: code,
      42: merchant.padEnd(15),
      49: must(currencyNumber(amount.currency), 'a currency has a number'),
    };
  }

  async function said(message: Message, repeatsMax: number, over = line): Promise<Message | null> {
    let asked = message;
    for (let n = 0; n <= repeatsMax; n++) {
      const answer = await over.ask(asked);
      if (answer !== null && textOf(answer, 39) !== '09') return answer;
      asked = { ...message, mti: repeatMti(message.mti) };
      await sleep(repeatAfterMs);
    }
    return null;
  }

  async function undo(over = line): Promise<boolean> {
    if (sale === null) return true;
    const { fields } = sale;
    const original = { mti: '0200', stan: textOf(sale, 11) ?? '', sentAt: textOf(sale, 7) ?? '' };
    const nowMs = clock.nowMs();
    const message: Message = {
      mti: '0400',
      fields: {
        3: fields[3],
        4: fields[4],
        7: transmissionTime(nowMs),
        11: line.nextStan(),
        41: code,
        42: merchant.padEnd(15),
        49: fields[49],
        90: { ...original, acquirer: '0'.repeat(11), forwarder: '0'.repeat(11) },
      },
    };
    const answer = await said(message, UNDO_REPEATS_MAX, over);
    return answer !== null && textOf(answer, 39) === '00';
  }

  async function carriedOut(message: Message): Promise<DeviceAnswer> {
    const answer = await said(message, REPEATS_MAX);
    if (answer === null) {
      await undo();
      return NOTHING;
    }
    const text = textOf(answer, 63) ?? '';
    const ticket = Array.from({ length: Math.ceil(text.length / COLUMNS) }, (_, i) =>
      text.slice(i * COLUMNS, (i + 1) * COLUMNS).trimEnd(),
    );
    return { code: textOf(answer, 39), elements: partsOf(answer, 48) ?? {}, ticket };
  }

  return {
    sell: (amount, read) => {
      const message: Message = { mti: '0200', fields: { ...common(amount), ...cardFields(read, amount) } };
      sale = message;
      return carriedOut(message);
    },
    bringCode: (reference, typed, amount) =>
      carriedOut({ mti: '0200', fields: { ...common(amount), 48: { '10': reference, '20': typed } } }),
    undo,
  };
}

function cardFields({ card, entry, pin }: Read, amount: Money): Fields {
  const { pan, expiry } = card;
  const isRead = entry !== 'keyed';
  return {
    2: pan,
    14: expiry,
    22: ENTRY_MODES[entry],
    25: '00',
    ...(isRead ? { 35: `${pan}=${expiry}2010000012300000` } : {}),
    ...(pin === undefined ? {} : { 52: pinBlock(pan, pin) }),
    ...(entry === 'chip' ? { 55: chipData(amount) } : {}),
  };
}

/** As a PIN pad's own key would make it: to everybody else eight bytes without a meaning. */
function pinBlock(pan: string, pin: string): Uint8Array {
  return hmac(Buffer.from('the key of a simulated PIN pad'), `${pan} ${pin}`).subarray(0, 8);
}

function chipData({ minor }: Money) {
  const amount = Buffer.from(String(minor).padStart(12, '0'), 'hex');
  return [
    { tag: '9F26', value: hmac(Buffer.from('a simulated chip'), String(minor)).subarray(0, 8) },
    { tag: '9F27', value: Buffer.of(0x80) },
    { tag: '9F02', value: amount },
    { tag: '82', value: Buffer.of(0x38, 0x00) },
    { tag: '9F36', value: Buffer.of(0x00, 0x2a) },
  ];
}
