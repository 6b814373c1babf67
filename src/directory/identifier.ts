/**
 * What a person is known by: a subscriber number, an e-mail address, a telephone number, a name. One normal
 * form for each kind, so that two spellings of one identifier are one row (P1).
 */
import { ok, refuse, type Refused, type Result } from '../std/result.ts';
import { parseNumber, type CountryCode } from './number.ts';

export type Identifier = { readonly kind: string; readonly value: string };

export const KIND = /^[a-z_]{1,32}$/;
export const IDENTIFIER_MAX = 254;

const LOWERED: ReadonlySet<string> = new Set(['email', 'username']);
const EMAIL = /^[^\s@]+@[^\s@]+$/;
const TELEPHONE = /^[+(]?[\d().\s/-]{6,}$/;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** The value as it is stored and compared. */
export function normaliseIdentifier(
  identifier: Identifier,
  defaultCountry?: CountryCode,
): Result<Identifier, 'malformed_identifier'> {
  const { kind } = identifier;
  if (!KIND.test(kind)) return malformed('The kind of an identifier is 1 to 32 small letters or "_".');
  if (identifier.value.length > 2 * IDENTIFIER_MAX) return malformed(`The ${kind} is too long.`);
  let value = identifier.value.normalize('NFKC').replace(/\s+/gu, ' ').trim();
  if (LOWERED.has(kind)) value = value.toLowerCase();
  if (value === '') return malformed(`The ${kind} is empty.`);
  if (value.length > IDENTIFIER_MAX)
    return malformed(`The ${kind} has more than ${IDENTIFIER_MAX} characters.`);
  if (UNPRINTABLE.test(value)) return malformed(`The ${kind} has a character that cannot be printed.`);
  if (kind === 'email' && !EMAIL.test(value)) return malformed('The email is no e-mail address.');
  if (kind === 'phone') {
    const number = parseNumber(value, defaultCountry);
    if (!number.ok) return malformed(`The phone is no telephone number. ${number.detail ?? ''}`.trim());
    value = number.value.e164;
  }
  return ok({ kind, value });
}

/** The stored values that something typed without a kind may stand for; at most three. */
export function candidateValues(text: string, defaultCountry?: CountryCode): string[] {
  const candidates = new Set<string>();
  const plain = normaliseIdentifier({ kind: 'name', value: text });
  if (!plain.ok) return [];
  candidates.add(plain.value.value);
  candidates.add(plain.value.value.toLowerCase());
  if (TELEPHONE.test(plain.value.value)) {
    const number = parseNumber(plain.value.value, defaultCountry);
    if (number.ok) candidates.add(number.value.e164);
  }
  return [...candidates];
}

/** Whether a stored identifier is what was typed, judged by the rules of its own kind. */
export function isIdentifier(stored: Identifier, typed: string, defaultCountry?: CountryCode): boolean {
  const normal = normaliseIdentifier({ kind: stored.kind, value: typed }, defaultCountry);
  return normal.ok && normal.value.value === stored.value;
}

function malformed(detail: string): Refused<'malformed_identifier'> {
  return refuse('malformed_identifier', { detail });
}
