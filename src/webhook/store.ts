/** The SQL of endpoints. The tenant goes along everywhere, so that nobody touches another's (S14). */
import { must } from '../std/assert.ts';
import type { Db, Tx } from '../store/connection.ts';
import type { DisabledReason, Endpoint } from './endpoint.ts';

export type SealedSecret = { readonly keyId: string; readonly secret: Uint8Array };

export type NewEndpoint = SealedSecret &
  Pick<Endpoint, 'id' | 'tenantId' | 'clientId' | 'url' | 'description' | 'types'>;

/** Takes the tenant's row lock, so that endpoints made at once are counted one after the other. */
export async function lockTenant(tx: Tx, tenantId: string): Promise<void> {
  await tx`select 1 from tenant where id = ${tenantId} for no key update`;
}

export async function countEndpoints(tx: Tx, tenantId: string): Promise<number> {
  const rows = await tx<{ found: number }[]>`
    select count(*)::int as found from webhook_endpoint where tenant_id = ${tenantId}`;
  return must(rows[0], 'count gives a row').found;
}

export async function insertEndpoint(tx: Tx, made: NewEndpoint): Promise<Endpoint> {
  const rows = await tx<Endpoint[]>`
    insert into webhook_endpoint (id, tenant_id, client_id, url, description, types, state, key_id, secret)
    values (${made.id}, ${made.tenantId}, ${made.clientId}, ${made.url}, ${made.description},
      ${[...made.types]}::text[], 'active', ${made.keyId}, ${Buffer.from(made.secret)})
    returning ${columns(tx)}`;
  return must(rows[0], 'an insert returns its row');
}

export async function findEndpoint(db: Db, tenantId: string, id: string): Promise<Endpoint | null> {
  const rows = await db<Endpoint[]>`
    select ${columns(db)} from webhook_endpoint where id = ${id} and tenant_id = ${tenantId}`;
  return rows[0] ?? null;
}

export async function listEndpoints(
  db: Db,
  tenantId: string,
  after: string,
  limit: number,
): Promise<Endpoint[]> {
  return db<Endpoint[]>`
    select ${columns(db)} from webhook_endpoint
    where tenant_id = ${tenantId} and id > ${after} order by id limit ${limit}`;
}

export type EndpointChange = {
  readonly url?: string;
  readonly description?: string;
  readonly types?: readonly string[];
  /** Null: events of all clients. */
  readonly clientId?: string | null;
  readonly disabled?: boolean;
};

/** Enabling forgets the failures of before, so that the endpoint has its days again. */
export async function updateEndpoint(
  tx: Tx,
  tenantId: string,
  id: string,
  change: EndpointChange,
): Promise<Endpoint | null> {
  const types = change.types ? [...change.types] : null;
  const { disabled = null, clientId = null } = change;
  const rows = await tx<Endpoint[]>`
    update webhook_endpoint set
      url = coalesce(${change.url ?? null}, url),
      description = coalesce(${change.description ?? null}, description),
      types = coalesce(${types}::text[], types),
      client_id = case when ${change.clientId !== undefined}::boolean then ${clientId} else client_id end,
      state = case ${disabled}::boolean when true then 'disabled' when false then 'active' else state end,
      reason = case ${disabled}::boolean
        when true then coalesce(reason, ${'administrator' satisfies DisabledReason})
        when false then null else reason end,
      failing_since = case ${disabled}::boolean when false then null else failing_since end
    where id = ${id} and tenant_id = ${tenantId}
    returning ${columns(tx)}`;
  return rows[0] ?? null;
}

/** Its deliveries are claimed by nobody from then on, and are purged by age. */
export async function deleteEndpoint(db: Db, tenantId: string, id: string): Promise<boolean> {
  const rows = await db`
    delete from webhook_endpoint where id = ${id} and tenant_id = ${tenantId} returning 1`;
  return rows.length === 1;
}

/**
 * Puts a new secret in front. The one before signs for `oldMs` more, 0 for not at all; where two are alive
 * already, that must be said. Null when it may not be: then nothing changed.
 */
export async function rotateSecret(
  tx: Tx,
  tenantId: string,
  id: string,
  made: SealedSecret,
  oldMs: number,
): Promise<Endpoint | null> {
  const rows = await tx<Endpoint[]>`
    update webhook_endpoint set
      old_key_id = key_id, old_secret = secret,
      old_until = clock_now() + ${oldMs}::int * interval '1 millisecond',
      key_id = ${made.keyId}, secret = ${Buffer.from(made.secret)}
    where id = ${id} and tenant_id = ${tenantId}
      and (${oldMs}::int = 0 or old_until is null or old_until <= clock_now())
    returning ${columns(tx)}`;
  return rows[0] ?? null;
}

function columns(db: Db) {
  return db`id, tenant_id as "tenantId", client_id as "clientId", url, description, types, state, reason,
    failing_since as "failingSince", case when old_until > clock_now() then old_until end as "oldUntil",
    created_at as "createdAt"`;
}
