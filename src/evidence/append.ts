/**
 * Appends entries in the transaction of the operation that they prove: both are there, or neither is. Nothing
 * is waited for; the sequencer gives each entry its place in the log after the commit.
 */
import type { Tx } from '../store/connection.ts';
import { makeEntry, type EntryInput } from './entry.ts';
import { insertEntries } from './store.ts';

export type NewEntry = {
  /** The home of the subject, 0 to 1023. */
  readonly home: number;
  readonly subjectId: string;
  /** As in the entry itself; null when it has none. */
  readonly n: number | null;
  /** From `makeEntry`. */
  readonly leaf: string;
};

/** One statement for all rows. Entries of one transaction stand in the log in the order of their rows. */
export async function appendEntries(tx: Tx, entries: readonly NewEntry[]): Promise<void> {
  if (entries.length > 0) await insertEntries(tx, entries);
}

/** Makes the entry of a subject that lives at `home`, ready to be appended. */
export function newEntry(home: number, input: EntryInput): NewEntry {
  return { home, subjectId: input.id, n: input.n ?? null, leaf: makeEntry(input).leaf };
}
