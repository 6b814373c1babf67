import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readBasket, setCount, sumsOf, writeBasket } from '../examples/shop/basket.ts';
import { findGood, GOODS } from '../examples/shop/catalogue.ts';
import { amountOf, parseCents } from '../examples/shop/money.ts';
import { openOrderStore } from '../examples/shop/order-store.ts';
import { stateOf, withPayment, type Order } from '../examples/shop/order.ts';
import { picture } from '../examples/shop/pictures.ts';
import type { Payment } from '../src/sdk/payment-types.ts';
import { must } from '../src/std/assert.ts';
import { createLog } from '../src/std/log.ts';
import { openDemo } from '../sim/demo/open.ts';
import { openDemoPayments } from '../sim/demo/payments.ts';
import { openTestDatabase } from './database.ts';
import { worldConfig } from './world.ts';

/** The shop's own parts: what it believes, what it keeps, and how it counts. */
const ORDER: Order = {
  id: 'order-1',
  number: 'M-1001',
  visitor: 'visitor-1',
  placedAtMs: 1,
  name: 'Alice Martin',
  address: '12 rue des Lilas',
  payWith: 'card',
  customer: null,
  lines: [{ id: 'mug', name: 'Desk mug', cents: 2400, count: 1 }],
  shippingCents: 490,
  totalCents: 2890,
  isHeld: false,
  tries: [{ payment: 'pay_1', page: 'https://pay.example/p/pay_1', seen: null }],
  sentAtMs: null,
};

const EURO = (value: string) => ({ value, currency: 'EUR' });

function told(more: Partial<Payment>): Payment {
  return {
    id: 'pay_1',
    state: 'completed',
    reason: null,
    means: 'card',
    amount: EURO('28.90'),
    completed: EURO('28.90'),
    refunded: EURO('0.00'),
    payee: 'Marginalia',
    reference: 'M-1001',
    description: null,
    capture: 'automatic',
    bankAsked: 'before',
    payerAddress: null,
    card: null,
    exemption: null,
    confirmation: null,
    authCode: null,
    rrn: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-01T01:00:00.000Z',
    endedAt: null,
    language: null,
    returnUrl: null,
    ...more,
  };
}

test('an order is paid by its own payment of its whole amount, and by no other', () => {
  const states = [
    [{}, 'paid'],
    [{ refunded: EURO('1.00') }, 'part_refunded'],
    [{ refunded: EURO('28.90') }, 'refunded'],
    [{ state: 'authorised', completed: null }, 'held'],
    [{ state: 'confirming', completed: null }, 'waiting'],
    [{ state: 'refused', completed: null }, 'failed'],
    [{ state: 'expired', completed: null }, 'failed'],
    [{ state: 'cancelled', completed: null }, 'cancelled'],
  ] as const satisfies readonly (readonly [Partial<Payment>, string])[];
  for (const [more, state] of states) {
    const changed = withPayment(ORDER, told(more), 2);
    assert.equal(changed && stateOf(changed), state);
  }
  for (const more of [
    { amount: EURO('0.01') },
    { amount: { value: '28.90', currency: 'USD' } },
    { reference: 'M-1002' },
    { completed: { value: '2890', currency: 'JPY' } },
  ]) {
    assert.equal(withPayment(ORDER, told(more), 2), null, JSON.stringify(more));
  }
  const another = withPayment(ORDER, told({ id: 'pay_2' }), 2);
  assert.equal(another && stateOf(another), 'waiting');
});

test('a payment that succeeded counts, whatever became of later ones', () => {
  const twice = { ...ORDER, tries: [...ORDER.tries, { payment: 'pay_2', page: '', seen: null }] };
  const first = must(withPayment(twice, told({}), 2), 'it is of this order');
  const both = must(
    withPayment(first, told({ id: 'pay_2', state: 'expired', completed: null }), 3),
    'so too',
  );
  assert.equal(stateOf(both), 'paid');
});

