/**
 * Walks through the objects of a PDF file (ISO 32000-1, 7.3) from its first byte to its last, and tells of
 * the streams. It follows no reference and no cross-reference table, so it cannot loop; each byte is looked
 * at a fixed number of times; and what cannot be read is stepped over, never thrown.
 *
 *   `12 0 obj << dictionary >> stream … endstream endobj   trailer << dictionary >>`
 */
type PdfDictionary = {
  /** The members of the outermost level, each value as it is written (latin1). */
  readonly members: ReadonlyMap<string, string>;
  /** Where it ends. */
  readonly end: number;
};

export type PdfStream = { readonly members: ReadonlyMap<string, string>; readonly data: Uint8Array };

type PdfParts = { readonly streams: readonly PdfStream[]; readonly encrypted: boolean };

const DICTIONARY_MAX_BYTES = 64 * 1024;
/** Of all dictionaries together: a certificate has some 20 kB of them, and reading them is what takes time. */
const DICTIONARIES_MAX_BYTES = 1024 * 1024;
/** What is longer is a list or a dictionary, none of whose members are asked for. */
const VALUE_MAX_LENGTH = 200;
const START = /\b\d{1,10}[\0\t\n\f\r ]{1,8}\d{1,5}[\0\t\n\f\r ]{1,8}obj\b|\btrailer\b/g;
const WHITE = '\0\t\n\f\r ';
const DELIMITERS = '()<>[]{}/%';
const END_OF_STREAM = 'endstream';

/** `wanted` says by the dictionary which streams are worth keeping. */
export function walkPdf(file: Buffer, wanted: (members: ReadonlyMap<string, string>) => boolean): PdfParts {
  const text = file.toString('latin1');
  const streams: PdfStream[] = [];
  let encrypted = false;
  let left = DICTIONARIES_MAX_BYTES;
  START.lastIndex = 0;
  for (let start = START.exec(text); start && left > 0; start = START.exec(text)) {
    const at = skipWhite(text, START.lastIndex);
    const dictionary = readDictionary(text, at);
    if (!dictionary) continue;
    const { members, end } = dictionary;
    left -= end - at;
    START.lastIndex = end;
    if (members.has('Encrypt') && (start[0] === 'trailer' || members.get('Type') === '/XRef'))
      encrypted = true;
    const from = startOfStream(text, end);
    if (from === null) continue;
    const to = endOfStream(text, from, members.get('Length'));
    if (to === null) break;
    if (wanted(members)) streams.push({ members, data: file.subarray(from, to) });
    START.lastIndex = to;
  }
  return { streams, encrypted };
}

/**
 * Reads `<< /Name value ... >>` at `at`; null when there is none. One that does not close within 64 kB is
 * given as it is so far: its end is where the walk goes on, so that no byte is read again and again.
 */
function readDictionary(text: string, at: number): PdfDictionary | null {
  if (!text.startsWith('<<', at)) return null;
  const members = new Map<string, string>();
  const last = Math.min(text.length, at + DICTIONARY_MAX_BYTES);
  let depth = 1;
  let name: string | null = null;
  let value = '';
  let place = at + 2;
  while (place < last) {
    const token = nextToken(text, place, last);
    place = token.end;
    if (token.text === '') break;
    if (token.text === '>>' && depth === 1) {
      if (name !== null) members.set(name, value.trim());
      return { members, end: place };
    }
    if (token.text === '<<' || token.text === '[') depth++;
    if (token.text === '>>' || token.text === ']') depth--;
    if (depth === 0) break;
    // At the outermost level a name follows a value, or begins the next member.
    if (depth === 1 && token.text.startsWith('/') && (name === null || value !== '')) {
      if (name !== null) members.set(name, value.trim());
      name = token.text.slice(1);
      value = '';
    } else if (name !== null && value.length < VALUE_MAX_LENGTH) value += `${token.text} `;
  }
  return { members: new Map(), end: Math.max(place, at + 2) };
}

type Token = { readonly text: string; readonly end: number };

/** The next token: a bracket, a name, a string, a number or a word; empty at the end. */
function nextToken(text: string, from: number, last: number): Token {
  let at = from;
  for (;;) {
    while (at < last && WHITE.includes(text.charAt(at))) at++;
    if (text[at] !== '%') break;
    while (at < last && text[at] !== '\n' && text[at] !== '\r') at++;
  }
  if (at >= last) return { text: '', end: last };
  const two = text.slice(at, at + 2);
  if (two === '<<' || two === '>>') return { text: two, end: at + 2 };
  const first = text.charAt(at);
  if (first === '(') return literalString(text, at, last);
  if (first === '<') {
    const close = text.indexOf('>', at);
    const end = close < 0 || close >= last ? last : close + 1;
    return { text: '<>', end };
  }
  let end = at + 1;
  if (first === '/' || !DELIMITERS.includes(first)) {
    while (end < last && !WHITE.includes(text.charAt(end)) && !DELIMITERS.includes(text.charAt(end))) end++;
  }
  const token = text.slice(at, end);
  return { text: first === '/' ? unescapeName(token) : token, end };
}

/** What a string says is of no use here, only where it ends. */
function literalString(text: string, at: number, last: number): Token {
  let depth = 0;
  for (let end = at; end < last; end++) {
    const character = text[end];
    if (character === '\\') end++;
    else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return { text: '()', end: end + 1 };
  }
  return { text: '()', end: last };
}

/** `/A#42` is the name `/AB` (7.3.5). */
function unescapeName(name: string): string {
  return name.replace(/#([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

function startOfStream(text: string, end: number): number | null {
  const at = skipWhite(text, end);
  if (!text.startsWith('stream', at)) return null;
  const after = at + 'stream'.length;
  if (text.startsWith('\r\n', after)) return after + 2;
  return text[after] === '\n' || text[after] === '\r' ? after + 1 : after;
}

/** Where it says that it ends, if it does; else before the next word that ends one. */
function endOfStream(text: string, from: number, length: string | undefined): number | null {
  const said = length !== undefined && /^\d{1,10}$/.test(length) ? from + Number(length) : null;
  if (said !== null && text.startsWith(END_OF_STREAM, skipWhite(text, said))) return said;
  const found = text.indexOf(END_OF_STREAM, from);
  if (found < 0) return null;
  if (text.slice(found - 2, found) === '\r\n') return found - 2;
  return text[found - 1] === '\n' || text[found - 1] === '\r' ? found - 1 : found;
}

function skipWhite(text: string, from: number): number {
  let at = from;
  while (at < text.length && WHITE.includes(text.charAt(at))) at++;
  return at;
}
