import { enqueue } from '../gateway/gateway.ts';
import { sleep } from '../std/timer.ts';
import { asOutage } from '../store/connection.ts';
import type { Tx } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { doneItem, nextLook } from './answer.ts';
import type { Context } from './context.ts';
import { deleteChunks } from './file-store.ts';
import { finishItems } from './mailbox-store.ts';
import { isConsigned, isPending, type Message } from './message.ts';
import { noticeOf, tellSenders } from './notice.ts';
import { isOverdue } from './reading.ts';
import { eventsOf, type RecordEvents } from './record.ts';
import { claimDue, deleteMessages, eraseKey, scheduleNext, step } from './store.ts';

/**
 * The periodic work of this room, by any number of processes: each message says itself when it must be looked
 * at again (`next_at`), and whoever locks it first does what is due (I7).
 *
 *   draft ─▶ deleted     rejected ─▶ content erased     waiting, accepted ─▶ expired, or reminded
 *   content erased ─▶ its chunks deleted, some at a time
 */
export type Worker = AsyncDisposable & { readonly start: () => void };

const PERIOD_MS = 2_000;
const BATCH_MAX = 50;
const CHUNKS_MAX = 200;

type Due = 'draft' | 'rejected' | 'expired' | 'chunks' | 'reminder' | 'nothing';

function dueOf(message: Message): Due {
  const { state, contentKey } = message;
  if (state === 'draft') return 'draft';
  if (isPending(state) && contentKey !== null) return isOverdue(message) ? 'expired' : 'reminder';
  if (contentKey === null) return 'chunks';
  return state === 'rejected' ? 'rejected' : 'nothing';
}

export function createWorker(context: Context, record: RecordEvents): Worker {
  const { store, changes, log } = context;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function expire(tx: Tx, messages: readonly Message[]): Promise<void> {
    const reason = 'time_passed';
    await Promise.all([
      step(
        tx,
        'expire',
        messages.map(({ home, id }) => ({ home, id, reason, nextMs: 0 })),
      ),
      finishItems(tx, messages.map(doneItem)),
      record(
        tx,
        messages.flatMap((message) =>
          eventsOf('expire', isConsigned(message)).map((name) => ({ message, name, reason })),
        ),
      ),
      tellSenders(tx, messages, 'expired'),
    ]);
  }

  async function remind(tx: Tx, messages: readonly Message[]): Promise<void> {
    await Promise.all([
      enqueue(
        tx,
        messages.map((message) => noticeOf(message, message.notices)),
        false,
      ),
      scheduleNext(
        tx,
        messages.map((message) => ({
          home: message.home,
          id: message.id,
          nextMs: nextLook(message),
          notices: message.notices + 1,
        })),
      ),
    ]);
  }

  async function clear(tx: Tx, messages: readonly Message[]): Promise<void> {
    for (const { home, id, notices } of messages) {
      const full = (await deleteChunks(tx, { home, id }, CHUNKS_MAX)) === CHUNKS_MAX;
      await scheduleNext(tx, [{ home, id, nextMs: full ? 0 : null, notices }]);
    }
  }

  const work: Readonly<Record<Due, (tx: Tx, messages: readonly Message[]) => Promise<void>>> = {
    draft: deleteMessages,
    rejected: async (tx, messages) => {
      for (const message of messages) await eraseKey(tx, message);
    },
    expired: expire,
    reminder: remind,
    chunks: clear,
    nothing: async (tx, messages) =>
      scheduleNext(
        tx,
        messages.map(({ home, id, notices }) => ({ home, id, nextMs: null, notices })),
      ),
  };

  /** One round; true when there may be more to do at once. */
  async function once(): Promise<boolean> {
    const done = await transaction(store.sql, async (tx) => {
      const claimed = await claimDue(tx, BATCH_MAX);
      for (const [due, messages] of Map.groupBy(claimed, dueOf)) await work[due](tx, messages);
      return claimed;
    });
    for (const { id } of done) changes.tell(id);
    return done.length === BATCH_MAX;
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        if (await once()) continue;
      } catch (error) {
        log.warn({ err: asOutage(error) }, 'what is due of messages could not be done yet');
      }
      await sleep(PERIOD_MS, stopping.signal);
    }
  }

  return {
    start: () => {
      running = loop();
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running;
    },
  };
}
