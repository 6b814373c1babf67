/**
 * Seals the cards anew when there is a new master key in front of the ring, so that the old one can be
 * dropped (PCI DSS 3.7.4). Beside running servers, and again from where it was when it is broken off.
 *
 *   every server has "k2,k1" ──▶ countersign cards rotate ──▶ nothing is left under k1 ──▶ "k2"
 */
import type { KeyRing } from '../../std/key-ring.ts';
import type { Random } from '../../std/random.ts';
import type { Sql } from '../../store/connection.ts';
import { countSealedOtherwise, listSealedOtherwise, resealCard, type CardRow } from './card-store.ts';
import { fingerprintOf, openCardData, sealCardData } from './seal.ts';

export type RotateOptions = { readonly onProgress?: (done: number, all: number) => void };

export type Rotated = {
  readonly resealed: number;
  /** Sealed under a master key that is not in the ring: nobody can open them. */
  readonly lost: number;
};

type Parts = { readonly sql: Sql; readonly keys: KeyRing; readonly random: Random };

const BATCH = 200;

export async function rotateCards(parts: Parts, { onProgress }: RotateOptions): Promise<Rotated> {
  const { sql, keys } = parts;
  const all = await countSealedOtherwise(sql, keys.currentId);
  let resealed = 0;
  let lost = 0;
  let after: Pick<CardRow, 'home' | 'token'> = { home: -1, token: '' };
  onProgress?.(0, all);
  for (;;) {
    const rows = await listSealedOtherwise(sql, keys.currentId, after, BATCH);
    const last = rows.at(-1);
    if (!last) return { resealed, lost };
    const outcomes = await Promise.all(rows.map((row) => reseal(parts, row)));
    resealed += outcomes.filter((outcome) => outcome === 'resealed').length;
    lost += outcomes.filter((outcome) => outcome === 'lost').length;
    after = last;
    onProgress?.(Math.min(all, resealed + lost), Math.max(all, resealed + lost));
  }
}

/** `changed`: it was deleted or sealed anew meanwhile, and that is as well. */
async function reseal({ sql, keys, random }: Parts, row: CardRow): Promise<'resealed' | 'lost' | 'changed'> {
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
