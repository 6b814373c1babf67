/** What the payer is told of a refusal: beside which field, or above the form. */
import type { BeginRefusal } from '../verbs.ts';
import { NOTICES, type FieldErrors, type NoticeName } from './view.ts';

export type Said = {
  readonly status: 402 | 422 | 429 | 503;
  readonly errors: FieldErrors;
  readonly notice: NoticeName | null;
};

const UNAVAILABLE: Said = { status: 503, errors: {}, notice: 'unavailable' };
const UNKNOWN: Said = { status: 422, errors: { who: 'unknown' }, notice: 'check_fields' };

const SAID: Readonly<Record<BeginRefusal, Said>> = {
  unknown_payer: UNKNOWN,
  unknown_subscriber: UNKNOWN,
  malformed_address: UNKNOWN,
  address_not_allowed: UNKNOWN,
  no_address: { status: 422, errors: { who: 'no_phone' }, notice: 'check_fields' },
  card_malformed: { status: 422, errors: { number: 'malformed' }, notice: 'check_fields' },
  card_expired: { status: 422, errors: { expiry: 'expired' }, notice: 'check_fields' },
  unknown_card: notice('unknown_card'),
  card_of_another: notice('card_of_another'),
  no_contract: notice('no_contract'),
  contract_limit: notice('contract_limit'),
  bank_declined: { status: 402, errors: {}, notice: 'bank_declined' },
  bank_unreachable: { status: 503, errors: {}, notice: 'bank_unreachable' },
  sending_limit: { status: 429, errors: {}, notice: 'wait' },
  // These end the payment, or are no fault of the payer's: its page says how it stands.
  tries_used_up: UNAVAILABLE,
  not_found: UNAVAILABLE,
  not_open: UNAVAILABLE,
  unknown_client: UNAVAILABLE,
  return_url_not_allowed: UNAVAILABLE,
  channel_unavailable: UNAVAILABLE,
};

function notice(name: NoticeName): Said {
  return { status: 422, errors: {}, notice: name };
}

export function saidOf(refusal: BeginRefusal): Said {
  return SAID[refusal];
}

/** Of a payment that waits to be begun again: why the last try failed, when that is told to payers. */
export function noticeOfReason(reason: string | null): NoticeName | null {
  if (reason === 'sending_limit') return 'wait';
  if (reason === 'interrupted') return 'unavailable';
  return NOTICES.find((name) => name === reason) ?? null;
}
