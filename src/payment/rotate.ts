/** Seals anew the cards that payments keep while they may be refunded, under the current master key. */
import { openCard, sealCard } from '../bank/card.ts';
import type { KeyRing } from '../std/key-ring.ts';
import type { Random } from '../std/random.ts';
import type { Sql } from '../store/connection.ts';
import { resealAll, type Resealed, type ResealOptions, type ResealOutcome } from './reseal.ts';
import {
  countCardsSealedOtherwise,
  listCardsSealedOtherwise,
  resealPaymentCard,
  type PaymentCardRow,
} from './rotate-store.ts';

type Parts = { readonly sql: Sql; readonly keys: KeyRing; readonly random: Random };

export function rotatePaymentCards(parts: Parts, options?: ResealOptions): Promise<Resealed> {
  const { sql, keys } = parts;
  return resealAll<PaymentCardRow>(
    {
      count: () => countCardsSealedOtherwise(sql, keys.currentId),
      list: (after, max) => listCardsSealedOtherwise(sql, keys.currentId, after ?? { home: -1, id: '' }, max),
      reseal: (row) => reseal(parts, row),
    },
    options,
  );
}

async function reseal({ sql, keys, random }: Parts, row: PaymentCardRow): Promise<ResealOutcome> {
  const { home, id, card } = row;
  const opened = openCard(keys, id, row);
  if (opened === null) return 'lost';
  const isDone = await resealPaymentCard(sql, card, { home, id, ...sealCard(keys, id, opened, random) });
  return isDone ? 'resealed' : 'changed';
}
