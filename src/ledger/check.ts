/**
 * `countersign ledger check`: reads the whole ledger again and proves it (I1), in one snapshot, beside
 * running servers. Nothing is taken from a balance that the balance itself says:
 *
 *   each account     its postings, added up one after the other, give the balances after each and those of now;
 *                    no limit is broken by them
 *   each transfer    has its two postings, of its amount, on its two accounts; an end has what it ends
 *   each hold        is there exactly while a transfer is pending
 *   each currency    debits and credits of all accounts are equal, the pending ones too
 */
import type { Sql, Tx } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { brokenLimit, type Account, type Balances } from './account.ts';
import {
  countRows,
  readAccountPage,
  readHoldsAmiss,
  readTransfersAmiss,
  type SummedAccount,
} from './check-store.ts';

export type LedgerFinding = {
  /** The account, the transfer or the currency that is wrong. */
  readonly subject: string;
  /** One sentence. */
  readonly says: string;
};

export type LedgerReport = {
  readonly ok: boolean;
  readonly accounts: number;
  readonly transfers: number;
  /** For each currency what was debited in all, which is what was credited. */
  readonly posted: ReadonlyMap<string, bigint>;
  /** At most `FINDINGS_MAX`. */
  readonly findings: readonly LedgerFinding[];
};

export type CheckOptions = {
  /** Called now and then: how many rows of how many were read. */
  readonly onProgress?: (done: number, all: number) => void;
};

const FINDINGS_MAX = 1_000;
const ACCOUNTS_PAGE = 500;
const TRANSFERS_PAGE = 5_000;

export async function checkLedger(sql: Sql, options: CheckOptions): Promise<LedgerReport> {
  return transaction(sql, async (tx) => {
    // One snapshot: what is committed meanwhile is neither half seen nor seen at all.
    await tx`set transaction isolation level repeatable read, read only`;
    return checkSnapshot(tx, options);
  });
}

type Sums = { debits: bigint; credits: bigint; debitsPending: bigint; creditsPending: bigint };

/** In a transaction of the caller's. */
export async function checkSnapshot(tx: Tx, { onProgress }: CheckOptions): Promise<LedgerReport> {
  const counted = await countRows(tx);
  const all = counted.accounts + counted.transfers;
  const findings: LedgerFinding[] = [];
  const sums = new Map<string, Sums>();
  let accounts = 0;
  for (let last = { home: -1, id: '' }; ;) {
    const page = await readAccountPage(tx, last, ACCOUNTS_PAGE);
    for (const row of page) {
      findings.push(...accountFindings(row));
      addTo(sums, row);
    }
    accounts += page.length;
    onProgress?.(accounts, all);
    const end = page.at(-1);
    if (page.length < ACCOUNTS_PAGE || !end || findings.length >= FINDINGS_MAX) break;
    last = end;
  }
  let transfers = 0;
  for (let last = { home: -1, id: '' }; findings.length < FINDINGS_MAX;) {
    const page = await readTransfersAmiss(tx, last, TRANSFERS_PAGE);
    for (const { id, what } of page.amiss) findings.push({ subject: id, says: `${id} ${what}.` });
    transfers += page.read;
    onProgress?.(accounts + transfers, all);
    if (page.last === null) break;
    last = page.last;
  }
  for (const { id, what } of await readHoldsAmiss(tx, FINDINGS_MAX)) {
    findings.push({ subject: id, says: `${id} ${what}.` });
  }
  findings.push(...sumFindings(sums));
  return {
    ok: findings.length === 0,
    accounts,
    transfers,
    posted: new Map(Array.from(sums, ([currency, { debits }]) => [currency, debits])),
    findings: findings.slice(0, FINDINGS_MAX),
  };
}

const TOTALS = [
  'debitsPending',
  'debitsPosted',
  'creditsPending',
  'creditsPosted',
] as const satisfies readonly (keyof Balances)[];

function accountFindings(row: Account & SummedAccount): LedgerFinding[] {
  const findings: LedgerFinding[] = [];
  const say = (what: string) => findings.push({ subject: row.id, says: `${row.id} (${row.code}) ${what}.` });
  for (const total of TOTALS) {
    if (row[total] !== row.summed[total]) {
      say(`has ${total} ${row[total]}, but its postings sum to ${row.summed[total]}`);
    }
  }
  if (row.broken !== null)
    say(`has postings whose balances do not follow from those before, from ${row.broken} on`);
  const limit = brokenLimit(row, row);
  if (limit !== null) say(`breaks its limit: ${limit}`);
  return findings;
}

function addTo(sums: Map<string, Sums>, row: Account): void {
  const sum = sums.get(row.currency) ?? { debits: 0n, credits: 0n, debitsPending: 0n, creditsPending: 0n };
  sum.debits += row.debitsPosted;
  sum.credits += row.creditsPosted;
  sum.debitsPending += row.debitsPending;
  sum.creditsPending += row.creditsPending;
  sums.set(row.currency, sum);
}

function sumFindings(sums: ReadonlyMap<string, Sums>): LedgerFinding[] {
  return Array.from(sums).flatMap(([currency, sum]) => [
    ...unequal(currency, 'posted', sum.debits, sum.credits),
    ...unequal(currency, 'pending', sum.debitsPending, sum.creditsPending),
  ]);
}

function unequal(currency: string, what: string, debits: bigint, credits: bigint): LedgerFinding[] {
  if (debits === credits) return [];
  const says = `${currency} does not sum to zero: ${what} debits ${debits}, ${what} credits ${credits} (minor units).`;
  return [{ subject: currency, says }];
}
