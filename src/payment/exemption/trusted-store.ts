/** The list of payees that a payer trusts (art. 13), and how all that is remembered of him is erased. */
import type { Db, Tx } from '../../store/connection.ts';

export type PayerKey = { readonly home: number; readonly tenantId: string; readonly payer: string };
export type PayeeKey = PayerKey & { readonly clientId: string; readonly payeeKey: string };

export type TrustedPayee = {
  readonly clientId: string;
  readonly payee: string;
  readonly trustedAtMs: number;
};

export async function insertTrusted(tx: Tx, key: PayeeKey, payee: string): Promise<void> {
  const { home, tenantId, payer, clientId, payeeKey } = key;
  await tx`
    insert into trusted_payee (home, tenant_id, payer, client_id, payee_key, payee, trusted_at)
    values (${home}, ${tenantId}, ${payer}, ${clientId}, ${payeeKey}, ${payee}, clock_now())
    on conflict (home, tenant_id, payer, client_id, payee_key) do nothing`;
}

export async function deleteTrusted(tx: Tx, key: PayeeKey): Promise<boolean> {
  const { home, tenantId, payer, clientId, payeeKey } = key;
  const rows = await tx`
    delete from trusted_payee
    where home = ${home} and tenant_id = ${tenantId} and payer = ${payer} and client_id = ${clientId}
      and payee_key = ${payeeKey}
    returning 1`;
  return rows.length > 0;
}

/** Of one client: who else he trusts is not that client's business (S14). */
export async function listTrusted(db: Db, key: PayerKey, clientId: string): Promise<TrustedPayee[]> {
  const { home, tenantId, payer } = key;
  return db<TrustedPayee[]>`
    select client_id as "clientId", payee, extract(epoch from trusted_at)::float8 * 1000 as "trustedAtMs"
    from trusted_payee
    where home = ${home} and tenant_id = ${tenantId} and payer = ${payer} and client_id = ${clientId}
    order by payee_key`;
}

export type TrustChange = {
  readonly confirmationId: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly payer: string;
  readonly payee: string;
  readonly isWanted: boolean;
};

export async function insertChange(tx: Tx, home: number, change: TrustChange): Promise<void> {
  const { confirmationId, tenantId, clientId, payer, payee, isWanted } = change;
  await tx`
    insert into trust_change (home, confirmation_id, tenant_id, client_id, payer, payee, is_wanted)
    values (${home}, ${confirmationId}, ${tenantId}, ${clientId}, ${payer}, ${payee}, ${isWanted})`;
}

/** Takes the changes that wait for these confirmations; of each, one caller gets it. */
export async function takeChanges(
  tx: Tx,
  confirmations: readonly { readonly home: number; readonly id: string }[],
): Promise<TrustChange[]> {
  return tx<TrustChange[]>`
    delete from trust_change t
    using json_to_recordset(${JSON.stringify(confirmations)}::text::json) as r (home smallint, id text)
    where t.home = r.home and t.confirmation_id = r.id
    returning t.confirmation_id as "confirmationId", t.tenant_id as "tenantId", t.client_id as "clientId",
      t.payer, t.payee, t.is_wanted as "isWanted"`;
}

/** All that is remembered of a payer, in the transaction that erases him. */
export async function eraseHistory(tx: Tx, { home, tenantId, payer }: PayerKey): Promise<void> {
  await tx`
    with counter as (
      delete from exemption_counter where home = ${home} and tenant_id = ${tenantId} and payer = ${payer}
    ), means as (
      delete from exemption_means where home = ${home} and tenant_id = ${tenantId} and payer = ${payer}
    ), habit as (
      delete from exemption_habit where home = ${home} and tenant_id = ${tenantId} and payer = ${payer}
    ), known as (
      delete from paid_payee where home = ${home} and tenant_id = ${tenantId} and payer = ${payer}
    ), trusted as (
      delete from trusted_payee where home = ${home} and tenant_id = ${tenantId} and payer = ${payer}
    )
    delete from payment_series where home = ${home} and tenant_id = ${tenantId} and payer = ${payer}`;
}
