import type { Context as HttpContext } from 'hono';
import { isOpen } from './confirmation.ts';
import type { Context } from './context.ts';
import { readConfirmations, writePresence, type ConfirmationKey } from './store.ts';
import { streamStates } from './stream.ts';

/**
 * Live status: `data: {"state":"sent","delivery":"accepted"}` at every change, until the confirmation ends.
 * With the session's secret the stream is also the live connection that connected mode demands (P7): while it
 * is open the session is present, and shortly after it is not.
 */
const PRESENCE_MS = 15_000;
/** A connection that was only interrupted may come back within this time. */
const GRACE_MS = 3_000;

export function streamEvents(
  c: HttpContext,
  context: Context,
  key: ConfirmationKey,
  isPresence: boolean,
): Response {
  const { store, changes, log } = context;
  let isConnected = false;
  const look = async () => {
    const [row] = await readConfirmations(store.sql, context.keys, [key]);
    if (!row) return null;
    const { state, reason, deliveryState } = row;
    isConnected = row.connected;
    return { data: { state, reason, delivery: deliveryState }, isEnd: !isOpen(state) };
  };
  if (!isPresence) return streamStates(c, { id: key.id, changes, log, look });
  return streamStates(c, {
    id: key.id,
    changes,
    log,
    look,
    onBeat: async () => (isConnected ? writePresence(store.relaxed, key, PRESENCE_MS) : undefined),
    onLeft: () => writePresence(store.relaxed, key, GRACE_MS),
  });
}
