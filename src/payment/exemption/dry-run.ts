/** What policy would do with a payment, asked without making one. It reads, and changes nothing. */
import type { Directory } from '../../directory/resolve.ts';
import type { KeyRing } from '../../std/key-ring.ts';
import type { Money } from '../../std/money.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import type { Sql } from '../../store/connection.ts';
import type { PaymentParts } from '../parts.ts';
import type { Means } from '../payment.ts';
import type { Exemptions } from './exemptions.ts';
import { instrumentOf } from './instrument.ts';
import type { PaymentRule } from './policy.ts';
import type { Judged } from './rules.ts';

export type Hypothesis = {
  readonly tenantId: string;
  readonly clientId: string;
  readonly amount: Money;
  readonly payee: string;
  readonly means: Means;
  /** Null for somebody of whom nothing is known. */
  readonly subscriberId: string | null;
  /** Of a card on file of his; null for a card that he has never confirmed. */
  readonly cardToken: string | null;
  readonly series: string | null;
  readonly ip: string | null;
};

export type DryRun = Judged & Pick<PaymentRule, 'bankAsked' | 'capture' | 'statement'>;

export type DryRunOptions = {
  readonly sql: Sql;
  readonly keys: KeyRing;
  readonly directory: Directory;
  readonly exemptions: Exemptions;
  readonly parts: Pick<PaymentParts, 'cards' | 'contractOf'>;
};

export type DryRunRefusal = 'unknown_subscriber' | 'unknown_card';

export function createDryRun(options: DryRunOptions) {
  const { sql, keys, directory, exemptions, parts } = options;

  async function addressOf(tenantId: string, subscriberId: string): Promise<string | null> {
    const allow = { callerAddress: false, numberDirectory: false };
    const found = await directory.resolve({ tenantId, to: { subscriberId }, channel: 'sms', allow });
    return found.ok ? found.value.address.value : null;
  }

  async function contractOf(asked: Hypothesis, subscriberId: string): Promise<string | null> {
    const contract = await parts.contractOf(sql, asked.tenantId, subscriberId, asked.amount.currency);
    return contract?.id ?? null;
  }

  return async (asked: Hypothesis): Promise<Result<DryRun, DryRunRefusal>> => {
    const { tenantId, clientId, subscriberId, cardToken, means } = asked;
    const address = subscriberId === null ? null : await addressOf(tenantId, subscriberId);
    if (subscriberId !== null && address === null) return refuse('unknown_subscriber');
    const card = cardToken === null ? null : await parts.cards.reveal(tenantId, cardToken);
    const isCardHis = card !== null && card.subscriberId === subscriberId;
    if (cardToken !== null && !isCardHis) return refuse('unknown_card');
    const cardKey = card === null ? null : instrumentOf(keys, tenantId, card.pan);
    const isBilled = means === 'trustee' && subscriberId !== null;
    const instrument = isBilled ? await contractOf(asked, subscriberId) : cardKey;
    const judged = await exemptions.decide(sql, { ...asked, payerKey: subscriberId, address, instrument });
    const { bankAsked, capture, statement } = await exemptions.presets(sql, tenantId, clientId);
    return ok({ ...judged, bankAsked, capture, statement });
  };
}
