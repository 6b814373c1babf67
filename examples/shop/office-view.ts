/** The merchant's side: who ordered what, and what to do with the money. */
import { BASE } from './door.ts';
import { form, notice, page, type Frame } from './frame.ts';
import { html, type Child, type Html } from './html.ts';
import { amountOf, price } from './money.ts';
import { lastTry, stateOf, type Order } from './order.ts';
import { dateText, shortState, toldOf } from './order-texts.ts';
import { paymentFacts } from './order-view.ts';

const AT = `${BASE}/office`;

export function enterPage(frame: Frame, token: string, refused: string | null): Html {
  return page(
    frame,
    'enter',
    html`<section class="sheet plain">
      <h1>The office</h1>
      <p>For those who pack and send. The password is in what <code>npm start</code> printed.</p>
      ${refused === null ? null : notice('bad', 'Not let in', refused)}
      ${form({
        action: `${AT}/enter`,
        token,
        fields: html`<div class="field">
            <label for="password">Password</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required />
          </div>
          <button class="button" type="submit">Go in</button>`,
      })}
    </section>`,
  );
}

export function officePage(frame: Frame, token: string, orders: readonly Order[]): Html {
  const taken = orders.reduce((sum, order) => {
    const seen = lastTry(order)?.seen;
    return sum + (seen ? seen.completedCents - seen.refundedCents : 0);
  }, 0);
  const toSend = orders.filter(isToSend).length;
  const rows = orders.map(
    (order) =>
      html`<tr>
        <th scope="row"><a href="${AT}/orders/${order.id}">${order.number}</a></th>
        <td>${dateText(order.placedAtMs)}</td>
        <td>${order.name}</td>
        <td><span class="tag tag-${stateOf(order)}">${shortState(order)}</span></td>
        <td class="number">${price(order.totalCents)}</td>
      </tr>`,
  );
  return page(
    frame,
    'office',
    html`<div class="office-head">
        <h1>Orders</h1>
        ${form({
          action: `${AT}/leave`,
          token,
          className: 'inline',
          fields: html`<button class="quiet" type="submit">Leave the office</button>`,
        })}
      </div>
      <dl class="figures">
        ${figure('Orders', orders.length)} ${figure('To send', toSend)}
        ${figure('Taken, less refunds', price(taken))}
      </dl>
      ${
        orders.length === 0
          ? html`<p class="sheet">Nobody has ordered yet.</p>`
          : html`<div class="sheet table" role="region" aria-label="Orders" tabindex="0">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Number</th>
                    <th scope="col">Placed</th>
                    <th scope="col">Customer</th>
                    <th scope="col">State</th>
                    <th scope="col" class="number">Total</th>
                  </tr>
                </thead>
                <tbody>
                  ${rows}
                </tbody>
              </table>
            </div>`
      }`,
  );
}

function isToSend(order: Order): boolean {
  return order.sentAtMs === null && ['held', 'paid', 'part_refunded'].includes(stateOf(order));
}

function figure(term: string, value: Child): Html {
  return html`<div class="sheet">
    <dt>${term}</dt>
    <dd>${value}</dd>
  </div>`;
}

export type OfficeOrder = {
  readonly order: Order;
  readonly token: string;
  /** A new one for each page: the same press of a button is the same refund. */
  readonly once: string;
  readonly refused: string | null;
};

export function officeOrderPage(frame: Frame, { order, token, once, refused }: OfficeOrder): Html {
  const told = toldOf(order);
  const action = `${AT}/orders/${order.id}`;
  const act = (name: string, fields: Child) =>
    form({
      action,
      token,
      className: 'act',
      fields: html`<input type="hidden" name="do" value="${name}" /><input
          type="hidden"
          name="once"
          value="${once}"
        />${fields}`,
    });
  return page(
    frame,
    'office',
    html`<p class="eyebrow"><a href="${AT}">All orders</a></p>
      <h1>Order ${order.number}</h1>
      ${refused === null ? null : notice('bad', 'That was not done', refused)}
      <div class="columns">
        <section class="sheet" aria-labelledby="what">
          <h2 id="what">${told.title}</h2>
          <p>${dateText(order.placedAtMs)}</p>
          <ul class="brief">
            ${order.lines.map(
              ({ name, count, cents }) =>
                html`<li><span>${count} × ${name}</span> <span>${price(count * cents)}</span></li>`,
            )}
            <li><span>Sending</span> <span>${price(order.shippingCents)}</span></li>
            <li class="brief-total"><span>Total</span> <span>${price(order.totalCents)}</span></li>
          </ul>
          <p class="postal"><b>${order.name}</b><br />${order.address}</p>
          ${paymentFacts(order)}
        </section>
        <section class="sheet acts" aria-labelledby="do">
          <h2 id="do">What to do</h2>
          ${acts(order, act)}
        </section>
      </div>`,
  );
}

function acts(order: Order, act: (name: string, fields: Child) => Html): Child {
  const state = stateOf(order);
  const seen = lastTry(order)?.seen ?? null;
  const left = seen === null ? 0 : seen.completedCents - seen.refundedCents;
  const ask = act('ask', html`<button class="quiet" type="submit">Ask about the payment again</button>`);
  const send =
    state === 'held'
      ? act(
          'send',
          html`${amountField('send-amount', 'Take of what is held', order.totalCents)}
            <button class="button" type="submit">Send, and take the money</button>`,
        )
      : act('send', html`<button class="button" type="submit">Mark as sent</button>`);
  const cancel = act(
    'cancel',
    html`<button class="button button-danger" type="submit">Cancel the order</button>`,
  );
  const refund = act(
    'refund',
    html`${amountField('refund-amount', 'Refund', left)}
      <button class="button button-danger" type="submit">Refund</button>`,
  );
  return [
    isToSend(order) ? send : null,
    left > 0 ? refund : null,
    state === 'held' || state === 'waiting' ? cancel : null,
    ask,
  ];
}

function amountField(id: string, label: string, cents: number): Html {
  return html`<div class="field">
    <label for="${id}">${label}, in euro</label>
    <input
      id="${id}"
      name="amount"
      value="${amountOf(cents).value}"
      inputmode="decimal"
      autocomplete="off"
      required
    />
  </div>`;
}
