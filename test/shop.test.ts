import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { stateOf } from '../examples/shop/order.ts';
import { DEMO_CARDS } from '../sim/demo/bank.ts';
import { ALICE, BRUNO } from '../sim/demo/people.ts';
import { verifyReceipt } from '../src/evidence/verify.ts';
import {
  backToShop,
  checkOut,
  codeAfter,
  enter,
  fillBasket,
  lastEntry,
  LOOKS,
  openShopWorld,
  orderOf,
  payWith,
  typeCode,
  until,
  type Customer,
  type ShopWorld,
} from './shop-kit.ts';

/** Figures 7, 8 and 10 as a person meets them: a shop, the hosted payment page, a bank, a phone. */
let world: ShopWorld;

before(async () => {
  world = await openShopWorld();
});

after(() => world[Symbol.asyncDispose]());

/** Ordered, with the code on Alice's phone. */
async function askedForCode(seen: Customer, goods: readonly string[]): Promise<string> {
  await fillBasket(world, seen, goods);
  await checkOut(world, seen);
  return codeAfter(world, ALICE.number, () => payWith(seen, DEMO_CARDS.alice));
}

async function paid(seen: Customer, goods: readonly string[]): Promise<void> {
  await typeCode(seen, await askedForCode(seen, goods));
  await backToShop(seen);
}

for (const [name, looks] of LOOKS) {
  test(`B1, figure 7: from the catalogue to a paid order and its receipt (${name})`, async () => {
    const seen = await enter(world, name, looks);
    const { page } = seen;
    await page.goto(`${world.origin}/shop`);
    await seen.look('catalogue');
    const code = await askedForCode(seen, ['field-notebook', 'mug']);
    assert.deepEqual([lastEntry(world).state, lastEntry(world).heldMinor], ['authorised', 4_340n]);
    assert.match(world.handsets.messages(ALICE.number).at(-1)?.text ?? '', /43\.40/);
    assert.match(await page.locator('main').innerText(), /43\.40/);
    await seen.look('code');
    await typeCode(seen, '0'.repeat(code.length));
    await page.getByRole('alert').waitFor();
    await typeCode(seen, code);
    await page.getByRole('heading', { name: 'Paid' }).waitFor();
    assert.match(page.url(), /\/p\/pay_/, 'without a link to press');
    await seen.look('paid');
    await backToShop(seen);
    await page.getByRole('heading', { name: 'Thank you. It is paid.' }).waitFor();
    await seen.look('order');
    await until('the bank took it', () => lastEntry(world).state === 'captured');
    assert.deepEqual([lastEntry(world).heldMinor, lastEntry(world).takenMinor], [0n, 4_340n]);

    await page.getByRole('link', { name: 'Receipt' }).click();
    await page.getByRole('heading', { name: /Receipt for order/ }).waitFor();
    await seen.look('receipt');
    const path = await page.getByRole('link', { name: 'Download receipt.json' }).getAttribute('href');
    const receipt = await page.request.get(`${world.origin}${path}`);
    const verification = await verifyReceipt(await receipt.text());
    assert.ok(verification.ok, JSON.stringify(verification.lines));
    await page.goto(`${world.origin}/shop/orders`);
    await seen.look('orders');
    await seen.context.close();
  });
}

test('B2, figure 8: a customer with an account pays by his card on file, without JavaScript', async () => {
  const seen = await enter(world, 'account', { javaScriptEnabled: false });
  await fillBasket(world, seen, ['scissors', 'mug']);
  await checkOut(world, seen, ALICE.username);
  const { pan } = DEMO_CARDS.aliceKept;
  await seen.page.getByLabel(`···· ${pan.slice(-4)}`).check();
  const code = await codeAfter(world, ALICE.number, () =>
    seen.page.getByRole('button', { name: /^Pay / }).click(),
  );
  assert.deepEqual([lastEntry(world).pan, lastEntry(world).heldMinor], [pan, 7_000n]);
  await typeCode(seen, code);
  await backToShop(seen);
  await seen.page.getByRole('heading', { name: 'Thank you. It is paid.' }).waitFor();
  assert.match(await seen.page.locator('main').innerText(), /Card on file/);
  await seen.context.close();
});

