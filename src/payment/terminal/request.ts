/**
 * What a terminal asks, read from its message. Pure. A sale and its code are both 0200: whoever names a
 * session brings a code.
 *
 * The card's data stay wrapped (S8); the PIN block is passed on to the bank unread.
 */
import { hmacSha256 } from '../../std/bytes.ts';
import { isCurrency, type Money } from '../../std/money.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import { Secret } from '../../std/secret.ts';
import { currencyNumber } from '../../bank/currency.ts';
import { isTlvs, partsOf, textOf, type Fields, type Message, type Tlv } from '../../bank/iso8583/message.ts';
import type { CardInput } from '../verbs.ts';
import type { TerminalCode } from './answer-code.ts';
import { TERMINAL_ELEMENTS } from './spec.ts';

/** What every message that may move money is known again by. */
export type Origin = {
  /** MMDD of field 7, in UTC. */
  readonly day: string;
  readonly stan: string;
};

export type Sale = {
  readonly kind: 'sale';
  readonly amount: Money;
  readonly card: CardInput;
  readonly entry: 'chip' | 'stripe' | 'keyed';
  readonly pinBlock: Secret<Uint8Array> | null;
  readonly track2: Secret<string> | null;
  readonly emv: Secret<readonly Tlv[]> | null;
  /** MMDD and hhmmss at the terminal, for the ticket. */
  readonly localDate: string;
  readonly localTime: string;
};
export type CodeBrought = {
  readonly kind: 'code';
  readonly reference: string;
  readonly code: string;
  readonly amount: Money;
  readonly localDate: string;
  readonly localTime: string;
};
export type Reversal = { readonly kind: 'reversal'; readonly original: Origin };
export type Asked = Sale | CodeBrought | Reversal;

const MONTHS = 12;
const PROCESSING_SALE = '000000';
/** The first two digits of field 22. */
const ENTRIES: Readonly<Record<string, Sale['entry']>> = {
  '01': 'keyed',
  '02': 'stripe',
  '05': 'chip',
  '07': 'chip',
  '90': 'stripe',
};

/** Null where the message cannot even be known again. */
export function originOf(message: Message): Origin | null {
  const stan = textOf(message, 11);
  const transmitted = textOf(message, 7);
  return stan === null || transmitted === null ? null : { day: transmitted.slice(0, 4), stan };
}

/** Refuses with the code of the answer. */
export function readAsked(message: Message): Result<Asked, TerminalCode> {
  const kind = message.mti.slice(0, 3);
  if (kind === '040') return readReversal(message);
  if (kind !== '020') return refuse('12');
  if (textOf(message, 3) !== PROCESSING_SALE) return refuse('12');
  const minor = BigInt(textOf(message, 4) ?? '0');
  const currency = currencyOf(textOf(message, 49) ?? '');
  const localTime = textOf(message, 12);
  const localDate = textOf(message, 13);
  if (localTime === null || localDate === null) return refuse('30');
  if (currency === null) return refuse('57');
  if (minor <= 0n) return refuse('13');
  const amount = { minor, currency };
  const session = partsOf(message, 48) ?? {};
  const reference = session[TERMINAL_ELEMENTS.reference];
  const code = session[TERMINAL_ELEMENTS.code];
  if (reference === undefined && code === undefined)
    return readSale(message, { amount, localDate, localTime });
  if (reference === undefined || code === undefined || hasCard(message)) return refuse('30');
  return ok({ kind: 'code', reference, code, amount, localDate, localTime });
}

function hasCard({ fields }: Message): boolean {
  return [2, 14, 35, 52, 55].some((number) => fields[number] !== undefined);
}

function readReversal(message: Message): Result<Reversal, TerminalCode> {
  const original = partsOf(message, 90);
  if (original === null || original['mti']?.slice(0, 3) !== '020') return refuse('30');
  const { stan = '', transmitted = '' } = original;
  return ok({ kind: 'reversal', original: { stan, day: transmitted.slice(0, 4) } });
}

function readSale(
  message: Message,
  common: Pick<Sale, 'amount' | 'localDate' | 'localTime'>,
): Result<Sale, TerminalCode> {
  const entry = ENTRIES[textOf(message, 22)?.slice(0, 2) ?? ''];
  const track2 = textOf(message, 35);
  const onTrack = track2 === null ? null : /^(\d{12,19})=(\d{4})/.exec(track2);
  if (entry === undefined || (track2 !== null && onTrack === null)) return refuse('30');
  const pan = textOf(message, 2) ?? onTrack?.[1];
  const expiry = textOf(message, 14) ?? onTrack?.[2];
  if (pan === undefined || expiry === undefined) return refuse('30');
  if (onTrack !== null && (onTrack[1] !== pan || onTrack[2] !== expiry)) return refuse('14');
  const month = Number(expiry.slice(2));
  if (month < 1 || month > MONTHS) return refuse('54');
  const pinBlock = message.fields[52];
  const emv = message.fields[55];
  return ok({
    kind: 'sale',
    ...common,
    entry,
    card: { pan: new Secret(pan), expiry, securityCode: null },
    pinBlock: pinBlock instanceof Uint8Array ? new Secret(pinBlock) : null,
    track2: track2 === null ? null : new Secret(track2),
    emv: emv !== undefined && isTlvs(emv) ? new Secret(emv) : null,
  });
}

/** What two messages under one number must have in common to be one: all but their own MACs and repeats. */
const CONTENT = [2, 3, 4, 7, 11, 12, 13, 14, 22, 35, 41, 42, 49, 52] as const;

/** Keyed, for it is made of a card number. */
export function digestOf(message: Message, key: Uint8Array): Uint8Array {
  const { fields } = message;
  const parts = CONTENT.map((number) => `${number}=${plain(fields, number)}`);
  const elements = Object.entries(partsOf(message, 48) ?? {}).map(([id, value]) => `48.${id}=${value}`);
  const original = Object.entries(partsOf(message, 90) ?? {}).map(([name, value]) => `90.${name}=${value}`);
  const kind = message.mti.slice(0, 3);
  return hmacSha256(key, [kind, ...parts, ...elements.toSorted(), ...original].join('\n'));
}

function plain(fields: Fields, number: number): string {
  const value = fields[number];
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'string' ? value : '';
}

const CODES: ReadonlyMap<string, string> = new Map(
  Intl.supportedValuesOf('currency').flatMap((code) => {
    const number = currencyNumber(code);
    return number === null ? [] : [[number, code] as const];
  }),
);

/** Field 49 holds three digits, or the three letters themselves. */
function currencyOf(field: string): string | null {
  const code = CODES.get(field);
  if (code !== undefined) return code;
  return isCurrency(field) && currencyNumber(field) !== null ? field : null;
}
