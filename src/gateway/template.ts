/**
 * The text of a message, rendered at the moment of sending from the same row that fed the code (S7).
 * Pure. The act comes first, then who asks, then the code, then the origin-bound line
 * `@domain #code` (WICG, "Origin-bound one-time codes delivered via SMS") that lets a phone offer the code to
 * that site only.
 *
 *   content ──▶ details in one line, in the language ──▶ fits one segment ───────────────────────────▶ text
 *                                                    └─▶ else without the warning ─▶ else details cut ─┘
 *                                                        ─▶ else the same in two segments, three, ... seven
 *
 * Cut are the payee, then the resource, the text, the items, the client's name. Never cut are the amount with
 * its currency, the last four of an account, and the code.
 */
import type { Language } from '../std/language.ts';
import { IntlMessageFormat } from 'intl-messageformat';
import { assert, Fault, unreachable } from '../std/assert.ts';
import { capacityOf, cut, foldToGsm, MESSAGE_SEGMENTS_MAX, oneLine, sizeOf } from './template-fit.ts';
import {
  DETAILS,
  TEXTS,
  UNSAID,
  type Alert,
  type Detail,
  type MessagePurpose,
  type News,
} from './template-texts.ts';

/** The act as the confirmation room has it, by shape. */
export type MessageAct = {
  readonly purpose: MessagePurpose;
  /** Major units with a point and the decimals of the currency: "312.40". */
  readonly amount?: { readonly value: string; readonly currency: string } | undefined;
  readonly payee?: { readonly name: string; readonly account?: string | undefined } | undefined;
  readonly debtorAccount?: string | undefined;
  readonly resource?: string | undefined;
  readonly text?: string | undefined;
  readonly items?: readonly { readonly name: string; readonly quantity: number }[] | undefined;
  readonly contentDigest?: string | undefined;
};

export type CodeMessage = {
  readonly kind: 'code';
  readonly act: MessageAct;
  /** 6 to 10 digits; or as many asterisks, to render what `maskCode` leaves of the text. */
  readonly code: string;
  readonly language: Language;
  /** Who asks: the client's name, such as "Acme Bank". */
  readonly clientName: string;
  /** The host of the page where the code is typed, with its port if that is not the usual one. */
  readonly domain: string;
};

type AlertMessage = {
  readonly kind: 'alert';
  readonly alert: Alert;
  readonly language: Language;
  readonly clientName: string;
  /**
   * How long the block lasts, in milliseconds, for the alert `blocked`; without it the text says "a while".
   */
  readonly blockMs?: number | undefined;
};

/** To the addressee: who wrote, until when it waits, and where to go; never what it says. */
export type NoticeMessage = {
  readonly kind: 'notice';
  readonly senderName: string;
  /** A short form of the message's id, to tell it from others. */
  readonly number: string;
  /** The page of the mailbox. Whoever opens it must prove himself first, so that it carries no secret. */
  readonly url: string;
  /** Whether it must be accepted before it can be read. */
  readonly acceptance: boolean;
  readonly reminder: boolean;
  /** As `momentText` says it. */
  readonly expiresAt: string;
  readonly language: Language;
  readonly clientName: string;
};

/** To the sender. */
export type NewsMessage = {
  readonly kind: 'news';
  readonly event: News;
  readonly addresseeName: string;
  readonly subject: string;
  /** As `momentText` says it. */
  readonly at: string;
  readonly language: Language;
  readonly clientName: string;
};

/** To the payer. */
export type DebitMessage = {
  readonly kind: 'debit';
  readonly amount: { readonly value: string; readonly currency: string };
  readonly payeeName: string;
  /** Of the card; null where the amount is billed. */
  readonly lastFour: string | null;
  /** As `momentText` says it. */
  readonly at: string;
  readonly language: Language;
  readonly clientName: string;
};

export type MessageContent = CodeMessage | AlertMessage | NoticeMessage | NewsMessage | DebitMessage;

/** A detail that may be shortened, in the order in which they give way, with the length that it keeps. */
const ELASTIC = [
  ['payee', 16],
  ['resource', 24],
  ['text', 30],
  ['items', 30],
  ['client', 12],
] as const;
type ElasticName = (typeof ELASTIC)[number][0];
/**
 * What each keeps when nothing else helps; with it the longest act fits the most segments in any alphabet.
 */
const KEPT_AT_LAST = 4;
type Elastic = Record<ElasticName, string>;
const EMPTY: Elastic = { payee: '', resource: '', text: '', items: '', client: '' };

const CODE = /^(?:\d{6,10}|\*{6,10})$/;
const PAGE_URL = /^https?:\/\/[!-~]+$/;
const DOMAIN = /^[a-z0-9.-]{1,253}(?::\d{1,5})?$/;

/** Renders a message. Never more than `MESSAGE_SEGMENTS_MAX` segments. */
export function renderMessage(content: MessageContent): { text: string } {
  return { text: textOf(content) };
}

