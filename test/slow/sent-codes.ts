/**
 * Holds what the operator was given against what the database says: every code at least once, unless the
 * record says why not, and at most twice; and never after its end (S2, fault tests).
 */
import assert from 'node:assert/strict';
import { codeIn } from '../../sim/handset.ts';
import type { SmscMessage } from '../../sim/smsc.ts';
import { deriveCode } from '../../src/confirmation/code.ts';
import { issueOf, isOpen } from '../../src/confirmation/confirmation.ts';
import { readConfirmations } from '../../src/confirmation/store.ts';
import type { KeyRing } from '../../src/std/key-ring.ts';
import type { Sql } from '../../src/store/connection.ts';

export type SentReport = { confirmations: number; never: number; once: number; twice: number };

const PAGE = 1_000;
/** SMPP tells a validity in whole seconds, from when the operator reads it. */
const VALIDITY_SLACK_MS = 2_000;

export async function checkSentCodes(
  sql: Sql,
  keys: KeyRing,
  texts: ReadonlyMap<string, readonly SmscMessage[]>,
): Promise<SentReport> {
  const report: SentReport = { confirmations: 0, never: 0, once: 0, twice: 0 };
  const all = await sql<{ home: number; id: string }[]>`
    select home::int as home, id from confirmation where attempts_max > 0 order by home, id`;
  for (let at = 0; at < all.length; at += PAGE) {
    for (const row of await readConfirmations(sql, keys, all.slice(at, at + PAGE))) {
      const code = deriveCode(keys, issueOf(row)).reveal();
      const sent = (texts.get(row.address) ?? []).filter(({ text }) => codeIn(text) === code);
      report.confirmations++;
      report[sent.length === 0 ? 'never' : sent.length === 1 ? 'once' : 'twice']++;
      const what = `${row.id}, ${row.state}, ${String(row.deliveryState)} (${row.deliveryReason ?? ''})`;
      assert(sent.length <= 2, `the code of ${what} was sent ${sent.length} times`);
      if (sent.length === 0) {
        const isTold = ['expired', 'unknown', 'failed', 'rejected'].includes(String(row.deliveryState));
        assert(isTold && !isOpen(row.state), `the code of ${what} was never sent, and nothing says so`);
      }
      for (const { at: atMs, validUntilMs } of sent) {
        assert(atMs <= row.expiresAtMs, `the code of ${what} was sent after its end`);
        const overMs = (validUntilMs ?? Infinity) - row.expiresAtMs;
        assert(overMs <= VALIDITY_SLACK_MS, `the code of ${what} may arrive ${overMs} ms after its end`);
      }
    }
  }
  return report;
}
