/**
 * What files may be, told by their first bytes as well as by what their sender says (M2: text, document, fax
 * page, spoken recording). A table; what is not in it is refused, and so is whatever begins as a program or a
 * page does, whatever it is called.
 */
import { utf8 } from '../std/bytes.ts';
import { ok, refuse, type Result } from '../std/result.ts';

type Signature = (head: Uint8Array) => boolean;

/** As many first bytes as the signatures look at. */
const HEAD_BYTES = 512;

const begins =
  (...magic: (string | number[])[]): Signature =>
  (head) =>
    magic.some((each) => hasAt(head, 0, each));

/** RIFF and ISO media say what they are after a length. */
const says =
  (at: number, ...names: string[]): Signature =>
  (head) =>
    names.some((name) => hasAt(head, at, name));

const both =
  (one: Signature, other: Signature): Signature =>
  (head) =>
    one(head) && other(head);

const mpegFrame: Signature = (head) => head[0] === 0xff && ((head[1] ?? 0) & 0xe6) === 0xe2;

const SIGNATURES = {
  'text/plain': () => true,
  'application/pdf': begins('%PDF-'),
  'image/png': begins([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  'image/jpeg': begins([0xff, 0xd8, 0xff]),
  'image/gif': begins('GIF87a', 'GIF89a'),
  'image/webp': both(begins('RIFF'), says(8, 'WEBP')),
  'image/tiff': begins([0x49, 0x49, 0x2a, 0x00], [0x4d, 0x4d, 0x00, 0x2a]),
  'audio/mpeg': (head) => begins('ID3')(head) || mpegFrame(head),
  'audio/ogg': begins('OggS'),
  'audio/wav': both(begins('RIFF'), says(8, 'WAVE')),
  'audio/mp4': says(4, 'ftyp'),
  'audio/webm': begins([0x1a, 0x45, 0xdf, 0xa3]),
} as const satisfies Readonly<Record<string, Signature>>;

export type ContentType = keyof typeof SIGNATURES;
export const ALLOWED_TYPES = Object.keys(SIGNATURES) as ContentType[];

/** Other names of the same types. */
const ALIASES: Readonly<Record<string, ContentType>> = {
  'audio/x-wav': 'audio/wav',
  'audio/wave': 'audio/wav',
  'audio/mp3': 'audio/mpeg',
  'audio/x-m4a': 'audio/mp4',
  'image/jpg': 'image/jpeg',
};

/** Windows, ELF, Mach-O and Java programs, scripts, archives that are programs. */
const PROGRAM = begins(
  'MZ',
  [0x7f, 0x45, 0x4c, 0x46],
  [0xfe, 0xed, 0xfa],
  [0xcf, 0xfa, 0xed, 0xfe],
  [0xce, 0xfa, 0xed, 0xfe],
  [0xca, 0xfe, 0xba, 0xbe],
  '#!',
  'PK',
);
/** What a browser takes for a page (WHATWG MIME Sniffing, 7.1), after white space. */
const PAGE =
  /^\s*<(!doctype html|html|head|script|iframe|body|style|title|svg|meta|object|embed|\?xml|!--)\b|^\s*<!--/i;

/** The one name of a type that is taken, its parameters left out; null for any other. */
export function contentTypeOf(declared: string): ContentType | null {
  const plain = (declared.split(';')[0] ?? '').trim().toLowerCase();
  const known = Object.hasOwn(ALIASES, plain) ? ALIASES[plain] : plain;
  return ALLOWED_TYPES.find((type) => type === known) ?? null;
}

/** As it is written in the manifest and in headers. */
export function headerOf(type: ContentType): string {
  return type === 'text/plain' ? 'text/plain; charset=utf-8' : type;
}

/** Judges the first bytes, at most `HEAD_BYTES` of them, against the type. */
export function checkHead(type: ContentType, head: Uint8Array): Result<undefined, 'file_type_not_allowed'> {
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, HEAD_BYTES));
  if (PROGRAM(start) || PAGE.test(start.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, ''))) {
    return refuse('file_type_not_allowed', { detail: 'Programs and web pages are not taken.' });
  }
  if (SIGNATURES[type](start)) return ok();
  return refuse('file_type_not_allowed', { detail: `The file is not ${type}: it begins otherwise.` });
}

/** Checks that a text is UTF-8 without control characters, as it passes. */
export function createTextCheck(type: ContentType): {
  readonly isText: (part: Uint8Array, last: boolean) => boolean;
} {
  if (type !== 'text/plain') return { isText: () => true };
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return {
    isText: (part, last) => {
      try {
        return !CONTROL.test(decoder.decode(part, { stream: !last }));
      } catch {
        return false;
      }
    },
  };
}

// Tab, line feed, form feed and carriage return are part of texts.
const CONTROL = /[^\P{Cc}\t\n\f\r]/u;

function hasAt(head: Uint8Array, at: number, magic: string | readonly number[]): boolean {
  const wanted = typeof magic === 'string' ? utf8(magic) : magic;
  return wanted.every((byte, i) => head[at + i] === byte);
}
