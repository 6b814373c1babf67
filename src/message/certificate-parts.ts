/**
 * The parts of the certificate's page, from top to bottom. Each is given where it begins and says where it ends;
 * the two lists, events and files, share what the others leave and say what they leave out.
 */
import type { Language } from '../std/language.ts';
import { eventText } from '../evidence/event-texts.ts';
import type { CertificateInput, CertificateParty } from './certificate.ts';
import { COLOURS, drawBand, drawMark, drawRosette, drawSeal } from './certificate-ornament.ts';
import { isInSerif, PAGE, printable, type Sheet, type Style } from './certificate-sheet.ts';
import type { CertificateTexts } from './certificate-texts.ts';

export type Page = {
  readonly sheet: Sheet;
  readonly root: PDFKit.PDFStructureElement;
  readonly input: CertificateInput;
  readonly texts: CertificateTexts;
};

/** What the receipt itself says of its place in the log. */
export type LogPlace = {
  readonly origin: string;
  readonly size: number;
  readonly indexes: readonly number[];
  readonly timeStamp: 'none' | 'pending' | 'stamped';
};

const { left, right, text: width } = PAGE;
const LABEL: Style = { face: 'bold', size: 7.2, colour: COLOURS.soft };
const TEXT: Style = { face: 'sans', size: 8.6 };
const SMALL: Style = { face: 'sans', size: 7.6, colour: COLOURS.soft };
const MONO: Style = { face: 'mono', size: 7.4 };
const FINE: Style = { face: 'mono', size: 6.1, colour: COLOURS.soft };
const ROW = 13.2;
const EVENTS_MAX = 10;

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', fr: 'fr', de: 'de', es: 'es' };

/** `4 March 2025, 14:05:07 UTC` in the language. */
export function timeInWords(atMs: number, language: Language): string {
  const date = new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'long', timeZone: 'UTC' }).format(
    atMs,
  );
  return `${date}, ${new Date(atMs).toISOString().slice(11, 19)} UTC`;
}

function tag({ root, sheet }: Page, name: string, draw: () => void): void {
  root.add(sheet.pdf.struct(name, {}, draw));
}

export function drawHead(page: Page): number {
  const { sheet, input, texts } = page;
  const { pdf } = sheet;
  sheet.artifact(() => {
    pdf.save().rect(0, 0, PAGE.width, 190).clip();
    drawRosette(pdf, PAGE.width - 62, 40, 215);
    pdf.restore();
    drawMark(pdf, left - 1, 37, 19);
    sheet.put('Countersign', left + 23, 50.5, { face: 'bold', size: 10 });
    drawBand(pdf, left, 146, width, 7);
    drawSeal(pdf, right - 33, 88, 76, isDone(input) ? 'good' : 'open');
  });
  tag(page, 'P', () => {
    sheet.putRight(texts.copy[input.kind], right, 47, LABEL);
  });
  const title = printable(
    input.title ?? texts.title[input.kind === 'declaration' ? 'declaration' : 'message'],
  );
  const face = isInSerif(title) ? 'serif' : 'bold';
  const [size, lines] = titleLines(sheet, title, face);
  const top = lines.length === 1 ? 94 : 84;
  tag(page, 'H1', () => {
    for (const [i, line] of lines.entries()) sheet.put(line, left, top + i * (size + 4), { face, size });
  });
  tag(page, 'P', () => {
    const style = { face: 'sans', size: 9.6, colour: isDone(input) ? COLOURS.accent : COLOURS.soft } as const;
    sheet.put(sheet.fit(statusOf(page), style, width - 90), left, 124, style);
  });
  return 170;
}

/** As large as one line allows, else two lines. */
function titleLines(
  sheet: Sheet,
  title: string,
  face: Style['face'],
): readonly [size: number, lines: string[]] {
  const room = width - 86;
  const size = [23, 21, 19].find((each) => sheet.measure(title, { face, size: each }) <= room);
  return size ? [size, [title]] : [17, sheet.wrap(title, { face, size: 17 }, room, 2)];
}

function isDone({ kind, handedOverAtMs }: CertificateInput): boolean {
  return kind === 'declaration' || handedOverAtMs !== null;
}

function statusOf({ input, texts }: Page): string {
  const { kind, language, handedOverAtMs, submittedAtMs } = input;
  if (kind === 'declaration') return texts.status.received(timeInWords(submittedAtMs, language));
  if (handedOverAtMs === null) return texts.status.notHandedOver;
  return texts.status.handedOver(timeInWords(handedOverAtMs, language));
}

export function drawSubject(page: Page, top: number): number {
  const { sheet, input, texts } = page;
  const style: Style = { face: 'bold', size: 13.5 };
  const lines = sheet.wrap(printable(input.subject), style, width, 2);
  tag(page, 'P', () => {
    sheet.put(texts.subject, left, top, LABEL);
    sheet.putRight(input.messageId, right, top, { ...MONO, colour: COLOURS.soft });
  });
  tag(page, 'H2', () => {
    for (const [i, line] of lines.entries()) sheet.put(line, left, top + 18 + i * 17, style);
  });
  return top + 18 + lines.length * 17;
}

