/**
 * Seals the cards on file anew under the current master key.
 *
 *   every server has "k2,k1" ──▶ countersign cards rotate ──▶ nothing is left under k1 ──▶ "k2"
 */
import type { KeyRing } from '../../std/key-ring.ts';
import type { Random } from '../../std/random.ts';
import type { Sql } from '../../store/connection.ts';
import { resealAll, type Resealed, type ResealOptions, type ResealOutcome } from '../reseal.ts';
import { countSealedOtherwise, listSealedOtherwise, resealCard, type CardRow } from './card-store.ts';
import { fingerprintOf, openCardData, sealCardData } from './seal.ts';

type Parts = { readonly sql: Sql; readonly keys: KeyRing; readonly random: Random };

export function rotateCards(parts: Parts, options: ResealOptions): Promise<Resealed> {
  const { sql, keys } = parts;
  return resealAll<CardRow>(
    {
      count: () => countSealedOtherwise(sql, keys.currentId),
      list: (after, max) => listSealedOtherwise(sql, keys.currentId, after ?? { home: -1, token: '' }, max),
      reseal: (row) => reseal(parts, row),
    },
    options,
  );
}

async function reseal({ sql, keys, random }: Parts, row: CardRow): Promise<ResealOutcome> {
  const card = openCardData(keys, row);
  if (card === null) return 'lost';
  const keyId = keys.currentId;
  const isDone = await resealCard(sql, row.sealed, {
    home: row.home,
    token: row.token,
    keyId,
    fingerprint: fingerprintOf(keys, keyId, row.tenantId, card.pan),
    sealed: sealCardData(keys, keyId, row.token, card, random),
  });
  return isDone ? 'resealed' : 'changed';
}
