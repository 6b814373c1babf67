/** A statement as CSV, line by line as it is read: a spreadsheet opens it, and no cell of it is a formula. */
import { csvLine } from '../std/csv.ts';
import { formatAmount } from '../std/money.ts';
import { moneyOf } from './account.ts';
import type { StatementHead, StatementLine } from './statement.ts';
import { isoMicros } from './time.ts';

const HEAD = [
  'at',
  'side',
  'amount',
  'currency',
  'balance',
  'kind',
  'reference',
  'with',
  'transferId',
  'externalId',
] as const;

/** UTF-8 text, in pieces. */
export async function* statementCsv(
  head: StatementHead,
  pages: AsyncIterable<readonly StatementLine[]>,
): AsyncGenerator<string> {
  yield csvLine(HEAD);
  for await (const lines of pages) yield lines.map((line) => lineText(head, line)).join('');
}

function lineText({ account }: StatementHead, line: StatementLine): string {
  return csvLine([
    isoMicros(line.atUs),
    line.side,
    formatAmount(moneyOf(account, line.amount)),
    account.currency,
    formatAmount(moneyOf(account, line.balance)),
    line.kind,
    line.reference ?? '',
    line.with,
    line.transferId,
    line.externalId,
  ]);
}
