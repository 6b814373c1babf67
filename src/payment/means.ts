/**
 * How a payer pays, from what he typed to what a bank is asked with. Of a card the number and the expiry stay
 * with the payment, sealed, while a bank may have to be asked with it again; all else is used once (S8).
 */
import { openCard, sealCard, type Card, type Entry } from '../bank/card.ts';
import { must } from '../std/assert.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import type { Secret } from '../std/secret.ts';
import { checkCard, lastFourOf, maskPan } from './card/number.ts';
import type { Context } from './context.ts';
import type { Contract } from './parts.ts';
import type { BegunRow, PaymentRow } from './store.ts';
import type { BeginRefusal, MeansInput } from './verbs.ts';

export type Chosen = {
  /** For the question that is asked now; null where no bank is asked. */
  readonly card: Card | null;
  readonly contract: Contract | null;
  readonly columns: Pick<
    BegunRow,
    | 'means'
    | 'cardShown'
    | 'lastFour'
    | 'cardToken'
    | 'keepsCard'
    | 'keyId'
    | 'card'
    | 'cardEntry'
    | 'terminal'
    | 'merchant'
    | 'contractId'
  >;
};

type Payer = { readonly subscriberId: string | null };

const NO_CARD = {
  cardShown: null,
  lastFour: null,
  cardToken: null,
  keepsCard: false,
  keyId: null,
  card: null,
  cardEntry: null,
  terminal: null,
  merchant: null,
  contractId: null,
} as const;

export function createChoose(context: Context) {
  const { store, keys, random, parts, clock } = context;

  function columnsOf(row: PaymentRow, card: { pan: Secret<string>; expiry: string }, entry: Entry) {
    const sealed = sealCard(keys, row.id, card, random);
    return {
      ...NO_CARD,
      cardShown: maskPan(card.pan),
      lastFour: lastFourOf(card.pan),
      keyId: sealed.keyId,
      card: sealed.card,
      cardEntry: entry,
    };
  }

  async function typed(
    row: PaymentRow,
    input: Extract<MeansInput, { kind: 'card' | 'terminal' }>,
    { subscriberId }: Payer,
  ): Promise<Result<Chosen, BeginRefusal>> {
    const { pan, expiry, securityCode } = input.card;
    const checked = checkCard(input.card, clock.nowMs());
    if (!checked.ok) return checked;
    if (await parts.cards.isOfAnother(row.tenantId, pan, subscriberId)) return refuse('card_of_another');
    const card = { pan, expiry, ...(securityCode === null ? {} : { securityCode }) };
    if (input.kind === 'card') {
      const columns = columnsOf(row, { pan, expiry }, 'ecommerce');
      const keepsCard = input.keep && subscriberId !== null;
      return ok({
        card: { ...card, entry: 'ecommerce' },
        contract: null,
        columns: { ...columns, means: 'card', keepsCard },
      });
    }
    const { entry, terminal, merchant, pinBlock, track2, emv } = input;
    const columns = { ...columnsOf(row, { pan, expiry }, entry), means: input.kind, terminal, merchant };
    return ok({
      card: {
        ...card,
        entry,
        ...(pinBlock === null ? {} : { pinBlock }),
        ...(track2 === null ? {} : { track2 }),
        ...(emv === null ? {} : { emv }),
      },
      contract: null,
      columns,
    });
  }

  /** Another's card looks like one that is not there. */
  async function filed(row: PaymentRow, token: string, payer: Payer): Promise<Result<Chosen, BeginRefusal>> {
    const found = await parts.cards.reveal(row.tenantId, token);
    if (found === null || found.subscriberId !== payer.subscriberId) return refuse('unknown_card');
    const { pan, expiry } = found;
    const checked = checkCard({ pan, expiry, securityCode: null }, clock.nowMs());
    if (!checked.ok) return checked;
    const columns = columnsOf(row, { pan, expiry }, 'on_file');
    return ok({
      card: { pan, expiry, entry: 'on_file' },
      contract: null,
      columns: { ...columns, means: 'card_on_file', cardToken: token },
    });
  }

  /** Above the contract's amount the bank of its card is asked first (fig. 10). */
  async function trusted(row: PaymentRow, payer: Payer): Promise<Result<Chosen, BeginRefusal>> {
    const { subscriberId } = payer;
    const contract =
      subscriberId === null
        ? null
        : await parts.contractOf(store.sql, row.tenantId, subscriberId, row.currency);
    if (contract === null) return refuse('no_contract');
    if (row.minor > contract.limit) return refuse('contract_limit');
    const columns = { ...NO_CARD, means: 'trustee', contractId: contract.id } as const;
    if (contract.bankAbove === null || row.minor <= contract.bankAbove) {
      return ok({ card: null, contract, columns });
    }
    const card = contract.cardToken === null ? null : await filed(row, contract.cardToken, payer);
    if (card === null) return refuse('unknown_card');
    if (!card.ok) return card;
    const { contractId, means } = columns;
    return ok({ ...card.value, contract, columns: { ...card.value.columns, means, contractId } });
  }

  return (row: PaymentRow, input: MeansInput, payer: Payer): Promise<Result<Chosen, BeginRefusal>> => {
    switch (input.kind) {
      case 'card':
      case 'terminal':
        return typed(row, input, payer);
      case 'card_on_file':
        return filed(row, input.token, payer);
      case 'trustee':
        return trusted(row, payer);
      default:
        return input satisfies never;
    }
  };
}

/** The card of a payment for a later question: number and expiry, and how it was first read. */
export function cardOf({ keys }: Pick<Context, 'keys'>, row: PaymentRow): Card | null {
  const { keyId, card } = row;
  const opened = keyId === null || card === null ? null : openCard(keys, row.id, { keyId, card });
  if (opened === null) return null;
  return { ...opened, entry: must(row.cardEntry, 'a card was read somehow') as Entry };
}
