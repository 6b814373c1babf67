import type { Context as HttpContext } from 'hono';
import { streamSSE } from 'hono/streaming';
import { after } from '../std/timer.ts';
import { asOutage } from '../store/connection.ts';
import type { Context } from './context.ts';
import { isEnded, type MessageState } from './message.ts';
import { readOwned } from './owned.ts';
import type { Caller } from './verbs.ts';

/** A message as it changes, as server-sent events, until it ends; to whoever may look at it. */
const BEAT_MS = 5_000;

/** What a stream tells of a message as it is now; sent again only when it differs. */
type Told = { readonly state: MessageState; readonly data: object };

/** Null when it is not the caller's. A page that shows the whole story asks for another `look` at it. */
export async function streamMessage(
  c: HttpContext,
  context: Context,
  caller: Caller,
  id: string,
  look: () => Promise<Told | null> = () => lookAtState(context, caller, id),
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
        const told = await look();
        if (!told) return;
        const data = JSON.stringify(told.data);
        if (data !== last) await stream.writeSSE({ event: 'state', data });
        else await stream.write(': beat\n\n');
        last = data;
        if (isEnded(told.state)) return;
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

async function lookAtState({ store }: Context, caller: Caller, id: string): Promise<Told | null> {
  const row = await readOwned(store.sql, caller, id, null);
  if (!row) return null;
  const { state, reason, readings, notices } = row;
  return { state, data: { state, reason, readings, notices } };
}