test('B4, figure 10: a customer under contract pays on his telephone bill, and no bank is asked', async () => {
  const seen = await enter(world, 'bill');
  const asked = world.payments.banks.acme.books.entries().length;
  await fillBasket(world, seen, ['stamp', 'mug']);
  await checkOut(world, seen, BRUNO.username);
  await seen.page.getByLabel('On my phone bill').check();
  const code = await codeAfter(world, BRUNO.number, () =>
    seen.page.getByRole('button', { name: /^Pay / }).click(),
  );
  await typeCode(seen, code);
  await backToShop(seen);
  await seen.page.getByRole('heading', { name: 'Thank you. It is paid.' }).waitFor();
  const shown = await seen.page.locator('main').innerText();
  assert.match(shown, /On the telephone bill/);
  // The merchant is told the buyer's number whole, as figure 10 says.
  assert.ok(shown.replaceAll(/\s/g, '').includes(BRUNO.number.slice(-9)), shown);
  assert.equal(world.payments.banks.acme.books.entries().length, asked);
  await seen.context.close();
});

for (const [card, what] of [
  [DEMO_CARDS.refused, 'does not honour it'],
  [DEMO_CARDS.overLimit, 'has too little on it'],
] as const) {
  test(`B6: the bank ${what}: no code is sent, and another card pays the same order`, async () => {
    const seen = await enter(world, 'declined');
    const sent = world.handsets.messages(ALICE.number).length;
    await fillBasket(world, seen, ['mug', 'stamp']);
    await checkOut(world, seen);
    await payWith(seen, card);
    await seen.page.getByText('Your bank said no').first().waitFor();
    await seen.look('declined');
    assert.equal(world.handsets.messages(ALICE.number).length, sent);
    assert.equal(lastEntry(world).state, 'declined');
    const code = await codeAfter(world, ALICE.number, () => payWith(seen, DEMO_CARDS.alice));
    await typeCode(seen, code);
    await backToShop(seen);
    await seen.page.getByRole('heading', { name: 'Thank you. It is paid.' }).waitFor();
    assert.equal(orderOf(world).tries.length, 1);
    await seen.context.close();
  });
}

test('S4: wrong codes end the payment, what the bank held is given back, and the customer tries again', async () => {
  const seen = await enter(world, 'wrong');
  const { page } = seen;
  // Not Alice, whose phone would take no code for a while (S5).
  await fillBasket(world, seen, ['mug', 'stamp']);
  await checkOut(world, seen);
  const right = await codeAfter(world, BRUNO.number, () => payWith(seen, DEMO_CARDS.bruno, BRUNO.username));
  const entry = lastEntry(world);
  const wrong = '0'.repeat(right.length);
  for (let n = 0; n < 5; n++) {
    await typeCode(seen, wrong);
    await page.waitForLoadState();
  }
  await page.getByRole('link', { name: 'Back to Marginalia' }).waitFor();
  await seen.look('wrong-ended');
  await backToShop(seen);
  await page.getByRole('heading', { name: 'It was not paid' }).waitFor();
  assert.match(await page.locator('main').innerText(), /too many wrong codes/);
  await seen.look('failed');
  await until('the bank gave it back', () => entry.state === 'reversed');
  assert.deepEqual([entry.heldMinor, entry.takenMinor], [0n, 0n]);
  await page.getByRole('button', { name: 'Try again' }).click();
  const code = await codeAfter(world, ALICE.number, () => payWith(seen, DEMO_CARDS.alice));
  await typeCode(seen, code);
  await backToShop(seen);
  await page.getByRole('heading', { name: 'Thank you. It is paid.' }).waitFor();
  assert.equal(orderOf(world).tries.length, 2);
  await seen.context.close();
});

