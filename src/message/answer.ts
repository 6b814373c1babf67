import { must } from '../std/assert.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { transaction } from '../store/transaction.ts';
import type { Context } from './context.ts';
import { finishItems } from './mailbox-store.ts';
import { homeOfPartyKey, mayAnswer, nextLookMs, type Message } from './message.ts';
import { tellSenders } from './notice.ts';
import { lockReading } from './reading.ts';
import { eventsOf, type RecordEvents } from './record.ts';
import { step } from './store.ts';
import type { AnswerRefusal, Caller, InReading, MessageView } from './verbs.ts';
import { viewNow } from './view.ts';

/** The addressee, having proved himself, accepts the message or refuses it, where that was asked of him. */
export function createAnswer(context: Context, record: RecordEvents) {
  const { store, changes } = context;

  function answer(name: 'accept' | 'refuse') {
    return async (caller: Caller, asked: InReading): Promise<Result<MessageView, AnswerRefusal>> => {
      const done = await transaction(store.sql, async (tx) => {
        const found = await lockReading(tx, caller, asked);
        if (!found.ok) return found;
        const { message } = found.value;
        if (!message.acceptance) return refuse('acceptance_not_asked');
        if (!mayAnswer(message)) return refuse('already_answered');
        const { home, id } = message;
        const reason = name === 'refuse' ? 'refused' : null;
        const facts = { confirmation: asked.confirmationId };
        await Promise.all([
          step(tx, name, [{ home, id, reason, nextMs: name === 'accept' ? nextLook(message) : 0 }]),
          ...(name === 'refuse' ? [finishItems(tx, [doneItem(message)])] : []),
          record(
            tx,
            eventsOf(name, false).map((event) => ({
              message,
              name: event,
              ...(name === 'refuse' ? { reason: 'refused' } : {}),
              facts,
            })),
          ),
          tellSenders(tx, [message], name === 'accept' ? 'accepted' : 'refused'),
        ]);
        return ok();
      });
      if (!done.ok) return done;
      changes.tell(asked.messageId);
      return ok(must(await viewNow(context, caller, asked.messageId), 'an answered message is there'));
    };
  }

  return { accept: answer('accept'), refuse: answer('refuse') };
}

/** Clocks are compared in floating point, and a look a moment early would be repeated. */
const TOLERANCE_MS = 60_000;

/** When a message that waits must be looked at again, from now. */
export function nextLook(message: Message): number {
  const sinceMs = message.nowMs - must(message.acceptedAtMs, 'a registered message was accepted');
  return Math.max(0, nextLookMs(sinceMs + TOLERANCE_MS, message.expiresAfterMs) - sinceMs);
}

export function doneItem(message: Message) {
  const { home, id, addresseeKey } = message;
  return { home, id, partyHome: homeOfPartyKey(addresseeKey), tokens: null };
}
