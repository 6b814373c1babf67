import { must } from '../../std/assert.ts';
import { monotonicMs } from '../../std/clock.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import type { Db } from '../../store/connection.ts';
import {
  DEFAULT_PAYMENT_POLICY,
  parsePaymentPolicy,
  type PaymentPolicy,
  type PaymentPolicyInput,
} from './policy.ts';

/** A changed policy is in force on every server after at most this time. */
const FRESH_MS = 1_000;
const TENANTS_MAX = 10_000;

export type FindPaymentPolicy = (db: Db, tenantId: string) => Promise<PaymentPolicy> | PaymentPolicy;

/**
 * The tenant's payment policy through a cache of a second. A document that no longer reads is thrown (S17).
 * Within a transaction it is read over that transaction's own connection: one that waited for a second
 * connection, while others do the same, would wait for itself.
 */
export function createFindPaymentPolicy(): FindPaymentPolicy {
  const cached = new Map<string, { policy: PaymentPolicy; freshUntilMs: number }>();

  async function load(db: Db, tenantId: string): Promise<PaymentPolicy> {
    const freshUntilMs = monotonicMs() + FRESH_MS;
    const { policy } = await readPaymentPolicy(db, tenantId);
    if (cached.size >= TENANTS_MAX) cached.clear();
    cached.set(tenantId, { policy, freshUntilMs });
    return policy;
  }

  return (db, tenantId) => {
    const known = cached.get(tenantId);
    return known && known.freshUntilMs > monotonicMs() ? known.policy : load(db, tenantId);
  };
}

/** The document as it was written, and what it means; `{}` and the defaults when the tenant wrote none. */
export async function readPaymentPolicy(
  db: Db,
  tenantId: string,
): Promise<{ document: PaymentPolicyInput; policy: PaymentPolicy }> {
  const rows = await db<
    { document: PaymentPolicyInput }[]
  >`select document from payment_policy where tenant_id = ${tenantId}`;
  if (!rows[0]) return { document: {}, policy: DEFAULT_PAYMENT_POLICY };
  const parsed = parsePaymentPolicy(rows[0].document);
  return {
    document: rows[0].document,
    policy: must(parsed.ok ? parsed.value : null, 'a stored payment policy reads'),
  };
}

export async function writePaymentPolicy(
  db: Db,
  tenantId: string,
  document: unknown,
): Promise<Result<PaymentPolicy, 'malformed_policy'>> {
  const parsed = parsePaymentPolicy(document);
  if (!parsed.ok) return refuse('malformed_policy', { detail: parsed.detail ?? 'It is no payment policy.' });
  await db`
    insert into payment_policy (tenant_id, document)
    values (${tenantId}, ${JSON.stringify(document)}::text::jsonb)
    on conflict (tenant_id) do update set document = excluded.document, updated_at = clock_now()`;
  return ok(parsed.value);
}