export function drawParties(page: Page, top: number): number {
  const { sheet, input, texts } = page;
  const declared = input.kind === 'declaration';
  const gap = 24;
  const column = (width - gap) / 2;
  sheet.rule(top, left, column, 0.8);
  sheet.rule(top, left + column + gap, column, 0.8);
  const sent = { label: declared ? texts.received : texts.sent, atMs: input.submittedAtMs };
  const handed = { label: texts.handedOver, atMs: input.handedOverAtMs };
  const ends = [
    drawParty(page, left, top, column, declared ? texts.declarant : texts.from, input.sender, sent),
    drawParty(
      page,
      left + column + gap,
      top,
      column,
      declared ? texts.office : texts.to,
      input.addressee,
      declared ? null : handed,
    ),
  ];
  return Math.max(...ends);
}

function drawParty(
  page: Page,
  x: number,
  top: number,
  room: number,
  label: string,
  party: CertificateParty,
  moment: { label: string; atMs: number | null } | null,
): number {
  const { sheet, input, texts } = page;
  const { language } = input;
  const style: Style = { face: 'bold', size: 11 };
  const number = party.number === null ? '' : printable(party.number);
  const name = sheet.wrap(printable(party.name ?? party.number ?? ''), style, room, 2);
  const proved = party.how
    ? texts.proved(
        texts.channels[party.how.channel] ?? party.how.channel,
        timeInWords(party.how.atMs, language),
      )
    : texts.notProved;
  const how = party.how === null && moment === null ? [] : sheet.wrap(proved, SMALL, room, 2);
  let y = top + 14;
  tag(page, 'P', () => void sheet.put(label, x, y, LABEL));
  tag(page, 'P', () => {
    for (const line of name) sheet.put(line, x, (y += 15), style);
    if (party.name !== null && number !== '') sheet.put(number, x, (y += 13), MONO);
  });
  tag(page, 'P', () => {
    y += 2;
    for (const line of how) sheet.put(line, x, (y += 11), SMALL);
  });
  if (!moment) return y + 10;
  tag(page, 'P', () => {
    const shown = moment.atMs === null ? texts.notYet : timeInWords(moment.atMs, language);
    sheet.put(moment.atMs === null ? '' : moment.label, x, (y += 18), LABEL);
    sheet.put(shown, x, (y += 12.5), { ...TEXT, face: 'bold' });
  });
  return y + 10;
}

export function drawEvents(page: Page, top: number): number {
  const { sheet, input, texts } = page;
  const { pdf } = sheet;
  const { events, language } = input;
  const shown = events.slice(0, events.length > EVENTS_MAX ? EVENTS_MAX - 1 : EVENTS_MAX);
  const left2 = left + 96;
  let y = heading(page, top, texts.events);
  const rows = shown.map((event) => {
    const at = (y += ROW);
    const name = printable(event.name);
    const words = event.text ?? eventText(language, event.name) ?? name;
    return pdf.struct('TR', {}, [
      pdf.struct('TD', {}, () => void sheet.put(isoMinutes(event.atMs), left, at, MONO)),
      pdf.struct('TD', {}, () => {
        const room = right - left2 - sheet.measure(name, SMALL_NAME) - 10;
        sheet.put(sheet.fit(printable(words), TEXT, room), left2, at, TEXT);
      }),
      pdf.struct('TD', {}, () => void sheet.putRight(name, right, at, SMALL_NAME)),
    ]);
  });
  if (rows.length > 0) page.root.add(pdf.struct('Table', {}, rows));
  if (shown.length < events.length) {
    tag(
      page,
      'P',
      () => void sheet.put(texts.moreEvents(events.length - shown.length), left2, (y += ROW), SMALL),
    );
  }
  return y + 24;
}

const SMALL_NAME: Style = { ...SMALL, size: 6.8 };

