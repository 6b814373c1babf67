/**
 * Marginalia: a small merchant that takes payments by Countersign, as any would: by the SDK and signed
 * webhooks alone. It works without scripts.
 *
 *   catalogue ─▶ basket ─▶ checkout ─▶ order ─▶ the hosted payment page ─▶ /shop/return ─▶ the order's page
 *                                        ▲                                                     │ live
 *   office: send, cancel, refund ────────┘◀────────────── /shop/webhooks ◀── Countersign ──────┘
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Confirmations } from '../../src/sdk/confirmations.ts';
import { CountersignProblem, CountersignUnreachable } from '../../src/sdk/problem.ts';
import { countAll, readBasket } from './basket.ts';
import { BASE, createDoor, headers, type Door } from './door.ts';
import { plainPage, type Frame } from './frame.ts';
import { mountOffice } from './office-routes.ts';
import { mountOrders } from './order-routes.ts';
import { openOrderStore, type OrderStore } from './order-store.ts';
import { mountShopping } from './shop-routes.ts';
import { createTill, type ShopPayments, type Till } from './till.ts';
import { receiveWebhook } from './webhook.ts';

export type ShopOptions = {
  readonly countersign: {
    readonly payments: ShopPayments;
    readonly confirmations: Pick<Confirmations, 'receipt'>;
  };
  /** Of the webhook endpoint: `whsec_…`. */
  readonly webhookSecret: string;
  /** Where customers reach the shop, and where they reach Countersign. */
  readonly origin: string;
  readonly payOrigin: string;
  /** The file of the orders. */
  readonly file: string;
  /** Of at least 16 octets, kept over restarts: forms and the office's sessions hang on it. */
  readonly key: Uint8Array;
  readonly officePassword: string;
  readonly pollMs?: number;
};

export type Shop = AsyncDisposable & {
  /** To be mounted at the root: its paths begin with `/shop`. */
  readonly app: Hono;
  readonly orders: OrderStore;
};

/** What the routes of the shop work with. */
export type Site = {
  readonly door: Door;
  readonly orders: OrderStore;
  readonly till: Till;
  readonly receipt: Confirmations['receipt'];
  readonly frame: (c: Context, title: string, isOffice?: boolean) => Frame;
};

const BODY_MAX_BYTES = 16_384;
const WEBHOOK_MAX_BYTES = 262_144;
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;
const YEAR_SECONDS = 365 * 24 * 60 * 60;

export async function openShop(options: ShopOptions): Promise<Shop> {
  const { countersign, origin, payOrigin, key } = options;
  const orders = await openOrderStore(options.file);
  const till = createTill({
    payments: countersign.payments,
    orders,
    returnUrl: new URL(`${BASE}/return`, origin).href,
    ...(options.pollMs === undefined ? {} : { pollMs: options.pollMs }),
  });
  const door = createDoor({ origin, key, password: options.officePassword });
  const app = new Hono();
  const sheet = mountAsset(app, 'shop.css', 'text/css; charset=utf-8');
  const script = mountAsset(app, 'shop.js', 'text/javascript; charset=utf-8');
  const site: Site = {
    door,
    orders,
    till,
    receipt: countersign.confirmations.receipt,
    frame: (c, title, isOffice = false) => ({
      title,
      inBasket: isOffice ? null : countAll(readBasket(door.basketText(c))),
      sheet,
      script,
    }),
  };

  app.post(`${BASE}/webhooks`, bodyLimit({ maxSize: WEBHOOK_MAX_BYTES }), async (c) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    const { webhookSecret: secret } = options;
    return c.body(null, await receiveWebhook({ orders, till, secret }, body, c.req.raw.headers));
  });

  const guard = headers(payOrigin);
  for (const path of [BASE, `${BASE}/*`]) {
    app.use(path, guard);
    app.use(path, bodyLimit({ maxSize: BODY_MAX_BYTES }));
    app.use(path, async (c, next) => {
      const own = new URL(origin);
      const { hostname, pathname, search } = new URL(c.req.url);
      // Cookies of 127.0.0.1 are not those of localhost, and people come back to the public one.
      const isOther = hostname !== own.hostname && LOOPBACK.test(hostname) && LOOPBACK.test(own.hostname);
      if (isOther && c.req.method === 'GET') return c.redirect(new URL(pathname + search, own).href, 307);
      await next();
      return undefined;
    });
  }
  mountShopping(app, site);
  mountOrders(app, site);
  mountOffice(app, site);
  app.all(`${BASE}/*`, (c) =>
    c.html(
      plainPage(site.frame(c, 'Not here'), 'There is nothing here', 'The page was moved, or never was.'),
      404,
    ),
  );
  app.onError((error, c) => {
    if (!(error instanceof CountersignProblem || error instanceof CountersignUnreachable)) throw error;
    const text = 'Our payment service does not answer. Nothing was taken. Please try again in a minute.';
    return c.html(plainPage(site.frame(c, 'Just a moment'), 'Just a moment, please', text), 502);
  });

  return {
    app,
    orders,
    [Symbol.asyncDispose]: async () => {
      await till[Symbol.asyncDispose]();
      await orders[Symbol.asyncDispose]();
    },
  };
}

/** Under a name that changes with its content, so that browsers may keep it. */
function mountAsset(app: Hono, name: string, type: string): string {
  const text = readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const path = `${BASE}/assets/${hash}/${name}`;
  app.get(path, (c) =>
    c.body(text, 200, {
      'Content-Type': type,
      'Cache-Control': `public, max-age=${YEAR_SECONDS}, immutable`,
      'X-Content-Type-Options': 'nosniff',
    }),
  );
  return path;
}
