/**
 * Seals rows anew when there is a new master key in front of the ring, so that the old one can be dropped
 * (PCI DSS 3.7.4). A row carries the id of the key that it is under, so this needs no memory of its own:
 *
 *   rows under another key, in the order of their keys ──a batch──▶ each opened, sealed, put back ──▶ the next
 *
 * A row is put back only where it still is as it was read, so servers go on beside it; broken off and begun
 * again, it finds what is left.
 */
export type Resealed = {
  readonly resealed: number;
  /** Sealed under a master key that is not in the ring: nobody can open them. */
  readonly lost: number;
};

/** `changed`: it was erased or sealed anew meanwhile, and that is as well. */
export type ResealOutcome = 'resealed' | 'lost' | 'changed';

export type ResealOptions = { readonly onProgress?: (done: number, all: number) => void };

export type SealedRows<Row> = {
  readonly count: () => Promise<number>;
  /** In the order of their keys, from after one; from the first where that is null. */
  readonly list: (after: Row | null, max: number) => Promise<readonly Row[]>;
  readonly reseal: (row: Row) => Promise<ResealOutcome>;
};

const BATCH = 200;

export async function resealAll<Row>(
  { count, list, reseal }: SealedRows<Row>,
  { onProgress }: ResealOptions = {},
): Promise<Resealed> {
  const all = await count();
  let resealed = 0;
  let lost = 0;
  let after: Row | null = null;
  onProgress?.(0, all);
  for (;;) {
    const rows: readonly Row[] = await list(after, BATCH);
    const last = rows.at(-1);
    if (last === undefined) return { resealed, lost };
    const outcomes = await Promise.all(rows.map(reseal));
    resealed += outcomes.filter((outcome) => outcome === 'resealed').length;
    lost += outcomes.filter((outcome) => outcome === 'lost').length;
    after = last;
    onProgress?.(Math.min(all, resealed + lost), Math.max(all, resealed + lost));
  }
}
