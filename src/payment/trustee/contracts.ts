/** Making contracts with buyers and merchants: what is asked is judged here, once for API and command line. */
import { getSubscriber } from '../../directory/manage.ts';
import { isCurrency, parseMoney } from '../../std/money.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import type { Sql } from '../../store/connection.ts';
import { buyerHome, contractId, type Buyer } from './contract.ts';
import { saveBuyers, saveMerchant, type Merchant } from './contract-store.ts';
import { parseFees, type FeesDocument } from './fee.ts';
import type { ContractRefusal } from './problems.ts';

type Desk = {
  readonly sql: Sql;
  readonly cards: {
    readonly reveal: (tenantId: string, token: string) => Promise<{ subscriberId: string | null } | null>;
  };
};

export type BuyerTerms = {
  readonly cardToken: string | null;
  /** In major units. */
  readonly limit: string;
  readonly bankAbove: string | null;
};

const LIMIT_MAX = 999_999_999_999n;

export async function saveBuyerContract(
  { sql, cards }: Desk,
  who: { readonly tenantId: string; readonly subscriberId: string; readonly currency: string },
  { cardToken, limit, bankAbove }: BuyerTerms,
): Promise<Result<Buyer, ContractRefusal>> {
  const { tenantId, subscriberId, currency } = who;
  if (!isCurrency(currency)) return refuse('unknown_currency');
  const spend = parseMoney(limit, currency);
  const above = bankAbove === null ? null : parseMoney(bankAbove, currency);
  if (!spend.ok || spend.value.minor < 1n || spend.value.minor > LIMIT_MAX) return refuse('malformed_limit');
  if (above !== null && (!above.ok || above.value.minor > LIMIT_MAX)) return refuse('malformed_limit');
  const home = buyerHome(subscriberId);
  if (home === null || !(await getSubscriber(sql, tenantId, subscriberId)))
    return refuse('unknown_subscriber');
  const card = cardToken === null ? null : await cards.reveal(tenantId, cardToken);
  if (cardToken !== null && card?.subscriberId !== subscriberId) return refuse('card_not_on_file');
  const id = contractId(home, tenantId, subscriberId, currency);
  const [row] = await saveBuyers(sql, [
    {
      ...who,
      home,
      id,
      cardToken,
      limit: spend.value.minor,
      bankAbove: above?.ok ? above.value.minor : null,
    },
  ]);
  return row ? ok(row) : refuse('unknown_subscriber');
}

export async function saveMerchantContract(
  sql: Sql,
  who: { readonly tenantId: string; readonly clientId: string; readonly currency: string },
  fees: FeesDocument,
): Promise<Result<Merchant, ContractRefusal>> {
  if (!isCurrency(who.currency)) return refuse('unknown_currency');
  const rules = parseFees(fees, who.currency);
  if (typeof rules === 'string') return refuse('malformed_fees', { detail: rules });
  const saved = await saveMerchant(sql, { ...who, fees: JSON.stringify(fees) });
  return saved ? ok(saved) : refuse('unknown_client');
}
