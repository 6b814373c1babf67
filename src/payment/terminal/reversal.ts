/**
 * A terminal undoes a sale: the paper was out, the answer was lost, the customer walked away. It is said
 * until it is answered, so it is marked first and carried out then; a sale that is still worked on undoes
 * itself.
 */
import { answer, UNDER_WAY, type Answer, type Context } from './context.ts';
import type { Reversal } from './request.ts';
import { undone } from './settle.ts';
import { answerExchange, findSaleOfPayment, forgetSession, markReversed } from './store.ts';
import { homeOfTerminal, type Terminal } from './terminal.ts';

const CANCELLED = JSON.stringify(answer('17'));

export async function reverse(context: Context, terminal: Terminal, { original }: Reversal): Promise<Answer> {
  const { sql } = context;
  const home = homeOfTerminal(terminal.code);
  const key = { home, terminalId: terminal.id, ...original };
  const row = await markReversed(sql, key, CANCELLED);
  if (row.answer === null && row.isHeld) return UNDER_WAY;
  if (row.kind === 'reversal') return answer('12');
  const { paymentId } = row;
  if (paymentId !== null) {
    // A reversal may name the message with the code as well: the sale that it belongs to is what is undone.
    const sale = await findSaleOfPayment(sql, home, terminal.id, paymentId);
    if (sale !== null) await markReversed(sql, { ...key, day: sale.day, stan: sale.stan }, CANCELLED);
    const code = await undone(context, terminal, paymentId, sale?.ageMs ?? row.ageMs);
    if (code !== '00') return answer(code);
    await forgetSession(sql, home, terminal.id, paymentId);
  }
  await answerExchange(sql, key, CANCELLED);
  return answer('00');
}
