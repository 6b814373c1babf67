/**
 * Field 39 of our answers to terminals: what happened, and what the terminal does next. The codes are those
 * of ISO 8583:1987 where there is one; 1A is what the card schemes use for "additional customer
 * authentication required". Nothing but 00 is a payment (S17).
 *
 *   next     done: the ticket is printed     code: the code is asked for     end: the sale is over
 *            again: the same message once more after a while, with the digit for repeats
 */
import type { BeginRefusal, CreateRefusal } from '../verbs.ts';
import { RESPONSE_CODES, responseCode } from '../../bank/iso8583/response-code.ts';

type Next = 'done' | 'code' | 'end' | 'again';
type Meaning = { readonly means: string; readonly next: Next };

export const TERMINAL_CODES = {
  '00': { means: 'approved', next: 'done' },
  '1A': { means: 'a code was sent to the holder of the card: ask for it', next: 'code' },
  '55': { means: 'the code is wrong; there are tries left', next: 'code' },
  '03': { means: 'the merchant is not the one of this terminal', next: 'end' },
  '05': { means: 'the bank says no', next: 'end' },
  '09': { means: 'still under way', next: 'again' },
  '12': { means: 'this cannot be done now', next: 'end' },
  '13': { means: 'the amount is none', next: 'end' },
  '14': { means: 'the card number is none', next: 'end' },
  '17': { means: 'it was cancelled', next: 'end' },
  '21': { means: 'it is too late to undo it', next: 'end' },
  '25': { means: 'nothing is known under this reference', next: 'end' },
  '30': { means: 'the message is malformed', next: 'end' },
  '54': { means: 'the card has expired', next: 'end' },
  '57': { means: 'no device of the holder is known, or the currency is not taken', next: 'end' },
  '58': { means: 'the terminal is disabled', next: 'end' },
  '61': { means: 'more than the payer may spend', next: 'end' },
  '63': { means: 'the card belongs to another person', next: 'end' },
  '64': { means: 'the amount is not the one that the code was made for', next: 'end' },
  '65': { means: 'too many codes were sent there: later', next: 'end' },
  '68': { means: 'the code came too late', next: 'end' },
  '75': { means: 'the tries are used up', next: 'end' },
  '91': { means: 'the bank does not answer: later', next: 'end' },
  '94': { means: 'this number was used for another message', next: 'end' },
  '96': { means: 'we failed; nothing was taken: once more from the start', next: 'end' },
} as const satisfies Record<string, Meaning>;
export type TerminalCode = keyof typeof TERMINAL_CODES;

export const CODE_OF_REFUSAL = {
  not_found: '12',
  not_open: '12',
  unknown_client: '03',
  return_url_not_allowed: '96',
  unsupported_currency: '57',
  unknown_payer: '57',
  unknown_subscriber: '57',
  no_address: '57',
  address_not_allowed: '57',
  malformed_address: '57',
  channel_unavailable: '96',
  sending_limit: '65',
  card_malformed: '14',
  card_expired: '54',
  unknown_card: '14',
  card_of_another: '63',
  no_contract: '61',
  contract_limit: '61',
  bank_declined: '05',
  bank_unreachable: '91',
  tries_used_up: '75',
} as const satisfies Record<BeginRefusal | CreateRefusal, TerminalCode>;

/**
 * The code that the bank declined with goes to the terminal as it is, where it says nothing else there; what
 * would sound like a yes, or like one of our own, becomes a plain no.
 */
export function declineCode(bank: string | null): string {
  if (bank === null) return '91';
  const { meaning, isReserved } = responseCode(bank);
  if (meaning === 'later') return '91';
  const isPlain = meaning === 'declined' || meaning === 'pick_up' || meaning === 'refer';
  return isPlain && !isReserved && !OURS.has(bank) ? bank : '05';
}

/** The response code of this name; null where none or several have it. */
export function codeNamed(name: string): string | null {
  const [code, ...others] = Object.keys(RESPONSE_CODES).filter((each) => RESPONSE_CODES[each]?.name === name);
  return code === undefined || others.length > 0 ? null : code;
}

/** What a terminal would take as a word about our code. */
const OURS: ReadonlySet<string> = new Set(['1A', '55', '75', '25', '94']);
