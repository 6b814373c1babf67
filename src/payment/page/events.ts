import type { Context as HttpContext } from 'hono';
import type { Changes } from '../../confirmation/changes.ts';
import { streamStates } from '../../confirmation/stream.ts';
import type { Log } from '../../std/log.ts';
import { ENDED } from '../payment.ts';
import type { PaymentView } from '../verbs.ts';

/** A payment as it changes, `data: {"state":"completed"}`, until it ends. */
export function streamPayment(
  c: HttpContext,
  { changes, log }: { readonly changes: Changes; readonly log: Log },
  id: string,
  find: () => Promise<PaymentView | null>,
): Response {
  const look = async () => {
    const now = await find();
    return now && { data: { state: now.state }, isEnd: ENDED.has(now.state) };
  };
  return streamStates(c, { id, changes, log, look });
}
