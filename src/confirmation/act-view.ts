import type { Language } from '../std/language.ts';
import { definitionList, inGroupsOfFour, type Detail } from '../web/components.ts';
import { html, type Html } from '../web/html.ts';
import type { Act } from './act.ts';
import { PAGE_TEXTS, type PageTexts } from './page-texts.ts';

/** Characters of an amount from which on it is set in smaller type. */
const LONG = 14;

/**
 * The act as a person sees it (M1, S6): its heart in large type, then every other detail of it. Nothing that
 * the code depends on is left out, whatever the purpose.
 */
type ActHeading = {
  readonly verb: string;
  /** The amount, the resource, the count of things; null when the verb says it all. */
  readonly heart: string | null;
  readonly party: string | null;
};

/**
 * "EUR 312.40", "312,40 EUR": by the language's own rules, always with the currency's code, which unlike "$"
 * cannot be taken for another, and which the message on the device shows too.
 */
export function amountText(amount: { value: string; currency: string }, language: Language): string {
  const decimals = amount.value.split('.')[1]?.length ?? 0;
  const text = new Intl.NumberFormat(language, {
    style: 'currency',
    currency: amount.currency,
    currencyDisplay: 'code',
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(amount.value as Intl.StringNumericLiteral);
  // A long amount may break at its currency, where Intl puts a space that holds, but never within its digits.
  return text.replace(/(?<=[A-Z])\s|\s(?=[A-Z])/u, ' ');
}

function actHeading(act: Act, language: Language): ActHeading {
  const texts = PAGE_TEXTS[language];
  const amount = act.amount ? amountText(act.amount, language) : null;
  const payee = act.payee?.name;
  return {
    verb: texts.verb[act.purpose],
    heart: heartOf(act, amount, texts),
    party: payee === undefined ? null : (act.purpose === 'order' ? texts.atPayee : texts.toPayee)(payee),
  };
}

/** The act in one line, for the title of the page. */
export function actLine(act: Act, language: Language): string {
  const { verb, heart, party } = actHeading(act, language);
  return [verb, heart, party].filter((part) => part !== null).join(' ');
}

export function actView(act: Act, language: Language): Html {
  const texts = PAGE_TEXTS[language];
  const { verb, heart, party } = actHeading(act, language);
  return html`<h1 class="act" id="act">
      ${heart === null ? emphasis(verb, 'words') : html`<span class="act-verb">${verb}</span>`}
      ${heart === null ? null : emphasis(heart, heartKind(act, heart))}
      ${party === null ? null : html`<span class="act-party">${party}</span>`}
    </h1>
    ${items(act, texts)} ${definitionList(details(act, language, heart))}`;
}

type HeartKind = 'amount' | 'long' | 'words';

function emphasis(text: string, kind: HeartKind): Html {
  return html`<span class="act-heart act-heart--${kind}">${text}</span>`;
}

function heartKind(act: Act, heart: string): HeartKind {
  if (!act.amount || act.purpose === 'access') return 'words';
  return heart.length > LONG ? 'long' : 'amount';
}

function heartOf(act: Act, amount: string | null, texts: PageTexts): string | null {
  if (act.purpose === 'access') return act.resource ?? null;
  if (amount !== null) return amount;
  return act.purpose === 'order' && act.items ? texts.things(act.items.length) : null;
}

function items(act: Act, texts: PageTexts): Html | null {
  if (!act.items) return null;
  const rows = act.items.map(
    ({ name, quantity }) =>
      html`<li><span class="item-count">${quantity} ×</span> <span class="item-name">${name}</span></li>`,
  );
  return html`<ul class="items" aria-label="${texts.items}">
    ${rows}
  </ul>`;
}

function details(act: Act, language: Language, heart: string | null): Detail[] {
  const texts = PAGE_TEXTS[language];
  const amount = act.amount ? amountText(act.amount, language) : undefined;
  const rows: [string, string | undefined, 'number' | 'text'][] = [
    [texts.amount, amount === heart ? undefined : amount, 'number'],
    [texts.resource, act.resource === heart ? undefined : act.resource, 'text'],
    [texts.account, grouped(act.payee?.account), 'number'],
    [texts.fromAccount, grouped(act.debtorAccount), 'number'],
    [noteTerm(act, texts), act.text, 'text'],
    [texts.fingerprint, grouped(act.contentDigest), 'number'],
  ];
  return rows.flatMap(([term, value, kind]) => (value === undefined ? [] : [{ term, value, kind }]));
}

function noteTerm({ purpose }: Act, texts: PageTexts): string {
  return texts.noteOf[purpose] ?? texts.note;
}

function grouped(text: string | undefined): string | undefined {
  return text === undefined ? undefined : inGroupsOfFour(text);
}
