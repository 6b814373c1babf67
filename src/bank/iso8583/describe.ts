/**
 * A message as one line for the log (S8): the account number as its first six and last four digits, tracks,
 * PIN, security codes and expiry never, of anything that could hold one of them only the length.
 *
 *   0100 2=497010******1234 3=000000 4=000000031240 35=[hidden] 48=01[12] 55=9F26[8] 9F27=80
 */
import { isTlvs, type Message, type Parts, type Tlv, type Value } from './message.ts';
import type { FieldSpec, Inside, Spec } from './spec.ts';

const HIDDEN = '[hidden]';
const FIRST_DIGITS = 6;
const LAST_DIGITS = 4;
/** Of a shorter number the ten digits would be nearly all. */
const MASKED_FROM = 13;

export function describe(message: Message, spec: Spec): string {
  const words = [message.mti];
  for (const [number, value] of Object.entries(message.fields)) {
    const field = spec.fields[Number(number)];
    if (value !== undefined) words.push(`${number}=${field === undefined ? HIDDEN : shown(value, field)}`);
  }
  return words.join(' ');
}

/** First six and last four digits, as PCI DSS 3.4.1 allows at most. */
export function maskPan(pan: string): string {
  if (pan.length < MASKED_FROM) return '*'.repeat(pan.length);
  const hidden = '*'.repeat(pan.length - FIRST_DIGITS - LAST_DIGITS);
  return pan.slice(0, FIRST_DIGITS) + hidden + pan.slice(-LAST_DIGITS);
}

function shown(value: Value, field: FieldSpec): string {
  if (field.shown === 'never') return HIDDEN;
  if (isTlvs(value)) return tlvsShown(value, field.inside);
  if (value instanceof Uint8Array) return `[${value.length}]`;
  if (typeof value !== 'string') return partsShown(value, field.shown === 'value');
  if (field.shown === 'pan') return maskPan(value);
  if (field.shown === 'length') return `[${value.length}]`;
  return value.includes(' ') ? JSON.stringify(value) : value;
}

function partsShown(parts: Parts, areShown: boolean): string {
  const one = ([name, part]: [string, string]): string =>
    `${name}${areShown ? `:${part.trimEnd()}` : `[${part.length}]`}`;
  return Object.entries(parts).map(one).join(',');
}

function tlvsShown(tlvs: readonly Tlv[], inside: Inside | null): string {
  const tags = inside?.kind === 'ber' ? inside.tags : {};
  const one = ({ tag, value }: Tlv): string =>
    `${tag}${tags[tag]?.shown === true ? `:${Buffer.from(value).toString('hex')}` : `[${value.length}]`}`;
  return tlvs.map(one).join(',');
}
