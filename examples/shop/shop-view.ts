/** Catalogue, goods, basket and checkout. */
import { COUNT_MAX, FREE_FROM_CENTS, SHIPPING_CENTS, sumsOf, type Basket, type Line } from './basket.ts';
import { GOODS, SHELVES, type Good, type Shelf } from './catalogue.ts';
import { BASE } from './door.ts';
import { form, notice, page, type Frame } from './frame.ts';
import { html, type Child, type Html } from './html.ts';
import { price } from './money.ts';
import type { PayWith } from './order.ts';
import { picture } from './pictures.ts';

export function cataloguePage(frame: Frame, token: string, added: Good | null): Html {
  return page(
    frame,
    'catalogue',
    html`${added === null ? null : addedNotice(added)}
      <section class="hero">
        <div>
          <h1>For people who still write in the margin.</h1>
          <p class="lead">
            Twelve things for a desk, each the best that we know of its kind. Sent within two days, free from
            ${price(FREE_FROM_CENTS)}.
          </p>
        </div>
        <div class="hero-picture">${picture('fountain-pen')}</div>
      </section>
      ${(Object.keys(SHELVES) as Shelf[]).map((shelf) => shelfPart(shelf, token))}`,
  );
}

function addedNotice(good: Good): Html {
  return notice(
    'good',
    `${good.name} is in your basket.`,
    html`<a href="${BASE}/basket">Look at the basket</a>, or go on looking around.`,
  );
}

function shelfPart(shelf: Shelf, token: string): Html {
  const cards = GOODS.filter((good) => good.shelf === shelf).map(
    (good) =>
      html`<li class="good">
        <a
          class="good-picture good-${good.shelf}"
          href="${BASE}/goods/${good.id}"
          tabindex="-1"
          aria-hidden="true"
          >${picture(good.id)}</a
        >
        <div class="good-text">
          <h3><a href="${BASE}/goods/${good.id}">${good.name}</a></h3>
          <p>${good.line}</p>
        </div>
        <div class="good-buy">
          <p class="price">${price(good.cents)}</p>
          ${addForm(good, token, 'Add')}
        </div>
      </li>`,
  );
  return html`<section class="shelf" aria-labelledby="${shelf}">
    <h2 id="${shelf}">${SHELVES[shelf]}</h2>
    <ul class="goods">
      ${cards}
    </ul>
  </section>`;
}

function addForm(good: Good, token: string, label: string): Html {
  return form({
    action: `${BASE}/basket`,
    token,
    className: 'add',
    fields: html`<input type="hidden" name="add" value="${good.id}" /><button class="button" type="submit">
        ${label}<span class="hidden"> ${good.name} to the basket</span>
      </button>`,
  });
}

export function goodPage(frame: Frame, token: string, good: Good): Html {
  return page(
    frame,
    'good',
    html`<article class="detail">
      <div class="detail-picture good-${good.shelf}">${picture(good.id)}</div>
      <div class="detail-text">
        <p class="eyebrow"><a href="${BASE}#${good.shelf}">${SHELVES[good.shelf]}</a></p>
        <h1>${good.name}</h1>
        <p class="lead">${good.line}</p>
        <p class="price price-large">${price(good.cents)} <small>tax included</small></p>
        ${addForm(good, token, 'Add to basket')}
        ${
          good.madeToOrder
            ? html`<p class="made">
                Made to order: your bank holds the amount, and we take it when it is sent.
              </p>`
            : html`<p class="made">In stock. Sent within two days.</p>`
        }
        <p>${good.story}</p>
        <dl class="facts">${good.facts.map(([term, value]) => fact(term, value))}</dl>
      </div>
    </article>`,
  );
}

function fact(term: string, value: Child): Html {
  return html`<div>
    <dt>${term}</dt>
    <dd>${value}</dd>
  </div>`;
}

export function basketPage(frame: Frame, token: string, basket: Basket): Html {
  if (basket.length === 0)
    return page(
      frame,
      'basket',
      html`<section class="sheet plain">
        <h1>Your basket is empty</h1>
        <p>Nothing in it yet. A notebook is a good beginning.</p>
        <p class="ways"><a class="button" href="${BASE}">To the shop</a></p>
      </section>`,
    );
  return page(
    frame,
    'basket',
    html`<h1>Your basket</h1>
      <div class="columns">
        <section class="sheet" aria-label="What is in it">
          <ul class="lines">
            ${basket.map((line) => basketLine(line, token))}
          </ul>
        </section>
        <section class="sheet summary" aria-labelledby="sums">
          <h2 id="sums">Altogether</h2>
          ${sums(basket)}
          <a class="button button-wide" href="${BASE}/checkout">Go to checkout</a>
          <a class="quiet" href="${BASE}">Go on looking around</a>
        </section>
      </div>`,
  );
}

function basketLine({ good, count }: Line, token: string): Html {
  const counts = Array.from({ length: COUNT_MAX }, (_, i) => i + 1);
  return html`<li class="line">
    <div class="line-picture good-${good.shelf}">${picture(good.id)}</div>
    <div class="line-text">
      <h2><a href="${BASE}/goods/${good.id}">${good.name}</a></h2>
      <p>${price(good.cents)}${good.madeToOrder ? ', made to order' : null}</p>
    </div>
    ${form({
      action: `${BASE}/basket`,
      token,
      className: 'line-count',
      fields: html`<input type="hidden" name="set" value="${good.id}" />
        <label class="hidden" for="count-${good.id}">How many: ${good.name}</label>
        <select id="count-${good.id}" name="count">
          ${counts.map((n) => html`<option value="${n}" ${n === count ? 'selected' : null}>${n}</option>`)}
        </select>
        <button class="quiet" type="submit">Change<span class="hidden"> ${good.name}</span></button>
        <button class="quiet" type="submit" name="remove" value="yes">
          Remove<span class="hidden"> ${good.name}</span>
        </button>`,
    })}
    <p class="price">${price(good.cents * count)}</p>
  </li>`;
}