test('I3: what was kept is there after a restart, half a line is not; changes come one after the other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-orders-'));
  const path = join(folder, 'shop.jsonl');
  try {
    {
      await using store = await openOrderStore(path);
      await store.add(ORDER);
      let news = 0;
      const unwatch = store.watch(ORDER.id, () => news++);
      const add = (now: Order): Order => ({ ...now, totalCents: now.totalCents + 1 });
      await Promise.all(Array.from({ length: 20 }, () => store.update(ORDER.id, add)));
      unwatch();
      assert.equal(news, 20);
      assert.equal(store.byPayment('pay_1')?.totalCents, 2910);
      assert.equal(await store.update('nobody', add), null);
    }
    await appendFile(path, '{"id":"order-1","totalCents":1');
    await using again = await openOrderStore(path);
    assert.equal(again.find(ORDER.id)?.totalCents, 2910);
    assert.equal((await readFile(path, 'utf8')).split('\n').length, 2);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a basket is only what and how many: nobody brings his own prices, or more than is sold', () => {
  const mug = must(findGood('mug'), 'mugs are sold');
  const basket = readBasket('mug.2~nothing.3~stamp.x~pencils.1~mug.0~sharpener.99');
  assert.equal(writeBasket(basket), 'pencils.1~sharpener.20');
  assert.deepEqual(sumsOf(setCount([], mug, 2)), { goods: 4800, shipping: 490, total: 5290 });
  assert.deepEqual(sumsOf(setCount([], mug, 3)), { goods: 7200, shipping: 0, total: 7200 });
  assert.deepEqual(sumsOf([]), { goods: 0, shipping: 0, total: 0 });
});

test('every good has a picture of its own, and amounts are whole cents', () => {
  const pictures = GOODS.map(({ id }) => String(picture(id)));
  assert.equal(new Set(pictures).size, GOODS.length);
  for (const one of pictures) assert.ok(one.length > 400);
  assert.deepEqual(['18.5', '18,50', ' 18 ', '0.05', '-1', '1.005', '1e3', ''].map(parseCents), [
    1850,
    1850,
    1800,
    5,
    null,
    null,
    null,
    null,
  ]);
  assert.deepEqual([amountOf(1805), amountOf(7)], [EURO('18.05'), EURO('0.07')]);
});

test('U4: a restart finds the shop, its endpoint, its terminal and what people pay with as they were', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'countersign-shop-'));
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const start = async (port: number) => {
    const config = worldConfig({
      PORT: String(port),
      PUBLIC_URL: `http://localhost:${port}`,
      COUNTERSIGN_DATA: dataFolder,
      ALLOW_PRIVATE_ADDRESSES: 'true',
    });
    const { tenantId } = await openDemo({ sql, config, handsets: null, shop: '/shop' });
    const log = createLog({ level: 'silent' });
    await using opened = await openDemoPayments({ sql, config, tenantId, log, terminalPort: () => null });
    const { clientId, officePassword } = opened.shop;
    const found = await sql`
      select (select json_agg(json_build_array(id, code)) from terminal) as terminals,
        (select json_agg(json_build_array(id, client_id)) from webhook_endpoint) as endpoints,
        (select json_agg(token) from card) as cards,
        (select json_agg(id) from trustee_buyer) as contracts,
        (select json_agg(bank_id order by digits_from) from bank_route) as routes`;
    const urls = await sql<{ url: string }[]>`select url from webhook_endpoint`;
    return {
      same: { tenantId, clientId, officePassword, found: [...found] },
      urls: urls.map(({ url }) => url),
    };
  };
  try {
    const first = await start(4001);
    const second = await start(4002);
    assert.deepEqual(second.same, first.same);
    assert.deepEqual(first.urls, ['http://127.0.0.1:4001/shop/webhooks']);
    assert.deepEqual(second.urls, ['http://127.0.0.1:4002/shop/webhooks']);
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
});
