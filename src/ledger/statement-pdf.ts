/**
 * A statement as a PDF: A4 pages with a table, its head on each page, set in a face that has the letters of
 * Europe's languages. Pure: the times are in the input, so the same input gives the same pages.
 */
import { readFileSync } from 'node:fs';
import type { Language } from '../std/language.ts';
import { sleep } from '../std/timer.ts';
import { moneyOf } from './account.ts';
import type { StatementHead, StatementLine } from './statement.ts';
import { STATEMENT_TEXTS, type StatementTexts } from './statement-texts.ts';
import { dayAndTime, numberText, periodText, sumsOf, whatOf } from './statement-view.ts';

/** More would be a book: take it as CSV. */
export const PDF_LINES_MAX = 5_000;

export type StatementPdf = {
  readonly language: Language;
  readonly head: StatementHead;
  readonly lines: readonly StatementLine[];
  readonly accountName: string;
};

const PAGE = { width: 595.28, left: 45, right: 550, top: 48, bottom: 790 } as const;
const ROW = 15;
const INK = '#1c2420';
const SOFT = '#5c6660';
const FACES = { plain: 'DejaVuSansCondensed', bold: 'DejaVuSansCondensed-Bold' } as const;

/** Where each column ends; amounts are set to the right of it. */
const COLUMNS = { date: PAGE.left, what: 160, debit: 395, credit: 470, balance: PAGE.right } as const;

export async function statementPdf(input: StatementPdf): Promise<Uint8Array> {
  // It takes 15 MB in each thread, so it is here only once it is needed.
  const { default: Pdf } = await import('pdfkit');
  const { head, language } = input;
  const texts = STATEMENT_TEXTS[language];
  const madeAt = new Date(head.readToUs / 1000);
  const pdf = new Pdf({
    size: 'A4',
    margin: 0,
    bufferPages: true,
    lang: language,
    displayTitle: true,
    info: {
      Title: `${texts.title}: ${input.accountName}`,
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
  let y = drawHead(pdf, input, texts);
  y = drawTableHead(pdf, head, texts, y);
  for (const line of input.lines) {
    if (y + ROW > PAGE.bottom) {
      pdf.addPage();
      // A long statement takes a while to set: others have their turn after each page.
      await sleep(0);
      y = drawTableHead(pdf, head, texts, PAGE.top);
    }
    drawLine(pdf, input, line, y);
    y += ROW;
  }
  if (input.lines.length === 0) put(pdf, texts.none, PAGE.left, y, { soft: true });
  drawFeet(pdf, input, texts);
  pdf.end();
  const chunks: Uint8Array[] = [];
  for await (const chunk of pdf) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

type Look = { readonly size?: number; readonly bold?: true; readonly soft?: true; readonly width?: number };

/** One line of text, cut where it is wider than it may be. */
function put(pdf: PDFKit.PDFDocument, text: string, x: number, y: number, look: Look = {}): void {
  const { size = 8.5, bold, soft, width } = look;
  pdf.font(bold ? FACES.bold : FACES.plain).fontSize(size);
  pdf.fillColor(soft ? SOFT : INK).text(fitted(pdf, text, width), x, y, { lineBreak: false });
}

function putRight(pdf: PDFKit.PDFDocument, text: string, right: number, y: number, look: Look = {}): void {
  pdf.font(look.bold ? FACES.bold : FACES.plain).fontSize(look.size ?? 8.5);
  put(pdf, text, right - pdf.widthOfString(text), y, look);
}

function fitted(pdf: PDFKit.PDFDocument, text: string, width = PAGE.right - PAGE.left): string {
  const line = text.normalize('NFC').replace(/[\s\p{Cc}]+/gu, ' ');
  if (pdf.widthOfString(line) <= width) return line;
  const letters = Array.from(line);
  while (letters.length > 1 && pdf.widthOfString(`${letters.join('')}…`) > width) letters.pop();
  return `${letters.join('')}…`;
}

function drawHead(pdf: PDFKit.PDFDocument, input: StatementPdf, texts: StatementTexts): number {
  const { head, language, accountName } = input;
  put(pdf, texts.title, PAGE.left, PAGE.top, { size: 20, bold: true });
  put(pdf, `${texts.account}: ${accountName}`, PAGE.left, PAGE.top + 34, { size: 10, bold: true });
  put(pdf, periodText(head, language), PAGE.left, PAGE.top + 50, { size: 9.5 });
  let y = PAGE.top + 66;
  if (head.readToUs < head.toUs) {
    put(pdf, texts.soFar(dayAndTime(head.readToUs, language)), PAGE.left, y, { soft: true });
    y += ROW;
  }
  y += 6;
  for (const { term, value } of sumsOf(head, language, texts)) {
    put(pdf, term, PAGE.left, y, { soft: true });
    putRight(pdf, value, 300, y, { bold: true });
    y += ROW;
  }
  return y + 14;
}

function drawTableHead(
  pdf: PDFKit.PDFDocument,
  head: StatementHead,
  texts: StatementTexts,
  y: number,
): number {
  const look = { bold: true, soft: true } as const;
  put(pdf, texts.date, COLUMNS.date, y, look);
  put(pdf, texts.what, COLUMNS.what, y, look);
  putRight(pdf, texts.debit, COLUMNS.debit, y, look);
  if (head.side !== 'debit') putRight(pdf, texts.credit, COLUMNS.credit, y, look);
  putRight(pdf, `${texts.balance} (${head.account.currency})`, COLUMNS.balance, y, look);
  pdf
    .moveTo(PAGE.left, y + ROW - 2)
    .lineTo(PAGE.right, y + ROW - 2)
    .lineWidth(0.5)
    .stroke(SOFT);
  return y + ROW + 3;
}

function drawLine(pdf: PDFKit.PDFDocument, input: StatementPdf, line: StatementLine, y: number): void {
  const { account } = input.head;
  const text = (minor: bigint): string => numberText(moneyOf(account, minor), input.language);
  put(pdf, dayAndTime(line.atUs, input.language), COLUMNS.date, y, {
    width: COLUMNS.what - COLUMNS.date - 8,
  });
  put(pdf, whatOf(line), COLUMNS.what, y, { width: COLUMNS.debit - COLUMNS.what - 70 });
  putRight(pdf, text(line.amount), line.side === 'debit' ? COLUMNS.debit : COLUMNS.credit, y);
  putRight(pdf, text(line.balance), COLUMNS.balance, y);
}

/** When all pages are there, each says which one it is. */
function drawFeet(pdf: PDFKit.PDFDocument, { head, language }: StatementPdf, texts: StatementTexts): void {
  const { start, count } = pdf.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    pdf.switchToPage(page);
    const made = `${texts.madeAt(dayAndTime(head.readToUs, language))} ${texts.times}`;
    put(pdf, made, PAGE.left, PAGE.bottom + 18, { size: 7.5, soft: true });
    putRight(pdf, texts.page(page - start + 1, count), PAGE.right, PAGE.bottom + 18, {
      size: 7.5,
      soft: true,
    });
  }
}
