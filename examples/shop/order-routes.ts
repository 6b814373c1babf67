/** A customer's orders, and the way back from the hosted page. What a browser brings back is only a hint. */
import type { Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { BASE } from './door.ts';
import { plainPage } from './frame.ts';
import { lastTry, stateOf, type Order } from './order.ts';
import { newsOf, orderPage, ordersPage, receiptPage } from './order-view.ts';
import { tooOld } from './shop-routes.ts';
import type { Site } from './shop.ts';
import { nowMs } from './system.ts';
import { refusalOf } from './till.ts';

/** So old may be what is shown of an open order before the API is asked again. */
const STALE_MS = 2_000;
const PING_MS = 15_000;
const STREAM_MAX_MS = 10 * 60_000;

export function mountOrders(app: Hono, site: Site): void {
  const { door, orders, till, frame } = site;

  app.get(`${BASE}/orders`, (c) => {
    const visitor = door.visitor(c);
    return c.html(
      ordersPage(
        frame(c, 'Your orders'),
        orders.all().filter((order) => order.visitor === visitor),
      ),
    );
  });

  app.get(`${BASE}/return`, async (c) => {
    const order = ownOrNull(site, c, orders.byPayment(c.req.query('payment') ?? ''));
    if (!order) return strange(site, c);
    await till.refresh(order);
    return c.redirect(`${BASE}/orders/${order.id}`, 303);
  });

  app.get(`${BASE}/orders/:id`, async (c) => {
    const order = ownOrNull(site, c, orders.find(c.req.param('id')));
    if (!order) return strange(site, c);
    const now = await fresh(site, order);
    return c.html(orderPage(frame(c, `Order ${now.number}`), door.token(c, now.id), now, null));
  });

  app.post(`${BASE}/orders/:id`, async (c) => {
    const id = c.req.param('id');
    const fields = await door.posted(c, id);
    const order = ownOrNull(site, c, orders.find(id));
    if (!fields || !order) return tooOld(site, c);
    try {
      if (fields['do'] === 'pay') return c.redirect(await till.payPage(order), 303);
      if (fields['do'] === 'cancel') await till.cancel(order);
      return c.redirect(`${BASE}/orders/${id}`, 303);
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      const now = orders.find(id) ?? order;
      return c.html(orderPage(frame(c, `Order ${now.number}`), door.token(c, id), now, refusal.message), 409);
    }
  });

  app.get(`${BASE}/orders/:id/events`, (c) => {
    const order = ownOrNull(site, c, orders.find(c.req.param('id')));
    if (!order) return c.body(null, 404);
    return streamSSE(c, async (stream) => {
      const untilMs = nowMs() + STREAM_MAX_MS;
      let wake = Promise.withResolvers<void>();
      const unwatch = orders.watch(order.id, () => wake.resolve());
      stream.onAbort(() => wake.resolve());
      let told = '';
      while (!stream.aborted && nowMs() < untilMs) {
        wake = Promise.withResolvers<void>();
        const news = newsOf(orders.find(order.id) ?? order);
        await stream.writeSSE({ event: 'state', data: news === told ? '' : news });
        told = news;
        await Promise.race([wake.promise, stream.sleep(PING_MS)]);
      }
      unwatch();
    });
  });

  app.get(`${BASE}/orders/:id/receipt`, async (c) => {
    const order = ownOrNull(site, c, orders.find(c.req.param('id')));
    if (!order) return strange(site, c);
    const now = await fresh(site, order);
    if (lastTry(now)?.seen?.state !== 'completed') return c.redirect(`${BASE}/orders/${now.id}`, 303);
    return c.html(receiptPage(frame(c, `Receipt ${now.number}`), now));
  });

  app.get(`${BASE}/orders/:id/receipt.json`, async (c) => {
    const order = ownOrNull(site, c, orders.find(c.req.param('id')));
    const confirmation = order === null ? null : lastTry(order)?.seen?.confirmation;
    if (!confirmation) return strange(site, c);
    const receipt = await site.receipt(confirmation);
    c.header('Content-Disposition', 'attachment; filename="receipt.json"');
    return c.body(`${JSON.stringify(receipt, null, 2)}\n`, 200, { 'Content-Type': 'application/json' });
  });
}

/** The order as the API tells it, where it is open; as it was known, where the API is silent. */
async function fresh({ till }: Site, order: Order): Promise<Order> {
  const seenAtMs = lastTry(order)?.seen?.seenAtMs ?? 0;
  const state = stateOf(order);
  const isOpen = state === 'waiting' || state === 'held';
  if (!isOpen || nowMs() - seenAtMs < STALE_MS) return order;
  return till.refresh(order).catch(() => order);
}

/** Only the browser that placed it sees an order. */
function ownOrNull({ door }: Site, c: Context, order: Order | null): Order | null {
  return order !== null && order.visitor === door.visitor(c) ? order : null;
}

function strange({ frame }: Site, c: Context): Response | Promise<Response> {
  const text = 'Orders are shown in the browser that placed them. This one has none of that name.';
  return c.html(plainPage(frame(c, 'Not here'), 'We do not know that order', text), 404);
}
