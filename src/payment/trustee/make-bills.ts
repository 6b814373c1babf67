/**
 * The first stage of a run: a bill for every buyer who owes something at the end of the period. A page of
 * them is one transaction with its place, so that a run that was killed goes on where it was.
 */
import { balanceOf } from '../../ledger/account.ts';
import { balancesOfAll } from '../../ledger/history.ts';
import { accountId } from '../../ledger/names.ts';
import type { Sql } from '../../store/connection.ts';
import { transaction } from '../../store/transaction.ts';
import { payerCode } from '../postings.ts';
import { listBuyers } from './contract-store.ts';
import { billId, dueOf, type Span } from './period.ts';
import {
  billedBefore,
  findRun,
  goOn,
  insertBills,
  lockTrustee,
  moveCursor,
  type NewBill,
} from './period-store.ts';

const PAGE = 2_000;

export type RunOf = { readonly tenantId: string; readonly period: string };

export async function makeBills(
  sql: Sql,
  run: RunOf,
  { toUs }: Span,
  onBuyers: (seen: number) => void,
): Promise<void> {
  for (;;) {
    const seen = await transaction(sql, async (tx) => {
      await lockTrustee(tx, run.tenantId);
      const row = await findRun(tx, run.tenantId, run.period);
      if (row?.stage !== 'billing') return null;
      const buyers = await listBuyers(tx, run.tenantId, row.cursor, PAGE);
      const last = buyers.at(-1);
      if (last === undefined) {
        await goOn(tx, run, 'billing', 'paying_out');
        return null;
      }
      const named = buyers.map((buyer) => ({
        buyer,
        account: accountId(run.tenantId, payerCode(buyer.subscriberId, buyer.currency)),
      }));
      const accountIds = named.map(({ account }) => account);
      const contractIds = buyers.map(({ id }) => id);
      const [balances, taken] = await Promise.all([
        balancesOfAll(tx, accountIds, toUs),
        billedBefore(tx, contractIds, toUs),
      ]);
      const bills: NewBill[] = [];
      for (const { buyer, account } of named) {
        const found = balances.get(account);
        const owed = found ? -balanceOf('credit', found) : 0n;
        const minor = dueOf(owed, taken.get(buyer.id) ?? 0n);
        if (minor === 0n) continue;
        const { home, id: contractId, subscriberId, currency, cardToken } = buyer;
        const id = billId(home, run.tenantId, run.period, contractId);
        const hasCard = cardToken !== null;
        bills.push({ ...run, home, id, contractId, subscriberId, currency, minor: String(minor), hasCard });
      }
      if (bills.length > 0) await insertBills(tx, bills);
      await moveCursor(tx, row, last.id);
      return buyers.length;
    });
    if (seen === null) return;
    onBuyers(seen);
  }
}
