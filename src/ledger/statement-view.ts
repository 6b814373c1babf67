/** A statement as a page that a person reads (B7). Who may see it is judged by the room that shows it. */
import type { Language } from '../std/language.ts';
import { formatAmount, type Money } from '../std/money.ts';
import type { WebAssets } from '../web/assets.ts';
import { card, linkButton } from '../web/components.ts';
import { html, type Html } from '../web/html.ts';
import { layout, wordmark } from '../web/layout.ts';
import { amountText } from '../confirmation/act-view.ts';
import { moneyOf } from './account.ts';
import { amountJson } from './api.ts';
import type { StatementHead, StatementLine } from './statement.ts';
import { STATEMENT_TEXTS, type StatementTexts } from './statement-texts.ts';
import { isoMicros } from './time.ts';

export type StatementPage = {
  readonly language: Language;
  readonly assets: WebAssets;
  readonly head: StatementHead;
  readonly lines: readonly StatementLine[];
  /** What the account is called to the person. */
  readonly accountName: string;
  /** Where the same statement is as a file; null where it is not offered. */
  readonly csvHref: string | null;
  readonly pdfHref: string | null;
  /** Further lines; null on the last page. */
  readonly moreHref: string | null;
};

export function statementPage(page: StatementPage): Html {
  const { language, assets, head, lines } = page;
  const texts = STATEMENT_TEXTS[language];
  const isSoFar = head.readToUs < head.toUs;
  return layout({
    language,
    title: `${texts.title}: ${page.accountName}`,
    assets,
    kind: 'statement',
    sheets: [assets.href('statement.css')],
    skipLabel: texts.skip,
    header: wordmark(),
    main: html`<div class="statement-head">
        <h1>${texts.title}</h1>
        <p>${page.accountName}</p>
        <p class="statement-period">${periodText(head, language)}</p>
        ${isSoFar ? html`<p class="statement-note">${texts.soFar(dayAndTime(head.readToUs, language))}</p>` : null}
      </div>
      ${card(sums(page, texts))} ${lines.length === 0 ? html`<p>${texts.none}</p>` : table(page, texts)}
      <p class="statement-note">${texts.times}</p>
      ${links(page, texts)}`,
  });
}

function sums({ head, language }: StatementPage, texts: StatementTexts): Html {
  const rows = sumsOf(head, language, texts).map(
    ({ term, value }) =>
      html`<div>
        <dt>${term}</dt>
        <dd>${value}</dd>
      </div>`,
  );
  return html`<dl class="statement-sums">${rows}</dl>`;
}

function links({ csvHref, pdfHref, moreHref }: StatementPage, texts: StatementTexts): Html | null {
  const offered = [
    [moreHref, texts.more],
    [csvHref, texts.asCsv],
    [pdfHref, texts.asPdf],
  ] as const;
  const shown = offered.flatMap(([href, label]) => (href === null ? [] : [linkButton(href, label, 'quiet')]));
  return shown.length === 0 ? null : html`<div class="statement-files">${shown}</div>`;
}

/** The four sums, in words that both the page and the PDF show. */
export function sumsOf(
  head: StatementHead,
  language: Language,
  texts: StatementTexts,
): { term: string; value: string }[] {
  const text = (minor: bigint): string => amountText(amountJson(moneyOf(head.account, minor)), language);
  return [
    { term: texts.opening, value: text(head.opening) },
    { term: texts.debits, value: text(head.debits) },
    { term: texts.credits, value: text(head.credits) },
    { term: texts.closing, value: text(head.closing) },
  ];
}

function table({ head, lines, language }: StatementPage, texts: StatementTexts): Html {
  const hasCredits = head.side !== 'debit';
  const money = (name: string, minor: bigint | null): Html => {
    const text = minor === null ? null : numberText(moneyOf(head.account, minor), language);
    return html`<td class="statement-money" data-name="${name}">${text}</td>`;
  };
  const rows = lines.map(
    (line) =>
      html`<tr>
        <td><time datetime="${isoMicros(line.atUs)}">${dayAndTime(line.atUs, language)}</time></td>
        <td class="statement-what">${whatOf(line)}</td>
        ${line.side === 'debit' || hasCredits ? money(texts.debit, line.side === 'debit' ? line.amount : null) : null}
        ${hasCredits ? money(texts.credit, line.side === 'credit' ? line.amount : null) : null}
        ${money(texts.balance, line.balance)}
      </tr>`,
  );
  const columns = [texts.debit, ...(hasCredits ? [texts.credit] : []), texts.balance];
  return html`<table class="statement">
    <thead>
      <tr>
        <th scope="col">${texts.date}</th>
        <th scope="col">${texts.what}</th>
        ${columns.map((name) => html`<th scope="col" class="statement-money">${name} (${head.account.currency})</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

/** The amount alone, for a column that names its currency. */
export function numberText(money: Money, language: Language): string {
  const value = formatAmount(money);
  const decimals = value.split('.')[1]?.length ?? 0;
  return new Intl.NumberFormat(language, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(value as Intl.StringNumericLiteral);
}

/** What a line was for: the reference, or what sort of transfer it was. */
export function whatOf({ reference, kind, externalId }: StatementLine): string {
  return reference ?? `${kind} ${externalId}`;
}

export function periodText(head: StatementHead, language: Language): string {
  const { period } = STATEMENT_TEXTS[language];
  return period(dayAndTime(head.fromUs, language), dayAndTime(head.toUs, language));
}

export function dayAndTime(us: number, language: Language): string {
  const locale = language === 'en' ? 'en-GB' : language;
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(
    us / 1000,
  );
}
