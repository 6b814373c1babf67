/**
 * Answers that nobody waits for any more. The answer to an advice acknowledges it, whenever it comes. The
 * answer to a question changes nothing, for its end was decided when it was given up; it is written down, and
 * a late approval has its reversal said once more (S21).
 */
import { transaction } from '../store/transaction.ts';
import type { Advise } from './advise.ts';
import type { Context } from './context.ts';
import { isAdvice, judgeAdvice, type Kind } from './exchange.ts';
import { textOf, type Message } from './iso8583/message.ts';
import { responseCode } from './iso8583/response-code.ts';
import { findAnswered, recordLate, wakeRepeaters } from './store.ts';

const KINDS: Readonly<Record<string, readonly Kind[]>> = {
  '0110': ['authorise'],
  '0210': ['purchase', 'refund'],
  '0230': ['complete'],
  '0410': ['reverse'],
  '0430': ['undo'],
};

/** Resolves when it is written; nothing is lost when it cannot be, for the advice is said again. */
export async function takeLate(
  context: Context,
  advise: Advise,
  bankId: string,
  message: Message,
): Promise<void> {
  const { sql, log } = context;
  const kinds = KINDS[message.mti] ?? [];
  const [stan, rrn, terminal, code] = [11, 37, 41, 39].map((field) => textOf(message, field) ?? '');
  if (stan === undefined || rrn === undefined || terminal === undefined || code === undefined) return;
  const found = await findAnswered(sql, bankId, kinds, { stan, rrn, terminal });
  for (const row of found) {
    const { home, id, kind, attempts } = row;
    log.warn({ exchange: id, kind, code }, 'a bank answered late');
    if (!isAdvice(kind)) {
      const again = row.state === 'unknown' && responseCode(code).meaning === 'approved';
      await transaction(sql, async (tx) => {
        await recordLate(tx, row, code, again);
        if (again) await wakeRepeaters(tx);
      });
      continue;
    }
    const end = judgeAdvice({ kind, attempts, originalAgeMs: row.originalAgeMs }, code);
    if (end === null) continue;
    await advise.settle({ home, id, attempts: null, state: end, code, delayMs: 0, uncounted: false });
  }
}
