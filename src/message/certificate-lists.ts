/**
 * The two lists of the certificate, events and files. They share the room that the other parts leave; what
 * does not fit is counted, and is whole in the attached receipt.
 */
import type { Language } from '../std/language.ts';
import { eventText } from '../evidence/event-texts.ts';
import { LABEL, LOCALES, MONO, SMALL, tag, TEXT, type Page } from './certificate-page.ts';
import { COLOURS } from './certificate-ornament.ts';
import { PAGE, printable, type Style } from './certificate-sheet.ts';

/** From one line of a list to the next: close when the page is full, wide when there is room. */
const ROW_MIN = 13.2;
const ROW_MAX = 17.5;
/** Both headings, and what lies between the lists. */
const HEADINGS = 36;
const EVENTS_MAX = 10;
const NAME: Style = { ...SMALL, size: 6.8 };
const HASH: Style = { face: 'mono', size: 6.1, colour: COLOURS.soft };
const UNITS = [
  ['byte', 1],
  ['kilobyte', 1000],
  ['megabyte', 1_000_000],
] as const;

const { left, right } = PAGE;
const afterTime = left + 96;

export function drawLists(page: Page, top: number, bottom: number): void {
  const { events, files } = page.input;
  const rows = Math.min(events.length, EVENTS_MAX) + files.length + 1;
  const row = Math.min(ROW_MAX, Math.max(ROW_MIN, (bottom - top - HEADINGS) / rows));
  drawFiles(page, drawEvents(page, top, row) + row + 14, bottom, row);
}

function drawEvents(page: Page, top: number, row: number): number {
  const { sheet, input, texts } = page;
  const { pdf } = sheet;
  const { events, language } = input;
  const shown = events.slice(0, events.length > EVENTS_MAX ? EVENTS_MAX - 1 : EVENTS_MAX);
  const first = drawHeading(page, top, texts.events);
  const rows = shown.map((event, i) => {
    const y = first + (i + 1) * row;
    const name = printable(event.name);
    const words = printable(event.text ?? eventText(language, event.name) ?? name);
    const room = right - afterTime - sheet.measure(name, NAME) - 10;
    return pdf.struct('TR', {}, [
      pdf.struct('TD', {}, () => void sheet.put(isoSeconds(event.atMs), left, y, MONO)),
      pdf.struct('TD', {}, () => void sheet.put(sheet.fit(words, TEXT, room), afterTime, y, TEXT)),
      pdf.struct('TD', {}, () => void sheet.putRight(name, right, y, NAME)),
    ]);
  });
  if (rows.length > 0) page.root.add(pdf.struct('Table', {}, rows));
  const last = first + rows.length * row;
  return drawMore(page, events.length - shown.length, afterTime, last, row);
}

function drawFiles(page: Page, top: number, bottom: number, row: number): void {
  const { sheet, input, texts } = page;
  const { pdf } = sheet;
  const { files, language } = input;
  if (files.length === 0) return;
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const first = drawHeading(page, top, texts.files(files.length, sizeInWords(bytes, language)));
  const fitting = Math.max(0, Math.floor((bottom - first) / row));
  const shown = files.slice(0, files.length > fitting ? Math.max(0, fitting - 1) : fitting);
  const sizeRight = right - sheet.measure('0'.repeat(64), HASH) - 10;
  const rows = shown.map((file, i) => {
    const y = first + (i + 1) * row;
    const size = sizeInWords(file.sizeBytes, language);
    const room = sizeRight - sheet.measure(size, SMALL) - 8 - left;
    const name = sheet.fitMiddle(printable(file.name), TEXT, room);
    return pdf.struct('TR', {}, [
      pdf.struct('TD', {}, () => void sheet.put(name, left, y, TEXT)),
      pdf.struct('TD', {}, () => void sheet.putRight(size, sizeRight, y, SMALL)),
      pdf.struct('TD', {}, () => void sheet.putRight(file.sha256, right, y, HASH)),
    ]);
  });
  if (rows.length > 0) page.root.add(pdf.struct('Table', {}, rows));
  drawMore(page, files.length - shown.length, left, first + rows.length * row, row);
}

function drawHeading(page: Page, y: number, title: string): number {
  page.sheet.rule(y + 5.5);
  tag(page, 'H3', () => void page.sheet.put(title, left, y, LABEL));
  return y + 4;
}

function drawMore(page: Page, count: number, x: number, last: number, row: number): number {
  if (count === 0) return last;
  tag(page, 'P', () => void page.sheet.put(page.texts.more(count), x, last + row, SMALL));
  return last + row;
}

/** `2025-03-04 14:05:07` */
function isoSeconds(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}

function sizeInWords(bytes: number, language: Language): string {
  const [unit, factor] = UNITS.findLast(([, each]) => bytes >= each) ?? UNITS[0];
  const unitDisplay = unit === 'byte' ? 'long' : 'short';
  const format = { style: 'unit', unit, unitDisplay, maximumSignificantDigits: 3 } as const;
  return printable(new Intl.NumberFormat(LOCALES[language], format).format(bytes / factor));
}
