/** A bill or a payout note as CSV: its lines, then what it comes to. */
import { isoMicros } from '../../ledger/time.ts';
import { csvLine } from '../../std/csv.ts';
import { formatAmount } from '../../std/money.ts';
import type { TrusteeDocument } from './document.ts';

export function documentCsv({ id, currency, lines, totals }: TrusteeDocument): string {
  const text = (minor: bigint): string => formatAmount({ minor, currency });
  return [
    csvLine(['number', 'at', 'what', 'amount', 'currency', 'externalId']),
    ...lines.map((line) =>
      csvLine([id, isoMicros(line.atUs), line.what, text(line.minor), currency, line.externalId]),
    ),
    ...totals.map(({ term, minor }) => csvLine([id, '', term, text(minor), currency, ''])),
  ].join('');
}
