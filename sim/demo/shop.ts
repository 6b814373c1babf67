import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openShop, type Shop } from '../../examples/shop/shop.ts';
import { createClientCache, createFindPrincipal } from '../../src/client/find.ts';
import { createClient, createKey } from '../../src/client/manage.ts';
import type { Config } from '../../src/config.ts';
import { searchSubscribers } from '../../src/directory/manage.ts';
import { createVault } from '../../src/payment/card/vault.ts';
import { saveBuyerContract, saveMerchantContract } from '../../src/payment/trustee/contracts.ts';
import type { FeesDocument } from '../../src/payment/trustee/fee.ts';
import { createCountersign } from '../../src/sdk/countersign.ts';
import { must } from '../../src/std/assert.ts';
import { systemClock } from '../../src/std/clock.ts';
import type { Log } from '../../src/std/log.ts';
import { createMetrics } from '../../src/std/metrics.ts';
import { systemRandom } from '../../src/std/random.ts';
import { Secret } from '../../src/std/secret.ts';
import type { Sql } from '../../src/store/connection.ts';
import { changeEndpoint, createEndpoint } from '../../src/webhook/manage.ts';
import { createWebhooks } from '../../src/webhook/webhooks.ts';
import { DEMO_CARDS } from './bank.ts';
import { ALICE, BRUNO } from './people.ts';

/**
 * The shop of the demonstration: a client of its own in the demonstration's tenant, a webhook endpoint that
 * leads to it, a card on file for Alice, and for Bruno a contract with the telephone operator.
 */
export type DemoShop = {
  readonly shop: Shop;
  readonly clientId: string;
  readonly officePassword: string;
};

export type DemoShopOptions = {
  readonly sql: Sql;
  readonly config: Config;
  readonly tenantId: string;
  readonly log: Log;
  /** How often the shop asks without a webhook. */
  readonly pollMs?: number;
};

/** What the shop remembers beside its orders, readable by us only. */
type Kept = {
  readonly apiKey: string;
  readonly endpoint: string;
  readonly webhookSecret: string;
  readonly formKey: string;
  readonly officePassword: string;
};

const CONTRACT_LIMIT = '200.00';
const CONTRACT_BANK_ABOVE = '100.00';
const CURRENCY = 'EUR';
/** What the operator keeps of what it collects for the shop: 1.5 %. */
const FEES: FeesDocument = {
  steps: [{ upTo: null, basisPoints: 150 }],
  perPayment: '0',
  perPayout: '0',
  minimum: '0',
  maximum: null,
  rounding: 'half_up',
};
const EVENTS = ['payment.*'];

export async function openDemoShop(options: DemoShopOptions): Promise<DemoShop> {
  const { sql, config, tenantId } = options;
  const path = join(config.dataFolder, 'shop.json');
  const known = JSON.parse(await readFile(path, 'utf8').catch(() => 'null')) as Kept | null;
  const find = createFindPrincipal(sql);
  const kept = known && (await find(known.apiKey)) ? known : await seed(options);
  if (kept !== known) await writeFile(path, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
  const principal = must(await find(kept.apiKey), 'a key that was just made is known');
  const moved = await changeEndpoint(webhooks(options).context, tenantId, kept.endpoint, {
    url: webhookUrl(config),
    disabled: false,
  });
  if (!moved.ok) throw new Error(`The shop's webhook endpoint was refused: ${moved.detail ?? moved.refusal}`);
  await giveWaysToPay(options, principal.clientId);
  const shop = await openShop({
    countersign: createCountersign({ baseUrl: ownUrl(config), apiKey: kept.apiKey }),
    webhookSecret: kept.webhookSecret,
    origin: new URL(config.publicUrl).origin,
    payOrigin: new URL(config.publicUrl).origin,
    file: join(config.dataFolder, 'shop.jsonl'),
    key: Buffer.from(kept.formKey, 'base64'),
    officePassword: kept.officePassword,
    ...(options.pollMs === undefined ? {} : { pollMs: options.pollMs }),
  });
  return { shop, clientId: principal.clientId, officePassword: kept.officePassword };
}

function ownUrl({ port }: Config): string {
  return `http://127.0.0.1:${port}`;
}

function webhookUrl(config: Config): string {
  return `${ownUrl(config)}/shop/webhooks`;
}

/** The room's verbs, for what an administrator does once. */
function webhooks({ sql, config, log }: DemoShopOptions) {
  return createWebhooks({
    sql,
    keys: config.keys,
    clientOf: createClientCache(sql),
    allowPrivate: config.allowPrivateAddresses,
    clock: systemClock,
    random: systemRandom,
    metrics: createMetrics(),
    log,
  });
}

async function seed(options: DemoShopOptions): Promise<Kept> {
  const { sql, config, tenantId } = options;
  const { origin, hostname } = new URL(config.publicUrl);
  const client = await createClient(sql, tenantId, {
    name: 'Marginalia',
    domain: hostname,
    returnOrigins: [origin],
  });
  if (!client.ok) throw new Error(`The shop's client was refused: ${client.refusal}`);
  const clientId = client.value.id;
  const key = await createKey(sql, { tenantId, clientId, scope: 'client', label: 'shop' });
  if (!key.ok) throw new Error(`The shop's key was refused: ${key.refusal}`);
  const endpoint = await createEndpoint(webhooks(options).context, tenantId, {
    url: webhookUrl(config),
    description: 'The shop of the demonstration',
    types: EVENTS,
    clientId,
  });
  if (!endpoint.ok)
    throw new Error(`The shop's webhook endpoint was refused: ${endpoint.detail ?? endpoint.refusal}`);
  return {
    apiKey: key.value.key.reveal(),
    endpoint: endpoint.value.endpoint.id,
    webhookSecret: endpoint.value.secret.reveal(),
    formKey: Buffer.from(systemRandom(32)).toString('base64'),
    officePassword: Buffer.from(systemRandom(9)).toString('base64url'),
  };
}

/** Figure 8 needs a card on file, figure 10 a contract. Both are the same however often they are given. */
async function giveWaysToPay({ sql, config, tenantId }: DemoShopOptions, clientId: string): Promise<void> {
  const idOf = async (username: string) => {
    const [found] = await searchSubscribers({ sql }, tenantId, 'username', username);
    return must(found, 'the people of the demonstration are signed up').id;
  };
  const vault = createVault({ sql, keys: config.keys, clock: systemClock, random: systemRandom });
  const { pan, expiry } = DEMO_CARDS.aliceKept;
  await vault.keep(
    null,
    { tenantId, subscriberId: await idOf(ALICE.username), onceFor: null },
    { pan: new Secret(pan), expiry },
  );
  const subscriberId = await idOf(BRUNO.username);
  const merchant = await saveMerchantContract(sql, { tenantId, clientId, currency: CURRENCY }, FEES);
  const buyer = await saveBuyerContract(
    { sql, cards: vault },
    { tenantId, subscriberId, currency: CURRENCY },
    { cardToken: null, limit: CONTRACT_LIMIT, bankAbove: CONTRACT_BANK_ABOVE },
  );
  must(merchant.ok && buyer.ok ? true : null, "the demonstration's contracts are in order");
}
