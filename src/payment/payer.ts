/** Who pays: whom the merchant named, or who says so himself; and the key of his account in the ledger. */
import { ruleOf } from '../confirmation/policy.ts';
import type { Recipient, ResolveRequest } from '../directory/resolve.ts';
import { hmacSha256, toHex } from '../std/bytes.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import type { Context } from './context.ts';
import type { PaymentRow } from './store.ts';
import type { Begin, BeginRefusal } from './verbs.ts';

export type Payer = {
  readonly to: ResolveRequest['to'];
  readonly subscriberId: string | null;
  /** E.164. */
  readonly address: string;
  readonly payerKey: string;
  readonly language: Recipient['language'];
  /** A third party answers for the address that is named (P3). */
  readonly isVouched: boolean;
};

const KEY = 'countersign/payer-account/1';
const KEY_DIGITS = 32;

export function createFindPayer(context: Context) {
  const { directory, confirmations } = context;

  return async (row: PaymentRow, how: Begin): Promise<Result<Payer, BeginRefusal>> => {
    const to = row.payer === null ? how.payer : (JSON.parse(row.payer) as ResolveRequest['to']);
    if (to === null) return refuse('unknown_payer');
    const { tenantId, clientId } = row;
    const rule = ruleOf(await confirmations.context.policyOf(tenantId), 'payment', clientId);
    const isVouched = how.vouched === true && row.payer === null;
    const found = await directory.resolve({
      tenantId,
      to,
      channel: 'sms',
      allow: isVouched ? { ...rule, callerAddress: true } : rule,
    });
    if (!found.ok) return found.refusal === 'unknown_subscriber' ? refuse('unknown_payer') : found;
    const { subscriberId, language, address } = found.value;
    return ok({
      to,
      subscriberId,
      address: address.value,
      payerKey: subscriberId ?? payerKeyOf(context, tenantId, address.value),
      language,
      isVouched,
    });
  };
}

/** Names the account of a payer without a contract, and tells his number to nobody. */
function payerKeyOf({ keys }: Pick<Context, 'keys'>, tenantId: string, address: string): string {
  const key = keys.derive(keys.currentId, KEY);
  return toHex(hmacSha256(key, `${tenantId}\n${address}`)).slice(0, KEY_DIGITS);
}
