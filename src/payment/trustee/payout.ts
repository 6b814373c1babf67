/**
 * What a merchant is paid at the end of a period: what he is owed, less the service charge. It moves in the
 * transaction that writes it, and never changes.
 */
import type { NewAccount } from '../../ledger/accounts.ts';
import { accountId } from '../../ledger/names.ts';
import type { Group, Instruction } from '../../ledger/transfer.ts';
import { merchantCode } from '../postings.ts';
import type { PayoutId } from './period.ts';

export type Payout = {
  readonly home: number;
  readonly id: PayoutId;
  readonly tenantId: string;
  readonly period: string;
  readonly clientId: string;
  readonly currency: string;
  readonly gross: bigint;
  readonly fee: bigint;
  readonly payments: number;
  /** JSON text of the rules that it was made by. */
  readonly fees: string;
  readonly readFromUs: bigint;
  readonly readToUs: bigint;
  readonly paidUs: bigint;
};

/** What was kept, and what is to be transferred to the merchants' banks. */
export const chargesAccount = (currency: string): NewAccount => ({
  code: `~charges:${currency}`,
  kind: 'charges',
  currency,
  normalSide: 'credit',
});

export const payoutsAccount = (currency: string): NewAccount => ({
  code: `~payouts:${currency}`,
  kind: 'payouts',
  currency,
  normalSide: 'credit',
});

/** Both or neither. */
export function payingOut(
  payout: Pick<Payout, 'id' | 'tenantId' | 'clientId' | 'currency' | 'gross' | 'fee' | 'period'>,
): Group {
  const { tenantId, currency, gross, fee, id, period } = payout;
  const leg = (name: string, to: string, minor: bigint): Instruction[] =>
    minor === 0n
      ? []
      : [
          {
            do: 'transfer',
            externalId: `~${id}:${name}`,
            debitAccountId: accountId(tenantId, merchantCode(payout.clientId, currency)),
            creditAccountId: accountId(tenantId, to),
            amount: { minor, currency },
            kind: name === 'fee' ? 'charge' : 'payout',
            reference: `${period} ${id}`,
          },
        ];
  return {
    tenantId,
    instructions: [
      ...leg('fee', chargesAccount(currency).code, fee),
      ...leg('out', payoutsAccount(currency).code, gross - fee),
    ],
  };
}
