import type { Context as HttpContext } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { Changes } from '../../confirmation/changes.ts';
import type { Log } from '../../std/log.ts';
import { after } from '../../std/timer.ts';
import { asOutage } from '../../store/connection.ts';
import { ENDED } from '../payment.ts';
import type { PaymentView } from '../verbs.ts';

/** A payment as it changes, as server-sent events `event: state`, `data: {"state":"completed"}`, until it ends. */
const BEAT_MS = 5_000;

export function streamPayment(
  c: HttpContext,
  { changes, log }: { readonly changes: Changes; readonly log: Log },
  id: string,
  look: () => Promise<PaymentView | null>,
): Response {
  c.header('Cache-Control', 'no-store');
  c.header('X-Accel-Buffering', 'no');
  return streamSSE(c, async (stream) => {
    let wake: () => void = () => undefined;
    const unwatch = changes.watch(id, () => wake());
    stream.onAbort(() => wake());
    let last = '';
    try {
      while (!stream.aborted) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const now = await look();
        if (!now) return;
        const data = JSON.stringify({ state: now.state });
        if (data !== last) await stream.writeSSE({ event: 'state', data });
        else await stream.write(': beat\n\n');
        last = data;
        if (ENDED.has(now.state)) return;
        const beat = after(BEAT_MS, () => wake());
        await woken;
        beat.cancel();
      }
    } catch (error) {
      log.warn({ err: asOutage(error) }, 'a live status was ended');
    } finally {
      unwatch();
    }
  });
}
