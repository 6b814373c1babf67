/**
 * A payment terminal of a client (B3): what it is called on the line and on its tickets.
 *
 *   (nothing) ──create, its key shown once──▶ active ──disable──▶ disabled
 */
import type { Language } from '../../std/language.ts';
import { sha256 } from '../../std/bytes.ts';
import { HOMES } from '../../std/id.ts';
import { refuse, ok, type Result } from '../../std/result.ts';

export type Terminal = {
  readonly id: string;
  /** Field 41, eight characters. */
  readonly code: string;
  readonly tenantId: string;
  readonly clientId: string;
  /** Field 42, fifteen characters. */
  readonly merchant: string;
  /** Of the tickets, and the payee of the payments. */
  readonly name: string;
  readonly place: string;
  readonly language: Language;
  readonly createdAt: Date;
  readonly disabledAt: Date | null;
};

export type TerminalFields = Pick<Terminal, 'code' | 'merchant' | 'name' | 'place' | 'language'>;

const CODE = /^[A-Z0-9]{8}$/;
const MERCHANT = /^[A-Za-z0-9 ]{1,15}$/;
const TEXT_MAX = 70;

/** In the form that is stored: the merchant's number padded to its fifteen characters. */
export function parseTerminal(fields: TerminalFields): Result<TerminalFields, 'malformed_terminal'> {
  const name = fields.name.trim();
  const place = fields.place.trim();
  const merchant = fields.merchant.trim();
  if (!CODE.test(fields.code))
    return malformed('The code of a terminal is eight capital letters and digits, such as SHOP0001.');
  if (!MERCHANT.test(merchant))
    return malformed("The merchant's number is 1 to 15 letters, digits and spaces.");
  if (name.length === 0 || name.length > TEXT_MAX || place.length > TEXT_MAX)
    return malformed(`A name has 1 to ${TEXT_MAX} characters, a place at most ${TEXT_MAX}.`);
  return ok({ ...fields, name, place, merchant: merchant.padEnd(15) });
}

/** All messages of a terminal live at one home. */
export function homeOfTerminal(code: string): number {
  return sha256(code).readUInt16BE(0) % HOMES;
}

function malformed(detail: string) {
  return refuse('malformed_terminal', { detail });
}
