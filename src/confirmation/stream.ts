import type { Context as HttpContext } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { Log } from '../std/log.ts';
import { after } from '../std/timer.ts';
import { asOutage } from '../store/connection.ts';
import type { Changes } from './changes.ts';

/** How a thing that is followed is now; sent again only when it differs. Nothing follows its end. */
export type Told = { readonly data: object; readonly isEnd: boolean };

export type Followed = {
  readonly id: string;
  readonly changes: Changes;
  readonly log: Log;
  /** Null ends the stream. */
  readonly look: () => Promise<Told | null>;
  /** After each look at what is not over, so at least every five seconds. */
  readonly onBeat?: () => Promise<void>;
  /** When nobody follows it any more here. */
  readonly onLeft?: () => Promise<void>;
};

const BEAT_MS = 5_000;

/** One thing as it changes, as server-sent events: `event: state`, and its data as JSON. */
export function streamStates(c: HttpContext, followed: Followed): Response {
  const { id, changes, log, look, onBeat, onLeft } = followed;
  // The helper would print what is thrown, or tell it to the client; a stream that ends is opened again.
  const onOutage = (error: unknown): void => log.warn({ err: asOutage(error) }, 'a live status was ended');
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
        if (told.isEnd) return;
        await onBeat?.();
        const beat = after(BEAT_MS, () => wake());
        await woken;
        beat.cancel();
      }
    } catch (error) {
      onOutage(error);
    } finally {
      unwatch();
      await onLeft?.().catch(onOutage);
    }
  });
}
