/**
 * A period of the trustee: a calendar month in UTC, named "2026-10". At its end one run bills every buyer and
 * pays every merchant out, exactly once however often it is started or killed.
 *
 *   billing ──▶ paying_out ──▶ collecting ──▶ done
 *
 * What was billed before and is not paid yet stays in the balance of a buyer, so it is taken off what he is
 * billed for now; of a merchant likewise what was paid out after the end of the period. So the order in which
 * periods are run changes who is billed when, never how much in all.
 */
import { sha256 } from '../../std/bytes.ts';
import { derivedId, type Id } from '../../std/id.ts';

export type BillId = Id<'bil'>;
export type PayoutId = Id<'pyo'>;

export const STAGES = ['billing', 'paying_out', 'collecting', 'done'] as const;
export type Stage = (typeof STAGES)[number];

export type Span = { readonly fromUs: number; readonly toUs: number };

const NAME = /^(\d{4})-(0[1-9]|1[0-2])$/;

/** Null where the text names no month. */
export function spanOf(period: string): Span | null {
  const match = NAME.exec(period);
  if (!match) return null;
  const year = Number(match[1]);
  const month = Number(match[2]);
  return { fromUs: Date.UTC(year, month - 1) * 1000, toUs: Date.UTC(year, month) * 1000 };
}

/** The month before the one that a time is in. */
export function periodBefore(timeMs: number): string {
  const now = new Date(timeMs);
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1)).toISOString().slice(0, 7);
}

export function billId(home: number, tenantId: string, period: string, contract: string): BillId {
  return derivedId('bil', home, sha256(`${tenantId}\nbill\n${period}\n${contract}`));
}

export function payoutId(tenantId: string, period: string, clientId: string, currency: string): PayoutId {
  const digest = sha256(`${tenantId}\npayout\n${period}\n${clientId}\n${currency}`);
  const home = ((digest[0] ?? 0) << 2) | ((digest[1] ?? 0) >> 6);
  return derivedId('pyo', home, digest.subarray(2));
}

/** What is new to be billed or paid out: what is owed, less what earlier runs have taken up already. */
export function dueOf(owed: bigint, takenUp: bigint): bigint {
  return owed > takenUp ? owed - takenUp : 0n;
}
