import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFindPrincipal } from '../../src/client/find.ts';
import { createClient, createKey, createTenant } from '../../src/client/manage.ts';
import type { Config } from '../../src/config.ts';
import type { PolicyInput } from '../../src/confirmation/policy.ts';
import { writePolicy } from '../../src/confirmation/policy-store.ts';
import type { ServerOptions } from '../../src/main.ts';
import { createCountersign } from '../../src/sdk/countersign.ts';
import type { Sql } from '../../src/store/connection.ts';
import { must } from '../../src/std/assert.ts';
import { systemRandom } from '../../src/std/random.ts';
import type { Handsets } from '../handset.ts';
import { createDemo } from './app.ts';
import { openDemoForm } from './form.ts';
import { createHandsetPages } from './handset-pages.ts';
import { ALICE, PEOPLE, signUpPeople } from './people.ts';

/**
 * The demonstration: a tenant with one client and two subscribers, made at the first start, and the pages of
 * a bank that uses the API like anybody else.
 */
export type Demo = {
  readonly tenantId: string;
  readonly apiKey: string;
  /** The identifier of the person who confirms. */
  readonly subscriber: string;
  /** The path of the registered messages of the demonstration's client. */
  readonly mailbox: string;
  /** The path of the form that people declare on. */
  readonly form: string;
  readonly mount: NonNullable<ServerOptions['mount']>;
};

export type DemoOptions = {
  sql: Sql;
  config: Config;
  /** Null when a real operator is configured: then there is no phone to look at. */
  handsets: Handsets | null;
  /** Where the shop is; absent where there is none. */
  shop?: string;
};

/** Two acts follow each other within seconds here, which the default spacing of a minute would refuse. */
const POLICY: PolicyInput = {
  limits: { address: { perHourMax: 200, perDayMax: 1000, spacingMs: 2_000 } },
  purposes: { transfer: { normalUpTo: { EUR: '10.00' } } },
};

export async function openDemo({ sql, config, handsets, shop }: DemoOptions): Promise<Demo> {
  const apiKey = await demoKey(sql, config);
  const principal = must(await createFindPrincipal(sql)(apiKey), 'a key that was just made is known');
  await signUpPeople(sql, principal.tenantId);
  const mailbox = `/mail/${principal.clientId}`;
  const form = await openDemoForm(sql, principal);
  const { confirmations } = createCountersign({ baseUrl: `http://127.0.0.1:${config.port}`, apiKey });
  const https = config.publicUrl.startsWith('https:');
  return {
    tenantId: principal.tenantId,
    apiKey,
    subscriber: ALICE.username,
    mailbox,
    form,
    mount: (app, assets) => {
      app.route(
        '/',
        createDemo({
          client: confirmations,
          publicUrl: config.publicUrl,
          assets,
          random: systemRandom,
          identifier: ALICE.username,
          number: handsets ? ALICE.number : null,
          mailbox,
          form,
          shop: shop ?? null,
        }),
      );
      const known = PEOPLE.map(({ number }) => number);
      if (handsets) app.route('/', createHandsetPages({ handsets, assets, https, known }));
      app.get('/', (c) => c.redirect('/demo', 302));
    },
  };
}

/**
 * The key is kept beside the data, readable by us only, because the database knows no more than its digest.
 */
async function demoKey(sql: Sql, config: Config): Promise<string> {
  const path = join(config.dataFolder, 'demo.key');
  const known = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (known !== '' && (await createFindPrincipal(sql)(known))) return known;
  const made = await seed(sql, config);
  await writeFile(path, `${made}\n`, { mode: 0o600 });
  return made;
}

async function seed(sql: Sql, config: Config): Promise<string> {
  const tenant = await createTenant(sql, 'Demonstration');
  const { origin, hostname } = new URL(config.publicUrl);
  const client = await createClient(sql, tenant.id, {
    name: 'Acme Bank',
    domain: hostname,
    returnOrigins: [origin],
  });
  if (!client.ok) throw new Error(`The demonstration's client was refused: ${client.refusal}`);
  await writePolicy(sql, tenant.id, POLICY);
  const key = await createKey(sql, {
    tenantId: tenant.id,
    clientId: client.value.id,
    scope: 'client',
    label: 'demonstration',
  });
  if (!key.ok) throw new Error(`The demonstration's key was refused: ${key.refusal}`);
  return key.value.key.reveal();
}
