import { isoTime } from '../src/std/clock.ts';
import { formatAmount, type Money } from '../src/std/money.ts';
import type { Assets, WebAssets } from '../src/web/assets.ts';
import { button, inGroupsOfFour, postForm } from '../src/web/components.ts';
import { html, type Html } from '../src/web/html.ts';
import { layout, siteHeader } from '../src/web/layout.ts';
import type { SimCard } from './bank-books.ts';
import { scrollTable } from './scroll-table.ts';
import type { DeviceLine } from './terminal-line.ts';
import type { Screen } from './till.ts';

/** A payment terminal on a counter, as a page: its screen, its keys, the cards of the demonstration, its ticket. */
export type TerminalView = {
  readonly screen: Screen;
  readonly isBusy: boolean;
  readonly typed: string;
  readonly cards: readonly SimCard[];
  readonly settings: { readonly asksPin: boolean; readonly hasPaper: boolean };
  /** Newest first. */
  readonly lines: DeviceLine['lines'];
  readonly merchant: string;
  readonly code: string;
  /** The page of the phones; null where there is none. */
  readonly handset: string | null;
  readonly formToken: string;
};

export type TerminalAssets = Assets<'terminal.css'>;

export function terminalPage(view: TerminalView, web: WebAssets, own: TerminalAssets): Html {
  return layout({
    language: 'en',
    title: 'The payment terminal',
    assets: web,
    kind: 'demo',
    skipLabel: 'Go to the terminal',
    header: siteHeader(null),
    main: html`<div class="counter">
      <div class="counter-intro">
        <h1>The payment terminal</h1>
        <p class="lead">
          On the counter of ${view.merchant}. It speaks ISO 8583 over TCP with a key of its own. The code that
          it asks for comes to
          ${view.handset === null ? html`your phone` : html`<a href="${view.handset}">the phone</a>`} of
          whoever the bank says holds the card.
        </p>
      </div>
      <div class="counter-top">${device(view)} ${beside(view)}</div>
      ${settings(view)} ${lines(view)}
    </div>`,
    sheets: [own.href('terminal.css')],
  });
}

/** How the screen tells each answer to those at the counter. */
const SAYS: Readonly<Record<string, string>> = {
  '00': 'Approved',
  '05': 'Declined by the bank',
  '14': 'This card is unknown',
  '17': 'Cancelled',
  '51': 'Not enough money',
  '54': 'The card has expired',
  '57': 'No device is known for this card',
  '61': 'Above the limit',
  '64': 'The amount has changed',
  '65': 'Too many codes. Try later',
  '68': 'Too late. Start again',
  '75': 'Too many wrong codes',
  '91': 'The bank does not answer. Try later',
  '96': 'Something failed. Start again',
};

function device(view: TerminalView): Html {
  const { screen } = view;
  return html`<section class="terminal" aria-label="Terminal ${view.code}">
    ${paper(screen)}
    <div class="terminal-body">
      <p class="terminal-brand">${view.merchant} <span>${view.code}</span></p>
      <div class="terminal-screen" role="status">${words(view)}</div>
      ${keys(view)}
    </div>
  </section>`;
}

function words(view: TerminalView): Html {
  const { screen } = view;
  if (view.isBusy) return html`<p class="terminal-big">Please wait …</p>`;
  switch (screen.at) {
    case 'amount':
      return screen.wrong
        ? html`<p class="terminal-big">Amount?</p>
            <p>Like 12.50</p>`
        : html`<p class="terminal-big">Ready</p>
            <p>Merchant: key the amount</p>`;
    case 'card':
      return html`${amountLine(screen.amount)}
        <p>Insert your card</p>`;
    case 'pin':
      return html`${amountLine(screen.amount)}
        <p>Your PIN, then the green key</p>
        <p class="terminal-typed">${'*'.repeat(view.typed.length) || '····'}</p>`;
    case 'code':
      return html`${amountLine(screen.amount)}
        <p>
          ${screen.isWrong ? 'Wrong code.' : html`Code sent to ${screen.sentTo}.`}
          ${screen.triesLeft === '' ? null : `${screen.triesLeft} tries left.`}
        </p>
        <p class="terminal-typed">${view.typed === '' ? '·'.repeat(screen.digits) : view.typed}</p>`;
    case 'end':
      return html`<p class="terminal-big">${said(screen)}</p>
        <p>${money(screen.amount)}</p>`;
    default:
      return screen satisfies never;
  }
}

function said({ code, undone }: Extract<Screen, { at: 'end' }>): string {
  if (undone === 'paper') return 'No paper. The payment was undone';
  if (undone === 'line' || code === null) return 'No connection. Nothing was paid';
  return SAYS[code] ?? `Declined by the bank (${code})`;
}

function money(amount: Money): string {
  return `${amount.currency} ${formatAmount(amount)}`;
}

function amountLine(amount: Money): Html {
  return html`<p class="terminal-big">${money(amount)}</p>`;
}

