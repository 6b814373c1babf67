/** What runs came to, for whoever shows it. */
import type { Sql } from '../../store/connection.ts';
import type { Bill, BillState } from './bill.ts';
import { listBills } from './bill-store.ts';
import { listRuns, readTotals, type PeriodRow, type PeriodTotals } from './period-store.ts';

/** The newest first. */
export function periodsOf(sql: Sql, tenantId: string, max: number): Promise<PeriodRow[]> {
  return listRuns(sql, tenantId, max);
}

/** By currency. */
export function totalsOf(sql: Sql, tenantId: string, period: string): Promise<PeriodTotals[]> {
  return readTotals(sql, tenantId, period);
}

/** By their ids, from after `cursor`. */
export function billsOf(
  sql: Sql,
  asked: { readonly tenantId: string; readonly period: string; readonly state: BillState | null },
  cursor: string,
  max: number,
): Promise<Bill[]> {
  return listBills(sql, asked, cursor, max);
}
