/**
 * LISTEN on a connection of its own, made again for as long as it takes when it is lost. What was told
 * meanwhile is gone, so the listener is also called after each new beginning: it must take a call to mean
 * "look", no more.
 */
import type postgres from 'postgres';
import { afterUnref } from '../std/timer.ts';

const AGAIN_MS = 1_000;

export type Listening = { readonly end: () => void };

/** Makes a driver client of one connection. */
export type OpenListener = (on: { onnotify: () => void; onclose: () => void }) => postgres.Sql;

/** Resolves when it listens, or when the first attempt has failed and another will follow. */
export async function keepListening(
  open: OpenListener,
  channel: string,
  onNotify: () => void,
): Promise<Listening> {
  let isEnded = false;
  let client: postgres.Sql | null = null;

  async function begin(isFirst: boolean): Promise<void> {
    let isClosed = false;
    const own = open({
      onnotify: onNotify,
      onclose: () => {
        if (isClosed) return;
        isClosed = true;
        own.end({ timeout: 1 }).catch(() => undefined);
        if (!isEnded) afterUnref(AGAIN_MS, () => void begin(false));
      },
    });
    client = own;
    // A failure closes the connection, which is all that matters here.
    await own.unsafe(`listen "${channel}"`).then(
      () => (isFirst ? undefined : onNotify()),
      () => undefined,
    );
  }

  await begin(true);
  return {
    end: () => {
      isEnded = true;
      client?.end({ timeout: 1 }).catch(() => undefined);
    },
  };
}
