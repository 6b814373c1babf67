/** From the catalogue to the checkout. */
import type { Context, Hono } from 'hono';
import { countIn, readBasket, setCount, sumsOf, writeBasket, type Basket } from './basket.ts';
import { findGood } from './catalogue.ts';
import { BASE } from './door.ts';
import { plainPage } from './frame.ts';
import type { Order } from './order.ts';
import type { Site } from './shop.ts';
import {
  basketPage,
  cataloguePage,
  checkoutPage,
  goodPage,
  type CheckoutErrors,
  type CheckoutForm,
} from './shop-view.ts';
import { newSecret, nowMs } from './system.ts';
import { refusalOf } from './till.ts';

const SCOPE = 'shop';
const FIRST_NUMBER = 1001;
const ONCE = /^[A-Za-z0-9_-]{32}$/;

export function mountShopping(app: Hono, site: Site): void {
  const { door, frame } = site;

  app.get(BASE, (c) => {
    const added = findGood(c.req.query('added') ?? '');
    return c.html(cataloguePage(frame(c, 'Paper and pens'), door.token(c, SCOPE), added));
  });

  app.get(`${BASE}/goods/:id`, (c) => {
    const good = findGood(c.req.param('id'));
    if (!good)
      return c.html(plainPage(frame(c, 'Not here'), 'We do not have that', 'Perhaps something else?'), 404);
    return c.html(goodPage(frame(c, good.name), door.token(c, SCOPE), good));
  });

  app.get(`${BASE}/basket`, (c) =>
    c.html(basketPage(frame(c, 'Basket'), door.token(c, SCOPE), readBasket(door.basketText(c)))),
  );

  app.post(`${BASE}/basket`, async (c) => {
    const fields = await door.posted(c, SCOPE);
    if (!fields) return tooOld(site, c);
    const basket = readBasket(door.basketText(c));
    const { add = '', set = '', count = '', remove } = fields;
    const added = findGood(add);
    if (added) {
      door.setBasket(c, writeBasket(setCount(basket, added, countIn(basket, added) + 1)));
      return c.redirect(`${BASE}?added=${added.id}`, 303);
    }
    const changed = findGood(set);
    const wanted = remove === undefined ? Number(/^\d{1,2}$/.exec(count)?.[0] ?? '1') : 0;
    if (changed) door.setBasket(c, writeBasket(setCount(basket, changed, wanted)));
    return c.redirect(`${BASE}/basket`, 303);
  });

  app.get(`${BASE}/checkout`, (c) => {
    const basket = readBasket(door.basketText(c));
    if (basket.length === 0) return c.redirect(`${BASE}/basket`, 303);
    const form: CheckoutForm = { name: '', address: '', payWith: 'card', customer: '', once: newSecret() };
    return c.html(checkout(site, c, { basket, form, errors: {}, refused: null }));
  });

  app.post(`${BASE}/orders`, async (c) => {
    const fields = await door.posted(c, SCOPE);
    if (!fields) return tooOld(site, c);
    const basket = readBasket(door.basketText(c));
    const form = formOf(fields);
    const errors = errorsOf(form);
    const known = site.orders.find(form.once);
    // Pressed twice: it is the order that the first press made, and its payment.
    if (known?.visitor === door.visitor(c)) return c.redirect(await site.till.payPage(known), 303);
    if (basket.length === 0 || known) return c.redirect(`${BASE}/basket`, 303);
    if (Object.keys(errors).length > 0)
      return c.html(checkout(site, c, { basket, form, errors, refused: null }), 422);
    const order = newOrder(site, door.visitor(c), basket, form);
    await site.orders.add(order);
    try {
      const payPage = await site.till.payPage(order);
      door.setBasket(c, '');
      return c.redirect(payPage, 303);
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      const again = { ...form, once: newSecret() };
      return c.html(checkout(site, c, { basket, form: again, errors, refused: refusal.message }), 422);
    }
  });
}

export function tooOld({ frame }: Site, c: Context): Response | Promise<Response> {
  const text = 'The page was too old, or not ours. Nothing was done.';
  return c.html(plainPage(frame(c, 'Once more'), 'Please try once more', text), 403);
}

type Shown = {
  readonly basket: Basket;
  readonly form: CheckoutForm;
  readonly errors: CheckoutErrors;
  readonly refused: string | null;
};

function checkout({ door, frame }: Site, c: Context, shown: Shown) {
  return checkoutPage(frame(c, 'Checkout'), { ...shown, token: door.token(c, SCOPE) });
}

function formOf(fields: Readonly<Record<string, string>>): CheckoutForm {
  const text = (name: string, max: number) => (fields[name] ?? '').trim().slice(0, max);
  const once = fields['once'] ?? '';
  return {
    name: text('name', 80),
    address: text('address', 300),
    payWith: fields['pay_with'] === 'account' ? 'account' : 'card',
    customer: text('customer', 100),
    once: ONCE.test(once) ? once : newSecret(),
  };
}

function errorsOf({ name, address, payWith, customer }: CheckoutForm): CheckoutErrors {
  return {
    ...(name === '' ? { name: 'To whom do we send it?' } : {}),
    ...(address.length < 8 ? { address: 'Street, number, town and country, please.' } : {}),
    ...(payWith === 'account' && customer === ''
      ? { customer: 'Your account is found by your customer number or mobile number.' }
      : {}),
  };
}

function newOrder({ orders }: Site, visitor: string, basket: Basket, form: CheckoutForm): Order {
  const { shipping, total } = sumsOf(basket);
  return {
    id: form.once,
    number: `M-${FIRST_NUMBER + orders.all().length}`,
    visitor,
    placedAtMs: nowMs(),
    name: form.name,
    address: form.address,
    payWith: form.payWith,
    customer: form.customer === '' ? null : form.customer,
    lines: basket.map(({ good, count }) => ({ id: good.id, name: good.name, cents: good.cents, count })),
    shippingCents: shipping,
    totalCents: total,
    isHeld: basket.some(({ good }) => good.madeToOrder),
    tries: [],
    sentAtMs: null,
  };
}