test('S2: a code that comes too late pays nothing', async () => {
  const seen = await enter(world, 'late');
  const code = await askedForCode(seen, ['mug', 'index-cards']);
  const entry = lastEntry(world);
  await seen.page.locator('input[name=code]').fill(code);
  await world.database.advanceClock(301_000);
  try {
    // The page may have seen meanwhile that it is over; then nothing is pressed.
    await seen.page.keyboard.press('Enter');
    await seen.page.getByRole('link', { name: 'Back to Marginalia' }).waitFor();
    await backToShop(seen);
    await seen.page.getByRole('heading', { name: 'It was not paid' }).waitFor();
    assert.match(await seen.page.locator('main').innerText(), /too late/);
    await until('the bank gave it back', () => entry.state === 'reversed');
    assert.equal(entry.takenMinor, 0n);
  } finally {
    await world.database.advanceClock(-301_000);
  }
  await seen.context.close();
});

test('S21: a bank that says nothing: no code, nothing debited, and what it may have held is reversed', async () => {
  const seen = await enter(world, 'silent');
  const sent = world.handsets.messages(ALICE.number).length;
  await fillBasket(world, seen, ['mug', 'sharpener']);
  await checkOut(world, seen);
  await payWith(seen, DEMO_CARDS.silent);
  await seen.page.getByText('Your bank did not answer').first().waitFor();
  await seen.look('silent');
  assert.equal(world.handsets.messages(ALICE.number).length, sent);
  const { books } = world.payments.banks.silent;
  await until('the silent bank gave it back', () => books.entries().at(-1)?.state === 'reversed');
  await seen.page.getByRole('button', { name: 'Cancel' }).click();
  await backToShop(seen);
  await seen.page.getByRole('heading', { name: 'Cancelled' }).waitFor();
  assert.equal(stateOf(orderOf(world)), 'cancelled');
  await seen.context.close();
});

test('S21: a bank that says yes after all was reversed: nobody is debited twice, and trying again pays once', async () => {
  const seen = await enter(world, 'slow');
  const { books } = world.payments.banks.acme;
  const taken = () => books.entries().reduce((sum, { takenMinor }) => sum + takenMinor, 0n);
  const before = taken();
  world.payments.banks.acme.behave({ behaviour: 'late', mti: '01', times: 1 });
  await fillBasket(world, seen, ['mug', 'stamp']);
  await checkOut(world, seen);
  await payWith(seen, DEMO_CARDS.alice);
  await seen.page.getByText('Your bank did not answer').first().waitFor();
  const doubtful = lastEntry(world);
  await until('the bank gave it back', () => doubtful.state === 'reversed');
  const code = await codeAfter(world, ALICE.number, () => payWith(seen, DEMO_CARDS.alice));
  await typeCode(seen, code);
  await backToShop(seen);
  await seen.page.getByRole('heading', { name: 'Thank you. It is paid.' }).waitFor();
  await until('the bank took it', () => lastEntry(world).state === 'captured');
  assert.equal(taken() - before, 5_550n);
  assert.equal(doubtful.state, 'reversed');
  await seen.context.close();
});

