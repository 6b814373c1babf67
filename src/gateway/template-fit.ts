/**
 * How a text is made to fit short messages: letters folded into GSM 03.38 where that saves UCS-2, long
 * details cut. A segment holds 160 septets or 70 UCS-2 units; of a longer text each part holds less, behind
 * its header (3GPP TS 23.040, 9.2.3.24.1).
 */
import { gsmLength } from './sms/gsm.ts';

/**
 * No message is longer than this, whatever the act holds; a domain of 253 characters in UCS-2 needs it all.
 */
export const MESSAGE_SEGMENTS_MAX = 7;

/**
 * What so many segments hold for certain: with a 16-bit reference a part has 152 septets or 66 units, and one
 * is lost where an escape or surrogate pair would be cut.
 */
export function capacityOf(segments: number, gsm: boolean): number {
  if (segments === 1) return gsm ? 160 : 70;
  return segments * (gsm ? 151 : 65);
}

export type Size = { readonly gsm: boolean; readonly length: number };

export function sizeOf(text: string): Size {
  const septets = gsmLength(text);
  return septets === null ? { gsm: false, length: text.length } : { gsm: true, length: septets };
}

/**
 * Whatever could begin a line, hide or turn around: act.ts refuses it in acts, here nothing relies on that.
 */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Zs}\p{Cf}\p{Cs}]/u;

/** One line with plain single spaces and no invisible character. */
export function oneLine(text: string): string {
  if (/^[!-~]+(?: [!-~]+)*$/.test(text)) return text;
  if (!UNSAFE.test(text)) return text;
  return text
    .replace(/[\p{Cf}\p{Cs}]/gu, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Zs}]+/gu, ' ')
    .trim();
}

const FOLDED: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '‚': "'",
  '`': "'",
  '´': "'",
  ʼ: "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '«': '"',
  '»': '"',
  '‐': '-',
  '‑': '-',
  '–': '-',
  '—': '-',
  '−': '-',
  '•': '*',
  '·': '-',
  '…': '...',
  '×': 'x',
  œ: 'oe',
  Œ: 'OE',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
};

/**
 * The text in the alphabet of GSM 03.38, or null when a character has no likeness there (another script, an
 * emoji). Only accents and the shapes of punctuation go: "François" is read as "Francois", and Acme stays
 * Acme.
 */
export function foldToGsm(text: string): string | null {
  if (gsmLength(text) !== null) return text;
  let folded = '';
  for (const letter of text.normalize('NFC')) {
    const likeness =
      gsmLength(letter) === null
        ? (FOLDED[letter] ?? letter.normalize('NFD').replace(/\p{Mn}/gu, ''))
        : letter;
    if (gsmLength(likeness) === null || likeness === '') return null;
    folded += likeness;
  }
  return folded;
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * The longest beginning that, with an ellipsis, takes at most `lengthMax` septets or units. It never ends
 * inside what a person reads as one character, nor inside a number, which would read as another number.
 */
export function cut(text: string, lengthMax: number, gsm: boolean): string {
  const lengthOf = (part: string) => (gsm ? (gsmLength(part) ?? part.length) : part.length);
  if (lengthOf(text) <= lengthMax) return text;
  const ellipsis = gsm ? '...' : '…';
  let left = lengthMax - ellipsis.length;
  let end = 0;
  // GSM 03.38 has no combining characters, and segmenting is slow.
  const characters = gsm ? text : Array.from(graphemes.segment(text), ({ segment }) => segment);
  for (const character of characters) {
    left -= lengthOf(character);
    if (left < 0) break;
    end += character.length;
  }
  let kept = text.slice(0, end);
  if (/^[.,]?\p{Nd}/u.test(text.slice(end))) kept = kept.replace(/\p{Nd}[\p{Nd}.,]*$/u, '');
  return kept.trimEnd() + ellipsis;
}
