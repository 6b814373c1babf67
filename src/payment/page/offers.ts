/**
 * What a payer may choose from (B1, B2, B4). His cards on file, and whether he has a contract, are shown only
 * where the merchant said who pays: to whoever types a name, they would tell of somebody else (S14).
 */
import { ruleOf } from '../../confirmation/policy.ts';
import type { ResolveRequest } from '../../directory/resolve.ts';
import { must } from '../../std/assert.ts';
import { checkExpiry, formatExpiry } from '../card/number.ts';
import type { CardVault } from '../card/vault.ts';
import type { Context } from '../context.ts';
import { paymentRuleOf } from '../exemption/policy.ts';
import type { FindPaymentPolicy } from '../exemption/policy-store.ts';
import type { PaymentRow } from '../store.ts';
import { readPayment } from '../view.ts';
import type { Caller, PaymentView } from '../verbs.ts';
import { hasMerchantContract } from './offers-store.ts';
import type { OfferedCard, Offers } from './view.ts';

export type OffersOptions = {
  readonly context: Pick<Context, 'store' | 'directory' | 'confirmations' | 'parts' | 'clock'>;
  readonly vault: Pick<CardVault, 'list'>;
  /** Says whether payers of a client may have their codes left out for it. */
  readonly policyOf: FindPaymentPolicy;
};

export function createOffers({ context, vault, policyOf }: OffersOptions) {
  const { store, directory, confirmations, parts, clock } = context;

  /** Null for who is under no contract, or is not found: the verb says so. */
  async function subscriberOf(row: PaymentRow, payer: string): Promise<string | null> {
    const { tenantId, clientId } = row;
    const rule = ruleOf(await confirmations.context.policyOf(tenantId), 'payment', clientId);
    const to = JSON.parse(payer) as ResolveRequest['to'];
    const found = await directory.resolve({ tenantId, to, channel: 'sms', allow: rule });
    return found.ok ? found.value.subscriberId : null;
  }

  async function cardsOf(tenantId: string, subscriberId: string): Promise<OfferedCard[]> {
    const kept = await vault.list(tenantId, subscriberId);
    return kept.flatMap(({ token, masked, expiry }) =>
      expiry === null || !checkExpiry(expiry, clock.nowMs()).ok
        ? []
        : [{ token, text: masked, expires: formatExpiry(expiry) }],
    );
  }

  async function mayBill(row: PaymentRow, subscriberId: string): Promise<boolean> {
    const contract = await parts.contractOf(store.sql, row.tenantId, subscriberId, row.currency);
    return contract !== null && row.minor <= contract.limit;
  }

  return async ({ id, tenantId, clientId }: PaymentView & Caller): Promise<Offers> => {
    const row = must(await readPayment(store.sql, id), 'a payment that is visited is there');
    const { currency, payer } = row;
    const rule = paymentRuleOf(await policyOf(store.sql, tenantId), clientId);
    const trust = rule.trustedPayees;
    const rules = [rule.lowValue, rule.recurring, rule.risk];
    const common = { trust, mayBeExempt: trust || rules.some((each) => each !== null) };
    if (payer === null) {
      const bill = await hasMerchantContract(store.sql, { tenantId, clientId, currency });
      return { ...common, payer: 'asked', cards: [], bill };
    }
    const subscriberId = await subscriberOf(row, payer);
    if (subscriberId === null) return { ...common, payer: 'named', cards: [], bill: false };
    const [cards, bill] = await Promise.all([cardsOf(tenantId, subscriberId), mayBill(row, subscriberId)]);
    return { ...common, payer: 'named', cards, bill };
  };
}