function textOf(content: MessageContent): string {
  switch (content.kind) {
    case 'code':
      return renderCode(content);
    case 'alert':
      return renderAlert(content);
    case 'notice':
      return renderNotice(content);
    case 'news':
      return renderNews(content);
    case 'debit':
      return renderDebit(content);
    default:
      return unreachable(content);
  }
}

/**
 * The text with an asterisk for each digit of the code, and nothing else changed: the evidence keeps its
 * hash, and who holds the act can render the same text with the mask for a code, without ever having known
 * the code (S7, S8).
 */
export function maskCode(text: string, code: string): string {
  const mask = '*'.repeat(code.length);
  const end = text.lastIndexOf('\n');
  const body = text.slice(0, end);
  assert(
    CODE.test(code) && body.endsWith(code) && text.endsWith(`#${code}`),
    'the text carries another code',
  );
  return `${body.slice(0, -code.length)}${mask}${text.slice(end, -code.length)}${mask}`;
}

function renderCode(content: CodeMessage): string {
  const { act, code, language } = content;
  assert(CODE.test(code), 'a code has 6 to 10 digits');
  assert(DOMAIN.test(content.domain), 'the domain of a message is no host name');
  const acts = formatOf(`${language} ${act.purpose}`, language, () => actTemplate(language, act.purpose));
  const ending = formatOf(`${language} ending`, language, () => TEXTS[language].ending);
  const account = act.payee?.account === undefined ? '' : ` (...${lastFour(act.payee.account)})`;
  const fixed = {
    amount: act.amount ? amountText(act.amount, language) : '',
    debtor: act.debtorAccount === undefined ? '' : lastFour(act.debtorAccount),
    digest: act.contentDigest === undefined ? '' : fingerprint(act.contentDigest),
  };
  const lastLine = `\n@${content.domain} #${code}`;
  const render = (elastic: Elastic, warn: boolean): string => {
    const sentence = acts({
      ...fixed,
      resource: elastic.resource,
      text: unquoted(elastic.text),
      items: elastic.items,
      payee: elastic.payee + account,
      ...presence(act),
    });
    const asked = ending({ client: elastic.client, warn: warn ? 'yes' : 'no', code });
    return `${ended(sentence)} ${asked}${lastLine}`;
  };
  return fit(elasticOf({ ...detailsOf(act), client: content.clientName }), render);
}

function renderAlert(content: AlertMessage): string {
  const { alert, language } = content;
  const format = formatOf(`${language} ${alert}`, language, () => TEXTS[language].alert[alert]);
  const seconds = Math.ceil((content.blockMs ?? 0) / 1000);
  const minutes = Math.ceil(seconds / 60);
  const elastic = elasticOf({ client: content.clientName });
  return fit(elastic, ({ client }) => ended(format({ client, seconds, minutes })));
}

