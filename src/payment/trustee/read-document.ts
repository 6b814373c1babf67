/** Reads bills and payout notes with their lines, from the ledger's statements of their accounts. */
import { createFindClientById } from '../../client/find.ts';
import { findAccounts } from '../../ledger/accounts.ts';
import { accountId } from '../../ledger/names.ts';
import { openStatement, readLines, type StatementLine } from '../../ledger/statement.ts';
import { homeOf } from '../../std/id.ts';
import type { Language } from '../../std/language.ts';
import type { Sql } from '../../store/connection.ts';
import { getSubscriber } from '../../directory/manage.ts';
import { merchantCode, payerCode } from '../postings.ts';
import { periodsBilledBefore } from './bill-store.ts';
import { billDocument, linesOf, payoutDocument, type TrusteeDocument } from './document.ts';
import { findPayout } from './payout-store.ts';
import type { Payout } from './payout.ts';
import { spanOf, type Span } from './period.ts';
import { findBillOf } from './settle.ts';

/** Of an account's statement, what its lines are picked from: more would be a book, which the CSV is. */
export const LINES_MAX = 5_000;
export const CSV_LINES_MAX = 200_000;

export type ReadDocument = {
  readonly sql: Sql;
  readonly tenantId: string;
  readonly id: string;
  readonly language: Language;
  readonly linesMax: number;
};

export async function readBillDocument(asked: ReadDocument): Promise<TrusteeDocument | null> {
  const { sql, tenantId, id, language, linesMax } = asked;
  const bill = await findBillOf(sql, tenantId, id);
  const span = bill && spanOf(bill.period);
  if (!bill || !span) return null;
  const before = await periodsBilledBefore(sql, bill);
  const fromUs = before === null ? 0 : (spanOf(before)?.toUs ?? 0);
  const account = accountId(tenantId, payerCode(bill.subscriberId, bill.currency));
  const read = await statementOf(sql, account, { fromUs, toUs: span.toUs }, linesMax);
  const { subscriberId } = bill;
  const found = await getSubscriber(sql, tenantId, subscriberId);
  const name = found?.name ?? subscriberId;
  return billDocument(bill, {
    language,
    name,
    lines: linesOf(read, 'buyer'),
    isCut: read.length === linesMax,
  });
}

/** Of one client alone where it is named. */
export async function findPayoutOf(
  sql: Sql,
  tenantId: string,
  clientId: string | null,
  id: string,
): Promise<Payout | null> {
  const home = homeOf('pyo', id);
  const found = home === null ? null : await findPayout(sql, tenantId, home, id);
  return found && (clientId === null || found.clientId === clientId) ? found : null;
}

export async function readPayoutDocument(
  asked: ReadDocument,
  clientId: string | null,
): Promise<TrusteeDocument | null> {
  const { sql, tenantId, id, language, linesMax } = asked;
  const payout = await findPayoutOf(sql, tenantId, clientId, id);
  if (!payout) return null;
  const account = accountId(tenantId, merchantCode(payout.clientId, payout.currency));
  const span = { fromUs: Number(payout.readFromUs), toUs: Number(payout.readToUs) };
  const read = await statementOf(sql, account, span, linesMax);
  const client = await createFindClientById(sql)(payout.clientId);
  const name = client?.name ?? payout.clientId;
  return payoutDocument(payout, {
    language,
    name,
    lines: linesOf(read, 'merchant'),
    isCut: read.length === linesMax,
  });
}

async function statementOf(sql: Sql, id: string, span: Span, max: number): Promise<StatementLine[]> {
  const [account] = await findAccounts(sql, [id]);
  if (!account) return [];
  const head = await openStatement(sql, account, { ...span, side: null });
  return readLines(sql, head, null, max);
}
