/**
 * Telephone numbers, by libphonenumber: every spelling of one number gives one E.164 value before anything is
 * counted or compared (S12). The `max` metadata (150 kB, read once) are used because only they tell a premium
 * number from a mobile one in every country, and check all digits rather than only how many there are.
 */
import { parsePhoneNumberFromString, type CountryCode, type NumberType } from 'libphonenumber-js/max';
import { ok, refuse, type Refused, type Result } from '../std/result.ts';

export type { CountryCode } from 'libphonenumber-js/max';

export type PhoneNumber = {
  /** +33612345678 */
  readonly e164: string;
  /** ISO 3166-1, of the numbering plan. */
  readonly country: CountryCode;
};

type Kind = Exclude<NumberType, undefined>;

/**
 * Which kinds may be sent a code. Fixed lines may, because ranges are reassigned faster than the metadata and
 * some networks do deliver; numbers whose owner earns from each message may not, for SMS pumping lives on
 * them (S13).
 */
const REACHABLE: Readonly<Record<Kind, boolean>> = {
  MOBILE: true,
  FIXED_LINE_OR_MOBILE: true,
  FIXED_LINE: true,
  VOIP: true,
  PAGER: false,
  PERSONAL_NUMBER: false,
  PREMIUM_RATE: false,
  SHARED_COST: false,
  TOLL_FREE: false,
  UAN: false,
  VOICEMAIL: false,
};

/**
 * Numbers that regulators keep for fiction (Arcep, Ofcom), which no plan counts as valid: demonstrations and
 * tests use them, so that no real phone rings. Those of North America (555-01xx) are in the plan already.
 */
const FICTION: readonly RegExp[] = [/^\+3363998\d{4}$/, /^\+447700900\d{3}$/];

const TEXT_MAX = 64;
const SHOWN_AT_END = 2;

/** Reads a number in any spelling; without `+` or `00` only with a default country. */
export function parseNumber(
  text: string,
  defaultCountry?: CountryCode,
): Result<PhoneNumber, 'malformed_address'> {
  const found = parse(text, defaultCountry);
  return found ? ok({ e164: found.number, country: found.country }) : malformed();
}

/** The same, for a number that a code may be sent to. */
export function parseSmsNumber(
  text: string,
  defaultCountry?: CountryCode,
): Result<PhoneNumber, 'malformed_address'> {
  const found = parse(text, defaultCountry);
  if (!found) return malformed();
  if (found.kind === undefined || !REACHABLE[found.kind]) {
    return refuse('malformed_address', { detail: 'This kind of telephone number cannot be sent a code.' });
  }
  return ok({ e164: found.number, country: found.country });
}

/** Shows a number to someone who must recognise it and not learn it: "+33 6 •• •• •• 78". */
export function maskAddress(value: string): string {
  // The last two digits stand as they are at the end of what is shown, so the range before them decides all
  // else.
  const range = value.slice(0, -SHOWN_AT_END);
  const known = masks.get(range);
  if (known !== undefined) return known + value.slice(-SHOWN_AT_END);
  const shown = mask(value);
  if (E164.test(value)) {
    if (masks.size >= MASKS_MAX) masks.clear();
    masks.set(range, shown.slice(0, -SHOWN_AT_END));
  }
  return shown;
}

/** Long enough for two digits to be shown at the end, with nothing between them. */
const E164 = /^\+[1-9]\d{9,14}$/;
const MASKS_MAX = 50_000;
const masks = new Map<string, string>();

function mask(value: string): string {
  const parsed = parsePhoneNumberFromString(value, { extract: false });
  const shown = parsed?.formatInternational() ?? value;
  const prefixLength = parsed ? parsed.countryCallingCode.length + 1 : 0;
  const digits = Array.from(shown.slice(prefixLength).matchAll(/[\p{L}\d]/gu)).length;
  let seen = 0;
  return (
    shown.slice(0, prefixLength) +
    shown.slice(prefixLength).replace(/[\p{L}\d]/gu, (digit) => {
      seen++;
      const atStart = digits >= 8 && seen === 1;
      return atStart || seen > digits - Math.min(SHOWN_AT_END, Math.floor(digits / 3)) ? digit : '•';
    })
  );
}

function parse(
  text: string,
  defaultCountry: CountryCode | undefined,
): { number: string; country: CountryCode; kind: NumberType } | null {
  const plain = text.normalize('NFKC').trim().replace(/^tel:/i, '');
  if (plain.length > TEXT_MAX) return null;
  const parsed = parsePhoneNumberFromString(plain, {
    extract: false,
    ...(defaultCountry ? { defaultCountry } : {}),
  });
  // Numbers of no country (satellite and "international networks") are the dearest to send to, so they are no
  // numbers.
  if (!parsed?.country || parsed.ext !== undefined) return null;
  if (FICTION.some((range) => range.test(parsed.number))) {
    return { number: parsed.number, country: parsed.country, kind: 'MOBILE' };
  }
  if (!parsed.isValid()) return null;
  return { number: parsed.number, country: parsed.country, kind: parsed.getType() };
}

function malformed(): Refused<'malformed_address'> {
  return refuse('malformed_address', {
    detail: 'Write the telephone number in international form, such as "+33612345678".',
  });
}

const COUNTRIES_MAX = 50_000;
const countries = new Map<string, string>();

/**
 * The country of an E.164 number for limits (S13), "ZZ" when it has none. Numbers that differ in the last
 * three digits share one.
 */
export function countryOf(e164: string): string {
  const range = e164.slice(0, -3);
  const known = countries.get(range);
  if (known !== undefined) return known;
  const found = parsePhoneNumberFromString(e164, { extract: false })?.country ?? 'ZZ';
  if (countries.size >= COUNTRIES_MAX) countries.clear();
  countries.set(range, found);
  return found;
}
