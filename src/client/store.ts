/** The SQL of tenants, clients and API keys. */
import { must } from '../std/assert.ts';
import type { Db, Tx } from '../store/connection.ts';
import type { Client } from './client.ts';
import type { KeyScope } from './key.ts';

export type ClientRow = Client & { readonly createdAt: Date; readonly disabledAt: Date | null };

export type KeyRow = {
  readonly id: string;
  readonly scope: KeyScope;
  readonly label: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
};

type NewTenant = { id: string; name: string };
type NewKey = {
  id: string;
  tenantId: string;
  clientId: string;
  scope: KeyScope;
  hash: Buffer;
  label: string;
};

export async function insertTenant(db: Db, tenant: NewTenant): Promise<void> {
  await db`insert into tenant (id, name) values (${tenant.id}, ${tenant.name})`;
}

export async function insertClient(db: Db, client: Client): Promise<ClientRow> {
  const rows = await db<ClientRow[]>`
    insert into client (id, tenant_id, name, domain, return_origins)
    values (${client.id}, ${client.tenantId}, ${client.name}, ${client.domain}, ${[...client.returnOrigins]}::text[])
    returning ${clientColumns(db)}`;
  return must(rows[0], 'an insert returns its row');
}

export async function findClient(db: Db, tenantId: string, clientId: string): Promise<ClientRow | null> {
  const rows = await db<ClientRow[]>`
    select ${clientColumns(db)}
    from client where id = ${clientId} and tenant_id = ${tenantId}`;
  return rows[0] ?? null;
}

/** Whatever its tenant: for pages that people reach by the client's id alone. */
export async function findClientById(db: Db, clientId: string): Promise<ClientRow | null> {
  const rows = await db<ClientRow[]>`select ${clientColumns(db)} from client where id = ${clientId}`;
  return rows[0] ?? null;
}

/** Takes the tenant along, so that one tenant's administrator never touches another's client (S14). */
export async function updateClient(
  db: Db,
  tenantId: string,
  clientId: string,
  fields: Partial<Pick<Client, 'name' | 'domain' | 'returnOrigins'>>,
): Promise<ClientRow | null> {
  const origins = fields.returnOrigins ? [...fields.returnOrigins] : null;
  const rows = await db<ClientRow[]>`
    update client set
      name = coalesce(${fields.name ?? null}, name),
      domain = coalesce(${fields.domain ?? null}, domain),
      return_origins = coalesce(${origins}::text[], return_origins)
    where id = ${clientId} and tenant_id = ${tenantId}
    returning ${clientColumns(db)}`;
  return rows[0] ?? null;
}

/** True also when it was disabled already. */
export async function disableClientOnce(db: Db, tenantId: string, clientId: string): Promise<boolean> {
  const rows = await db`
    update client set disabled_at = coalesce(disabled_at, clock_now())
    where id = ${clientId} and tenant_id = ${tenantId} returning 1`;
  return rows.length === 1;
}

export async function listTenants(db: Db): Promise<{ id: string; name: string }[]> {
  return db<{ id: string; name: string }[]>`select id, name from tenant order by id`;
}

/** Clients of a tenant in the order of their ids, from after a cursor. */
export async function listClients(
  db: Db,
  tenantId: string,
  after: string,
  limit: number,
): Promise<ClientRow[]> {
  return db<ClientRow[]>`
    select ${clientColumns(db)}
    from client where tenant_id = ${tenantId} and id > ${after} order by id limit ${limit}`;
}

/** Takes the client's row lock, so that two new keys at once are counted one after the other. */
export async function lockClient(tx: Tx, tenantId: string, clientId: string): Promise<boolean> {
  const rows = await tx`
    select 1 from client where id = ${clientId} and tenant_id = ${tenantId} and disabled_at is null for update`;
  return rows.length === 1;
}

/** Call with the client's lock held. */
export async function countLiveKeys(tx: Tx, clientId: string, scope: KeyScope): Promise<number> {
  const rows = await tx<{ live: number }[]>`
    select count(*)::int as live from api_key
    where client_id = ${clientId} and scope = ${scope} and revoked_at is null`;
  return must(rows[0], 'count gives a row').live;
}

export async function insertKey(tx: Tx, key: NewKey): Promise<KeyRow> {
  const rows = await tx<KeyRow[]>`
    insert into api_key (id, tenant_id, client_id, scope, hash, label)
    values (${key.id}, ${key.tenantId}, ${key.clientId}, ${key.scope}, ${key.hash}, ${key.label})
    returning ${keyColumns(tx)}`;
  return must(rows[0], 'an insert returns its row');
}

export async function listKeysOfClient(db: Db, tenantId: string, clientId: string): Promise<KeyRow[]> {
  return db<KeyRow[]>`
    select ${keyColumns(db)}
    from api_key where client_id = ${clientId} and tenant_id = ${tenantId} order by id`;
}

/** Whose key it is: for the command line, which serves every tenant. */
export async function findKeyOwner(
  db: Db,
  keyId: string,
): Promise<{ tenantId: string; clientId: string } | null> {
  const rows = await db<{ tenantId: string; clientId: string }[]>`
    select tenant_id as "tenantId", client_id as "clientId" from api_key where id = ${keyId}`;
  return rows[0] ?? null;
}

/** True when this call revoked it or it was revoked already; false when the client has no such key. */
export async function revokeKeyOnce(
  db: Db,
  tenantId: string,
  clientId: string,
  keyId: string,
): Promise<boolean> {
  const rows = await db`
    update api_key set revoked_at = coalesce(revoked_at, clock_now())
    where id = ${keyId} and client_id = ${clientId} and tenant_id = ${tenantId} returning 1`;
  return rows.length === 1;
}

export type KeyHolder = { tenantId: string; clientId: string; scope: KeyScope; keyId: string };

/** The holder of a live key of an active client. */
export async function findKeyHolder(db: Db, hash: Buffer): Promise<KeyHolder | null> {
  const rows = await db<KeyHolder[]>`
    select k.tenant_id as "tenantId", k.client_id as "clientId", k.scope, k.id as "keyId"
    from api_key k join client c on c.id = k.client_id
    where k.hash = ${hash} and k.revoked_at is null and c.disabled_at is null`;
  return rows[0] ?? null;
}

function clientColumns(db: Db) {
  return db`id, tenant_id as "tenantId", name, domain, return_origins as "returnOrigins",
    created_at as "createdAt", disabled_at as "disabledAt"`;
}

function keyColumns(db: Db) {
  return db`id, scope, label, created_at as "createdAt", revoked_at as "revokedAt"`;
}
