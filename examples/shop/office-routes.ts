/** The office: behind its password, with what it may do to orders. */
import type { Context, Hono } from 'hono';
import { BASE } from './door.ts';
import { plainPage } from './frame.ts';
import { parseCents } from './money.ts';
import { enterPage, officeOrderPage, officePage } from './office-view.ts';
import type { Order } from './order.ts';
import { tooOld } from './shop-routes.ts';
import type { Site } from './shop.ts';
import { newSecret } from './system.ts';
import { refusalOf } from './till.ts';

const AT = `${BASE}/office`;
const SCOPE = 'office';
const REFUSED = {
  wrong: 'The password is another.',
  busy: 'There were too many wrong passwords. Please wait a minute.',
} as const;

export function mountOffice(app: Hono, site: Site): void {
  const { door, orders, frame } = site;

  app.get(AT, (c) => {
    if (!door.isOffice(c)) return c.html(enterPage(frame(c, 'Office', true), door.token(c, SCOPE), null));
    return c.html(officePage(frame(c, 'Office', true), door.token(c, SCOPE), orders.all()));
  });

  app.post(`${AT}/enter`, async (c) => {
    const fields = await door.posted(c, SCOPE);
    if (!fields) return tooOld(site, c);
    const entered = door.enterOffice(c, fields['password'] ?? '');
    if (entered === 'in') return c.redirect(AT, 303);
    const status = entered === 'busy' ? 429 : 403;
    return c.html(enterPage(frame(c, 'Office', true), door.token(c, SCOPE), REFUSED[entered]), status);
  });

  app.post(`${AT}/leave`, async (c) => {
    if (await door.posted(c, SCOPE)) door.leaveOffice(c);
    return c.redirect(AT, 303);
  });

  app.get(`${AT}/orders/:id`, (c) => {
    if (!door.isOffice(c)) return c.redirect(AT, 303);
    const order = orders.find(c.req.param('id'));
    if (!order)
      return c.html(plainPage(frame(c, 'Not here', true), 'No such order', 'Look at the list.'), 404);
    return c.html(shown(site, c, order, null));
  });

  app.post(`${AT}/orders/:id`, async (c) => {
    const fields = await door.posted(c, SCOPE);
    const order = orders.find(c.req.param('id'));
    if (!door.isOffice(c) || !fields || !order) return tooOld(site, c);
    const refused = await carryOut(site, order, fields);
    if (refused === null) return c.redirect(`${AT}/orders/${order.id}`, 303);
    return c.html(shown(site, c, orders.find(order.id) ?? order, refused), 409);
  });
}

function shown({ door, frame }: Site, c: Context, order: Order, refused: string | null) {
  const made = { order, token: door.token(c, SCOPE), once: newSecret(), refused };
  return officeOrderPage(frame(c, `Order ${order.number}`, true), made);
}

/** Why it was not done; null when it was. */
async function carryOut(
  { till }: Site,
  order: Order,
  fields: Readonly<Record<string, string>>,
): Promise<string | null> {
  const { amount, once = '' } = fields;
  const cents = amount === undefined ? null : parseCents(amount);
  if (amount !== undefined && (cents === null || cents === 0)) return `“${amount}” is no amount.`;
  try {
    switch (fields['do'] ?? '') {
      case 'send':
        await till.send(order, cents);
        return null;
      case 'cancel':
        await till.cancel(order);
        return null;
      case 'refund':
        await till.refund(order, cents, once);
        return null;
      case 'ask':
        await till.refresh(order);
        return null;
      default:
        return 'Nothing was chosen.';
    }
  } catch (error) {
    const refusal = refusalOf(error);
    if (!refusal) throw error;
    return refusal.message;
  }
}
