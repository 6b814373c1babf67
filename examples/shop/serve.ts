/**
 * The shop by itself, beside a Countersign of yours.
 *
 *   COUNTERSIGN_API_KEY=csk_… WEBHOOK_SECRET=whsec_… npx node examples/shop/serve.ts
 *
 * The key is a client's, with SHOP_URL among its return origins; the secret is that of a webhook endpoint for
 * `payment.*` at SHOP_URL/shop/webhooks. COUNTERSIGN_URL, SHOP_URL, PORT and SHOP_FOLDER have defaults.
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { createCountersign } from '../../src/sdk/countersign.ts';
import { openShop } from './shop.ts';

const { COUNTERSIGN_API_KEY: apiKey, WEBHOOK_SECRET: webhookSecret } = process.env;
const { COUNTERSIGN_URL: baseUrl = 'http://localhost:8080', PORT = '3000', SHOP_FOLDER = '.' } = process.env;
const { SHOP_URL = `http://localhost:${PORT}` } = process.env;

/** 48 octets in a file, made at the first start: the key of forms, and the password of the office. */
async function secretsIn(folder: string): Promise<Buffer> {
  const path = join(folder, 'shop.secret');
  const known = await readFile(path).catch(() => null);
  if (known?.length === 48) return known;
  const made = randomBytes(48);
  await writeFile(path, made, { mode: 0o600 });
  return made;
}

if (apiKey === undefined || webhookSecret === undefined) {
  console.error('Set COUNTERSIGN_API_KEY and WEBHOOK_SECRET.');
  process.exitCode = 1;
} else {
  const secrets = await secretsIn(SHOP_FOLDER);
  const officePassword = secrets.subarray(32, 44).toString('base64url');
  const shop = await openShop({
    countersign: createCountersign({ baseUrl, apiKey }),
    webhookSecret,
    origin: new URL(SHOP_URL).origin,
    payOrigin: new URL(baseUrl).origin,
    file: join(SHOP_FOLDER, 'shop.jsonl'),
    key: secrets.subarray(0, 32),
    officePassword,
  });
  const server = serve({ fetch: shop.app.fetch, hostname: '127.0.0.1', port: Number(PORT) }, () =>
    console.log(`The shop is at ${SHOP_URL}/shop, its office at /shop/office, password ${officePassword}`),
  );
  process.once('SIGINT', () => {
    server.close();
    void shop[Symbol.asyncDispose]();
  });
}
