/**
 * Which message a receipt speaks of. A text of several segments has one reference, the id of its first segment, but
 * the operator writes a receipt for each: the text is delivered when all of them are, and failed when one is.
 *
 *   open(first id, segments) ──▶ join(other id)... ──▶ find(id) ──▶ settle
 *
 * The book is a bounded memory of one account, not a store: an id that it does not know (after a restart, or long
 * after) is its own reference. It also knows an id again that the receipt writes in another base (see idForms).
 */
import type { DeliveryReceipt } from '../channel.ts';
import { canonicalId, idForms } from './receipt.ts';

const ENTRIES_MAX = 20_000;

type Text = { readonly reference: string; readonly delivered: Set<string>; total: number; failed: boolean };

export type BookEntry = { readonly text: Text; readonly key: string };

export type Book = {
  /** A first segment was accepted under `messageId`; the text has `total` segments. */
  readonly open: (messageId: string, total: number) => void;
  /** Another segment of the text `reference` was accepted under `messageId`. */
  readonly join: (reference: string, messageId: string) => void;
  /** What a receipt for `messageId` with this outcome says of the whole text; null for nothing yet, or nothing new. */
  readonly weigh: (messageId: string, outcome: DeliveryReceipt['outcome']) => Weighed;
};

export type Weighed = {
  /** The reference to report, or null when there is nothing to report. */
  readonly reference: string | null;
  /** Writes down that it was reported; until then the same receipt weighs the same, so that it may be repeated. */
  readonly settle: () => void;
};

export function createBook(options: { entriesMax?: number } = {}): Book {
  const entriesMax = options.entriesMax ?? ENTRIES_MAX;
  const texts = new Map<string, Text>();

  function write(messageId: string, text: Text): void {
    texts.set(canonicalId(messageId), text);
    if (texts.size <= entriesMax) return;
    for (const oldest of texts.keys()) {
      texts.delete(oldest);
      break;
    }
  }

  function find(messageId: string): BookEntry | null {
    for (const form of idForms(messageId)) {
      const key = canonicalId(form);
      const text = texts.get(key);
      if (text !== undefined) return { text, key };
    }
    return null;
  }

  return {
    open: (messageId, total) =>
      write(messageId, { reference: messageId, delivered: new Set(), total, failed: false }),
    join: (reference, messageId) => {
      const text = texts.get(canonicalId(reference));
      if (text !== undefined) write(messageId, text);
    },
    weigh: (messageId, outcome) => {
      const entry = find(messageId);
      if (entry === null) return { reference: messageId, settle: () => undefined };
      const { text, key } = entry;
      if (outcome !== 'delivered') {
        return { reference: text.failed ? null : text.reference, settle: () => void (text.failed = true) };
      }
      const isLast = !text.delivered.has(key) && text.delivered.size + 1 === text.total && !text.failed;
      return { reference: isLast ? text.reference : null, settle: () => void text.delivered.add(key) };
    },
  };
}
