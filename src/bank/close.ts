/**
 * Closing what a bank approved: complete takes the money that was held, reverse gives it back (B7, B8).
 *
 *   approved ──closed once──▶ advice queued (in the caller's transaction) ──commit──▶ said until acknowledged
 *
 * Only one advice closes a question, so that money is never both taken and given back; after a completion
 * that the bank refused, another may.
 */
import { newId } from '../std/id.ts';
import type { Money } from '../std/money.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import type { Tx } from '../store/connection.ts';
import type { Context } from './context.ts';
import type { ExchangeId } from './exchange.ts';
import { stanOf } from './number.ts';
import { closeQuestion, findByCaller, findExchange, wakeRepeaters, type ExchangeRow } from './store.ts';

export type CloseRequest = {
  readonly home: number;
  readonly tenantId: string;
  /** The asking room's own id: the same one of the same kind is one advice. */
  readonly caller: string;
  /** The exchange that was approved. */
  readonly exchange: string;
};

export type CompleteRequest = CloseRequest & {
  /** At most what was approved; the bank lets the rest go. */
  readonly amount: Money;
};

/**
 * not_found: no such exchange of the tenant, or not of a kind that can be closed so. not_approved: the bank
 * did not approve it, or so long ago that it holds nothing any more. already_closed: it was completed or
 * reversed.
 * amount_too_high: more than was approved, or in another currency.
 */
export type CloseRefusal = 'not_found' | 'not_approved' | 'already_closed' | 'amount_too_high';

export type Close = (
  tx: Tx,
  kind: 'complete' | 'reverse',
  request: CloseRequest & { readonly amount: Money | null },
) => Promise<Result<{ readonly exchange: ExchangeId; readonly isNew: boolean }, CloseRefusal>>;

/**
 * `delayMs` leaves the new advice to this process for a moment, so that its caller can say it at once and
 * hear the answer.
 */
export function createClose(context: Context, delayMs: number): Close {
  const { links, clock, random } = context;
  return async (tx, kind, request) => {
    const { home, tenantId, caller, exchange, amount } = request;
    const earlier = await findByCaller(tx, { home, kind, caller });
    if (earlier !== null) return ok({ exchange: earlier.id, isNew: false });
    const original = await findExchange(tx, home, exchange);
    const refusal = refusalOf(original, kind, request);
    if (original === null || refusal !== null) return refuse(refusal ?? 'not_found');
    const id = newId('bex', home, clock.nowMs(), random);
    const stan = stanOf(await links.sequence(original.bankId).next());
    const isClosed = await closeQuestion(tx, {
      home,
      tenantId,
      original: exchange,
      id,
      kind,
      caller,
      stan,
      minor: amount?.minor ?? null,
      currency: amount?.currency ?? null,
      reason: kind === 'reverse' ? 'cancelled' : null,
      delayMs,
    });
    if (isClosed) {
      await wakeRepeaters(tx);
      return ok({ exchange: id, isNew: true });
    }
    const meanwhile = await findByCaller(tx, { home, kind, caller });
    return meanwhile === null ? refuse('already_closed') : ok({ exchange: meanwhile.id, isNew: false });
  };
}

function refusalOf(
  original: ExchangeRow | null,
  kind: 'complete' | 'reverse',
  { tenantId, amount }: { readonly tenantId: string; readonly amount: Money | null },
): CloseRefusal | null {
  if (original === null || original.tenantId !== tenantId || original.originalId !== null) return 'not_found';
  if (kind === 'complete' && original.kind !== 'authorise') return 'not_found';
  if (original.state !== 'approved') return 'not_approved';
  if (amount === null) return null;
  const isCovered =
    amount.currency === original.currency && amount.minor > 0n && amount.minor <= original.minor;
  return isCovered ? null : 'amount_too_high';
}
