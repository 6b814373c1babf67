/**
 * Saying one advice to its bank, and writing what came of it. Whoever holds the lease says it; the number of
 * attempts stands for the lease, so that what comes after the lease has passed on changes nothing.
 */
import { must } from '../std/assert.ts';
import { createBatch } from '../std/batch.ts';
import { jitter } from '../std/random.ts';
import type { Tx } from '../store/connection.ts';
import { isFault } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { openCard } from './card.ts';
import type { Context, Settled } from './context.ts';
import { judgeAdvice, repeatAfterMs } from './exchange.ts';
import { textOf } from './iso8583/message.ts';
import { responseCode } from './iso8583/response-code.ts';
import type { Answer } from './link.ts';
import { adviceMessage } from './messages.ts';
import { settleAdvices, type ExchangeRow, type LeasedAdvice, type SettledAdvice } from './store.ts';

export type Advise = {
  /** Says it, and gives the row as it is then; null when its lease was lost meanwhile. */
  readonly say: (advice: LeasedAdvice) => Promise<ExchangeRow | null>;
  /** Writes how one went on or ended; null when it had ended before. */
  readonly settle: (settled: SettledAdvice) => Promise<ExchangeRow | null>;
};

export function createAdvise(context: Context): Advise {
  const { sql, log, timing, random } = context;

  const settlements = createBatch<SettledAdvice, ExchangeRow | null>({
    run: async (settled) => {
      const rows = await transaction(sql, (tx) => settleAndTell(context, tx, settled));
      const byId = new Map(rows.map((row) => [row.id, row]));
      return settled.map(({ id }) => byId.get(id) ?? null);
    },
    keyOf: ({ id }) => id,
    apartAfter: isFault,
  });

  return {
    say: async (advice) => {
      const { home, id, kind, attempts } = advice;
      const answer = await send(context, advice);
      const code = answer.kind === 'answered' ? textOf(answer.message, 39) : null;
      const end = judgeAdvice(advice, code);
      if (end === null) {
        const reason = answer.kind === 'answered' ? `answered ${code ?? 'without a code'}` : answer.reason;
        log.warn({ exchange: id, kind, attempts, reason }, 'an advice is not acknowledged by the bank yet');
      }
      return settlements.add({
        home,
        id,
        attempts,
        state: end ?? 'queued',
        code,
        delayMs: repeatAfterMs(attempts, timing, jitter(random)),
        uncounted: answer.kind === 'unsent',
      });
    },
    settle: (settled) => settlements.add(settled),
  };
}

async function send(context: Context, advice: LeasedAdvice): Promise<Answer> {
  const { keys, links } = context;
  const { keyId, originalId, bankId } = advice;
  const sealed = keyId === null || advice.card === null ? null : { keyId, card: advice.card };
  const card = sealed === null ? null : openCard(keys, originalId, sealed);
  if (card === null) return { kind: 'unsent', reason: 'its card cannot be opened: is a master key missing?' };
  const reach = await links.reach(bankId);
  if (reach === null) return { kind: 'unsent', reason: 'no connection to the bank' };
  const { originalKind, originalStan, originalMs, kind, authCode, reason, attempts } = advice;
  const exchange = { ...advice, amount: { minor: advice.minor, currency: advice.currency } };
  const message = adviceMessage(exchange, card, {
    acquirer: reach.url.acquirer,
    original: { kind: originalKind, stan: originalStan, transmittedMs: originalMs },
    authCode: kind === 'complete' ? authCode : null,
    reason,
    attempt: attempts,
  });
  return reach.link.exchange(message);
}

/** In one transaction: how advices ended, and what the rooms that asked for them make of that. */
async function settleAndTell(
  context: Context,
  tx: Tx,
  settled: readonly SettledAdvice[],
): Promise<ExchangeRow[]> {
  const rows = await settleAdvices(tx, settled);
  const ended = rows.flatMap(endOf);
  for (const { exchange, kind, state, code } of ended) {
    context.log.info({ exchange, kind, state, name: responseCode(code ?? '').name }, 'an advice ended');
  }
  if (ended.length > 0) await context.onSettled?.(tx, ended);
  return rows;
}

function endOf(row: ExchangeRow): Settled[] {
  const { home, tenantId, id: exchange, kind, caller, code, state } = row;
  if (state !== 'acknowledged' && state !== 'refused') return [];
  if (kind !== 'complete' && kind !== 'reverse' && kind !== 'undo') return [];
  const original = must(row.originalId, 'an advice speaks of nothing');
  return [{ home, tenantId, exchange, kind, caller, original, state, code }];
}
