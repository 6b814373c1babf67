/** A statement as a page that a person reads (B7). Who may see it is judged by the room that shows it. */
import type { Language } from '../std/language.ts';
import type { WebAssets } from '../web/assets.ts';
import { card, definitionList, linkButton, type Detail } from '../web/components.ts';
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
  return layout({
    language,
    title: `${texts.title}: ${page.accountName}`,
    assets,
    kind: 'mail',
    skipLabel: texts.skip,
    header: wordmark(),
    main: html`<h1>${texts.title}</h1>
      <p>${periodText(head, language)}</p>
      ${head.readToUs < head.toUs ? html`<p>${texts.soFar(dayAndTime(head.readToUs, language))}</p>` : null}
      ${card(definitionList(summary(page, texts)))}
      ${lines.length === 0 ? html`<p>${texts.none}</p>` : table(page, texts)}
      <p>${texts.times}</p>
      <p>
        ${page.csvHref === null ? null : linkButton(page.csvHref, texts.asCsv, 'quiet')}
        ${page.pdfHref === null ? null : linkButton(page.pdfHref, texts.asPdf, 'quiet')}
        ${page.moreHref === null ? null : linkButton(page.moreHref, '→', 'quiet')}
      </p>`,
  });
}

function summary({ head, language, accountName }: StatementPage, texts: StatementTexts): Detail[] {
  return [
    { term: texts.account, value: accountName },
    ...sumsOf(head, language, texts).map(({ term, value }) => ({ term, value, kind: 'number' as const })),
  ];
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
  const text = (minor: bigint): string => amountText(amountJson(moneyOf(head.account, minor)), language);
  const rows = lines.map(
    (line) =>
      html`<tr>
        <td><time datetime="${isoMicros(line.atUs)}">${dayAndTime(line.atUs, language)}</time></td>
        <td>${whatOf(line)}</td>
        <td>${line.side === 'debit' ? text(line.amount) : null}</td>
        ${head.side === 'debit' ? null : html`<td>${line.side === 'credit' ? text(line.amount) : null}</td>`}
        <td>${text(line.balance)}</td>
      </tr>`,
  );
  const heads = [
    texts.date,
    texts.what,
    texts.debit,
    ...(head.side === 'debit' ? [] : [texts.credit]),
    texts.balance,
  ];
  return html`<table class="statement">
    <thead>
      <tr>
        ${heads.map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
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
