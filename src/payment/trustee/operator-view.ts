/** The operator's pages: periods, and of each its totals, unpaid bills, bills and payouts. In English, as the console is. */
import { amountText } from '../../confirmation/act-view.ts';
import { formatAmount } from '../../std/money.ts';
import type { WebAssets } from '../../web/assets.ts';
import { card, linkButton } from '../../web/components.ts';
import { html, type Html } from '../../web/html.ts';
import { layout, wordmark } from '../../web/layout.ts';
import type { Bill } from './bill.ts';
import { monthText } from './document.ts';
import { terms } from './document-view.ts';
import type { Payout } from './payout.ts';
import type { PeriodRow, PeriodTotals } from './period-store.ts';

const STAGE_TEXTS = {
  billing: 'bills are being made',
  paying_out: 'merchants are being paid out',
  collecting: 'bills are being collected',
  done: 'ended',
} as const satisfies Record<PeriodRow['stage'], string>;

type Frame = { readonly assets: WebAssets };

function page({ assets }: Frame, title: string, main: Html): Html {
  return layout({
    language: 'en',
    title,
    assets,
    kind: 'statement',
    sheets: [assets.href('statement.css')],
    skipLabel: 'Go to the periods',
    header: wordmark(),
    main,
  });
}

const money = (minor: bigint, currency: string): string =>
  amountText({ value: formatAmount({ minor, currency }), currency }, 'en');

export function periodsPage(frame: Frame, rows: readonly PeriodRow[]): Html {
  const lines = rows.map(
    ({ period, stage }) =>
      html`<tr>
        <td><a href="/operator/periods/${period}">${monthText(period, 'en')}</a></td>
        <td>${STAGE_TEXTS[stage]}</td>
      </tr>`,
  );
  return page(
    frame,
    'Periods',
    html`<div class="statement-head"><h1>Periods</h1></div>
      ${
        rows.length === 0
          ? html`<p>No period has been run yet: <code>countersign period run</code></p>`
          : tableOf(['Period', 'Run'], lines)
      }`,
  );
}

export type PeriodPage = Frame & {
  readonly row: PeriodRow;
  readonly totals: readonly PeriodTotals[];
  readonly unpaid: readonly Bill[];
  readonly bills: readonly Bill[];
  /** Where further bills are; null on the last page. */
  readonly moreHref: string | null;
  readonly payouts: readonly Payout[];
  readonly nameOf: (clientId: string) => string;
};

export function periodPage(view: PeriodPage): Html {
  const { row, totals, unpaid, bills, payouts, moreHref } = view;
  const title = monthText(row.period, 'en');
  return page(
    view,
    title,
    html`<p><a href="/operator">All periods</a></p>
      <div class="statement-head">
        <h1>${title}</h1>
        <p class="statement-period">The run: ${STAGE_TEXTS[row.stage]}.</p>
      </div>
      ${totals.map((one) => card(totalsOf(one)))}
      ${
        unpaid.length === 0
          ? html`<p>No bill is unpaid.</p>`
          : html`<h2>Unpaid bills</h2>
              ${billTable(unpaid)}`
      }
      <h2>Payouts</h2>
      ${payouts.length === 0 ? html`<p>No merchant was owed anything.</p>` : payoutTable(view)}
      <h2>Bills</h2>
      ${bills.length === 0 ? html`<p>No buyer owed anything.</p>` : billTable(bills)}
      ${moreHref === null ? null : html`<div class="statement-files">${linkButton(moreHref, 'Further bills', 'quiet')}</div>`}`,
  );
}

function totalsOf(one: PeriodTotals): Html {
  const { currency } = one;
  return terms([
    { term: `Billed (${one.bills})`, value: money(one.billed, currency) },
    { term: `Collected (${one.paid})`, value: money(one.collected, currency) },
    { term: `Owed to merchants (${one.payouts})`, value: money(one.gross, currency) },
    { term: 'Service charges', value: money(one.fees, currency) },
    { term: 'Paid out', value: money(one.gross - one.fees, currency) },
    { term: 'Unpaid bills', value: one.unpaid },
  ]);
}

function billTable(bills: readonly Bill[]): Html {
  const rows = bills.map(
    (bill) =>
      html`<tr>
        <td class="statement-what"><a href="/operator/bills/${bill.id}">${bill.id}</a></td>
        <td class="statement-what">${bill.subscriberId}</td>
        <td>${bill.reason === null ? bill.state : `${bill.state}: ${reasonText(bill.reason)}`}</td>
        <td class="statement-money" data-name="Amount">${money(bill.minor, bill.currency)}</td>
      </tr>`,
  );
  return tableOf(['Bill', 'Buyer', 'State'], rows, ['Amount']);
}

const REASONS: Readonly<Record<string, string>> = {
  no_card: 'no card on file',
  no_bank: 'no bank is known for the card',
  bank_silent: 'the bank did not answer',
  bank_unreachable: 'the bank could not be reached',
};

function reasonText(reason: string): string {
  return REASONS[reason] ?? reason.replace(/^declined_(.+)$/, 'declined by the bank ($1)');
}

function payoutTable({ payouts, nameOf }: PeriodPage): Html {
  const rows = payouts.map(
    (one) =>
      html`<tr>
        <td class="statement-what"><a href="/operator/payouts/${one.id}">${nameOf(one.clientId)}</a></td>
        <td class="statement-money" data-name="Owed">${money(one.gross, one.currency)}</td>
        <td class="statement-money" data-name="Service charge">${money(one.fee, one.currency)}</td>
        <td class="statement-money" data-name="Paid out">${money(one.gross - one.fee, one.currency)}</td>
      </tr>`,
  );
  return tableOf(['Merchant'], rows, ['Owed', 'Service charge', 'Paid out']);
}

function tableOf(texts: readonly string[], rows: readonly Html[], amounts: readonly string[] = []): Html {
  return html`<table class="statement">
    <thead>
      <tr>
        ${texts.map((text) => html`<th scope="col">${text}</th>`)}
        ${amounts.map((text) => html`<th scope="col" class="statement-money">${text}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}
