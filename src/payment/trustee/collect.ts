/**
 * Collecting: the banks of the buyers are asked, many at a time, and what they say is written with its
 * transfers, hundreds in one transaction.
 *
 *   claim ──▶ ask each bank (the same question however often) ──▶ write what became of all of them
 */
import type { Bank } from '../../bank/host.ts';
import { createAccounts } from '../../ledger/accounts.ts';
import { applyGroups } from '../../ledger/apply.ts';
import { must } from '../../std/assert.ts';
import type { Log } from '../../std/log.ts';
import { Outage } from '../../std/outage.ts';
import type { Sql } from '../../store/connection.ts';
import { transaction } from '../../store/transaction.ts';
import { lockMoney } from '../money.ts';
import type { Cards } from '../parts.ts';
import { bankAccount } from '../postings.ts';
import { callerOf, conclude, settling, type CollectTiming, type Conclusion } from './bill.ts';
import { claimBills, lockOpen, markPaid, putOff, type ClaimedBill, type PutOff } from './bill-store.ts';
import type { RunOf } from './make-bills.ts';

export type CollectContext = {
  readonly sql: Sql;
  readonly bank: Pick<Bank, 'purchase' | 'look'>;
  readonly cards: Pick<Cards, 'reveal'>;
  readonly timing: CollectTiming;
  readonly log: Log;
};

/** Bills in one transaction, and questions under way at the same time. */
const CLAIM_MAX = 500;
const ASKED_MAX = 128;

/**
 * Collects one claim of bills that are due: of a run those never asked before, else all. Gives how many; zero
 * when none is due.
 */
export async function collectSome(context: CollectContext, run: RunOf | null): Promise<number> {
  const bills = await claimBills(context.sql, run, context.timing.leaseMs, CLAIM_MAX);
  if (bills.length === 0) return 0;
  const concluded: Concluded[] = [];
  const waiting = bills.values();
  const lanes = Array.from({ length: Math.min(ASKED_MAX, bills.length) }, async () => {
    for (const bill of waiting) {
      try {
        concluded.push(await askFor(context, bill));
      } catch (error) {
        // Its lease ends, and it is asked the same again.
        context.log.warn({ err: error, bill: bill.id }, 'a bill could not be collected');
      }
    }
  });
  await Promise.all(lanes);
  await write(context, concluded);
  if (concluded.length === 0) throw new Outage('no bill could be collected');
  return concluded.length;
}

type Concluded = {
  readonly bill: ClaimedBill;
  readonly conclusion: Conclusion;
  readonly lastFour: string | null;
};

async function askFor({ bank, cards, timing }: CollectContext, bill: ClaimedBill): Promise<Concluded> {
  const { home, tenantId, subscriberId, cardToken, minor, currency } = bill;
  const card = cardToken === null ? null : await cards.reveal(tenantId, cardToken);
  if (card?.subscriberId !== subscriberId) {
    return { bill, conclusion: { kind: 'unpaid', reason: 'no_card', declined: false }, lastFour: null };
  }
  const caller = callerOf(bill);
  const outcome = await bank.purchase({
    home,
    tenantId,
    caller,
    amount: { minor, currency },
    card: { pan: card.pan, expiry: card.expiry, entry: 'on_file' },
    contract: subscriberId,
  });
  const looked = outcome.outcome === 'unknown' ? await bank.look({ home, kind: 'purchase', caller }) : null;
  const conclusion = conclude(bill, outcome, looked?.outcome.outcome === 'asked', timing);
  return { bill, conclusion, lastFour: card.pan.reveal().slice(-4) };
}

async function write({ sql }: CollectContext, concluded: readonly Concluded[]): Promise<void> {
  const later = concluded.flatMap(({ bill, conclusion }): PutOff[] => {
    const { home, id, tries } = bill;
    if (conclusion.kind === 'paid') return [];
    const { reason, declined } = conclusion;
    const again = conclusion.kind === 'again' ? conclusion : { inMs: null, ended: true };
    return [{ home, id, tries, reason, declined, inMs: again.inMs, ended: again.ended }];
  });
  const paid = new Map(
    concluded.flatMap((one) => (one.conclusion.kind === 'paid' ? [[one.bill.id as string, one]] : [])),
  );
  if (later.length > 0) await putOff(sql, later);
  if (paid.size === 0) return;
  await ensureAccounts(sql, [...paid.values()]);
  await transaction(sql, async (tx) => {
    const open = await lockOpen(
      tx,
      Array.from(paid.values(), ({ bill: { home, id, tries } }) => ({ home, id, tries })),
    );
    if (open.length === 0) return;
    await lockMoney(tx);
    const answers = await applyGroups(
      tx,
      open.map((bill) => settling(bill, 'card')),
    );
    const rows = open.map(({ home, id }, i) => {
      const answer = answers[i]?.[0];
      must(answer?.ok || null, `the ledger refused a bill: ${answer?.ok === false ? answer.refusal : ''}`);
      const one = must(paid.get(id), 'what is locked was asked for');
      const { exchangeId = null, authCode = null } = one.conclusion.kind === 'paid' ? one.conclusion : {};
      const paidUs = answer?.ok ? answer.value.row.atUs : 0;
      return { home, id, exchangeId, authCode, lastFour: one.lastFour, paidHow: 'card' as const, paidUs };
    });
    await markPaid(tx, rows);
  });
}

/** Before the transaction, so that it only locks them; a payer who owes something has his. */
async function ensureAccounts(sql: Sql, paid: readonly Concluded[]): Promise<void> {
  for (const [tenantId, own] of Map.groupBy(paid, ({ bill }) => bill.tenantId)) {
    const currencies = [...new Set(own.map(({ bill }) => bill.currency))];
    for (const made of await createAccounts(sql, tenantId, currencies.map(bankAccount))) {
      must(made.ok || null, 'an account of a bill is refused');
    }
  }
}
