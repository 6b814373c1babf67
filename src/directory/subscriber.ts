/**
 * A subscriber is a person under contract with the tenant.
 *
 *   (nothing) ── created, imported ──▶ active ── erased ──▶ erased: an id without a person
 */
import type { Language } from '../std/language.ts';
import type { Address, AddressChannel } from './address.ts';
import type { Identifier } from './identifier.ts';

export const IDENTIFIERS_MAX = 20;
export const ADDRESSES_MAX = 20;
export const NAME_MAX = 200;

export type Subscriber = {
  readonly id: string;
  readonly name: string | null;
  readonly language: Language | null;
  readonly createdAt: Date;
};

export type SubscriberWithAll = Subscriber & {
  readonly identifiers: readonly Identifier[];
  /** Not the retired ones. */
  readonly addresses: readonly Address[];
};

/** As it is written by whoever adds it, in any spelling. */
export type AddressInput = {
  readonly channel: AddressChannel;
  readonly value: string;
  /** The tenant's contract data answer for it. */
  readonly vouched: boolean;
};

export type SubscriberRefusal =
  | 'unknown_subscriber'
  | 'unknown_address'
  | 'malformed_identifier'
  | 'malformed_address'
  | 'identifier_taken'
  | 'address_exists'
  | 'too_many_identifiers'
  | 'too_many_addresses';
