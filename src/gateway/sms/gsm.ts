/**
 * The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, 6.2.1, once GSM 03.38).
 *
 * Septets travel one to an octet here, as SMPP carries them under data_coding 0; the operator packs them. A
 * character of the extension table costs two septets: the escape and its letter.
 */

export const GSM_ESCAPE = 0x1b;

const DEFAULT =
  '@£$¥èéùìòÇ\nØø\rÅå' +
  'Δ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ' +
  ' !"#¤%&\'()*+,-./' +
  '0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNO' +
  'PQRSTUVWXYZÄÖÑÜ§' +
  '¿abcdefghijklmno' +
  'pqrstuvwxyzäöñüà';

const EXTENSION: Readonly<Record<string, number>> = {
  '\f': 0x0a,
  '^': 0x14,
  '{': 0x28,
  '}': 0x29,
  '\\': 0x2f,
  '[': 0x3c,
  '~': 0x3d,
  ']': 0x3e,
  '|': 0x40,
  '€': 0x65,
};

const NOT_GSM = -1;
const EXTENDED = 0x100;
/** Indexed by UTF-16 unit up to the euro sign, the highest of the alphabet; extended letters carry a mark. */
const SEPTETS = new Int16Array(0x20ad).fill(NOT_GSM);
for (let i = 0; i < DEFAULT.length; i++) SEPTETS[DEFAULT.charCodeAt(i)] = i;
for (const [letter, septet] of Object.entries(EXTENSION)) SEPTETS[letter.charCodeAt(0)] = EXTENDED | septet;
// The escape itself is no character that a text may contain.
SEPTETS[GSM_ESCAPE] = NOT_GSM;

const EXTENDED_LETTERS = new Map(Object.entries(EXTENSION).map(([letter, septet]) => [septet, letter]));

/** How many septets the text takes, or null when a character is outside the alphabet. */
export function gsmLength(text: string): number | null {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const septet = SEPTETS[text.charCodeAt(i)] ?? NOT_GSM;
    if (septet === NOT_GSM) return null;
    length += septet >= EXTENDED ? 2 : 1;
  }
  return length;
}

/** The septets of the text, one to an octet, or null when a character is outside the alphabet. */
export function encodeGsm(text: string): Uint8Array | null {
  const length = gsmLength(text);
  if (length === null) return null;
  const septets = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const septet = SEPTETS[text.charCodeAt(i)] ?? NOT_GSM;
    if (septet >= EXTENDED) septets[at++] = GSM_ESCAPE;
    septets[at++] = septet & 0x7f;
  }
  return septets;
}

/**
 * Reads septets. An escape before a letter that the extension table lacks shows the letter of the default
 * table, and a second or last escape shows a space (23.038, 6.2.1.1); an octet above 127 is no septet and
 * shows U+FFFD.
 */
export function decodeGsm(septets: Uint8Array): string {
  let text = '';
  for (let i = 0; i < septets.length; i++) {
    const septet = septets[i] ?? 0;
    if (septet !== GSM_ESCAPE) {
      text += DEFAULT[septet] ?? '\ufffd';
      continue;
    }
    const next = septets[i + 1];
    const extended = next === undefined ? undefined : EXTENDED_LETTERS.get(next);
    if (extended !== undefined) {
      text += extended;
      i++;
    } else if (next === undefined || next === GSM_ESCAPE) {
      text += ' ';
      if (next !== undefined) i++;
    }
  }
  return text;
}
