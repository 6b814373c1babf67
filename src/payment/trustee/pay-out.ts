/**
 * The second stage of a run: merchants are paid what they are owed at the end of the period, less the service
 * charge. What a merchant has given back since is not paid out to him: it would have to be asked back.
 */
import { availableOf, balanceOf } from '../../ledger/account.ts';
import { findAccounts } from '../../ledger/accounts.ts';
import { createAccountsIn } from '../../ledger/accounts.ts';
import { applyGroups } from '../../ledger/apply.ts';
import { balancesOfAll, postingsOfAll } from '../../ledger/history.ts';
import { accountId } from '../../ledger/names.ts';
import { must } from '../../std/assert.ts';
import { homeOf } from '../../std/id.ts';
import type { Sql, Tx } from '../../store/connection.ts';
import { transaction } from '../../store/transaction.ts';
import { lockMoney } from '../money.ts';
import { merchantCode } from '../postings.ts';
import { listMerchants, type Merchant } from './contract-store.ts';
import { feeOf, readFees } from './fee.ts';
import type { RunOf } from './make-bills.ts';
import { chargesAccount, payingOut, payoutsAccount, type Payout } from './payout.ts';
import { findPayoutIds, insertPayouts, readTaken } from './payout-store.ts';
import { dueOf, payoutId, type Span } from './period.ts';
import { findRun, goOn, lockTrustee } from './period-store.ts';

/** All merchants in one transaction: there are thousands at most. Gives how many were paid. */
export async function payOut(sql: Sql, run: RunOf, span: Span): Promise<number> {
  return transaction(sql, async (tx) => {
    await lockTrustee(tx, run.tenantId);
    const row = await findRun(tx, run.tenantId, run.period);
    if (row?.stage !== 'paying_out') return 0;
    const payouts = await judge(tx, run, span);
    if (payouts.length > 0) await pay(tx, run.tenantId, payouts, span);
    await goOn(tx, run, 'paying_out', 'collecting');
    return payouts.length;
  });
}

type Judged = Omit<Payout, 'readToUs' | 'paidUs'>;

async function judge(tx: Tx, run: RunOf, { toUs }: Span): Promise<Judged[]> {
  const known = await findPayoutIds(tx, run.tenantId, run.period);
  const merchants = (await listMerchants(tx, run.tenantId)).map((merchant) => ({
    ...merchant,
    id: payoutId(run.tenantId, run.period, merchant.clientId, merchant.currency),
    account: accountId(run.tenantId, merchantCode(merchant.clientId, merchant.currency)),
  }));
  const open = merchants.filter(({ id }) => !known.has(id));
  const accounts = open.map(({ account }) => account);
  // Nobody moves money between the look at what is available and the payout.
  await lockMoney(tx);
  const before = await balancesOfAll(tx, accounts, toUs);
  const now = new Map((await findAccounts(tx, accounts)).map((account) => [account.id, account]));
  const taken = new Map((await readTaken(tx, run.tenantId, toUs)).map((one) => [keyOf(one), one]));
  const fromUs = (one: Merchant): number => Math.min(taken.get(keyOf(one))?.countedToUs ?? 0, toUs);
  const counts = await postingsOfAll(
    tx,
    'credit',
    open.map((one) => ({ accountId: one.account, fromUs: fromUs(one), toUs })),
  );
  return open.flatMap((one): Judged[] => {
    const balances = before.get(one.account);
    const account = now.get(one.account);
    if (!balances || !account) return [];
    const due = dueOf(balanceOf('credit', balances), taken.get(keyOf(one))?.minor ?? 0n);
    const available = availableOf('credit', account);
    const gross = due < available ? due : available;
    if (gross <= 0n) return [];
    const payments = counts.get(one.account) ?? 0;
    const fee = feeOf(readFees(one.fees, one.currency), { gross, payments });
    const { id, clientId, currency, fees } = one;
    const home = must(homeOf('pyo', id), 'an id has a home');
    const readFromUs = BigInt(fromUs(one));
    return [{ ...run, home, id, clientId, currency, gross, fee, payments, fees, readFromUs }];
  });
}

async function pay(tx: Tx, tenantId: string, payouts: readonly Judged[], { toUs }: Span): Promise<void> {
  const currencies = [...new Set(payouts.map(({ currency }) => currency))];
  const ours = currencies.flatMap((currency) => [chargesAccount(currency), payoutsAccount(currency)]);
  for (const made of await createAccountsIn(tx, tenantId, ours)) {
    must(made.ok || null, 'an account of the trustee is refused');
  }
  const answers = await applyGroups(tx, payouts.map(payingOut));
  const rows = payouts.map((payout, i) => {
    const [answer] = answers[i] ?? [];
    must(answer?.ok || null, `the ledger refused a payout: ${answer?.ok === false ? answer.refusal : ''}`);
    const paidUs = answer?.ok ? answer.value.row.atUs : 0;
    const { gross, fee, readFromUs } = payout;
    return {
      ...payout,
      gross: String(gross),
      fee: String(fee),
      readFromUs: Number(readFromUs),
      readToUs: toUs,
      paidUs,
    };
  });
  await insertPayouts(tx, rows);
}

const keyOf = ({ clientId, currency }: { clientId: string; currency: string }): string =>
  `${clientId} ${currency}`;
