/** Seals the keys of terminals anew under the current master key; the terminals notice nothing. */
import type { KeyRing } from '../../std/key-ring.ts';
import type { Random } from '../../std/random.ts';
import type { Sql } from '../../store/connection.ts';
import { resealAll, type Resealed, type ResealOptions, type ResealOutcome } from '../reseal.ts';
import { openTerminalKey, sealTerminalKey } from './manage.ts';
import { countKeysSealedOtherwise, listKeysSealedOtherwise, resealKey, type TerminalRow } from './store.ts';

type Parts = { readonly sql: Sql; readonly keys: KeyRing; readonly random: Random };

export function rotateTerminalKeys(parts: Parts, options?: ResealOptions): Promise<Resealed> {
  const { sql, keys } = parts;
  return resealAll<TerminalRow>(
    {
      count: () => countKeysSealedOtherwise(sql, keys.currentId),
      list: (after, max) => listKeysSealedOtherwise(sql, keys.currentId, after?.id ?? '', max),
      reseal: (row) => reseal(parts, row),
    },
    options,
  );
}

async function reseal({ sql, keys, random }: Parts, row: TerminalRow): Promise<ResealOutcome> {
  const key = openTerminalKey(keys, row);
  if (key === null) return 'lost';
  const isDone = await resealKey(sql, row.key, { id: row.id, ...sealTerminalKey(keys, row.id, key, random) });
  return isDone ? 'resealed' : 'changed';
}
