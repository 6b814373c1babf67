import { ok, type Result } from '../std/result.ts';
import type { Context } from './context.ts';
import { fingerprintOf, mayAnswer, READING_MS, shownParty, type ShownParty } from './message.ts';
import { findReading } from './reading.ts';
import { openHead } from './seal.ts';
import type { Caller, HandedOver, InReading, InReadingRefusal } from './verbs.ts';

/**
 * How a reading stands, for its page: whether an answer is asked, or what was handed over in this very
 * reading. It looks and changes nothing (S19).
 */
export type ReadingLook = {
  readonly sender: ShownParty | null;
  readonly fingerprint: string | null;
  readonly asksAnswer: boolean;
  readonly contentErased: boolean;
  /** Null until it was handed over in this reading, and when nothing is left to show. */
  readonly handedOver: Omit<HandedOver, 'handedOverAtMs'> | null;
};

export type LookAtReading = (
  caller: Caller,
  asked: InReading,
) => Promise<Result<ReadingLook, InReadingRefusal>>;

export function createLookAtReading({ store, keys }: Context): LookAtReading {
  return async (caller, asked) => {
    const found = await findReading(store.sql, caller, asked);
    if (!found.ok) return found;
    const { message, reading } = found.value;
    const head = openHead(keys, message);
    const { digest, contentKey } = message;
    const shown = reading.handedAtMs !== null && contentKey !== null && head !== null;
    return ok({
      sender: head && shownParty(head, head.sender),
      fingerprint: digest && fingerprintOf(digest),
      asksAnswer: mayAnswer(message),
      contentErased: contentKey === null,
      handedOver: shown
        ? {
            messageId: message.id,
            subject: head.subject,
            sender: shownParty(head, head.sender),
            files: head.files,
            readableUntilMs: (reading.provedAtMs ?? 0) + READING_MS,
          }
        : null,
    });
  };
}
