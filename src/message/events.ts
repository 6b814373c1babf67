import type { Context as HttpContext } from 'hono';
import { streamSSE } from 'hono/streaming';
import { after } from '../std/timer.ts';
import { asOutage } from '../store/connection.ts';
import type { Context } from './context.ts';
import { isEnded } from './message.ts';
import { readOwned } from './owned.ts';
import type { Caller } from './verbs.ts';

/** A message as it changes, as server-sent events, until it ends; to whoever may look at it. */
const BEAT_MS = 5_000;

/** Null when it is not the caller's. */
export async function streamMessage(
  c: HttpContext,
  context: Context,
  caller: Caller,
  id: string,
): Promise<Response | null> {
  const { store, changes, log } = context;
  if (!(await readOwned(store.sql, caller, id, null))) return null;
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
        const row = await readOwned(store.sql, caller, id, null);
        if (!row) return;
        const { state, reason, readings, notices } = row;
        const data = JSON.stringify({ state, reason, readings, notices });
        if (data !== last) await stream.writeSSE({ event: 'state', data });
        else await stream.write(': beat\n\n');
        last = data;
        if (isEnded(state)) return;
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
