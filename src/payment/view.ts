import { maskAddress } from '../directory/number.ts';
import { homeOf } from '../std/id.ts';
import type { Db } from '../store/connection.ts';
import { readPayments, type PaymentRow } from './store.ts';
import type { Caller, PaymentView } from './verbs.ts';

/** What is shown of a payment. */
export function viewOf(row: PaymentRow): PaymentView {
  const { currency, address, means } = row;
  return {
    id: row.id,
    state: row.state,
    reason: row.reason,
    means,
    amount: { minor: row.minor, currency },
    completed: row.completed === null ? null : { minor: row.completed, currency },
    refunded: { minor: row.refunded, currency },
    payee: row.payee,
    reference: row.reference,
    description: row.description,
    capture: row.capture,
    bankAsked: row.bankAsked,
    payerAddress: shownAddress(address, row),
    card: row.cardShown,
    exemption: row.exemption,
    confirmationId: row.confirmationId,
    authCode: row.authCode,
    rrn: row.rrn,
    createdAtMs: row.createdAtMs,
    expiresAtMs: row.expiresAtMs,
    endedAtMs: row.endedAtMs,
    language: row.language,
    returnUrl: row.returnUrl,
  };
}

/** The trustee's approval goes to the merchant with the buyer's address (fig. 10), once there is one. */
function shownAddress(address: string | null, { means, state }: PaymentRow): string | null {
  if (address === null) return null;
  const isApproved = state === 'completed' || state === 'authorised';
  return means === 'trustee' && isApproved ? address : maskAddress(address);
}

/** The payment of this id inside the caller's tenant and client; another's is not there (S14). */
export async function readOwned(db: Db, caller: Caller, id: string): Promise<PaymentRow | null> {
  const row = await readPayment(db, id);
  return row && owns(caller, row) ? row : null;
}

export async function readPayment(db: Db, id: string): Promise<PaymentRow | null> {
  const home = homeOf('pay', id);
  if (home === null) return null;
  const [row = null] = await readPayments(db, [{ home, id }]);
  return row;
}

export function owns(caller: Caller, row: PaymentRow): boolean {
  return row.tenantId === caller.tenantId && row.clientId === caller.clientId;
}
