/**
 * The code comes back over the terminal (fig. 9, 910 to 912): right, and the payment is carried out in the
 * very transaction; wrong, and the terminal is told how many tries are left.
 */
import { answer, callerOf, type Answer, type AtTerminal, type Context } from './context.ts';
import type { CodeBrought } from './request.ts';
import { openSession } from './sale.ts';
import { settled } from './settle.ts';
import { TERMINAL_ELEMENTS } from './spec.ts';
import { findSaleOfPayment, forgetSession, notePayment, type ExchangeKey } from './store.ts';

export async function bringCode(
  context: Context,
  key: ExchangeKey,
  at: AtTerminal,
  brought: CodeBrought,
): Promise<Answer> {
  const { sql, payments } = context;
  const { terminal } = at;
  const { reference } = brought;
  const sale = await findSaleOfPayment(sql, key.home, terminal.id, reference);
  const view = sale === null ? null : await payments.find(callerOf(terminal), reference);
  if (sale === null || view === null) return answer('25');
  if (sale.isReversed || !(await notePayment(sql, key, reference))) return answer('17');
  // The code was made for one amount only; of another one nothing is even tried (S6).
  const { minor, currency } = view.amount;
  if (brought.amount.minor !== minor || brought.amount.currency !== currency) return answer('64');
  if (view.state !== 'confirming') return ended(context, at, key, reference);
  const secret = openSession(context, sale);
  if (secret === null || sale.confirmationId === null) return answer('25');
  const verified = await context.confirmations.verify({
    id: sale.confirmationId,
    session: secret.reveal(),
    code: brought.code,
    within: callerOf(terminal),
  });
  if (verified.ok) return ended(context, at, key, reference);
  const now = await context.confirmations.find(sale.confirmationId);
  if (now === null) return answer('25');
  const isOpen = now.state === 'opened' || now.state === 'sent';
  if (isOpen && now.nowMs < now.expiresAtMs) {
    const triesLeft = String(Math.max(0, now.attemptsMax - now.attempts));
    return { code: '55', elements: { [TERMINAL_ELEMENTS.triesLeft]: triesLeft } };
  }
  if (isOpen || now.state === 'expired') return answer('68');
  if (now.state === 'locked') return answer('75');
  return now.state === 'cancelled' ? answer('17') : ended(context, at, key, reference);
}

async function ended(context: Context, at: AtTerminal, key: ExchangeKey, paymentId: string): Promise<Answer> {
  const made = await settled(context, at, paymentId);
  if (made.code === '00') await forgetSession(context.sql, key.home, at.terminal.id, paymentId);
  return made;
}
