import { isoTime } from '../src/std/clock.ts';
import { RESPONSE_CODES } from '../src/bank/iso8583/response-code.ts';
import { maskPan } from '../src/bank/iso8583/describe.ts';
import type { Assets, WebAssets } from '../src/web/assets.ts';
import { button, inGroupsOfFour, postForm } from '../src/web/components.ts';
import { html, type Child, type Html } from '../src/web/html.ts';
import { layout, siteHeader } from '../src/web/layout.ts';
import type { BankEntry, SimCard } from './bank-books.ts';
import type { BankLine, Behaviour, Rule } from './bank-host.ts';
import { scrollTable } from './scroll-table.ts';

/**
 * The simulated bank, as a page to look at and to steer it by. Its cards are made up, so they are shown
 * whole.
 */
export type BankView = {
  readonly cards: readonly (SimCard & { readonly leftMinor: bigint })[];
  /** Newest first. */
  readonly entries: readonly BankEntry[];
  readonly lines: readonly BankLine[];
  readonly rules: readonly Rule[];
  readonly connections: number;
  readonly formToken: string;
};

export type BankAssets = Assets<'bank.css'>;

/** What may be chosen for messages to come, in the words of the page. */
export const BEHAVIOURS = {
  silent: 'does it, and never answers',
  lost: 'never gets the message',
  late: 'does it, and answers too late',
  twice: 'answers two times',
  garbage: 'answers with garbage',
  stranger: 'answers under another reference',
  cut: 'does it, and cuts the connection',
} as const satisfies Record<Exclude<Behaviour, 'well' | { code: string }>, string>;

export const MESSAGE_KINDS = {
  '': 'any message',
  '01': 'authorisations',
  '02': 'purchases, refunds, completions',
  '04': 'reversals',
} as const satisfies Record<string, string>;

export function bankPage(view: BankView, web: WebAssets, own: BankAssets): Html {
  return layout({
    language: 'en',
    title: 'The bank',
    assets: web,
    kind: 'demo',
    skipLabel: 'Go to the content',
    header: siteHeader(null),
    main: html`<div class="bank">
      <h1>The bank</h1>
      <p class="lead">
        A simulated bank that speaks ISO 8583 over TCP, as a real one does. Connections now:
        ${view.connections}. <a href="/bank">Look again</a>
      </p>
      ${steering(view)} ${cards(view)} ${entries(view)} ${lines(view)}
    </div>`,
    sheets: [own.href('bank.css')],
  });
}

function steering(view: BankView): Html {
  const rules = view.rules.map((rule) => html`<li>${ruleText(rule)}</li>`);
  return html`<section class="card" aria-labelledby="steering">
    <h2 id="steering">What it does next</h2>
    ${
      rules.length === 0
        ? html`<p>It behaves well.</p>`
        : html`<ul class="bank-rules">
            ${rules}
          </ul>`
    }
    ${postForm({
      action: '/bank/rules',
      token: view.formToken,
      attributes: html` class="bank-form"`,
      fields: html`${select({
        id: 'behaviour',
        name: 'behaviour',
        label: 'The bank',
        options: Object.entries(BEHAVIOURS),
      })}
      ${select({ id: 'mti', name: 'mti', label: 'Of messages', options: Object.entries(MESSAGE_KINDS) })}
      ${select({ id: 'times', name: 'times', label: 'For', options: TIMES, chosen: '1' })}
      ${button('Do so', 'quiet')}`,
    })}
    ${
      rules.length === 0
        ? null
        : postForm({
            action: '/bank/rules/clear',
            token: view.formToken,
            fields: button('Behave well again', 'link'),
          })
    }
  </section>`;
}

function ruleText({ behaviour, mti = '', times }: Rule): string {
  const what = typeof behaviour === 'object' ? `answers ${behaviour.code}` : textOf(BEHAVIOURS, behaviour);
  return `The bank ${what}: ${textOf(MESSAGE_KINDS, mti)}${times === undefined ? '' : `, ${times} times`}.`;
}

function textOf(texts: Readonly<Record<string, string>>, name: string): string {
  return texts[name] ?? name;
}

type Select = {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly chosen?: string;
};

function select({ id, name, label, options, chosen = '' }: Select): Html {
  const all = options.map(
    ([value, text]) =>
      html`<option value="${value}" ${value === chosen ? 'selected' : null}>${text}</option>`,
  );
  return html`<div class="field">
    <label for="${id}">${label}</label>
    <select class="input" id="${id}" name="${name}">
      ${all}
    </select>
  </div>`;
}

const TIMES = [
  ['1', 'the next one'],
  ['3', 'the next three'],
  ['', 'all from now on'],
] as const;

function cards(view: BankView): Html {
  const codes = Object.entries(RESPONSE_CODES)
    .filter(([, { meaning, isReserved }]) => meaning !== 'approved' && !isReserved)
    .map(([code, { name }]) => [code, `${code} ${name}`] as const);
  const rows = view.cards.map(
    (one) =>
      html`<tr>
        <td class="mono">${inGroupsOfFour(one.pan)}</td>
        <td>${one.expiry.slice(2)}/${one.expiry.slice(0, 2)}, ${one.securityCode}</td>
        <td>${one.holder.name}<br />${one.holder.mobile ?? 'no mobile'}</td>
        <td class="bank-money">${amount(one.leftMinor)}</td>
        <td>
          ${postForm({
            action: '/bank/cards',
            token: view.formToken,
            attributes: html` class="bank-form"`,
            fields: html`<input type="hidden" name="pan" value="${one.pan}" /> ${select({
                id: `refusal-${one.pan}`,
                name: 'refusal',
                label: 'It is',
                options: [['', 'good'], ...codes],
                chosen: one.refusal ?? '',
              })}
              ${button('Set', 'quiet')}`,
          })}
        </td>
      </tr>`,
  );
  return table(
    'Cards',
    ['Card', 'Expiry, code', 'Holder', 'Left to spend', 'Questions for it'],
    rows,
    'No cards.',
  );
}

function entries(view: BankView): Html {
  const rows = view.entries.map(
    (entry) =>
      html`<tr>
        <td class="mono">${entry.rrn}</td>
        <td class="mono">${maskPan(entry.pan)}</td>
        <td class="bank-money">${amount(entry.askedMinor)}</td>
        <td>${entry.code}</td>
        <td>${entry.state}</td>
        <td class="bank-money">${amount(entry.heldMinor)}</td>
        <td class="bank-money">${amount(entry.takenMinor - entry.givenMinor)}</td>
      </tr>`,
  );
  const head = ['Reference', 'Card', 'Asked', 'Answered', 'State', 'Held', 'Taken'];
  return table('Payments, newest first', head, rows, 'Nobody has paid yet.');
}

function lines(view: BankView): Html {
  const rows = view.lines.map(
    ({ at, direction, text }) =>
      html`<tr>
        <td><time datetime="${isoTime(at)}">${isoTime(at).slice(11, 23)}</time></td>
        <td>${direction}</td>
        <td class="mono bank-line">${text}</td>
      </tr>`,
  );
  return table('Messages, newest first', ['UTC', 'Way', 'Message'], rows, 'No message has come yet.');
}

function table(title: string, head: readonly string[], rows: readonly Child[], none: string): Html {
  const id = title.split(/\W/)[0]?.toLowerCase() ?? '';
  return scrollTable({ id, title, head, rows, none, scrollClass: 'bank-scroll' });
}

/** Every simulated account is kept in a currency of two decimals. */
function amount(minor: bigint): string {
  const sign = minor < 0n ? '-' : '';
  const digits = String(minor < 0n ? -minor : minor).padStart(3, '0');
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
