/** The lower part of the certificate: fingerprints, the place in the log, and how to verify all of it. */
import { COLOURS } from './certificate-ornament.ts';
import { COLUMN, LABEL, LOCALES, MONO, SECOND, SMALL, tag, type Page } from './certificate-page.ts';
import { PAGE, printable, type Style } from './certificate-sheet.ts';

/** What the receipt itself says of its place in the log. */
export type LogPlace = {
  readonly origin: string;
  readonly size: number;
  readonly indexes: readonly number[];
  readonly timeStamp: 'none' | 'pending' | 'stamped';
};

/** It always has the same height, so that its place does not depend on what stands above. */
export const FOOT_HEIGHT = 214;

const { left, right, text: width } = PAGE;
const BOX_HEIGHT = 78;
const RUNS_MAX = 5;

/** `withBoxes`: whether anything on the page could not be printed as it is. */
export function drawFoot(page: Page, place: LogPlace, withBoxes: boolean): void {
  const { sheet, texts } = page;
  const top = PAGE.height - FOOT_HEIGHT;
  drawFingerprint(page, top);
  drawPlace(page, top + 49, place);
  drawVerify(page, top + 101);
  tag(page, 'P', () => {
    const note = withBoxes ? `${texts.footnote} ${texts.unprintable}` : texts.footnote;
    const style: Style = { ...SMALL, size: 6.6 };
    sheet.put(sheet.fit(note, style, width), left, PAGE.height - 28, style);
  });
}

function drawFingerprint(page: Page, top: number): void {
  const { sheet, input, texts } = page;
  sheet.rule(top - 8, left, COLUMN, 0.8);
  sheet.rule(top - 8, SECOND, COLUMN, 0.8);
  tag(page, 'P', () => {
    sheet.put(texts.fingerprint, left, top + 7, LABEL);
    sheet.put(input.fingerprint, left, top + 26, { face: 'mono', size: 14.5, colour: COLOURS.accent });
  });
  tag(page, 'P', () => {
    const half = Math.ceil(input.digest.length / 2);
    sheet.put(texts.digest[input.kind === 'declaration' ? 'declaration' : 'message'], SECOND, top + 7, LABEL);
    sheet.put(input.digest.slice(0, half), SECOND, top + 18.5, MONO);
    sheet.put(input.digest.slice(half), SECOND, top + 29, MONO);
  });
}

function drawPlace(page: Page, top: number, { origin, indexes, size, timeStamp }: LogPlace): void {
  const { sheet, input, texts } = page;
  const number = new Intl.NumberFormat(LOCALES[input.language]);
  tag(page, 'P', () => {
    const entries = printable(texts.logPosition(inRuns(indexes, number), number.format(size)));
    sheet.put(texts.log, left, top, LABEL);
    sheet.put(sheet.fit(printable(origin), MONO, COLUMN), left, top + 11.5, MONO);
    sheet.put(sheet.fit(entries, SMALL, COLUMN), left, top + 22.5, SMALL);
  });
  tag(page, 'P', () => {
    sheet.put(texts.time, SECOND, top, LABEL);
    for (const [i, line] of sheet.wrap(texts.timeStamp[timeStamp], SMALL, COLUMN, 2).entries()) {
      sheet.put(line, SECOND, top + 11.5 + i * 11, SMALL);
    }
  });
}

/** `3, 7–9, 12 … 40` */
function inRuns(indexes: readonly number[], number: Intl.NumberFormat): string {
  const runs: [from: number, to: number][] = [];
  for (const index of indexes) {
    const last = runs.at(-1);
    if (last && last[1] === index - 1) last[1] = index;
    else runs.push([index, index]);
  }
  const shown = runs.map(([from, to]) =>
    from === to ? number.format(from) : `${number.format(from)}–${number.format(to)}`,
  );
  if (shown.length <= RUNS_MAX) return shown.join(', ');
  return `${shown.slice(0, RUNS_MAX - 1).join(', ')} … ${shown.at(-1)}`;
}

function drawVerify(page: Page, top: number): void {
  const { sheet, input, texts } = page;
  const { pdf } = sheet;
  sheet.artifact(() => {
    pdf.roundedRect(left, top - 10, width, BOX_HEIGHT, 4).fill(COLOURS.sunk);
    pdf.rect(left, top - 10, 2.5, BOX_HEIGHT).fill(COLOURS.accent);
  });
  const x = left + 16;
  const command: Style = { face: 'mono', size: 8 };
  tag(page, 'H3', () => void sheet.put(texts.verify, x, top + 7, { face: 'bold', size: 9.4 }));
  tag(page, 'P', () => {
    const room = SECOND - x - 12;
    const fits = (size: number) => sheet.measure(input.verifyUrl, { ...command, size }) <= room;
    // An address that is cut leads nowhere, so a long one is set smaller.
    const link: Style = { ...command, size: [8, 7, 6, 5].find(fits) ?? 4, colour: COLOURS.accent };
    sheet.put(sheet.fit(texts.verifyPage, SMALL, room), x, top + 24, SMALL);
    sheet.put(input.verifyUrl, x, top + 35.5, link);
  });
  tag(page, 'P', () => {
    sheet.put(sheet.fit(texts.verifyCommand, SMALL, right - SECOND - 12), SECOND, top + 24, SMALL);
    sheet.put('countersign verify certificate.pdf', SECOND, top + 35.5, command);
  });
  tag(page, 'P', () => {
    const bold: Style = { ...SMALL, face: 'bold', colour: COLOURS.ink };
    const end = x + sheet.put(`${texts.attached}: `, x, top + 55, bold);
    sheet.put(sheet.fit(texts.attachedDetail, SMALL, right - end - 12), end, top + 55, SMALL);
  });
}
