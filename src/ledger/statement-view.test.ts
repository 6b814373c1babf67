import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LANGUAGES } from '../std/language.ts';
import { openWebAssets } from '../web/assets.ts';
import { NO_BALANCES, NO_LIMITS, type Account } from './account.ts';
import type { StatementHead, StatementLine } from './statement.ts';
import { statementPdf } from './statement-pdf.ts';
import { statementPage } from './statement-view.ts';

const account: Account = {
  ...NO_LIMITS,
  ...NO_BALANCES,
  home: 0,
  id: 'acc_0',
  tenantId: 'ten_0',
  clientId: null,
  code: 'buyer:marie',
  kind: 'buyer',
  currency: 'EUR',
  normalSide: 'credit',
  createdAtUs: 0,
  closedAtUs: null,
  lastAtUs: null,
};
const NOVEMBER_US = Date.parse('2026-11-01T00:00:00Z') * 1000;
const DECEMBER_US = Date.parse('2026-12-01T00:00:00Z') * 1000;

const head: StatementHead = {
  account,
  side: null,
  fromUs: NOVEMBER_US,
  toUs: DECEMBER_US,
  readToUs: DECEMBER_US,
  opening: 10_000n,
  closing: 123_456n,
  debits: 1_240n,
  credits: 114_696n,
};

const line = (n: number, more: Partial<StatementLine> = {}): StatementLine => ({
  atUs: NOVEMBER_US + n,
  n,
  side: 'debit',
  amount: 1_240n,
  balance: -5n,
  kind: 'payment',
  reference: 'Invoice 7',
  with: 'shop',
  transferId: 'trf_0',
  externalId: 'order-7',
  ...more,
});

const page = (more: Partial<Parameters<typeof statementPage>[0]> = {}): string =>
  String(
    statementPage({
      language: 'en',
      assets: openWebAssets(),
      head,
      lines: [line(0), line(1, { side: 'credit', amount: 114_696n, reference: null })],
      accountName: 'Marie',
      csvHref: '/x.csv',
      pdfHref: null,
      moreHref: null,
      ...more,
    }),
  );

test('B7: the page has the sums, each line with its balance, and links to what is offered only', () => {
  const text = page();
  for (const part of [
    'EUR 100.00',
    'EUR 12.40',
    'EUR 1,146.96',
    'EUR 1,234.56',
    'Invoice 7',
    'payment order-7',
    '-0.05',
  ])
    assert(text.includes(part), part);
  assert(text.includes('/x.csv') && !text.includes('Download as PDF'));
  assert(!text.includes('has not ended'));
  assert(page({ head: { ...head, readToUs: DECEMBER_US - 1 } }).includes('has not ended'));
  assert(page({ lines: [] }).includes('Nothing was debited'));
  assert(!page({ head: { ...head, side: 'debit' }, lines: [line(0)] }).includes('Credit ('));
});

test('S18: what others wrote is text on the page', () => {
  const text = page({ lines: [line(0, { reference: '<script>alert(1)</script>' })], accountName: '<b>' });
  assert(!text.includes('<script>alert') && !text.includes('<b>'));
});

test('every language has its own words, and the PDF is set in each, the same bytes each time', async () => {
  const titles = new Set<string>();
  for (const language of LANGUAGES) {
    titles.add(/<h1>(.*?)<\/h1>/.exec(page({ language }))?.[1] ?? '');
    const input = {
      language,
      head,
      lines: Array.from({ length: 80 }, (_, n) => line(n)),
      accountName: 'Łódź',
    };
    const [pdf, again] = [await statementPdf(input), await statementPdf(input)];
    assert.deepEqual(Buffer.compare(pdf, again), 0);
    assert.equal(
      Buffer.from(pdf)
        .toString('latin1')
        .match(/\/Type \/Page\b/g)?.length,
      2,
    );
  }
  assert.equal(titles.size, LANGUAGES.length);
});
