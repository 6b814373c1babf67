/**
 * The sheet that a certificate is set on: one A4 page, its faces, and text that is measured before it is
 * placed, so that nothing runs off the page whatever people called themselves and their files.
 */
import { readFileSync } from 'node:fs';
import { COLOURS } from './certificate-ornament.ts';

/** In points. */
export const PAGE = { width: 595.28, height: 841.89, left: 51, right: 544.28, text: 493.28 } as const;

export type Face = 'serif' | 'sans' | 'bold' | 'mono';
export type Style = { readonly face: Face; readonly size: number; readonly colour?: string };
export type Sheet = ReturnType<typeof createSheet>;

const FACES: Readonly<Record<Face, string>> = {
  serif: 'DejaVuSerifCondensed-Bold',
  sans: 'DejaVuSansCondensed',
  bold: 'DejaVuSansCondensed-Bold',
  mono: 'DejaVuSansMono',
};

/** What the sans faces have of the world's scripts; others are set by viewers, not by us. */
const PRINTABLE = new RegExp(
  '[\\u0020-\\u007e\\u00a1-\\u00ac\\u00ae-\\u02e9\\u0370-\\u0377\\u037a-\\u037f\\u0384-\\u038a\\u038c\\u038e-\\u03a1' +
    '\\u03a3-\\u0482\\u048a-\\u0525\\u0531-\\u0556\\u0559-\\u055f\\u0561-\\u0587\\u0589\\u058a\\u10a0-\\u10c5' +
    '\\u10d0-\\u10fc\\u1e00-\\u1efb\\u1f00-\\u1f15\\u1f18-\\u1f1d\\u1f20-\\u1f45\\u1f48-\\u1f4d\\u1f50-\\u1f57' +
    '\\u1f5f-\\u1f7d\\u1f80-\\u1fb4\\u1fb6-\\u1fc4\\u1fc6-\\u1fd3\\u1fd6-\\u1fdb\\u1fdd-\\u1fef\\u1ff2-\\u1ff4' +
    '\\u1ff6-\\u1ffe\\u2010-\\u2027\\u2030-\\u205e\\u2070\\u2071\\u2074-\\u208e\\u20a0-\\u20b5\\u20b8-\\u20ba' +
    '\\u20bd\\u2100-\\u2109\\u210b-\\u2149\\u2150-\\u2185\\u2190-\\u2311\\u2500-\\u269c]',
  'u',
);
/** The heading's face has fewer of them. */
const IN_SERIF =
  /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u01c3\u0384-\u038a\u038e-\u03a1\u03a3-\u03ce\u0400-\u045f\u2010-\u2023\u2026]*$/u;
export const UNPRINTABLE = '▯';
const ELLIPSIS = '…';

type Source = Parameters<PDFKit.PDFDocument['registerFont']>[1];

/** Each face as it was opened first: to open the four anew for each certificate is half of its cost. */
const opened = new Map<string, Source>();

function openFaces(pdf: PDFKit.PDFDocument): void {
  const home = import.meta.resolve('dejavu-fonts-ttf/package.json');
  for (const name of Object.values(FACES)) {
    const known = opened.get(name);
    pdf.registerFont(name, known ?? readFileSync(new URL(`ttf/${name}.ttf`, home)));
    pdf.font(name);
    if (known !== undefined) continue;
    // The library takes opened faces as well as bytes, and keeps to itself those that it opened.
    const face: unknown = Reflect.get(Object(Reflect.get(pdf, '_font')), 'font');
    if (isOpened(face)) opened.set(name, face);
  }
}

function isOpened(face: unknown): face is Source {
  return typeof face === 'object' && face !== null && 'layout' in face && 'createSubset' in face;
}

/** Text as it can be printed: on one line, composed, and with `▯` for what no face has. */
export function printable(text: string): string {
  const plain = text.normalize('NFC').replace(/[\s\p{Cc}]+/gu, ' ');
  return Array.from(plain.trim(), (each) => (PRINTABLE.test(each) ? each : UNPRINTABLE)).join('');
}

export function isInSerif(text: string): boolean {
  return IN_SERIF.test(text);
}

export function createSheet(pdf: PDFKit.PDFDocument) {
  openFaces(pdf);

  function measure(text: string, { face, size }: Style): number {
    return pdf.font(FACES[face]).fontSize(size).widthOfString(text);
  }

  /** Cut at its end, where it is longer than `width`. */
  function fit(text: string, style: Style, width: number): string {
    if (measure(text, style) <= width) return text;
    const letters = Array.from(text);
    const kept = longest(letters.length, (n) => measure(cut(letters, n), style) <= width);
    return cut(letters, kept);
  }

  /** Cut in its middle, for the end of a file's name says what it is. */
  function fitMiddle(text: string, style: Style, width: number): string {
    if (measure(text, style) <= width) return text;
    const letters = Array.from(text);
    const halved = (n: number) =>
      `${letters.slice(0, Math.ceil(n / 2)).join('')}${ELLIPSIS}${letters.slice(letters.length - Math.floor(n / 2)).join('')}`;
    return halved(longest(letters.length - 1, (n) => measure(halved(n), style) <= width));
  }

  /** At most `linesMax` lines; words that are longer than a line are broken, and what is left over is cut. */
  function wrap(text: string, style: Style, width: number, linesMax: number): string[] {
    const lines: string[] = [];
    let rest = text;
    while (rest !== '' && lines.length < linesMax - 1 && measure(rest, style) > width) {
      const letters = Array.from(rest);
      const most = Math.max(
        1,
        longest(letters.length, (n) => measure(letters.slice(0, n).join(''), style) <= width),
      );
      const head = letters.slice(0, most + 1).join('');
      const space = head.lastIndexOf(' ');
      const end = space > 0 ? space : letters.slice(0, most).join('').length;
      lines.push(rest.slice(0, end).trimEnd());
      rest = rest.slice(end).trimStart();
    }
    if (rest !== '') lines.push(fit(rest, style, width));
    return lines;
  }

  /** Places one line with its baseline at `y`; gives its width. */
  function put(text: string, x: number, y: number, style: Style): number {
    if (text === '') return 0;
    const width = measure(text, style);
    pdf.fillColor(style.colour ?? COLOURS.ink).text(text, x, y, { lineBreak: false, baseline: 'alphabetic' });
    return width;
  }

  function putRight(text: string, right: number, y: number, style: Style): number {
    return put(text, right - measure(text, style), y, style);
  }

  function rule(y: number, x: number = PAGE.left, width: number = PAGE.text, weight = 0.5): void {
    artifact(() =>
      pdf
        .moveTo(x, y)
        .lineTo(x + width, y)
        .lineWidth(weight)
        .stroke(COLOURS.line),
    );
  }

  /** What is only looks: a screen reader passes it by. */
  function artifact(draw: () => unknown): void {
    pdf.markContent('Artifact', { type: 'Layout' });
    draw();
    pdf.endMarkedContent();
  }

  return { pdf, measure, fit, fitMiddle, wrap, put, putRight, rule, artifact };
}

function cut(letters: readonly string[], n: number): string {
  return `${letters.slice(0, n).join('').trimEnd()}${ELLIPSIS}`;
}

/** The largest n up to `most` that fits, by halving; 0 when none does. */
function longest(most: number, fits: (n: number) => boolean): number {
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
