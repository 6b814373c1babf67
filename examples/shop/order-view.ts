/** A customer's orders: the list, one order as it stands, and its receipt on paper. */
import { BASE } from './door.ts';
import { findGood } from './catalogue.ts';
import { form, notice, page, SHOP_NAME, type Frame } from './frame.ts';
import { html, type Child, type Html } from './html.ts';
import { price } from './money.ts';
import { lastTry, stateOf, type Order, type OrderState } from './order.ts';
import { dateText, meansText, shortState, toldOf } from './order-texts.ts';
import { picture } from './pictures.ts';

export function ordersPage(frame: Frame, orders: readonly Order[]): Html {
  const rows = orders.map(
    (order) =>
      html`<li>
        <a class="order-row" href="${BASE}/orders/${order.id}">
          <b>${order.number}</b>
          <span>${dateText(order.placedAtMs)}</span>
          <span class="tag tag-${stateOf(order)}">${shortState(order)}</span>
          <span class="price">${price(order.totalCents)}</span>
        </a>
      </li>`,
  );
  const none = html`<section class="sheet plain">
    <h1>No orders yet</h1>
    <p>What you order in this browser is kept here.</p>
    <p class="ways"><a class="button" href="${BASE}">To the shop</a></p>
  </section>`;
  const list = html`<h1>Your orders</h1>
    <ul class="sheet order-rows">
      ${rows}
    </ul>`;
  return page(frame, 'orders', orders.length === 0 ? none : list);
}

export function orderPage(frame: Frame, token: string, order: Order, refused: string | null): Html {
  const state = stateOf(order);
  const told = toldOf(order);
  const live = state === 'waiting' || state === 'held' ? `${BASE}/orders/${order.id}/events` : null;
  const main = html`${refused === null ? null : notice('bad', 'That did not work', refused)}
    <section
      class="sheet told told-${told.kind}"
      ${live === null ? null : html`data-events="${live}" data-news="${newsOf(order)}"`}
    >
      ${sign(told.kind)}
      <div role="status">
        <p class="eyebrow">Order ${order.number}</p>
        <h1>${told.title}</h1>
        <p>${told.text}</p>
      </div>
      <div class="ways">${ways(order, token)}</div>
    </section>
    <div class="columns">
      <section class="sheet" aria-labelledby="goods">
        <h2 id="goods">What you ordered</h2>
        <ul class="lines">
          ${order.lines.map(orderLine)}
        </ul>
        ${orderSums(order)}
      </section>
      <div class="stack">
        <section class="sheet" aria-labelledby="paying">
          <h2 id="paying">Payment</h2>
          ${paymentFacts(order)}
        </section>
        <section class="sheet" aria-labelledby="sending">
          <h2 id="sending">Goes to</h2>
          <p class="postal"><b>${order.name}</b><br />${order.address}</p>
        </section>
      </div>
    </div>`;
  return page({ ...frame, ...(live === null ? {} : { refreshSeconds: 4 }) }, 'order', main);
}

/** Changes when the page would. */
export function newsOf(order: Order): string {
  return [stateOf(order), lastTry(order)?.seen?.state ?? '', order.sentAtMs === null ? '' : 'sent'].join(' ');
}

/** A tick, a clock or a cross, drawn as with a pen. */
function sign(kind: 'bad' | 'good' | 'wait'): Html {
  const strokes = {
    good: 'M14 26l9 9 16-20',
    wait: 'M26 14v13l8 5',
    bad: 'M17 17l18 18M35 17L17 35',
  };
  return html`<svg
    class="sign"
    viewBox="0 0 52 52"
    width="52"
    height="52"
    aria-hidden="true"
    focusable="false"
  >
    <circle cx="26" cy="26" r="23" />
    <path d="${strokes[kind]}" />
  </svg>`;
}

