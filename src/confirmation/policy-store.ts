import { refuse, ok, type Result } from '../std/result.ts';
import { must } from '../std/assert.ts';
import { monotonicMs } from '../std/clock.ts';
import type { Db } from '../store/connection.ts';
import { DEFAULT_POLICY, parsePolicy, type Policy, type PolicyInput } from './policy.ts';

/** A changed policy is in force on every server after at most this time. */
const FRESH_MS = 5_000;
const TENANTS_MAX = 10_000;

export type FindPolicy = (tenantId: string) => Promise<Policy> | Policy;

/**
 * The tenant's policy through a cache of 5 s. A document that no longer reads refuses by being thrown (S17).
 */
export function createFindPolicy(db: Db): FindPolicy {
  const cached = new Map<string, { policy: Policy; freshUntilMs: number }>();

  async function load(tenantId: string): Promise<Policy> {
    const freshUntilMs = monotonicMs() + FRESH_MS;
    const policy = (await readPolicy(db, tenantId)).policy;
    if (cached.size >= TENANTS_MAX) cached.clear();
    cached.set(tenantId, { policy, freshUntilMs });
    return policy;
  }

  return (tenantId) => {
    const known = cached.get(tenantId);
    return known && known.freshUntilMs > monotonicMs() ? known.policy : load(tenantId);
  };
}

/** The document as it was written, and what it means; `{}` and the defaults when the tenant wrote none. */
export async function readPolicy(
  db: Db,
  tenantId: string,
): Promise<{ document: PolicyInput; policy: Policy }> {
  const rows = await db<
    { document: PolicyInput }[]
  >`select document from policy where tenant_id = ${tenantId}`;
  if (!rows[0]) return { document: {}, policy: DEFAULT_POLICY };
  const parsed = parsePolicy(rows[0].document);
  return {
    document: rows[0].document,
    policy: must(parsed.ok ? parsed.value : null, 'a stored policy reads'),
  };
}

export async function writePolicy(
  db: Db,
  tenantId: string,
  document: unknown,
): Promise<Result<Policy, 'malformed_policy'>> {
  const parsed = parsePolicy(document);
  if (!parsed.ok) return refuse('malformed_policy', { detail: parsed.detail ?? 'It is no policy.' });
  await db`
    insert into policy (tenant_id, document) values (${tenantId}, ${JSON.stringify(document)}::text::jsonb)
    on conflict (tenant_id) do update set document = excluded.document, updated_at = clock_now()`;
  return ok(parsed.value);
}
