/** The story of a subject: its entries as they were written, in their order, also those not in the log yet. */
import { must } from '../std/assert.ts';
import type { Db } from '../store/connection.ts';
import { parseEntry, type Entry } from './entry.ts';
import { readLeaves } from './read-store.ts';

/** Without proofs: for showing to people what a receipt proves. */
export async function readHistory(db: Db, home: number, subjectId: string): Promise<Entry[]> {
  const leaves = await readLeaves(db, home, subjectId);
  return leaves.map((leaf) => {
    const entry = parseEntry(leaf);
    return must(entry.ok ? entry.value : null, `an entry of ${subjectId} cannot be read`);
  });
}