function sums(basket: Basket): Html {
  const { goods, shipping, total } = sumsOf(basket);
  return html`<dl class="sums">
    ${fact('Goods', price(goods))} ${fact('Sending', shipping === 0 ? 'free' : price(SHIPPING_CENTS))}
    <div class="sums-total">
      <dt>Total</dt>
      <dd>${price(total)}</dd>
    </div>
  </dl>`;
}

export type CheckoutForm = {
  readonly name: string;
  readonly address: string;
  readonly payWith: PayWith;
  readonly customer: string;
  readonly once: string;
};
export type CheckoutErrors = Partial<Record<'name' | 'address' | 'customer', string>>;

export type Checkout = {
  readonly token: string;
  readonly basket: Basket;
  readonly form: CheckoutForm;
  readonly errors: CheckoutErrors;
  /** Why the payment did not begin; null where nothing was tried yet. */
  readonly refused: string | null;
};

export function checkoutPage(frame: Frame, checkout: Checkout): Html {
  const { basket, errors, refused } = checkout;
  const isHeld = basket.some(({ good }) => good.madeToOrder);
  const wrong = Object.keys(errors).length;
  return page(
    frame,
    'checkout',
    html`<h1>Checkout</h1>
      ${refused === null ? null : notice('bad', 'The payment did not begin', refused)}
      ${wrong === 0 ? null : notice('bad', 'Something is missing', 'Please look at the fields that are marked.')}
      ${form({
        action: `${BASE}/orders`,
        token: checkout.token,
        className: 'columns',
        fields: html`<div class="steps">${checkoutFields(checkout)}</div>
          <section class="sheet summary" aria-labelledby="sums">
            <h2 id="sums">Your order</h2>
            <ul class="brief">
              ${basket.map(({ good, count }) => html`<li><span>${count} × ${good.name}</span> <span>${price(good.cents * count)}</span></li>`)}
            </ul>
            ${sums(basket)}
            <button class="button button-wide" type="submit">Order and pay</button>
            <p class="small">
              ${
                isHeld
                  ? 'Something is made to order: your bank holds the amount now, and we take it when we send.'
                  : 'You pay on the page of our payment service. Before anything is taken, your phone shows you the amount and asks for your consent.'
              }
            </p>
          </section>`,
      })}`,
  );
}

function checkoutFields({ form, errors }: Checkout): Html {
  return html`<input type="hidden" name="once" value="${form.once}" />
    <fieldset class="sheet">
      <legend>Where shall we send it?</legend>
      ${field({ name: 'name', label: 'Name', value: form.name, autocomplete: 'name', max: 80, error: errors.name })}
      <div class="field">
        <label for="address">Address</label>
        <textarea
          id="address"
          name="address"
          rows="3"
          maxlength="300"
          autocomplete="street-address"
          required
          ${errors.address ? html` aria-invalid="true" aria-describedby="address-error"` : null}
        >
${form.address}</textarea>
        ${fieldError('address', errors.address)}
      </div>
    </fieldset>
    <fieldset class="sheet">
      <legend>How would you like to pay?</legend>
      ${choice('card', form.payWith, 'With a card', 'Its number is typed on the page of our payment service. We never see it.')}
      ${choice('account', form.payWith, 'With my account', 'A card that you keep there, or your telephone bill, if you have a contract for it.')}
      ${field({
        name: 'customer',
        label: 'Customer number, or mobile number',
        value: form.customer,
        autocomplete: 'username',
        max: 100,
        optional: true,
        hint: 'Needed for your account. With a card you may leave it empty: the payment page will ask.',
        error: errors.customer,
      })}
    </fieldset>`;
}

function choice(value: PayWith, chosen: PayWith, title: string, text: string): Html {
  return html`<label class="choice">
    <input type="radio" name="pay_with" value="${value}" ${value === chosen ? 'checked' : null} />
    <span><b>${title}</b><br /><span class="choice-text">${text}</span></span>
  </label>`;
}

type Field = {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly autocomplete: string;
  readonly max: number;
  readonly optional?: boolean;
  readonly hint?: string;
  readonly error: string | undefined;
};

function field({ name, label, value, autocomplete, max, optional, hint, error }: Field): Html {
  const described = [hint ? `${name}-hint` : null, error ? `${name}-error` : null].filter(
    (id) => id !== null,
  );
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      value="${value}"
      maxlength="${max}"
      autocomplete="${autocomplete}"
      ${optional ? null : 'required'}
      ${described.length === 0 ? null : html` aria-describedby="${described.join(' ')}"`}
      ${error ? html` aria-invalid="true"` : null}
    />
    ${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : null} ${fieldError(name, error)}
  </div>`;
}

function fieldError(name: string, error: string | undefined): Html | null {
  return error ? html`<p class="error" id="${name}-error">${error}</p>` : null;
}
