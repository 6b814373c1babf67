/**
 * What payments do in the ledger. Pure: accounts and groups are made here, and moved by who locks.
 *
 *   ~bank ──in──▶ ~payer ──out──▶ ~merchant            a card
 *                 ~payer ──out──▶ ~merchant            the trustee: the period's bill pays ~payer back
 *   ~merchant ──back──▶ ~payer ──return──▶ ~bank       a refund; of the trustee's without the last
 *
 * Both legs of a payment are linked: together or not at all. The ids come from the payment, so that no money
 * moves twice however often it is asked for (I2).
 */
import type { NewAccount } from '../ledger/accounts.ts';
import { accountId, transferId } from '../ledger/names.ts';
import type { Group, Instruction, NewTransfer } from '../ledger/transfer.ts';
import { must } from '../std/assert.ts';
import type { Money } from '../std/money.ts';
import type { PaymentRow } from './store.ts';

/** Codes that begin so belong to rooms of ours; no caller of the ledger can make one. */
export const bankCode = (currency: string): string => `~bank:${currency}`;
export const payerCode = (payerKey: string, currency: string): string => `~payer:${payerKey}:${currency}`;
export const merchantCode = (clientId: string, currency: string): string =>
  `~merchant:${clientId}:${currency}`;

export const bankAccount = (currency: string): NewAccount => ({
  code: bankCode(currency),
  kind: 'bank',
  currency,
  normalSide: 'debit',
});

export const payerAccount = (payerKey: string, currency: string): NewAccount => ({
  code: payerCode(payerKey, currency),
  kind: 'payer',
  currency,
  normalSide: 'credit',
});

export const merchantAccount = (clientId: string, currency: string): NewAccount => ({
  code: merchantCode(clientId, currency),
  kind: 'merchant',
  currency,
  normalSide: 'credit',
  clientId,
});

/** What of a payment its money depends on. */
export type Paid = Pick<
  PaymentRow,
  'id' | 'tenantId' | 'clientId' | 'minor' | 'currency' | 'payerKey' | 'means' | 'payee' | 'reference'
>;

export function accountsOf(row: Paid): NewAccount[] {
  const { currency, clientId } = row;
  return [bankAccount(currency), payerAccount(keyOf(row), currency), merchantAccount(clientId, currency)];
}

export function payerAccountId(row: Paid): string {
  return accountId(row.tenantId, payerCode(keyOf(row), row.currency));
}

function keyOf(row: Paid): string {
  return must(row.payerKey, 'money moves only where the payer is known');
}

const LEGS = ['in', 'out'] as const;
type Leg = (typeof LEGS)[number];

function legsOf(row: Paid): readonly Leg[] {
  return row.means === 'trustee' ? ['out'] : LEGS;
}

const externalId = (row: Pick<Paid, 'id'>, leg: string): string => `~${row.id}:${leg}`;

const pendingId = (row: Pick<Paid, 'id' | 'tenantId'>, leg: Leg): string =>
  transferId(row.tenantId, externalId(row, leg));

function sidesOf(row: Paid) {
  const { tenantId, currency, clientId } = row;
  return {
    bank: accountId(tenantId, bankCode(currency)),
    payer: payerAccountId(row),
    merchant: accountId(tenantId, merchantCode(clientId, currency)),
  };
}

function transferOf(row: Paid, leg: Leg, amount: Money): { readonly do: 'transfer' } & NewTransfer {
  const { bank, payer, merchant } = sidesOf(row);
  const [debitAccountId, creditAccountId] = leg === 'in' ? [bank, payer] : [payer, merchant];
  return {
    do: 'transfer',
    externalId: externalId(row, leg),
    debitAccountId,
    creditAccountId,
    amount,
    kind: 'payment',
    reference: lineOf(row),
  };
}

function groupOf(row: Paid, make: (leg: Leg) => Instruction): Group {
  return { tenantId: row.tenantId, instructions: legsOf(row).map(make) };
}

/** Reserved until the code is right, or is not. It has no end of its own: the payment has. */
export function held(row: Paid): Group {
  const amount = { minor: row.minor, currency: row.currency };
  return groupOf(row, (leg) => ({ ...transferOf(row, leg, amount), pending: { timeoutMs: null } }));
}

/** What was reserved moves, or less of it. */
export function posted(row: Paid, minor: bigint): Group {
  const amount = { minor, currency: row.currency };
  return groupOf(row, (leg) => ({
    do: 'post',
    pendingId: pendingId(row, leg),
    amount,
    reference: lineOf(row),
  }));
}

export function voided(row: Paid): Group {
  return groupOf(row, (leg) => ({ do: 'void', pendingId: pendingId(row, leg) }));
}

/** Nothing was reserved: it moves at once. */
export function moved(row: Paid, minor: bigint): Group {
  return groupOf(row, (leg) => transferOf(row, leg, { minor, currency: row.currency }));
}

export function givenBack(row: Paid, refund: { readonly id: string; readonly minor: bigint }): Group {
  const { bank, payer, merchant } = sidesOf(row);
  const legs = [
    { leg: 'back', debitAccountId: merchant, creditAccountId: payer },
    { leg: 'return', debitAccountId: payer, creditAccountId: bank },
  ];
  return {
    tenantId: row.tenantId,
    instructions: (row.means === 'trustee' ? legs.slice(0, 1) : legs).map(({ leg, ...sides }) => ({
      do: 'transfer',
      externalId: `~${refund.id}:${leg}`,
      ...sides,
      amount: { minor: refund.minor, currency: row.currency },
      kind: 'refund',
      reference: lineOf(row),
    })),
  };
}

/** What a statement says of it. */
function lineOf({ payee, reference }: Paid): string {
  return reference === null ? payee : `${payee}, ${reference}`;
}
