import assert from 'node:assert/strict';
import { createClient, createKey, createTenant } from '../src/client/manage.ts';
import type { Sql } from '../src/store/connection.ts';

/** A tenant with one client, and a key of each scope in clear. */
export type TestTenant = {
  readonly tenantId: string;
  readonly clientId: string;
  readonly admin: string;
  readonly client: string;
};

export async function makeTenant(sql: Sql, name = 'Acme'): Promise<TestTenant> {
  const tenant = await createTenant(sql, name);
  const made = await createClient(sql, tenant.id, { name, domain: 'shop.example', returnOrigins: [] });
  assert(made.ok);
  const asked = { tenantId: tenant.id, clientId: made.value.id, label: '' };
  const admin = await createKey(sql, { ...asked, scope: 'admin' });
  const client = await createKey(sql, { ...asked, scope: 'client' });
  assert(admin.ok && client.ok);
  return {
    tenantId: tenant.id,
    clientId: made.value.id,
    admin: admin.value.key.reveal(),
    client: client.value.key.reveal(),
  };
}
