/**
 * Proofs out of the stored tiles: that an entry is in the log, and that a log of one size goes on from a
 * smaller one.
 */
import type { Db } from '../store/connection.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { consistencyProof, inclusionProof } from './merkle.ts';
import { readTiles } from './read-store.ts';
import { readState } from './store.ts';
import { tileHashReader } from './tile.ts';

export type ProofRefusal = 'not_in_log';

/** The audit path of leaf `index` in the tree of `size` leaves. */
export async function inclusionOf(
  db: Db,
  index: number,
  size: number,
): Promise<Result<Uint8Array[], ProofRefusal>> {
  const { size: sizeNow } = await readState(db);
  if (size > sizeNow)
    return refuse('not_in_log', { detail: `The log has ${sizeNow} entries, not yet ${size}.` });
  if (index >= size)
    return refuse('not_in_log', { detail: `A log of ${size} entries has no entry ${index}.` });
  return ok(
    await inclusionProof(
      tileHashReader((tiles) => readTiles(db, tiles), size),
      index,
      size,
    ),
  );
}

/** That the tree of `to` leaves begins with the tree of `from` leaves. */
export async function consistencyOf(
  db: Db,
  from: number,
  to: number,
): Promise<Result<Uint8Array[], ProofRefusal>> {
  const { size: sizeNow } = await readState(db);
  if (to > sizeNow) return refuse('not_in_log', { detail: `The log has ${sizeNow} entries, not yet ${to}.` });
  if (from > to)
    return refuse('not_in_log', { detail: `A log of ${from} entries never became one of ${to}.` });
  return ok(
    await consistencyProof(
      tileHashReader((tiles) => readTiles(db, tiles), to),
      from,
      to,
    ),
  );
}
