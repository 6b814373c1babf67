/**
 * Saying one advice to its bank, and writing what came of it. Whoever holds the lease says it; the number of
 * attempts stands for the lease, so that what comes after the lease has passed on changes nothing.
 */
import { must } from '../std/assert.ts';
import { jitter } from '../std/random.ts';
import type { Tx } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { openCard } from './card.ts';
import type { Context } from './context.ts';
import { judgeAdvice, repeatAfterMs } from './exchange.ts';
import { textOf } from './iso8583/message.ts';
import { responseCode } from './iso8583/response-code.ts';
import type { Answer } from './link.ts';
import { adviceMessage } from './messages.ts';
import { settleAdvice, type ExchangeRow, type LeasedAdvice, type SettledAdvice } from './store.ts';

/** Says it, and gives the row as it is then; null when its lease was lost meanwhile. */
export async function sayAdvice(context: Context, advice: LeasedAdvice): Promise<ExchangeRow | null> {
  const { log, timing, random } = context;
  const answer = await send(context, advice);
  const code = answer.kind === 'answered' ? textOf(answer.message, 39) : null;
  const end = judgeAdvice(advice, code);
  if (end === null) {
    const reason = answer.kind === 'answered' ? `answered ${code ?? 'without a code'}` : answer.reason;
    const { id, kind, attempts } = advice;
    log.warn({ exchange: id, kind, attempts, reason }, 'an advice is not acknowledged by the bank yet');
  }
  const { home, id, attempts } = advice;
  return transaction(context.sql, (tx) =>
    settleAndTell(context, tx, {
      home,
      id,
      attempts,
      state: end ?? 'queued',
      code,
      delayMs: repeatAfterMs(attempts, timing, jitter(random)),
      uncounted: answer.kind === 'unsent',
    }),
  );
}

async function send(context: Context, advice: LeasedAdvice): Promise<Answer> {
  const { keys, links } = context;
  const { keyId, originalId, bankId } = advice;
  const sealed = keyId === null || advice.card === null ? null : { keyId, card: advice.card };
  const card = sealed === null ? null : openCard(keys, originalId, sealed);
  if (card === null) return { kind: 'unsent', reason: 'its card cannot be opened: is a master key missing?' };
  const reach = await links.reach(bankId);
  if (reach === null) return { kind: 'unsent', reason: 'no connection to the bank' };
  const message = adviceMessage(
    { ...advice, amount: { minor: advice.minor, currency: advice.currency } },
    card,
    {
      acquirer: reach.url.acquirer,
      original: {
        kind: advice.originalKind,
        stan: advice.originalStan,
        transmittedMs: advice.originalMs,
      },
      authCode: advice.kind === 'complete' ? advice.authCode : null,
      reason: advice.reason,
      attempt: advice.attempts,
    },
  );
  return reach.link.exchange(message);
}

/** In the transaction: the end of an advice, and what the room that asked for it makes of that. */
export async function settleAndTell(
  context: Context,
  tx: Tx,
  settled: SettledAdvice,
): Promise<ExchangeRow | null> {
  const row = await settleAdvice(tx, settled);
  if (row === null || settled.state === 'queued') return row;
  const { home, tenantId, id, kind, caller, code } = row;
  if (kind !== 'complete' && kind !== 'reverse' && kind !== 'undo') return row;
  const original = must(row.originalId, 'an advice speaks of nothing');
  const { state } = settled;
  context.log.info({ exchange: id, kind, state, name: responseCode(code ?? '').name }, 'an advice ended');
  await context.onSettled?.(tx, { home, tenantId, exchange: id, kind, caller, original, state, code });
  return row;
}
