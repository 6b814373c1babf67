/**
 * Which message a receipt speaks of. A text of several segments has one reference, the id of its first
 * segment, but the operator writes a receipt for each: the text is delivered when all of them are, and failed
 * when one is.
 *
 *   open(first id, segments) ──▶ join(other id)... ──▶ find(id) ──▶ settle
 *
 * The book is a bounded memory of one account, not a store: an id that it does not know (after a restart, or
 * long after) is its own reference. It also knows an id again that the receipt writes in another base (see
 * idForms).
 */
import type { DeliveryReceipt } from '../channel.ts';
import { createRecent } from '../../std/recent.ts';
import { canonicalId, idForms } from './receipt.ts';

const ENTRIES_MAX = 40_000;

type Text = {
  readonly reference: string;
  readonly delivered: string[];
  readonly total: number;
  failed: boolean;
};

type BookEntry = { readonly text: Text; readonly key: string };

export type Book = {
  /** A first segment was accepted under `messageId`; the text has `total` segments. */
  readonly open: (messageId: string, total: number) => void;
  /** Another segment of the text `reference` was accepted under `messageId`. */
  readonly join: (reference: string, messageId: string) => void;
  /**
   * What a receipt for `messageId` with this outcome says of the whole text; null for nothing yet, or nothing
   * new.
   */
  readonly weigh: (messageId: string, outcome: DeliveryReceipt['outcome']) => Weighed;
};

type Weighed = {
  /** The reference to report, or null when there is nothing to report. */
  readonly reference: string | null;
  /**
   * Writes down that it was reported; until then the same receipt weighs the same, so that it may be
   * repeated.
   */
  readonly settle: () => void;
};

export function createBook(options: { entriesMax?: number } = {}): Book {
  const entriesMax = options.entriesMax ?? ENTRIES_MAX;
  const texts = createRecent<Text>(entriesMax);

  function find(messageId: string): BookEntry | null {
    const plain = canonicalId(messageId);
    const known = texts.get(plain);
    if (known !== undefined) return { text: known, key: plain };
    for (const form of idForms(messageId)) {
      const key = canonicalId(form);
      const text = texts.get(key);
      if (text !== undefined) return { text, key };
    }
    return null;
  }

  return {
    open: (messageId, total) =>
      texts.set(canonicalId(messageId), { reference: messageId, delivered: [], total, failed: false }),
    join: (reference, messageId) => {
      const text = texts.get(canonicalId(reference));
      if (text !== undefined) texts.set(canonicalId(messageId), text);
    },
    weigh: (messageId, outcome) => {
      const entry = find(messageId);
      if (entry === null) return { reference: messageId, settle: () => undefined };
      const { text, key } = entry;
      if (outcome !== 'delivered') {
        return { reference: text.failed ? null : text.reference, settle: () => void (text.failed = true) };
      }
      const isLast =
        !text.delivered.includes(key) && text.delivered.length + 1 === text.total && !text.failed;
      return {
        reference: isLast ? text.reference : null,
        settle: () => void (text.delivered.includes(key) || text.delivered.push(key)),
      };
    },
  };
}
