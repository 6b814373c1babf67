/** A bill or a payout note as a page. */
import { amountText } from '../../confirmation/act-view.ts';
import { dayAndTime, numberText } from '../../ledger/statement-view.ts';
import { isoMicros } from '../../ledger/time.ts';
import { formatAmount } from '../../std/money.ts';
import type { WebAssets } from '../../web/assets.ts';
import { card, definitionList, linkButton } from '../../web/components.ts';
import { html, type Child, type Html } from '../../web/html.ts';
import { layout, wordmark } from '../../web/layout.ts';
import type { TrusteeDocument } from './document.ts';
import { TRUSTEE_TEXTS } from './texts.ts';

export type DocumentPage = {
  readonly document: TrusteeDocument;
  readonly assets: WebAssets;
  readonly csvHref: string;
  readonly pdfHref: string;
  /** Before the title: where one came from. */
  readonly back: Child;
};

export function documentPage({ document, assets, csvHref, pdfHref, back }: DocumentPage): Html {
  const { language, title, facts, totals, currency, lines } = document;
  const texts = TRUSTEE_TEXTS[language];
  const sums = totals.map(({ term, minor }) => {
    const value = formatAmount({ minor, currency });
    return { term, value: amountText({ value, currency }, language) };
  });
  return layout({
    language,
    title: `${title} ${document.id}`,
    assets,
    kind: 'statement',
    sheets: [assets.href('statement.css')],
    skipLabel: texts.skip,
    header: wordmark(),
    main: html`${back}
      <div class="statement-head"><h1>${title}</h1></div>
      ${card(definitionList(facts))} ${lines.length === 0 ? html`<p>${texts.none}</p>` : table(document)}
      ${document.isCut ? html`<p class="statement-note">${texts.cut(lines.length)}</p>` : null}
      ${card(terms(sums))}
      <p class="statement-note">${texts.times}</p>
      <div class="statement-files">
        ${linkButton(csvHref, texts.asCsv, 'quiet')} ${linkButton(pdfHref, texts.asPdf, 'quiet')}
      </div>`,
  });
}

/** Terms and values in a row, as statements show their sums. */
export function terms(rows: readonly { readonly term: string; readonly value: Child }[]): Html {
  return html`<dl class="statement-sums">
    ${rows.map(
      ({ term, value }) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function table({ language, lines, currency }: TrusteeDocument): Html {
  const texts = TRUSTEE_TEXTS[language];
  return html`<table class="statement">
    <thead>
      <tr>
        <th scope="col">${texts.date}</th>
        <th scope="col">${texts.what}</th>
        <th scope="col" class="statement-money">${texts.amount} (${currency})</th>
      </tr>
    </thead>
    <tbody>
      ${lines.map(
        (line) =>
          html`<tr>
            <td><time datetime="${isoMicros(line.atUs)}">${dayAndTime(line.atUs, language)}</time></td>
            <td class="statement-what">${line.what}</td>
            <td class="statement-money" data-name="${texts.amount}">
              ${numberText({ minor: line.minor, currency }, language)}
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
