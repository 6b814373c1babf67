import { must } from '../std/assert.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { transaction } from '../store/transaction.ts';
import { doneItem } from './answer.ts';
import type { Context } from './context.ts';
import { finishItems } from './mailbox-store.ts';
import { isConsigned, isEnded, isPending } from './message.ts';
import { lockOwned } from './owned.ts';
import { isOverdue } from './reading.ts';
import { eventsOf, type RecordEvents } from './record.ts';
import { deleteMessages, eraseKey, step } from './store.ts';
import type { Caller, EraseRefusal, MessageView, RecallRefusal } from './verbs.ts';
import { viewNow } from './view.ts';

/** The sender takes back what nobody was handed yet. */
export function createRecall(context: Context, record: RecordEvents) {
  const { store, changes } = context;
  return async (caller: Caller, id: string): Promise<Result<MessageView, RecallRefusal>> => {
    const done = await transaction(store.sql, async (tx) => {
      const message = await lockOwned(tx, caller, id, 'sender');
      if (!message) return refuse('not_found');
      if (message.state === 'handed_over') return refuse('already_handed_over');
      if (!isPending(message.state) || isOverdue(message)) return refuse('not_waiting');
      const reason = 'recalled';
      await Promise.all([
        step(tx, 'recall', [{ home: message.home, id, reason, nextMs: 0 }]),
        finishItems(tx, [doneItem(message)]),
        record(
          tx,
          eventsOf('recall', isConsigned(message)).map((name) => ({ message, name, reason })),
        ),
      ]);
      return ok();
    });
    if (!done.ok) return done;
    changes.tell(id);
    return ok(must(await viewNow(context, caller, id), 'a recalled message is there'));
  };
}

/** Erases the content; what was sent, by whom, to whom and when stays, and the log stays valid. */
export function createEraseContent(context: Context, record: RecordEvents) {
  const { store, changes } = context;
  return async (caller: Caller, id: string): Promise<Result<undefined, EraseRefusal>> => {
    const done = await transaction(store.sql, async (tx) => {
      const message = await lockOwned(tx, caller, id, 'sender');
      if (!message) return refuse('not_found');
      if (message.state === 'draft') {
        await deleteMessages(tx, [message]);
        return ok();
      }
      if (message.contentKey === null) return ok();
      if (!isEnded(message.state) && message.state !== 'rejected') return refuse('still_waiting');
      await eraseKey(tx, message);
      if (isEnded(message.state)) await record(tx, [{ message, name: 'ContentErasure' }]);
      return ok();
    });
    if (done.ok) changes.tell(id);
    return done;
  };
}
