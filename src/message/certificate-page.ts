/** What the parts of the certificate's page have in common: its columns, its styles, its words for time. */
import type { Language } from '../std/language.ts';
import type { CertificateInput } from './certificate.ts';
import { COLOURS } from './certificate-ornament.ts';
import { PAGE, type Sheet, type Style } from './certificate-sheet.ts';
import type { CertificateTexts } from './certificate-texts.ts';

export type Page = {
  readonly sheet: Sheet;
  readonly root: PDFKit.PDFStructureElement;
  readonly input: CertificateInput;
  readonly texts: CertificateTexts;
};

const GAP = 24;
/** The width of each of the two columns, and where the second begins; in points. */
export const COLUMN = (PAGE.text - GAP) / 2;
export const SECOND = PAGE.left + COLUMN + GAP;

export const LABEL: Style = { face: 'bold', size: 7.2, colour: COLOURS.soft };
export const TEXT: Style = { face: 'sans', size: 8.6 };
export const SMALL: Style = { face: 'sans', size: 7.6, colour: COLOURS.soft };
export const MONO: Style = { face: 'mono', size: 7.4 };

export const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', fr: 'fr', de: 'de', es: 'es' };

/** `4 March 2025, 14:05:07 UTC` in the language. */
export function timeInWords(atMs: number, language: Language): string {
  const date = new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'long', timeZone: 'UTC' }).format(
    atMs,
  );
  return `${date}, ${new Date(atMs).toISOString().slice(11, 19)} UTC`;
}

/** Draws something under a tag of the document's structure, in the order of reading. */
export function tag({ root, sheet }: Page, name: 'P' | 'H1' | 'H2' | 'H3', draw: () => void): void {
  root.add(sheet.pdf.struct(name, {}, draw));
}