function ways(order: Order, token: string): Child {
  const at = `${BASE}/orders/${order.id}`;
  const hidden = (value: string) => html`<input type="hidden" name="do" value="${value}" />`;
  const pay = (label: string) =>
    form({
      action: at,
      token,
      className: 'inline',
      fields: html`${hidden('pay')}<button class="button" type="submit">${label}</button>`,
    });
  const cancel = form({
    action: at,
    token,
    className: 'inline',
    fields: html`${hidden('cancel')}<button class="quiet" type="submit">Cancel the order</button>`,
  });
  const receipt = html`<a class="button button-soft" href="${at}/receipt">Receipt</a>`;
  const onwards = html`<a class="quiet" href="${BASE}">Back to the shop</a>`;
  const byState = {
    waiting: [pay('Go on to pay'), cancel],
    held: [cancel, onwards],
    failed: [pay('Try again'), onwards],
    cancelled: [onwards],
    paid: [receipt, onwards],
    part_refunded: [receipt, onwards],
    refunded: [receipt, onwards],
  } as const satisfies Record<OrderState, readonly Child[]>;
  return byState[stateOf(order)];
}

function orderLine({ id, name, cents, count }: Order['lines'][number]): Html {
  return html`<li class="line line-plain">
    <div class="line-picture good-${findGood(id)?.shelf ?? 'desk'}">${picture(id)}</div>
    <div class="line-text">
      <h3>${name}</h3>
      <p>${count} × ${price(cents)}</p>
    </div>
    <p class="price">${price(cents * count)}</p>
  </li>`;
}

function orderSums(order: Order): Html {
  const refunded = lastTry(order)?.seen?.refundedCents ?? 0;
  return html`<dl class="sums">
    <div>
      <dt>Sending</dt>
      <dd>${order.shippingCents === 0 ? 'free' : price(order.shippingCents)}</dd>
    </div>
    <div class="sums-total">
      <dt>Total</dt>
      <dd>${price(order.totalCents)}</dd>
    </div>
    ${
      refunded === 0
        ? null
        : html`<div>
            <dt>Refunded</dt>
            <dd>−${price(refunded)}</dd>
          </div>`
    }
  </dl>`;
}

export function paymentFacts(order: Order): Html {
  const last = lastTry(order);
  const seen = last?.seen ?? null;
  const held = seen?.state === 'authorised' ? price(order.totalCents) : null;
  const taken = seen?.state === 'completed' ? price(seen.completedCents) : null;
  const given = seen !== null && seen.refundedCents > 0 ? price(seen.refundedCents) : null;
  const isPaid = held !== null || taken !== null;
  const proof = seen?.exemption ? 'No code was needed for this one' : 'By a code on your phone';
  const rows = [
    ['Way', seen?.means ? meansText(seen.means) : 'Not chosen yet'],
    ['Card', seen?.card ?? null],
    ['Phone', seen?.payerAddress ?? null],
    ['Held', held],
    ['Taken', taken],
    ['Refunded', given],
    ['Confirmed', isPaid ? proof : null],
    ['Bank’s authorisation', isPaid ? (seen?.authCode ?? null) : null],
    ['Payment', last === null ? null : html`<code>${last.payment}</code>`],
  ] as const satisfies readonly (readonly [string, Child])[];
  return html`<dl class="facts">
    ${rows.map(([term, value]) =>
      value === null
        ? null
        : html`<div>
            <dt>${term}</dt>
            <dd>${value}</dd>
          </div>`,
    )}
  </dl>`;
}

export function receiptPage(frame: Frame, order: Order): Html {
  const last = lastTry(order);
  return page(
    frame,
    'receipt',
    html`<article class="sheet paper">
      <p class="eyebrow">${SHOP_NAME}</p>
      <h1>Receipt for order ${order.number}</h1>
      <p>${dateText(order.placedAtMs)}</p>
      <p class="postal">${order.name}<br />${order.address}</p>
      <ul class="brief">
        ${order.lines.map(
          ({ name, count, cents }) =>
            html`<li><span>${count} × ${name}</span> <span>${price(count * cents)}</span></li>`,
        )}
      </ul>
      ${orderSums(order)} ${paymentFacts(order)}
      ${
        last?.seen?.confirmation
          ? html`<div class="proof">
              <p>
                That you agreed to exactly this amount is proved by a file that anyone can check, without us
                and without a network: <code>npx countersign verify receipt.json</code>
              </p>
              <p class="ways">
                <a class="button button-soft" href="${BASE}/orders/${order.id}/receipt.json"
                  >Download receipt.json</a
                >
              </p>
            </div>`
          : null
      }
      <p class="ways no-print"><a class="quiet" href="${BASE}/orders/${order.id}">Back to the order</a></p>
    </article>`,
  );
}
