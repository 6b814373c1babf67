/**
 * The room as main opens it: the banks that it asks, the rooms within it, its verbs. In every role, for a
 * confirmation may end in any process.
 */
import { createBank, type Bank, type BankOptions } from '../bank/host.ts';
import { createCardDesk, type CardDesk } from './card/desk.ts';
import { createExemptionDesk, type ExemptionDesk } from './exemption/desk.ts';
import { createPayments, type PaymentRoom, type PaymentsOptions } from './payments.ts';
import { contractOf } from './trustee/contract.ts';
import { createTrusteeDesk, type TrusteeDesk } from './trustee/desk.ts';

export type BankWays = Pick<BankOptions, 'timing' | 'linkTiming' | 'ca'>;
export type OpenedPayments = {
  readonly payments: PaymentRoom;
  readonly cards: CardDesk;
  readonly exemptions: ExemptionDesk;
  readonly trustee: TrusteeDesk;
};

/** Both are closed with `stack`, the banks last. */
export function openPayments(
  stack: AsyncDisposableStack,
  rooms: Omit<PaymentsOptions, 'bank' | 'parts'>,
  ways: BankWays = {},
): OpenedPayments {
  const { sql } = rooms.store;
  const { keys, clock, random, log } = rooms;
  const cards = createCardDesk({ ...rooms, sql });
  const bank: Bank = stack.use(
    createBank({
      ...ways,
      sql,
      keys,
      clock,
      random,
      log,
      onSettled: (tx, settled) => payments.onSettled(tx, settled),
    }),
  );
  const exemptions = createExemptionDesk({ ...rooms, sql, parts: { cards: cards.parts, contractOf } });
  const parts = { cards: cards.parts, exemptions: exemptions.exemptions, contractOf };
  const payments: PaymentRoom = stack.use(createPayments({ ...rooms, bank, parts }));
  const trustee = stack.use(createTrusteeDesk({ ...rooms, sql, bank, parts }));
  return { payments, cards, exemptions, trustee };
}