/** `2025-03-04 14:05:07` */
function isoMinutes(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** As many files as fit above `bottom`. */
export function drawFiles(page: Page, top: number, bottom: number): number {
  const { sheet, input, texts } = page;
  const { pdf } = sheet;
  const { files, language } = input;
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  let y = heading(page, top, texts.files(files.length, sizeInWords(bytes, language)));
  const fitting = Math.max(0, Math.floor((bottom - y) / ROW));
  const shown = files.slice(0, files.length > fitting ? Math.max(0, fitting - 1) : fitting);
  const hashWidth = sheet.measure('0'.repeat(64), FINE);
  const sizeRight = right - hashWidth - 10;
  const rows = shown.map((file) => {
    const at = (y += ROW);
    const size = sizeInWords(file.sizeBytes, language);
    return pdf.struct('TR', {}, [
      pdf.struct('TD', {}, () => {
        const room = sizeRight - sheet.measure(size, SMALL) - 8 - left;
        sheet.put(sheet.fitMiddle(printable(file.name), TEXT, room), left, at, TEXT);
      }),
      pdf.struct('TD', {}, () => void sheet.putRight(size, sizeRight, at, SMALL)),
      pdf.struct('TD', {}, () => void sheet.putRight(file.sha256, right, at, FINE)),
    ]);
  });
  if (rows.length > 0) page.root.add(pdf.struct('Table', {}, rows));
  if (shown.length < files.length) {
    tag(
      page,
      'P',
      () => void sheet.put(texts.moreFiles(files.length - shown.length), left, (y += ROW), SMALL),
    );
  }
  return y;
}

function heading(page: Page, y: number, title: string): number {
  page.sheet.rule(y + 5.5);
  tag(page, 'H3', () => void page.sheet.put(title, left, y, LABEL));
  return y + 5;
}

function sizeInWords(bytes: number, language: Language): string {
  const [unit, factor] =
    bytes < 1000
      ? (['byte', 1] as const)
      : bytes < 1_000_000
        ? (['kilobyte', 1000] as const)
        : (['megabyte', 1_000_000] as const);
  const format = new Intl.NumberFormat(LOCALES[language], {
    style: 'unit',
    unit,
    maximumSignificantDigits: 3,
  });
  return printable(format.format(bytes / factor));
}

/** The last block, upwards from the foot of the page; it always has the same height. */
export const FOOT_HEIGHT = 214;

export function drawFoot(page: Page, place: LogPlace, withBoxes: boolean): void {
  const top = PAGE.height - FOOT_HEIGHT;
  drawFingerprint(page, top, place);
  drawVerify(page, top + 96);
  const { sheet, texts } = page;
  const y = PAGE.height - 30;
  tag(page, 'P', () => {
    const note = withBoxes ? `${texts.footnote} ${texts.unprintable}` : texts.footnote;
    const style: Style = { ...SMALL, size: 6.8 };
    sheet.put(sheet.fit(note, style, width), left, y, style);
  });
}

function drawFingerprint(page: Page, top: number, place: LogPlace): void {
  const { sheet, input, texts } = page;
  const { language } = input;
  const number = new Intl.NumberFormat(LOCALES[language]);
  const { origin, indexes, size, timeStamp } = place;
  const counted = indexes.length > 5 ? [...indexes.slice(0, 4), '…', indexes.at(-1) ?? ''] : indexes;
  const entries = `no. ${counted.join(', ')}`;
  sheet.rule(top - 8, left, width, 0.8);
  tag(page, 'P', () => {
    sheet.put(texts.fingerprint, left, top + 8, LABEL);
    sheet.put(input.fingerprint, left, top + 26, { face: 'mono', size: 14.5, colour: COLOURS.accent });
  });
  const x = left + 168;
  tag(page, 'P', () => {
    sheet.put(texts.digest, x, top + 8, LABEL);
    const half = Math.ceil(input.digest.length / 2);
    sheet.put(input.digest.slice(0, half), x, top + 19, { ...MONO, size: 7.8 });
    sheet.put(input.digest.slice(half), x, top + 29.5, { ...MONO, size: 7.8 });
  });
  tag(page, 'P', () => {
    sheet.put(texts.log, left, top + 50, LABEL);
    const position = printable(texts.logPosition(origin, entries, number.format(size)));
    sheet.put(sheet.fit(position, MONO, right - x), x, top + 50, MONO);
    sheet.put(sheet.fit(texts.timeStamp[timeStamp], SMALL, right - x), x, top + 61.5, SMALL);
  });
}

function drawVerify(page: Page, top: number): void {
  const { sheet, input, texts } = page;
  const { pdf } = sheet;
  const height = 78;
  sheet.artifact(() => {
    pdf.roundedRect(left, top - 10, width, height, 4).fill(COLOURS.sunk);
    pdf.rect(left, top - 10, 2.5, height).fill(COLOURS.accent);
  });
  const x = left + 16;
  const middle = left + 232;
  tag(page, 'H3', () => void sheet.put(texts.verify, x, top + 7, { face: 'bold', size: 9.4 }));
  const link: Style = { face: 'mono', size: 8, colour: COLOURS.accent };
  tag(page, 'P', () => {
    sheet.put(sheet.fit(texts.verifyPage, SMALL, 205), x, top + 24, SMALL);
    sheet.put(sheet.fit(input.verifyUrl, link, 205), x, top + 35.5, link);
  });
  tag(page, 'P', () => {
    sheet.put(sheet.fit(texts.verifyCommand, SMALL, right - middle - 12), middle, top + 24, SMALL);
    sheet.put('countersign verify certificate.pdf', middle, top + 35.5, { ...link, colour: COLOURS.ink });
  });
  tag(page, 'P', () => {
    const end =
      x + sheet.put(`${texts.attached}: `, x, top + 55, { ...SMALL, face: 'bold', colour: COLOURS.ink });
    sheet.put(sheet.fit(texts.attachedDetail, SMALL, right - end - 12), end, top + 55, SMALL);
  });
}
