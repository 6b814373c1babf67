/** Whether a merchant is paid by the trustee, which is asked before a bill is offered to payers. */
import type { Db } from '../../store/connection.ts';

export async function hasMerchantContract(
  db: Db,
  { tenantId, clientId, currency }: { tenantId: string; clientId: string; currency: string },
): Promise<boolean> {
  const rows = await db`
    select 1 from trustee_merchant
    where tenant_id = ${tenantId} and client_id = ${clientId} and currency = ${currency} and ended_at is null`;
  return rows.length > 0;
}
