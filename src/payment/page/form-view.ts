import { button, notice, postForm } from '../../web/components.ts';
import { html, type Child, type Html } from '../../web/html.ts';
import { amountText } from '../../confirmation/act-view.ts';
import { FIELDS } from './form.ts';
import { PAY_TEXTS, type PayTexts } from './texts.ts';
import { payPath, type FieldName, type PayForm, type PayView } from './view.ts';

/**
 * The form in which a payer says who he is and how he pays. Card data go up with it and never come back. What
 * was not chosen is hidden by the stylesheet, so that it works without a script.
 */
export function payForm(view: PayView): Html {
  const texts = PAY_TEXTS[view.language];
  const { form } = view;
  const isChoice = form.cards.length > 0 || form.bill;
  const first = isChoice ? null : firstField(view);
  return html`<h2>${texts.pay}</h2>
    ${noticeOf(form, texts)}
    ${postForm({
      action: `${payPath(view.id, '/begin')}?lang=${view.language}`,
      token: view.formToken,
      attributes: html` class="pay-form" data-pay-form novalidate
      data-texts="${JSON.stringify(scriptTexts(texts))}"`,
      fields: html`${form.payer === 'asked' ? who(form, texts, first) : null}
        ${isChoice ? choices(view, texts) : html`<input type="hidden" name="${FIELDS.means}" value="card" />`}
        ${cardFields(view, texts, first)} ${trust(view, texts)}
        <div class="pay-go">
          ${button(texts.button(amountText(view.amount, view.language)))}
          <p class="hint">${form.mayBeExempt ? texts.nextOrNone : texts.next}</p>
          <p class="pay-status" role="status" data-status></p>
        </div>`,
    })}
    ${postForm({
      action: `${payPath(view.id, '/cancellation')}?lang=${view.language}`,
      token: view.formToken,
      attributes: html` class="pay-cancel"`,
      fields: button(texts.cancel, 'link'),
    })}`;
}

/** What the page's script says beside a field before anything is sent. */
function scriptTexts({ errors, asking }: PayTexts): object {
  const { number, expiry, code } = errors;
  return {
    asking,
    number: number.malformed,
    expiry: expiry.malformed,
    expired: expiry.expired,
    code: code.malformed,
  };
}

function noticeOf(form: PayForm, texts: PayTexts): Html | null {
  if (form.notice === null) return null;
  const [title, text] = texts.notice[form.notice];
  return notice(form.notice === 'wait' ? 'wait' : 'error', 'notice', title, text);
}

const CARD_FIELDS = ['number', 'expiry', 'code'] as const satisfies readonly FieldName[];

/** Where one begins to type: at the first thing that is wrong, else at the first that is asked. */
function firstField({ form }: PayView): FieldName {
  const isAsked = form.payer === 'asked' && (form.typed.identifier === '' || form.errors.who !== undefined);
  const order: readonly FieldName[] = isAsked ? ['who', 'number', 'expiry', 'code'] : CARD_FIELDS;
  return order.find((name) => form.errors[name] !== undefined) ?? order[0] ?? 'number';
}

type Field = {
  readonly name: FieldName;
  readonly label: string;
  readonly hint: string | null;
  readonly attributes: Child;
  readonly value?: string;
  /** Stands within the field's frame, at its end. */
  readonly beside?: Child;
};

function field(form: PayForm, texts: PayTexts, first: FieldName | null, made: Field): Html {
  const { name, label, hint, attributes, value, beside } = made;
  const error = form.errors[name];
  const described = [error === undefined ? null : `${name}-error`, hint === null ? null : `${name}-hint`];
  const ids = described.filter((id) => id !== null).join(' ');
  return html`<div class="field field--${name}">
    <label for="${name}">${label}</label>
    <div class="input-frame">
      <input
        class="input"
        id="${name}"
        name="${FIELDS[name]}"
        ${value === undefined ? null : html` value="${value}"`}
        ${attributes}
        ${ids === '' ? null : html` aria-describedby="${ids}"`}
        ${error === undefined ? null : html` aria-invalid="true"`}
        ${first === name ? html` autofocus` : null}
      />
      ${beside ?? null}
    </div>
    ${
      error === undefined
        ? null
        : html`<p class="field-error" id="${name}-error">${texts.errors[name][error] ?? texts.anyError}</p>`
    }
    ${hint === null ? null : html`<p class="hint" id="${name}-hint">${hint}</p>`}
  </div>`;
}

