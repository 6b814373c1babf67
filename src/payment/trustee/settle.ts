/** What the operator does with an unpaid bill: has the bank asked again, or says that he collected it. */
import { createAccounts } from '../../ledger/accounts.ts';
import { applyGroups } from '../../ledger/apply.ts';
import { must } from '../../std/assert.ts';
import { homeOf } from '../../std/id.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import type { Sql } from '../../store/connection.ts';
import { transaction } from '../../store/transaction.ts';
import { lockMoney } from '../money.ts';
import { collectedAccount, settling, type Bill } from './bill.ts';
import { findBill, lockUnpaid, markPaid, reopenBill } from './bill-store.ts';

export type SettleRefusal =
  | 'not_found'
  /** A bank is being asked, or it is paid. */
  | 'bill_not_unpaid';

export async function findBillOf(sql: Sql, tenantId: string, id: string): Promise<Bill | null> {
  const home = homeOf('bil', id);
  return home === null ? null : findBill(sql, tenantId, home, id);
}

/** It was collected otherwise: paid by transfer, or on the telephone bill. The same again changes nothing. */
export async function settleOtherwise(
  sql: Sql,
  tenantId: string,
  id: string,
): Promise<Result<Bill, SettleRefusal>> {
  const found = await findBillOf(sql, tenantId, id);
  if (found === null) return refuse('not_found');
  if (found.paidHow === 'otherwise') return ok(found);
  await createAccounts(sql, tenantId, [collectedAccount(found.currency)]);
  const won = await transaction(sql, async (tx) => {
    const bill = await lockUnpaid(tx, tenantId, found.home, id);
    if (bill === null) return false;
    await lockMoney(tx);
    const [[answer] = []] = await applyGroups(tx, [settling(bill, 'otherwise')]);
    must(answer?.ok || null, `the ledger refused a bill: ${answer?.ok === false ? answer.refusal : ''}`);
    const none = { exchangeId: null, authCode: null, lastFour: null };
    const paidUs = answer?.ok ? answer.value.row.atUs : 0;
    await markPaid(tx, [{ home: bill.home, id, ...none, paidHow: 'otherwise', paidUs }]);
    return true;
  });
  if (!won) return refuse('bill_not_unpaid');
  return ok(must(await findBillOf(sql, tenantId, id), 'a bill is never erased'));
}

/** From the card on file of the contract as it is now. */
export async function collectAgain(
  sql: Sql,
  tenantId: string,
  id: string,
): Promise<Result<Bill, SettleRefusal>> {
  const home = homeOf('bil', id);
  if (home === null) return refuse('not_found');
  const bill = await reopenBill(sql, tenantId, home, id);
  if (bill) return ok(bill);
  return refuse((await findBill(sql, tenantId, home, id)) ? 'bill_not_unpaid' : 'not_found');
}
