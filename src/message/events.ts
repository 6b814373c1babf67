import type { Context as HttpContext } from 'hono';
import { streamStates } from '../confirmation/stream.ts';
import type { Context } from './context.ts';
import { isEnded, type MessageState } from './message.ts';
import { readOwned } from './owned.ts';
import type { Caller } from './verbs.ts';

/** What a stream tells of a message as it is now. */
type Told = { readonly state: MessageState; readonly data: object };

/**
 * A message as it changes, as server-sent events, until it ends; to whoever may look at it. Null when it is
 * not the caller's. A page that shows the whole story asks for another `find`.
 */
export async function streamMessage(
  c: HttpContext,
  context: Context,
  caller: Caller,
  id: string,
  find: () => Promise<Told | null> = () => lookAtState(context, caller, id),
): Promise<Response | null> {
  const { store, changes, log } = context;
  if (!(await readOwned(store.sql, caller, id, null))) return null;
  const look = async () => {
    const told = await find();
    return told && { data: told.data, isEnd: isEnded(told.state) };
  };
  return streamStates(c, { id, changes, log, look });
}

async function lookAtState({ store }: Context, caller: Caller, id: string): Promise<Told | null> {
  const row = await readOwned(store.sql, caller, id, null);
  if (!row) return null;
  const { state, reason, readings, notices } = row;
  return { state, data: { state, reason, readings, notices } };
}
