import { homeOf } from '../std/id.ts';
import type { Context } from './context.ts';
import { readConfirmations, type ReadRow } from './store.ts';

/** A confirmation with the database's time, for rooms inside that opened it; null when there is none. */
export type FindConfirmation = (id: string) => Promise<ReadRow | null>;

export function createFindConfirmation(context: Context): FindConfirmation {
  return async (id) => {
    const home = homeOf('cnf', id);
    if (home === null) return null;
    const [row] = await readConfirmations(context.store.sql, context.keys, [{ home, id }]);
    return row ?? null;
  };
}
