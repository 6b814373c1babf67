import { must } from '../std/assert.ts';
import { equalBytes } from '../std/bytes.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { readHistory } from '../evidence/history.ts';
import type { Tx } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { doneItem } from './answer.ts';
import { DamagedContent, isWhole, readContent, type Content } from './content.ts';
import type { Context } from './context.ts';
import { readFiles } from './file-store.ts';
import { finishItems } from './mailbox-store.ts';
import { digestOf, manifestOf, mayBeRead, READING_MS, shownParty, type Message } from './message.ts';
import { tellSenders } from './notice.ts';
import { findReading, lockReading, type ProvedReading } from './reading.ts';
import { markHanded } from './reading-store.ts';
import { eventsOf, type RecordEvents } from './record.ts';
import { openHead, unwrapKey } from './seal.ts';
import { textsOfParty, tokensOf } from './search.ts';
import { step } from './store.ts';
import type { Caller, HandedOver, HandOverRefusal, InReading, OpenFile, ReadFileRefusal } from './verbs.ts';

/**
 * The content goes to its addressee (M2, claim 1), and nowhere else in this room is the key of a message
 * unwrapped to read it. The order: the session and its code, the state, the whole content against the digests
 * that the sender confirmed, and only then, under the lock, the one entry of the handover.
 */
export function createHandOver(context: Context, record: RecordEvents) {
  const { store, keys, changes, log } = context;

  /** Once for a reading: its number is that of the entry. */
  async function recordDamage(caller: Caller, asked: InReading): Promise<void> {
    log.error({ message: asked.messageId }, DAMAGED);
    await transaction(store.sql, async (tx) => {
      const found = await lockReading(tx, caller, asked);
      if (!found.ok) return;
      const { message, reading } = found.value;
      const history = await readHistory(tx, message.home, message.id);
      const name = 'ContentHandoverFailure';
      if (history.some((entry) => entry.type === name && entry.n === reading.n)) return;
      await record(tx, [{ message, name, n: reading.n, reason: 'damaged' }]);
    });
  }

  async function handOverOnce(tx: Tx, message: Message, confirmationId: string): Promise<void> {
    const { home, id, keyId, addresseeKey } = message;
    const head = must(openHead(keys, message), 'the head was opened a moment ago');
    // From now on he may find it by its subject too.
    const texts = [head.subject, ...textsOfParty(head.sender)];
    const tokens = tokensOf(keys, keyId, addresseeKey, texts);
    const facts = { confirmation: confirmationId };
    await Promise.all([
      step(tx, 'handOver', [{ home, id, reason: null, nextMs: null }]),
      finishItems(tx, [{ ...doneItem(message), tokens }]),
      record(
        tx,
        eventsOf('handOver', true).map((name) => ({ message, name, facts })),
      ),
      tellSenders(tx, [message], 'handed_over'),
    ]);
  }

  async function handOver(caller: Caller, asked: InReading): Promise<Result<HandedOver, HandOverRefusal>> {
    const found = await findReading(store.sql, caller, asked);
    if (!found.ok) return found;
    const content = await openContent(context, found.value);
    if (!content.ok || !(await isWhole(store.sql, content.value))) {
      const refused = content.ok ? refuse('damaged') : content;
      if (refused.refusal === 'damaged') await recordDamage(caller, asked);
      return refused;
    }
    const done = await transaction(store.sql, async (tx) => {
      const again = await lockReading(tx, caller, asked);
      if (!again.ok) return again;
      const { message } = again.value;
      if (!mayBeRead(message)) return refuse('acceptance_needed');
      if (message.contentKey === null) return refuse('content_erased');
      if (message.state !== 'handed_over') await handOverOnce(tx, message, asked.confirmationId);
      await markHanded(tx, asked.confirmationId);
      return ok(again.value);
    });
    if (!done.ok) return done;
    changes.tell(asked.messageId);
    const { message, reading } = done.value;
    const { head } = content.value;
    const provedAtMs = must(reading.provedAtMs, 'a proved reading says when');
    return ok({
      messageId: message.id,
      subject: head.subject,
      sender: shownParty(head, head.sender),
      files: head.files,
      handedOverAtMs: message.handedOverAtMs ?? message.nowMs,
      readableUntilMs: provedAtMs + READING_MS,
    });
  }

  return handOver;
}

/** A file of what was handed over in this reading, as a stream; the first of it is opened before it is promised. */
export function createReadFile(context: Context) {
  const { store, log } = context;
  return async (caller: Caller, asked: InReading, n: number): Promise<Result<OpenFile, ReadFileRefusal>> => {
    const found = await findReading(store.sql, caller, asked);
    if (!found.ok) return found;
    if (found.value.reading.handedAtMs === null) return refuse('not_handed_over');
    const content = await openContent(context, found.value);
    // What was handed over needs no acceptance any more.
    if (!content.ok)
      return refuse(content.refusal === 'acceptance_needed' ? 'not_handed_over' : content.refusal);
    const file = content.value.head.files.find((each) => each.n === n);
    if (!file) return refuse('not_found');
    const parts = readContent(store.sql, content.value, file);
    try {
      const first = await parts.next();
      return ok({
        file,
        body: told(continued(first, parts), (error) =>
          log.error({ message: asked.messageId, reason: error.message }, DAMAGED),
        ),
      });
    } catch (error) {
      if (!(error instanceof DamagedContent)) throw error;
      log.error({ message: asked.messageId, reason: error.message }, DAMAGED);
      return refuse('damaged');
    }
  };
}

/** The one place where the key of a message is unwrapped to read it: with a proved reading in hand. */
async function openContent(
  { store, keys }: Pick<Context, 'store' | 'keys'>,
  { message }: ProvedReading,
): Promise<Result<Content, 'acceptance_needed' | 'content_erased' | 'damaged'>> {
  if (!mayBeRead(message)) return refuse('acceptance_needed');
  const { contentKey: wrapped, digest } = message;
  if (wrapped === null || message.head === null) return refuse('content_erased');
  must(keys.has(message.keyId) || null, `the master key "${message.keyId}" is not in the ring: put it back`);
  const contentKey = unwrapKey(keys, message, wrapped);
  const head = openHead(keys, message);
  if (contentKey === null || head === null || digest === null) return refuse('damaged');
  if (!equalBytes(digest, digestOf(manifestOf(message, head)))) return refuse('damaged');
  return ok({ message, head, contentKey, files: await readFiles(store.sql, message) });
}

const DAMAGED = 'the content of a message is damaged';

/** Has damage logged that is found when the first part is out already: the stream then ends too early. */
async function* told(
  parts: AsyncGenerator<Uint8Array, void>,
  tell: (error: DamagedContent) => void,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* parts;
  } catch (error) {
    if (error instanceof DamagedContent) tell(error);
    throw error;
  }
}

async function* continued(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array, void>,
): AsyncGenerator<Uint8Array, void> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}
