/** A bill or a payout note as a PDF: A4 pages. Pure: the same document gives the same pages. */
import { readFileSync } from 'node:fs';
import { amountText } from '../../confirmation/act-view.ts';
import { dayAndTime, numberText } from '../../ledger/statement-view.ts';
import { formatAmount } from '../../std/money.ts';
import { sleep } from '../../std/timer.ts';
import type { TrusteeDocument } from './document.ts';
import { TRUSTEE_TEXTS } from './texts.ts';

const PAGE = { left: 45, right: 550, top: 48, bottom: 780 } as const;
const COLUMNS = { what: 160, amount: PAGE.right } as const;
const ROW = 16;
const INK = '#1c2420';
const SOFT = '#5c6660';
const FACES = { plain: 'DejaVuSansCondensed', bold: 'DejaVuSansCondensed-Bold' } as const;

type Look = { readonly size?: number; readonly bold?: true; readonly soft?: true; readonly width?: number };

export async function documentPdf(document: TrusteeDocument): Promise<Uint8Array<ArrayBuffer>> {
  // It takes 15 MB in each thread, so it is here only once it is needed.
  const { default: Pdf } = await import('pdfkit');
  const { language, currency } = document;
  const texts = TRUSTEE_TEXTS[language];
  const madeAt = new Date(document.madeAtMs);
  const pdf = new Pdf({
    size: 'A4',
    margin: 0,
    bufferPages: true,
    lang: language,
    displayTitle: true,
    info: {
      Title: `${document.title} ${document.id}`,
      Author: 'Countersign',
      Creator: 'Countersign',
      Producer: 'Countersign',
      CreationDate: madeAt,
      ModDate: madeAt,
    },
  });
  for (const face of Object.values(FACES)) {
    pdf.registerFont(face, readFileSync(new URL(import.meta.resolve(`dejavu-fonts-ttf/ttf/${face}.ttf`))));
  }
  let y = drawHead(pdf, document);
  y = drawTableHead(pdf, document, y);
  for (const line of document.lines) {
    if (y + ROW > PAGE.bottom) {
      pdf.addPage();
      await sleep(0);
      y = drawTableHead(pdf, document, PAGE.top);
    }
    put(pdf, dayAndTime(line.atUs, language), PAGE.left, y, { width: COLUMNS.what - PAGE.left - 8 });
    put(pdf, line.what, COLUMNS.what, y, { width: 280 });
    putRight(pdf, numberText({ minor: line.minor, currency }, language), COLUMNS.amount, y);
    y += ROW;
  }
  if (document.lines.length === 0) {
    put(pdf, texts.none, PAGE.left, y, { soft: true });
    y += ROW;
  }
  drawTotals(pdf, document, y + 8);
  drawFeet(pdf, document);
  pdf.end();
  const chunks: Uint8Array[] = [];
  for await (const chunk of pdf) chunks.push(chunk as Uint8Array);
  return new Uint8Array(Buffer.concat(chunks));
}

function drawHead(pdf: PDFKit.PDFDocument, { title, facts }: TrusteeDocument): number {
  put(pdf, title, PAGE.left, PAGE.top, { size: 22, bold: true });
  let y = PAGE.top + 40;
  for (const { term, value } of facts) {
    put(pdf, term, PAGE.left, y, { soft: true, size: 9.5 });
    put(pdf, value, COLUMNS.what, y, { size: 9.5, bold: true, width: PAGE.right - COLUMNS.what });
    y += ROW;
  }
  return y + 16;
}

function drawTableHead(pdf: PDFKit.PDFDocument, { language, currency }: TrusteeDocument, y: number): number {
  const texts = TRUSTEE_TEXTS[language];
  const look = { bold: true, soft: true } as const;
  put(pdf, texts.date, PAGE.left, y, look);
  put(pdf, texts.what, COLUMNS.what, y, look);
  putRight(pdf, `${texts.amount} (${currency})`, COLUMNS.amount, y, look);
  rule(pdf, y + ROW - 2);
  return y + ROW + 3;
}

function drawTotals(pdf: PDFKit.PDFDocument, document: TrusteeDocument, from: number): void {
  const { totals, currency, language } = document;
  let y = from;
  if (y + ROW * (totals.length + 1) > PAGE.bottom) {
    pdf.addPage();
    y = PAGE.top;
  }
  rule(pdf, y);
  y += 8;
  for (const [i, { term, minor }] of totals.entries()) {
    const look: Look = i === totals.length - 1 ? { bold: true, size: 11 } : { size: 9.5 };
    put(pdf, term, COLUMNS.what, y, look);
    const value = formatAmount({ minor, currency });
    putRight(pdf, amountText({ value, currency }, language), COLUMNS.amount, y, look);
    y += ROW + 2;
  }
}

function rule(pdf: PDFKit.PDFDocument, y: number): void {
  pdf.moveTo(PAGE.left, y).lineTo(PAGE.right, y).lineWidth(0.5).stroke(SOFT);
}

/** One line of text, cut where it is wider than it may be. */
function put(pdf: PDFKit.PDFDocument, text: string, x: number, y: number, look: Look = {}): void {
  const { size = 8.5, bold, soft, width = PAGE.right - PAGE.left } = look;
  pdf.font(bold ? FACES.bold : FACES.plain).fontSize(size);
  const letters = Array.from(text.normalize('NFC').replace(/[\s\p{Cc}]+/gu, ' '));
  let shown = letters.join('');
  while (letters.length > 1 && pdf.widthOfString(shown) > width) {
    letters.pop();
    shown = `${letters.join('')}…`;
  }
  pdf.fillColor(soft ? SOFT : INK).text(shown, x, y, { lineBreak: false });
}

function putRight(pdf: PDFKit.PDFDocument, text: string, right: number, y: number, look: Look = {}): void {
  pdf.font(look.bold ? FACES.bold : FACES.plain).fontSize(look.size ?? 8.5);
  put(pdf, text, right - pdf.widthOfString(text), y, look);
}

/** When all pages are there, each says which one it is. */
function drawFeet(pdf: PDFKit.PDFDocument, { language, id }: TrusteeDocument): void {
  const texts = TRUSTEE_TEXTS[language];
  const { start, count } = pdf.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    pdf.switchToPage(page);
    put(pdf, `${id}. ${texts.times}`, PAGE.left, PAGE.bottom + 26, { size: 7.5, soft: true });
    const look = { size: 7.5, soft: true } as const;
    putRight(pdf, texts.page(page - start + 1, count), PAGE.right, PAGE.bottom + 26, look);
  }
}
