/**
 * Numbers and expiries of cards as people type them and as terminals read them (B1; ISO/IEC 7812-1). Pure.
 *
 *   "4000 0012 3456 7899" ──parsePan──▶ Secret(digits)      "12/28" ──parseTypedExpiry──▶ "2812" (YYMM)
 *
 * A refusal never shows what was typed (S8).
 */
import { assert } from '../../std/assert.ts';
import { ok, refuse, type Refused, type Result } from '../../std/result.ts';
import { Secret } from '../../std/secret.ts';
import type { CardInput } from '../verbs.ts';
import { BRAND_RULES, brandOf, type Brand, type BrandRule } from './brand.ts';

export type CardRefusal = 'card_malformed' | 'card_expired';

const TYPED_MAX = 64;
const PAN = /^\d{12,19}$/;
const YYMM = /^(\d\d)(0[1-9]|1[0-2])$/;
/** A card is given out for a few years; what claims more was typed wrong. */
const YEARS_AHEAD_MAX = 25;
/** A month is over when it is over in the last place on Earth, at UTC-12. */
const LAST_PLACE_MS = 12 * 60 * 60_000;

/** ISO/IEC 7812-1, annex B: doubles every second digit from the right. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** Spaces and hyphens of any kind are left out. */
export function parsePan(text: string): Result<Secret<string>, 'card_malformed'> {
  if (text.length > TYPED_MAX) return malformed('The card number is too long.');
  const digits = text.replace(/[\s\p{Pd}\p{Cf}]/gu, '');
  if (!/^\d*$/.test(digits)) return malformed('The card number has digits only.');
  const rule: BrandRule = BRAND_RULES[brandOf(digits)];
  if (!PAN.test(digits) || !rule.lengths.includes(digits.length)) {
    return malformed('The card number is not complete, or has too many digits.');
  }
  if (rule.checked && !passesLuhn(digits)) {
    return malformed('The card number has a mistake in it: its check digit does not fit.');
  }
  return ok(new Secret(digits));
}

/** As a person types it: MM/YY or MM/YYYY, with any separator or none. Gives YYMM. */
export function parseTypedExpiry(text: string): Result<string, 'card_malformed'> {
  const [, month = '', year = ''] = /^\s*(\d{1,2})\s*[/.\-\s]\s*((?:20)?\d\d)\s*$/.exec(text) ?? [];
  if (month !== '') return yymm(year, month);
  const [, joined = '', rest = ''] = /^\s*(\d\d)((?:20)?\d\d)\s*$/.exec(text) ?? [];
  return yymm(rest, joined);
}

/** As messages have it (YYMM), or with its separator as a person types it. */
export function parseExpiry(text: string): Result<string, 'card_malformed'> {
  return YYMM.test(text) ? ok(text) : /\d[^\d]+\d/.test(text) ? parseTypedExpiry(text) : yymm('', '');
}

function yymm(year: string, month: string): Result<string, 'card_malformed'> {
  const text = `${year.slice(-2)}${month.padStart(2, '0')}`;
  return YYMM.test(text) ? ok(text) : malformed('Write the expiry as month and year, such as 09/28.');
}

/** The card is good to the end of the month that is written on it. `expiry` is YYMM. */
export function checkExpiry(expiry: string, nowMs: number): Result<undefined, CardRefusal> {
  const [, year = '', month = ''] = YYMM.exec(expiry) ?? [];
  if (month === '') return malformed('The expiry is no month of a year.');
  const endMs = Date.UTC(2000 + Number(year), Number(month), 1) + LAST_PLACE_MS;
  if (nowMs >= endMs) return refuse('card_expired', { detail: 'The card has expired.' });
  if (endMs > nowMs + YEARS_AHEAD_MAX * 366 * 86_400_000) {
    return malformed('The expiry is too far in the future.');
  }
  return ok();
}

/** Whether it has as many digits as codes of this brand; a brand that is not known has three or four. */
export function isSecurityCode(brand: Brand, text: string): boolean {
  if (brand === 'unknown') return /^\d{3,4}$/.test(text);
  return /^\d+$/.test(text) && text.length === BRAND_RULES[brand].securityCodeDigits;
}

/** What must hold before any bank is asked; `nowMs` in Unix time. */
export function checkCard(card: CardInput, nowMs: number): Result<undefined, CardRefusal> {
  const pan = parsePan(card.pan.reveal());
  if (!pan.ok) return pan;
  if (pan.value.reveal() !== card.pan.reveal()) return malformed('The card number has digits only.');
  const brand = brandOf(card.pan.reveal());
  if (card.securityCode !== null && !isSecurityCode(brand, card.securityCode.reveal())) {
    return malformed('The security code does not have as many digits as codes of this brand.');
  }
  return checkExpiry(card.expiry, nowMs);
}

export function lastFourOf(pan: Secret<string>): string {
  return pan.reveal().slice(-4);
}

/** "Visa ···· 1234": what pages, views and evidence show of a card. */
export function maskCard(brand: Brand, lastFour: string): string {
  return `${BRAND_RULES[brand].name} ···· ${lastFour}`;
}

export function maskPan(pan: Secret<string>): string {
  return maskCard(brandOf(pan.reveal()), lastFourOf(pan));
}

/** For a field in which it is typed, also while it is not complete: the digits as they stand on the card. */
export function groupDigits(digits: string): string {
  const parts: string[] = [];
  const rule: BrandRule = BRAND_RULES[brandOf(digits)];
  for (let at = 0, i = 0; at < digits.length; i++) {
    const size = rule.groups[i] ?? 4;
    assert(size > 0, 'a group of digits is never empty');
    parts.push(digits.slice(at, at + size));
    at += size;
  }
  return parts.join(' ');
}

/** "09/28" of "2809". */
export function formatExpiry(expiry: string): string {
  return `${expiry.slice(2)}/${expiry.slice(0, 2)}`;
}

function malformed(detail: string): Refused<'card_malformed'> {
  return refuse('card_malformed', { detail });
}