function who(form: PayForm, texts: PayTexts, first: FieldName | null): Html {
  return field(form, texts, first, {
    name: 'who',
    label: texts.who,
    hint: texts.whoHint,
    value: form.typed.identifier,
    attributes: html`required enterkeyhint="next" maxlength="254" autocomplete="username" autocapitalize="off"
    autocorrect="off" spellcheck="false"`,
  });
}

function choices(view: PayView, texts: PayTexts): Html {
  const { form } = view;
  const chosen = form.typed.means === '' ? (form.cards[0]?.token ?? 'card') : form.typed.means;
  const choice = (value: string, text: Child, hint: Child): Html =>
    html`<label class="choice">
      <input
        type="radio"
        name="${FIELDS.means}"
        value="${value}"
        ${value === chosen ? html` checked` : null}
      />
      <span class="choice-text">${text}</span>
      ${hint === null ? null : html`<span class="choice-hint">${hint}</span>`}
    </label>`;
  return html`<fieldset class="choices">
    <legend>${texts.how}</legend>
    ${form.cards.map(({ token, text, expires }) => choice(token, together(text), texts.expires(expires)))}
    ${choice('card', form.cards.length > 0 ? texts.anotherCard : texts.newCard, null)}
    ${form.bill ? choice('bill', texts.bill, texts.billHint) : null}
  </fieldset>`;
}

function cardFields(view: PayView, texts: PayTexts, first: FieldName | null): Html {
  const { form } = view;
  const digits = html`required inputmode="numeric" spellcheck="false" autocorrect="off"`;
  const card = (made: Field): Html => field(form, texts, first, made);
  return html`<fieldset class="card-fields" data-card-fields>
    <legend class="hidden">${texts.newCard}</legend>
    ${card({
      name: 'number',
      label: texts.number,
      hint: null,
      attributes: html`${digits} autocomplete="cc-number" maxlength="32"`,
      beside: html`<span class="brand" data-brand aria-live="polite"></span>`,
    })}
    <div class="card-row">
      ${card({
        name: 'expiry',
        label: texts.expiry,
        hint: texts.expiryHint,
        attributes: html`${digits} autocomplete="cc-exp" maxlength="10"`,
      })}
      ${card({
        name: 'code',
        label: texts.code,
        hint: texts.codeHint,
        attributes: html`${digits} autocomplete="cc-csc" maxlength="4"`,
      })}
    </div>
    ${check('keep', form.typed.keep, texts.keep, texts.keepHint)}
    <p class="safe">${lock()}<span>${texts.safe(view.clientName)}</span></p>
  </fieldset>`;
}

function trust(view: PayView, texts: PayTexts): Html | null {
  return view.form.trust
    ? check('trust', view.form.typed.trust, texts.trust(view.payee), texts.trustHint)
    : null;
}

function check(name: 'keep' | 'trust', isOn: boolean, label: string, hint: string): Html {
  return html`<div class="check">
    <input
      type="checkbox"
      id="${name}"
      name="${FIELDS[name]}"
      value="1"
      aria-describedby="${name}-hint"
      ${isOn ? html` checked` : null}
    />
    <label for="${name}">${label}</label>
    <p class="hint" id="${name}-hint">${hint}</p>
  </div>`;
}

function lock(): Html {
  return html`<svg
    class="lock"
    viewBox="0 0 20 20"
    width="18"
    height="18"
    aria-hidden="true"
    focusable="false"
  >
    <rect x="3.5" y="8.5" width="13" height="8.5" rx="2" />
    <path d="M6.5 8.5V6a3.5 3.5 0 0 1 7 0v2.5" />
  </svg>`;
}

/** "Visa ···· 1234" is not broken across lines. */
function together(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}
