/**
 * Contracts with the trustee (B4): a buyer may spend up to a limit, which the period's bill frees again;
 * above an amount the bank is asked first (test 1006 of figure 10).
 *
 *   (none) ──saved──▶ running ──ended──▶ ended ──saved──▶ running
 *
 * What he owes when his contract ends is still billed.
 */
import { sha256 } from '../../std/bytes.ts';
import { derivedId, homeOf, type Id } from '../../std/id.ts';
import type { ContractOf } from '../parts.ts';
import { findRunningBuyer } from './contract-store.ts';

export type ContractId = Id<'ctr'>;

export type Buyer = {
  readonly home: number;
  readonly id: ContractId;
  readonly tenantId: string;
  readonly subscriberId: string;
  readonly currency: string;
  /** The card on file that bills are collected from; null where the operator collects otherwise. */
  readonly cardToken: string | null;
  /** How far the account may go below zero, in minor units. */
  readonly limit: bigint;
  /** Above it the bank is asked first; null for never. */
  readonly bankAbove: bigint | null;
  readonly createdAtMs: number;
  readonly endedAtMs: number | null;
};

const SUBSCRIBER_PREFIX = 'sub';

/** Where a subscriber's contracts live; null where the text is no subscriber's id. */
export function buyerHome(subscriberId: string): number | null {
  return homeOf(SUBSCRIBER_PREFIX, subscriberId);
}

/** One for each person and currency, so that nobody is billed twice for one account. */
export function contractId(
  home: number,
  tenantId: string,
  subscriberId: string,
  currency: string,
): ContractId {
  return derivedId('ctr', home, sha256(`${tenantId}\nbuyer\n${subscriberId}\n${currency}`));
}

/** The running contract of a payer, which a payment by the means `trustee` needs. */
export const contractOf: ContractOf = async (db, tenantId, subscriberId, currency) => {
  const home = buyerHome(subscriberId);
  if (home === null) return null;
  const found = await findRunningBuyer(db, home, contractId(home, tenantId, subscriberId, currency));
  return (
    found && { id: found.id, cardToken: found.cardToken, limit: found.limit, bankAbove: found.bankAbove }
  );
};
