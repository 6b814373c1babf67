import type { Confirmations } from '../../confirmation/confirmations.ts';
import type { Clock } from '../../std/clock.ts';
import type { KeyRing } from '../../std/key-ring.ts';
import type { Random } from '../../std/random.ts';
import type { Sql } from '../../store/connection.ts';
import type { Cards } from '../parts.ts';
import { createAddCard, createCardOutcome } from './add.ts';
import { createVault, type CardVault } from './vault.ts';

/** Cards on file as main and the routes use them. */
export type CardDesk = {
  readonly sql: Sql;
  readonly vault: CardVault;
  readonly confirmations: Confirmations;
  readonly add: ReturnType<typeof createAddCard>;
  /** What payments ask of this room. */
  readonly parts: Cards;
};

export type CardDeskOptions = {
  readonly sql: Sql;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
  readonly confirmations: Confirmations;
};

/** In every process in which confirmations end. */
export function createCardDesk(options: CardDeskOptions): CardDesk {
  const { sql, confirmations, clock } = options;
  const vault = createVault(options);
  confirmations.carryOut('order', { onEnded: createCardOutcome(vault) });
  return {
    sql,
    vault,
    confirmations,
    add: createAddCard({ sql, vault, confirmations, nowMs: clock.nowMs }),
    parts: {
      reveal: async (tenantId, token) => {
        const found = await vault.reveal(tenantId, token);
        if (found === null || found.onceFor !== null || found.subscriberId === null) return null;
        return { token, subscriberId: found.subscriberId, pan: found.pan, expiry: found.expiry };
      },
      isOfAnother: vault.isOfAnother,
      keep: (tx, tenantId, subscriberId, card) =>
        vault.keep(tx, { tenantId, subscriberId, onceFor: null }, card),
    },
  };
}
