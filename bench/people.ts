import { createClient, createKey, createTenant } from '../src/client/manage.ts';
import { addressHome, identifierHome } from '../src/directory/home.ts';
import { writePolicy } from '../src/confirmation/policy-store.ts';
import type { PolicyInput } from '../src/confirmation/policy.ts';
import { systemClock } from '../src/std/clock.ts';
import { newId } from '../src/std/id.ts';
import { systemRandom } from '../src/std/random.ts';
import type { Sql } from '../src/store/connection.ts';

/** Whom the benchmark asks: one bank, its application, and its customers with a telephone number each. */
export const PEOPLE = 20_000;

export type Seeded = { readonly tenantId: string; readonly apiKey: string };

/**
 * Limits so wide that none is reached, and no waiting between two codes to one person; the failure rule
 * stays.
 */
const ROOMY: PolicyInput = {
  limits: {
    address: { perHourMax: 1_000_000_000, perDayMax: 1_000_000_000, spacingMs: 0 },
    prefix: { perHourMax: 1_000_000_000 },
    ip: { perHourMax: 1_000_000_000 },
    client: { perHourMax: 1_000_000_000 },
    country: { unverifiedPerHourMax: 1_000_000_000 },
  },
};

export function personName(person: number): string {
  return `person-${person}`;
}

/** A French mobile number, in E.164. */
export function personNumber(person: number): string {
  return `+3361${String(person).padStart(7, '0')}`;
}

export async function seed(sql: Sql): Promise<Seeded> {
  const tenant = await createTenant(sql, 'Bench Bank');
  const fields = { name: 'Bench Bank', domain: 'bank.example', returnOrigins: [] };
  const client = await createClient(sql, tenant.id, fields);
  if (!client.ok) throw new Error(client.refusal);
  const key = await createKey(sql, {
    tenantId: tenant.id,
    clientId: client.value.id,
    scope: 'client',
    label: 'bench',
  });
  if (!key.ok) throw new Error(key.refusal);
  const written = await writePolicy(sql, tenant.id, ROOMY);
  if (!written.ok) throw new Error(written.detail ?? written.refusal);
  await seedPeople(sql, tenant.id);
  return { tenantId: tenant.id, apiKey: key.value.key.reveal() };
}

async function seedPeople(sql: Sql, tenantId: string): Promise<void> {
  const nowMs = systemClock.nowMs();
  const people = Array.from({ length: PEOPLE }, (_, person) => {
    const number = personNumber(person);
    const name = personName(person);
    const home = addressHome(tenantId, 'sms', number);
    return {
      home,
      id: newId('sub', home, nowMs, systemRandom),
      addressId: newId('adr', home, nowMs, systemRandom),
      number,
      name,
      nameHome: identifierHome(tenantId, name),
    };
  });
  const rows = JSON.stringify(people);
  const columns = sql.unsafe(
    '"home" smallint, "id" text, "addressId" text, "number" text, "name" text, "nameHome" smallint',
  );
  await sql`
    insert into subscriber (home, id, tenant_id, name, language)
    select "home", "id", ${tenantId}, "name", 'en' from json_to_recordset(${rows}::text::json) as r (${columns})`;
  await sql`
    insert into address (home, id, tenant_id, subscriber_id, channel, value, state, source, bound_at)
    select "home", "addressId", ${tenantId}, "id", 'sms', "number", 'bound', 'contract', clock_now()
    from json_to_recordset(${rows}::text::json) as r (${columns})`;
  await sql`
    insert into identifier (home, tenant_id, value, kind, subscriber_home, subscriber_id)
    select "nameHome", ${tenantId}, "name", 'username', "home", "id"
    from json_to_recordset(${rows}::text::json) as r (${columns})`;
}
