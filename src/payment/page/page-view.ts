import type { WebAssets } from '../../web/assets.ts';
import {
  button,
  card,
  definitionList,
  languageSwitch,
  linkButton,
  postForm,
  seal,
  type Detail,
  type SealKind,
} from '../../web/components.ts';
import { html, type Html } from '../../web/html.ts';
import { layout, wordmark } from '../../web/layout.ts';
import { originOf } from '../../web/security-headers.ts';
import { amountText } from '../../confirmation/act-view.ts';
import type { PaymentState } from '../payment.ts';
import { payForm } from './form-view.ts';
import { PAY_TEXTS, type PayTexts } from './texts.ts';
import { payPath, type PayView } from './view.ts';

/**
 * The hosted payment page (B1, B2, B4; S6, S8): how much, to whom, for what; then how it is paid, and what
 * became of it. It works whole without a script; with one it checks card numbers while they are typed, and
 * follows the payment live.
 *
 *   created: the form ─▶ authorising ─▶ the page of the code ─▶ executing ─▶ completed, refused, cancelled, expired
 */
type ShownState = Exclude<PaymentState, 'created'>;
type WaitingState = 'authorising' | 'confirming' | 'executing';

const REFRESH_SECONDS = 3;
/** Characters of an amount from which on it is set in smaller type. */
const LONG = 14;

const SEALS = {
  authorised: 'good',
  completed: 'good',
  refused: 'stopped',
  cancelled: 'stopped',
  expired: 'late',
} as const satisfies Record<Exclude<ShownState, WaitingState>, SealKind>;

export function payPage(view: PayView, assets: WebAssets): Html {
  const texts = PAY_TEXTS[view.language];
  const { state } = view;
  const path = payPath(view.id);
  const follows = isWaiting(state);
  return layout({
    language: view.language,
    title: titleOf(view, texts),
    assets,
    kind: 'pay',
    skipLabel: texts.skip,
    header: html`<p class="asker">${monogram(view.clientName)}<span>${view.clientName}</span></p>
      ${languageSwitch(texts.languages, view.language, path)}`,
    main: html`<div
      class="sheet sheet--pay sheet--${state}"
      data-payment
      data-page="${path}?lang=${view.language}"
      data-state="${state}"
      ${follows ? html` data-events="${payPath(view.id, '/events')}"` : null}
    >
      ${card(order(view, texts), 'act')}
      ${state === 'created' ? card(payForm(view), 'pay') : stateCard(view, state, texts)}
    </div>`,
    footer: wordmark(),
    sheets: [assets.href('pay.css')],
    scripts: [assets.href('pay.js')],
    ...(follows ? { refresh: { seconds: REFRESH_SECONDS, path: `${path}?lang=${view.language}` } } : {}),
  });
}

function isWaiting(state: PaymentState): state is WaitingState {
  return state === 'authorising' || state === 'confirming' || state === 'executing';
}

function titleOf(view: PayView, texts: PayTexts): string {
  const title = `${texts.title(amountText(view.amount, view.language), view.payee)} · ${view.clientName}`;
  if (view.state !== 'created') return `${texts.state[view.state][0]} · ${title}`;
  return view.form.notice === null ? title : texts.errorTitle(title);
}

function monogram(name: string): Html {
  return html`<span class="monogram" aria-hidden="true">${Array.from(name.trim())[0]?.toUpperCase()}</span>`;
}

function order(view: PayView, texts: PayTexts): Html {
  const amount = amountText(view.amount, view.language);
  return html`<p class="eyebrow">${texts.asks(view.clientName)}</p>
    <h1 class="act" id="act">
      <span class="act-verb">${texts.verb}</span>
      <span class="act-heart act-heart--${amount.length > LONG ? 'long' : 'amount'}">${amount}</span>
      <span class="act-party">${texts.toPayee(view.payee)}</span>
    </h1>
    ${definitionList(orderDetails(view, texts))}`;
}

function orderDetails(view: PayView, texts: PayTexts): Detail[] {
  const rows: Detail[] = [];
  if (view.description !== null) rows.push({ term: texts.purpose, value: view.description });
  if (view.reference !== null) rows.push({ term: texts.reference, value: view.reference, kind: 'number' });
  return rows;
}

function stateCard(view: PayView, state: ShownState, texts: PayTexts): Html {
  const [title, text] = texts.state[state];
  return isWaiting(state)
    ? card(waiting(view, state, [title, text], texts), 'end')
    : card(ended(view, state, texts), 'end');
}

function waiting(view: PayView, state: WaitingState, [title, text]: [string, string], texts: PayTexts): Html {
  const canCancel = state === 'confirming';
  return html`<span class="spinner" aria-hidden="true"></span>
    <div role="status">
      <h2>${title}</h2>
      <p>${text}</p>
      <p class="hint">${texts.live}</p>
    </div>
    ${view.codePath === null || !canCancel ? null : linkButton(view.codePath, texts.enterCode)}
    ${
      canCancel
        ? postForm({
            action: `${payPath(view.id, '/cancellation')}?lang=${view.language}`,
            token: view.formToken,
            fields: button(texts.cancel, 'link'),
          })
        : null
    }`;
}

function ended(view: PayView, state: Exclude<ShownState, WaitingState>, texts: PayTexts): Html {
  const [title, general] = texts.state[state];
  const isGood = state === 'completed' || state === 'authorised';
  // Only a web address may stand in a link, whatever a client once named.
  const back =
    view.returnUrl === null || originOf(view.returnUrl) === null
      ? html`<p class="close">${texts.close}</p>`
      : linkButton(view.returnUrl, texts.back(view.clientName), isGood ? 'primary' : 'quiet');
  return html`${seal(SEALS[state])}
    <div role="status">
      <h2>${title}</h2>
      <p>${textOf(view, state, general, texts)}</p>
      ${isGood && view.exemption !== null ? html`<p>${texts.exempt}</p>` : null}
    </div>
    ${definitionList(outcome(view, isGood, texts))} ${back}`;
}

function textOf(view: PayView, state: ShownState, general: string, texts: PayTexts): string {
  if (state === 'authorised') return texts.authorised(view.payee);
  if (state !== 'refused' || view.reason === null) return general;
  return Object.hasOwn(texts.reasons, view.reason) ? (texts.reasons[view.reason] ?? general) : general;
}

/** What a payer notes down: a receipt in five lines. */
function outcome(view: PayView, isGood: boolean, texts: PayTexts): Detail[] {
  const amount = (money: { value: string; currency: string }): string => amountText(money, view.language);
  const rows: (Detail | null)[] = [
    isGood && (view.card !== null || view.onBill)
      ? { term: texts.paidWith, value: view.onBill ? texts.onBill : (view.card ?? '') }
      : null,
    view.completed !== null && view.completed.value !== view.amount.value
      ? { term: texts.debited, value: amount(view.completed), kind: 'number' }
      : null,
    view.refunded !== null ? { term: texts.refunded, value: amount(view.refunded), kind: 'number' } : null,
    isGood && view.authCode !== null ? { term: texts.authCode, value: view.authCode, kind: 'number' } : null,
    { term: texts.paymentNumber, value: view.id, kind: 'number' },
  ];
  return rows.filter((row) => row !== null);
}