/** The green key stands first in the document, so that Enter in the field presses it. */
function keys(view: TerminalView): Html {
  const { screen, formToken: token } = view;
  if (view.isBusy) return html`<p class="terminal-hint"><a href="/terminal">Look again</a></p>`;
  if (screen.at === 'amount') {
    return postForm({
      action: '/terminal/amount',
      token,
      attributes: html` class="terminal-keys"`,
      fields: html`<div class="terminal-entry">
          <label for="amount">Amount in euros</label>
          <input
            class="input"
            id="amount"
            name="amount"
            inputmode="decimal"
            autocomplete="off"
            required
            maxlength="12"
            ${screen.wrong ? html` aria-invalid="true"` : null}
          />
        </div>
        ${button('Charge this amount')}`,
    });
  }
  if (screen.at === 'end')
    return postForm({ action: '/terminal/next', token, fields: button('Next customer') });
  const stop = postForm({
    action: '/terminal/stop',
    token,
    fields: html`<button type="submit" class="key key--stop">Cancel</button>`,
  });
  if (screen.at === 'card') return html`<div class="terminal-keys">${stop}</div>`;
  return html`<div class="terminal-keys">${keypad(screen.at, view)} ${stop}</div>`;
}

function keypad(at: 'pin' | 'code', view: TerminalView): Html {
  const digits = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'].map(
    (digit) =>
      html`<button type="submit" class="key key--${digit}" name="key" value="${digit}" formnovalidate>
        ${digit}
      </button>`,
  );
  return postForm({
    action: '/terminal/keys',
    token: view.formToken,
    attributes: html` class="keypad"`,
    fields: html`<div class="terminal-entry">
        <label for="typed">${at === 'pin' ? 'PIN' : 'Code from the phone'}</label>
        <input
          class="input mono"
          id="typed"
          name="typed"
          type="${at === 'pin' ? 'password' : 'text'}"
          value="${view.typed}"
          inputmode="numeric"
          autocomplete="off"
          autofocus
          pattern="[0-9 ]*"
          maxlength="12"
        />
      </div>
      <button type="submit" class="key key--enter" name="key" value="enter">OK</button>
      ${digits}
      <button type="submit" class="key key--back" name="key" value="back" formnovalidate>Correct</button>`,
  });
}

/** The ticket comes out on top of the device. */
function paper(screen: Screen): Html | null {
  if (screen.at !== 'end' || screen.ticket.length === 0) return null;
  return html`<div class="paper" role="region" aria-label="Ticket" tabindex="0">
    <pre>${screen.ticket.join('\n')}</pre>
  </div>`;
}

/** The cards that can be inserted, drawn as cards. */
function beside({ screen, cards, isBusy, formToken: token }: TerminalView): Html {
  const canInsert = screen.at === 'card' && !isBusy;
  const drawn = cards.map((card, i) =>
    postForm({
      action: '/terminal/card',
      token,
      fields: html`<input type="hidden" name="pan" value="${card.pan}" />
        <button type="submit" class="plastic plastic--${i % 5}" ${canInsert ? null : 'disabled'}>
          <span class="plastic-chip" aria-hidden="true"></span>
          <span class="plastic-number">${inGroupsOfFour(card.pan)}</span>
          <span class="plastic-holder">${card.holder.name}</span>
          <span class="plastic-expiry">${card.expiry.slice(2)}/${card.expiry.slice(0, 2)}</span>
          <span class="hidden">, insert this card</span>
        </button>`,
    }),
  );
  return html`<section class="wallet" aria-labelledby="wallet">
    <h2 id="wallet">The cards</h2>
    <p>${canInsert ? 'Insert one of them.' : 'They can be inserted when the terminal asks for one.'}</p>
    <div class="wallet-cards">${drawn}</div>
  </section>`;
}

function settings({ settings: { asksPin, hasPaper }, formToken: token }: TerminalView): Html {
  return html`<section class="card" aria-labelledby="settings">
    <h2 id="settings">How it is set</h2>
    ${postForm({
      action: '/terminal/settings',
      token,
      attributes: html` class="terminal-settings"`,
      fields: html`<label
          ><input type="checkbox" name="asksPin" ${asksPin ? 'checked' : null} /> It asks for the PIN as
          well</label
        >
        <label
          ><input type="checkbox" name="hasPaper" ${hasPaper ? 'checked' : null} /> There is paper in
          it</label
        >
        <label><input type="checkbox" name="losesAnswer" /> The next answer gets lost on its way</label>
        ${button('Set', 'quiet')}`,
    })}
  </section>`;
}

function lines({ lines: found }: TerminalView): Html {
  const rows = found.map(
    ({ at, direction, text }) =>
      html`<tr>
        <td><time datetime="${isoTime(at)}">${isoTime(at).slice(11, 19)}</time></td>
        <td>${direction}</td>
        <td class="mono terminal-line">${text}</td>
      </tr>`,
  );
  return scrollTable({
    id: 'line',
    title: 'What went over its line, newest first',
    head: ['UTC', 'Way', 'Message'],
    rows,
    none: 'Nothing yet.',
    scrollClass: 'terminal-scroll',
  });
}