/** The names give way to the address of the page, which is whole or of no use. */
function renderNotice(content: NoticeMessage): string {
  const { language, number, url, expiresAt } = content;
  assert(PAGE_URL.test(url) && !/[?#]/.test(url), 'the address in a notice opens nothing by itself');
  const format = formatOf(`${language} notice`, language, () => TEXTS[language].notice);
  const fixed = {
    url,
    number: oneLine(number),
    until: oneLine(expiresAt),
    reminder: content.reminder ? 'yes' : 'no',
    acceptance: content.acceptance ? 'yes' : 'no',
  };
  const elastic = elasticOf({ payee: content.senderName, client: content.clientName });
  return fit(elastic, ({ payee, client }, full) => {
    const text = format({ ...fixed, sender: payee, client, full: full ? 'yes' : 'no' });
    // A full stop behind an address would be taken for a part of it.
    return full ? ended(text) : text;
  });
}

function renderNews(content: NewsMessage): string {
  const { event, language } = content;
  const format = formatOf(`${language} news ${event}`, language, () => TEXTS[language].news[event]);
  const elastic = elasticOf({
    payee: content.addresseeName,
    text: content.subject,
    client: content.clientName,
  });
  return fit(elastic, ({ payee, text, client }) =>
    ended(format({ at: oneLine(content.at), addressee: payee, subject: unquoted(text), client })),
  );
}

function renderDebit(content: DebitMessage): string {
  const { language, lastFour: card } = content;
  const format = formatOf(`${language} debit`, language, () => TEXTS[language].debit);
  const fixed = {
    amount: amountText(content.amount, language),
    at: oneLine(content.at),
    hasCard: card === null ? 'no' : 'yes',
    card: card ?? '',
  };
  const elastic = elasticOf({ payee: content.payeeName, client: content.clientName });
  return fit(elastic, ({ payee, client }) => ended(format({ ...fixed, payee, client })));
}

function ended(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** What stands in quotes ends where its quotes end. */
function unquoted(text: string): string {
  return text.replaceAll('"', "'");
}

/** Tries the forms from the best to the shortest, then again with one more segment. */
function fit(elastic: Elastic, render: (elastic: Elastic, warn: boolean) => string): string {
  const full = render(elastic, true);
  for (let segments = 1; segments <= MESSAGE_SEGMENTS_MAX; segments++) {
    if (fits(full, segments)) return full;
    const unwarned = render(elastic, false);
    if (fits(unwarned, segments)) return unwarned;
    const short = shorten(elastic, segments, (shorter) => render(shorter, false));
    if (short !== null) return short;
  }
  throw new Fault('a message does not fit even with every detail cut');
}

function shorten(elastic: Elastic, segments: number, render: (elastic: Elastic) => string): string | null {
  const shorter = { ...elastic };
  let text = render(shorter);
  for (const [name, usual] of ELASTIC) {
    const kept = segments === MESSAGE_SEGMENTS_MAX ? KEPT_AT_LAST : usual;
    const { gsm, length } = sizeOf(text);
    const over = length - capacityOf(segments, gsm);
    if (over <= 0) return text;
    const own = gsm ? sizeOf(shorter[name]).length : shorter[name].length;
    shorter[name] = cut(shorter[name], Math.max(kept, own - over), gsm);
    text = render(shorter);
  }
  return fits(text, segments) ? text : null;
}

function fits(text: string, segments: number): boolean {
  const { gsm, length } = sizeOf(text);
  return length <= capacityOf(segments, gsm);
}

/**
 * The details that may be cut, in one line each; folded into GSM when that saves the whole message from
 * UCS-2.
 */
function elasticOf(parts: Partial<Elastic>): Elastic {
  const exact = { ...EMPTY };
  for (const [name] of ELASTIC) exact[name] = oneLine(parts[name] ?? '');
  const folded = { ...exact };
  for (const [name] of ELASTIC) {
    const likeness = foldToGsm(exact[name]);
    if (likeness === null) return exact;
    folded[name] = likeness;
  }
  return folded;
}

function detailsOf(act: MessageAct): Partial<Elastic> {
  return {
    payee: act.payee?.name ?? '',
    resource: act.resource ?? '',
    text: act.text ?? '',
    items: (act.items ?? []).map((item) => `${item.quantity} x ${oneLine(item.name)}`).join(', '),
  };
}

/** Which details there are, for the ICU messages to choose by. */
function presence(act: MessageAct): Record<string, string> {
  return {
    hasResource: yes(act.resource),
    hasItems: yes(act.items),
    hasAmount: yes(act.amount),
    hasPayee: yes(act.payee),
    hasDebtor: yes(act.debtorAccount),
    hasDigest: yes(act.contentDigest),
    hasText: yes(act.text),
  };
}

/** The purpose's sentence, and after it each detail that it does not name, if the act has it. */
function actTemplate(language: Language, purpose: MessagePurpose): string {
  const { purpose: sentences, detail } = TEXTS[language];
  const sentence = sentences[purpose];
  const unsaid = UNSAID[purpose] ?? [];
  const others = DETAILS.filter((name) => !unsaid.includes(name) && !sentence.includes(`{${name}}`));
  return (
    sentence + others.map((name) => `{${flagOf(name)}, select, yes {${detail[name]}} other {}}`).join('')
  );
}

function flagOf(name: Detail): string {
  return `has${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/**
 * "EUR 1,312.40", "1 312,40 EUR": the ISO code and the language's separators, in characters of GSM 03.38
 * only.
 */
export function amountText(
  amount: { readonly value: string; readonly currency: string },
  language: Language,
): string {
  const { decimal, group, currency } = TEXTS[language].number;
  const [whole = '', decimals] = amount.value.split('.');
  // A lone group of three without decimals ("JPY 1.234") could be read as decimals, so that it is not made.
  const grouped = decimals !== undefined || whole.length > 6;
  const digits = grouped ? whole.replace(/\B(?=(?:\d{3})+$)/g, group) : whole;
  const number = decimals === undefined ? digits : `${digits}${decimal}${decimals}`;
  return currency === 'first' ? `${amount.currency} ${number}` : `${number} ${amount.currency}`;
}

function lastFour(account: string): string {
  return account.slice(-4);
}

/** The first twelve hexadecimal digits, parted so that they do not look like a code. */
function fingerprint(digest: string): string {
  return `${digest.slice(0, 4)}-${digest.slice(4, 8)}-${digest.slice(8, 12)}`;
}

function yes(present: unknown): 'yes' | 'no' {
  return present === undefined ? 'no' : 'yes';
}

type Values = Record<string, string | number>;
const formats = new Map<string, (values: Values) => string>();

/** Messages are compiled once: parsing one costs some hundred times what filling it in does. */
function formatOf(name: string, language: Language, template: () => string): (values: Values) => string {
  const known = formats.get(name);
  if (known) return known;
  const message = new IntlMessageFormat(template(), language, undefined, { ignoreTag: true });
  const format = (values: Values): string => {
    const text = message.format(values);
    assert(typeof text === 'string', 'a message was rendered to something other than text');
    return text;
  };
  formats.set(name, format);
  return format;
}
