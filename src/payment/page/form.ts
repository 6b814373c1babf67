/**
 * From what a payer typed to what the verb takes; with what is wrong, field by field. Pure: nothing of the
 * card goes anywhere but into the means (S8).
 */
import type { ResolveRequest } from '../../directory/resolve.ts';
import { parseSmsNumber } from '../../directory/number.ts';
import { Secret } from '../../std/secret.ts';
import { brandOf } from '../card/brand.ts';
import { checkExpiry, isSecurityCode, parsePan, parseTypedExpiry } from '../card/number.ts';
import type { MeansInput } from '../verbs.ts';
import type { FieldError, FieldErrors, FieldName, Offers, TypedFields } from './view.ts';

export type Posted = Readonly<Record<string, unknown>>;

export type Choice = {
  /** Whom he may be, the likeliest first; empty where the merchant said who pays. */
  readonly payers: readonly ResolveRequest['to'][];
  readonly means: MeansInput;
  readonly trustsPayee: boolean;
};

export type ReadForm = { readonly typed: TypedFields } & (
  | { readonly choice: Choice; readonly errors: null }
  | { readonly choice: null; readonly errors: FieldErrors }
);

/** The names of the fields as they are posted. */
export const FIELDS = {
  who: 'identifier',
  means: 'means',
  number: 'card_number',
  expiry: 'card_expiry',
  code: 'card_code',
  keep: 'keep',
  trust: 'trust',
} as const;

const IDENTIFIER_MAX = 254;
const CARD = 'card';
const BILL = 'bill';

export function readForm(posted: Posted, offers: Offers, nowMs: number): ReadForm {
  const text = (name: keyof typeof FIELDS): string => {
    const value = posted[FIELDS[name]];
    return typeof value === 'string' ? value.trim() : '';
  };
  const typed: TypedFields = {
    identifier: text('who').slice(0, IDENTIFIER_MAX),
    means: meansOf(text('means'), offers),
    keep: text('keep') === '1',
    trust: text('trust') === '1',
  };
  const wrong: Partial<Record<FieldName, FieldError>> = {};
  if (offers.payer === 'asked' && typed.identifier === '') wrong.who = 'missing';
  const means =
    typed.means === CARD
      ? readCard(
          { number: text('number'), expiry: text('expiry'), code: text('code') },
          typed.keep,
          nowMs,
          wrong,
        )
      : otherMeans(typed.means);
  if (means === null || Object.keys(wrong).length > 0) return { typed, choice: null, errors: wrong };
  const payers = offers.payer === 'asked' ? payersOf(typed.identifier) : [];
  return { typed, choice: { payers, means, trustsPayee: typed.trust }, errors: null };
}

/** What was offered; anything else is a card that is typed. */
function meansOf(chosen: string, { cards, bill }: Offers): string {
  if (cards.some(({ token }) => token === chosen)) return chosen;
  return bill && chosen === BILL ? BILL : CARD;
}

function otherMeans(means: string): MeansInput {
  return means === BILL ? { kind: 'trustee' } : { kind: 'card_on_file', token: means };
}

type TypedCard = { readonly number: string; readonly expiry: string; readonly code: string };

function readCard(
  { number, expiry, code }: TypedCard,
  keep: boolean,
  nowMs: number,
  wrong: Partial<Record<FieldName, FieldError>>,
): MeansInput | null {
  const pan = parsePan(number);
  if (!pan.ok) wrong.number = number === '' ? 'missing' : 'malformed';
  const month = parseTypedExpiry(expiry);
  const current = month.ok ? checkExpiry(month.value, nowMs) : month;
  if (!current.ok) wrong.expiry = expiryError(expiry, current.refusal);
  // The brand says how many digits; of a number that is wrong it is not known.
  const brand = pan.ok ? brandOf(pan.value.reveal()) : 'unknown';
  if (!isSecurityCode(brand, code)) wrong.code = code === '' ? 'missing' : 'malformed';
  if (!pan.ok || !month.ok) return null;
  const card = { pan: pan.value, expiry: month.value, securityCode: new Secret(code) };
  return { kind: 'card', card, keep };
}

function expiryError(typed: string, refusal: 'card_malformed' | 'card_expired'): FieldError {
  if (typed === '') return 'missing';
  return refusal === 'card_expired' ? 'expired' : 'malformed';
}

/** A customer's number may look like that of a telephone: he is looked for by name first. */
function payersOf(identifier: string): ResolveRequest['to'][] {
  const known = { identifier: { value: identifier } };
  const number = parseSmsNumber(identifier);
  return number.ok ? [known, { address: { channel: 'sms', value: number.value.e164 } }] : [known];
}
