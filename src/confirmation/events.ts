import type { Context as HttpContext } from 'hono';
import { streamSSE } from 'hono/streaming';
import { after } from '../std/timer.ts';
import { isOpen } from './confirmation.ts';
import { asOutage } from '../store/connection.ts';
import type { Context } from './context.ts';
import { readConfirmations, writePresence, type ConfirmationKey } from './store.ts';

/**
 * Live status as server-sent events: `event: state`, `data: {"state":"sent","delivery":"accepted"}` at every
 * change, until the confirmation ends. With the session's secret the stream is also the live connection that
 * connected mode demands (P7): while it is open the session is present, and shortly after it is not.
 */
const PRESENCE_MS = 15_000;
const BEAT_MS = 5_000;
/** A connection that was only interrupted may come back within this time. */
const GRACE_MS = 3_000;

export function streamEvents(
  c: HttpContext,
  context: Context,
  key: ConfirmationKey,
  isPresence: boolean,
): Response {
  c.header('Cache-Control', 'no-store');
  c.header('X-Accel-Buffering', 'no');
  return streamSSE(c, async (stream) => {
    const { store, changes } = context;
    let wake: () => void = () => undefined;
    const unwatch = changes.watch(key.id, () => wake());
    stream.onAbort(() => wake());
    let last = '';
    // The helper would print what is thrown, or tell it to the client; a stream that ends is opened again.
    const onOutage = (error: unknown): void =>
      context.log.warn({ err: asOutage(error) }, 'a live status was ended');
    try {
      while (!stream.aborted) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const [row] = await readConfirmations(store.sql, context.keys, [key]);
        if (!row) return;
        const data = JSON.stringify({ state: row.state, reason: row.reason, delivery: row.deliveryState });
        if (data !== last) await stream.writeSSE({ event: 'state', data });
        else await stream.write(': beat\n\n');
        last = data;
        if (!isOpen(row.state)) return;
        if (isPresence && row.connected) await writePresence(store.relaxed, key, PRESENCE_MS);
        const beat = after(BEAT_MS, () => wake());
        await woken;
        beat.cancel();
      }
    } catch (error) {
      onOutage(error);
    } finally {
      unwatch();
      if (isPresence) await writePresence(store.relaxed, key, GRACE_MS).catch(onOutage);
    }
  });
}