test('U4: an order is paid by its webhook alone, when the customer never comes back', async () => {
  const seen = await enter(world, 'gone');
  const code = await askedForCode(seen, ['mug', 'ledger-book']);
  await typeCode(seen, code);
  await until('the webhook said so', () => stateOf(orderOf(world)) === 'paid');
  const forged = await fetch(`${world.origin}/shop/webhooks`, {
    method: 'POST',
    headers: { 'webhook-id': 'x', 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' },
    body: JSON.stringify({ type: 'payment.completed', data: { id: orderOf(world).tries[0]?.payment } }),
  });
  assert.equal(forged.status, 400);
  await seen.context.close();
});

test('U4: the office refunds a part and the rest, takes a part of what was held, and is closed to others', async () => {
  const seen = await enter(world, 'office');
  const { page } = seen;
  await paid(seen, ['ledger-book', 'letter-set']);
  const order = orderOf(world);
  const { officePassword } = world.payments.shop;
  const office = `${world.origin}/shop/office`;
  await page.goto(`${office}/orders/${order.id}`);
  await seen.look('enter');
  await page.getByLabel('Password').fill('guessed');
  await page.getByRole('button', { name: 'Go in' }).click();
  await page.getByText('Not let in').waitFor();
  await page.getByLabel('Password').fill(officePassword);
  await page.getByRole('button', { name: 'Go in' }).click();
  await page.getByRole('link', { name: order.number }).waitFor();
  await seen.look('list');
  await page.getByRole('link', { name: order.number }).click();
  const given = () =>
    world.payments.banks.acme.books.entries().reduce((sum, { givenMinor }) => sum + givenMinor, 0n);
  const before = given();
  await page.getByLabel('Refund, in euro').fill('10,50');
  await page.getByRole('button', { name: 'Refund' }).click();
  await page.getByRole('heading', { name: 'A part was refunded' }).waitFor();
  await seen.look('part');
  assert.equal(await page.getByLabel('Refund, in euro').inputValue(), '50.00');
  await page.getByLabel('Refund, in euro').fill('50.01');
  await page.getByRole('button', { name: 'Refund' }).click();
  await page.getByText('That was not done').waitFor();
  await page.getByLabel('Refund, in euro').fill('50');
  await page.getByRole('button', { name: 'Refund' }).click();
  await page.getByRole('heading', { name: 'Refunded' }).waitFor();
  assert.equal(given() - before, 6_050n);

  await paid(seen, ['desk-lamp']);
  await page.getByRole('heading', { name: 'Thank you. It is being made.' }).waitFor();
  const held = lastEntry(world);
  assert.deepEqual([held.state, held.heldMinor], ['authorised', 28_900n]);
  await page.goto(`${office}/orders/${orderOf(world).id}`);
  await page.getByLabel('Take of what is held').fill('250');
  await page.getByRole('button', { name: 'Send, and take the money' }).click();
  await page.getByRole('heading', { name: 'On its way' }).waitFor();
  await until('the bank took a part', () => held.state === 'captured');
  assert.deepEqual([held.heldMinor, held.takenMinor], [0n, 25_000n]);
  await seen.context.close();
});

test('S14, S18: an order is shown to its browser only; foreign posts and a second press do nothing new', async () => {
  const seen = await enter(world, 'twice');
  const { page } = seen;
  await paid(seen, ['mug', 'pencils']);
  const order = orderOf(world);
  const stranger = await enter(world, 'stranger');
  const answer = await stranger.page.goto(`${world.origin}/shop/orders/${order.id}`);
  assert.equal(answer?.status(), 404);
  await stranger.look('stranger');
  const orders = world.payments.shop.shop.orders.all().length;
  await fillBasket(world, seen, ['mug', 'stamp']);
  await page.goto(`${world.origin}/shop/checkout`);
  const form = await page.locator('form').evaluate((element) => {
    const fields = element instanceof HTMLFormElement ? new FormData(element) : new FormData();
    return Object.fromEntries(
      [...fields].map(([name, value]) => [name, typeof value === 'string' ? value : '']),
    );
  });
  const filled = { ...form, name: 'Alice Martin', address: '12 rue des Lilas, Paris' };
  const post = (fields: Record<string, string>, site: string) =>
    page.request.post(`${world.origin}/shop/orders`, {
      form: fields,
      headers: { 'sec-fetch-site': site },
      maxRedirects: 0,
    });
  assert.equal((await post(filled, 'cross-site')).status(), 403);
  assert.equal((await post({ ...filled, token: 'x' }, 'same-origin')).status(), 403);
  assert.equal(world.payments.shop.shop.orders.all().length, orders);
  const pressed = await Promise.all([post(filled, 'same-origin'), post(filled, 'same-origin')]);
  assert.deepEqual(
    pressed.map((one) => one.status()),
    [303, 303],
  );
  assert.equal(world.payments.shop.shop.orders.all().length, orders + 1);
  assert.equal(orderOf(world).tries.length, 1);
  const policy = (await page.request.get(`${world.origin}/shop`)).headers()['content-security-policy'] ?? '';
  assert.match(policy, /default-src 'none'; script-src 'self'/);
  await Promise.all([seen.context.close(), stranger.context.close()]);
});
