/**
 * The list of payees that a payer trusts, changed by a client's call: a payee comes on it, and goes, by a
 * right code of the payer only (RTS 2018/389 art. 13(1)).
 *
 *   change ──▶ written down, confirmation opened (one transaction) ──right code──▶ done
 *                                                                └─ wrong, late, not me ─▶ (forgotten)
 */
import type { Act } from '../../confirmation/act.ts';
import type { Confirmations } from '../../confirmation/confirmations.ts';
import type { Opened, OpenRefusal } from '../../confirmation/open.ts';
import type { CarryOut } from '../../confirmation/outcomes.ts';
import { getSubscriber } from '../../directory/manage.ts';
import type { Principal } from '../../http/client-auth.ts';
import type { Language } from '../../std/language.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import type { Sql } from '../../store/connection.ts';
import type { Exemptions } from './exemptions.ts';
import { insertChange, takeChanges } from './trusted-store.ts';

export type ChangeTrust = {
  readonly subscriberId: string;
  /** Who receives, as payments name him; null for the client itself. */
  readonly payee: string | null;
  /** Whether the payee shall be on the list. */
  readonly isWanted: boolean;
  /** Of the message; else the subscriber's own. */
  readonly language: Language | null;
  readonly returnUrl: string | null;
  readonly ip: string;
};

/** A code is on its way to the payer. */
export type TrustAsked = { readonly opened: Opened; readonly act: Act };

/** Of an act, `text` (confirmation/act.ts). */
const TEXT_MAX = 140;

/** As the message says it; in the alphabet of short messages. */
const WORDS: Readonly<Record<Language, { readonly comes: string; readonly goes: string }>> = {
  en: {
    comes: 'pay without a code from now on (trusted payee)',
    goes: 'pay with a code again (no longer trusted)',
  },
  fr: {
    comes: 'désormais payer sans code (bénéficiaire de confiance)',
    goes: 'payer à nouveau avec un code (plus de confiance)',
  },
  de: {
    comes: 'ab jetzt ohne Code bezahlen (vertrauter Empfänger)',
    goes: 'wieder mit Code bezahlen (nicht mehr vertraut)',
  },
  es: {
    comes: 'pagar sin clave desde ahora (beneficiario de confianza)',
    goes: 'pagar de nuevo con clave (ya sin confianza)',
  },
};

/** What else the code of a payment stands for, before what is paid for; as long as an act's text may be. */
export function trustText(language: Language, description: string | null): string {
  const { comes } = WORDS[language];
  if (description === null) return comes;
  // What is cut in the middle of a character would be half of one.
  return `${comes}; ${description}`
    .slice(0, TEXT_MAX)
    .replace(/[\ud800-\udbff]$/, '')
    .trim();
}

export function createChangeTrust({ sql, confirmations }: { sql: Sql; confirmations: Confirmations }) {
  return async (principal: Principal, input: ChangeTrust): Promise<Result<TrustAsked, OpenRefusal>> => {
    const { tenantId, clientId } = principal;
    const { subscriberId, isWanted, language } = input;
    const subscriber = await getSubscriber(sql, tenantId, subscriberId);
    if (!subscriber) return refuse('unknown_subscriber');
    const client = await confirmations.context.clientOf(tenantId, clientId);
    if (!client) return refuse('unknown_client');
    const payee = input.payee ?? client.name;
    const words = WORDS[language ?? subscriber.language ?? 'en'];
    const act: Act = {
      purpose: 'order',
      items: [{ name: payee, quantity: 1 }],
      text: isWanted ? words.comes : words.goes,
    };
    const opened = await confirmations.open(principal, {
      to: { subscriberId },
      act,
      connected: false,
      language,
      returnUrl: input.returnUrl,
      ip: input.ip,
      alwaysSecured: true,
      alongside: (tx, { id, home }) => {
        const change = { confirmationId: id, tenantId, clientId, payer: subscriberId, payee, isWanted };
        return insertChange(tx, home, change);
      },
    });
    return opened.ok ? ok({ opened: opened.value, act }) : opened;
  };
}

/** What becomes of the changes that wait for a code; other confirmations of the purpose have none. */
export function createTrustOutcome({ trust, distrust }: Pick<Exemptions, 'trust' | 'distrust'>): CarryOut {
  return async (tx, outcomes) => {
    const states = new Map(outcomes.map(({ row, state }) => [row.id, state]));
    const changes = await takeChanges(
      tx,
      outcomes.map(({ row: { home, id } }) => ({ home, id })),
    );
    for (const { confirmationId, payer, isWanted, ...rest } of changes) {
      if (states.get(confirmationId) !== 'confirmed') continue;
      const trusted = { ...rest, payerKey: payer };
      await (isWanted ? trust(tx, trusted) : distrust(tx, trusted));
    }
  };
}
