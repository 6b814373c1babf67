/**
 * Puts a card on file by a client's call: its number is kept for the subscriber once his own code was right
 * (RTS 2018/389 art. 5 and 24), and nothing of it is left otherwise.
 *
 *   add ──▶ card typed once, confirmation opened (one transaction) ──right code──▶ on file
 *                                                                └─ wrong, late, not me ─▶ (deleted)
 */
import { getSubscriber } from '../../directory/manage.ts';
import type { Act } from '../../confirmation/act.ts';
import type { Confirmations } from '../../confirmation/confirmations.ts';
import type { Opened, OpenRefusal } from '../../confirmation/open.ts';
import type { CarryOut } from '../../confirmation/outcomes.ts';
import type { Principal } from '../../http/client-auth.ts';
import type { Language } from '../../std/language.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import type { Sql } from '../../store/connection.ts';
import { BRAND_RULES, brandOf } from './brand.ts';
import { checkCard, lastFourOf, type CardRefusal } from './number.ts';
import type { CardData } from './seal.ts';
import type { CardVault, StoredCard } from './vault.ts';

export type AddCard = {
  readonly subscriberId: string;
  readonly card: CardData;
  /** Of the message; else the subscriber's own. */
  readonly language: Language | null;
  readonly returnUrl: string | null;
  readonly ip: string;
};

export type AddCardRefusal = OpenRefusal | CardRefusal | 'card_of_another' | 'too_many_cards';

/** A code is on its way to the subscriber; the token is good once it was right. */
export type Adding = { readonly card: StoredCard; readonly opened: Opened; readonly act: Act };

export type AddCardOptions = {
  readonly sql: Sql;
  readonly vault: CardVault;
  readonly confirmations: Confirmations;
  readonly nowMs: () => number;
};

export const CARDS_MAX = 20;

/** As the message says it; in the alphabet of short messages. */
const WORDS: Readonly<Record<Language, { readonly card: string; readonly what: string }>> = {
  en: { card: 'card on file', what: 'for later payments' },
  fr: { card: 'carte enregistrée', what: 'pour vos prochains paiements' },
  de: { card: 'gespeicherte Karte', what: 'für spätere Zahlungen' },
  es: { card: 'tarjeta guardada', what: 'para pagos futuros' },
};

export function createAddCard(options: AddCardOptions) {
  const { sql, vault, confirmations, nowMs } = options;

  return async (principal: Principal, input: AddCard): Promise<Result<Adding, AddCardRefusal>> => {
    const { tenantId } = principal;
    const { subscriberId, card } = input;
    const checked = checkCard({ ...card, securityCode: null }, nowMs());
    if (!checked.ok) return checked;
    const subscriber = await getSubscriber(sql, tenantId, subscriberId);
    if (!subscriber) return refuse('unknown_subscriber');
    const kept = await vault.list(tenantId, subscriberId);
    if (kept.length >= CARDS_MAX) return refuse('too_many_cards');
    if (await vault.isOfAnother(tenantId, card.pan, subscriberId)) return refuse('card_of_another');
    const act = actOf(card, input.language ?? subscriber.language ?? 'en');
    const added: StoredCard[] = [];
    const opened = await confirmations.open(principal, {
      to: { subscriberId },
      act,
      connected: false,
      language: input.language,
      returnUrl: input.returnUrl,
      ip: input.ip,
      alwaysSecured: true,
      alongside: async (tx, { id }) => {
        const typed = await vault.keep(tx, { tenantId, subscriberId, onceFor: id }, card);
        // Between the question above and here somebody else had his code right: he keeps it, and the code of
        // this one will find nothing to keep.
        // The last time counts: what an earlier one wrote was undone.
        added.splice(0, 1, ...(typed.ok ? [typed.value] : []));
      },
    });
    if (!opened.ok) return opened;
    const [typed] = added;
    return typed ? ok({ card: typed, opened: opened.value, act }) : refuse('card_of_another');
  };
}

/** What becomes of cards that wait for a code; confirmations of others with the same purpose have none. */
export function createCardOutcome(vault: CardVault): CarryOut {
  return async (tx, outcomes) => {
    const states = new Map(outcomes.map(({ row, state }) => [row.id, state]));
    const typed = await vault.typedFor(tx, [...states.keys()]);
    for (const { token, tenantId, subscriberId, onceFor } of typed) {
      if (subscriberId !== null && states.get(onceFor) === 'confirmed') {
        const owned = await vault.own(tx, tenantId, token, subscriberId);
        if (owned.ok) continue;
      }
      await vault.drop(tx, tenantId, onceFor);
    }
  };
}

function actOf({ pan }: CardData, language: Language): Act {
  const words = WORDS[language];
  const { name } = BRAND_RULES[brandOf(pan.reveal())];
  return {
    purpose: 'order',
    items: [{ name: `${words.card} ${name} ...${lastFourOf(pan)}`, quantity: 1 }],
    text: words.what,
  };
}
