import { ONE_LINE } from '../../http/inputs.ts';
import { LANGUAGES } from '../../std/language.ts';
import { ok, type Result } from '../../std/result.ts';
import { contentTypeOf, type ContentType } from '../content-type.ts';
import { NAME_MAX, SUBJECT_MAX, TEXT_MAX_CHARACTERS } from '../message.ts';
import type { NamedPerson, NewMessage } from '../verbs.ts';
import { VALID_DAYS, type ComposeFields, type ComposeProblemKind } from './view.ts';

/** From what somebody typed to a message: the fields as they were typed, and what is wrong with them. */
export type Typed = ReadonlyMap<string, string>;

const DAY_MS = 24 * 60 * 60_000;
const USUAL_DAYS = 15;

export const NO_FIELDS: ComposeFields = {
  to: '',
  number: '',
  subject: '',
  text: '',
  validDays: USUAL_DAYS,
  language: '',
  acceptance: false,
  notifySender: true,
};

export function fieldsOf(typed: Typed): ComposeFields {
  const text = (name: string) => typed.get(name) ?? '';
  return {
    to: text('to').trim(),
    number: text('number').trim(),
    subject: text('subject').normalize('NFC').trim(),
    text: text('text'),
    validDays: VALID_DAYS.find((days) => String(days) === typed.get('valid')) ?? USUAL_DAYS,
    language: LANGUAGES.find((language) => language === typed.get('language')) ?? '',
    acceptance: typed.get('acceptance') === '1',
    notifySender: typed.get('notify') === '1',
  };
}

const TELEPHONE = /^[+(]?[\d().\s/-]{6,}$/;

export type Draft = Omit<NewMessage, 'sender' | 'senderName' | 'addressee'> & {
  /** Whom it may be for, the likeliest first: a text may be a customer's number or a telephone's. */
  readonly addressees: readonly [NamedPerson, ...NamedPerson[]];
};

export function draftOf(fields: ComposeFields): Result<Draft, ComposeProblemKind> {
  const { to, number, subject, acceptance, language, notifySender, validDays } = fields;
  if (to === '') return wrong('to_missing');
  if (subject === '') return wrong('subject_missing');
  if (subject.length > SUBJECT_MAX || !ONE_LINE.test(subject)) return wrong('subject_malformed');
  // Browsers count a line break as one character and send two.
  const text = fields.text.replaceAll('\r\n', '\n');
  if (text.length > TEXT_MAX_CHARACTERS) return wrong('text_too_long');
  return ok({
    addressees: addresseesOf(to, number),
    addresseeName: number === '' || to.includes('@') ? null : Array.from(to).slice(0, NAME_MAX).join(''),
    subject,
    text: text.trim() === '' ? null : text,
    acceptance,
    language: language === '' ? null : language,
    notifySender,
    validityMs: validDays * DAY_MS,
  });
}

function addresseesOf(to: string, number: string): Draft['addressees'] {
  if (number !== '') return [{ number, ...(to.includes('@') ? { mail: to } : {}) }];
  const known = { identifier: { value: to } };
  return TELEPHONE.test(to) ? [known, { number: to }] : [known];
}

function wrong(kind: ComposeProblemKind) {
  return { ok: false, refusal: kind } as const;
}

/** Extensions of files whose type a browser does not know, or knows by another name. */
const TYPES_BY_EXTENSION: Readonly<Record<string, ContentType>> = {
  txt: 'text/plain',
  md: 'text/plain',
  csv: 'text/plain',
  pdf: 'application/pdf',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  webp: 'image/webp',
  m4a: 'audio/mp4',
  oga: 'audio/ogg',
  ogg: 'audio/ogg',
  weba: 'audio/webm',
};

/** What the browser says, and where that is nothing that is taken, what the name says. */
export function typeOfFile(name: string, declared: string): string {
  if (contentTypeOf(declared) !== null) return declared;
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const known = Object.hasOwn(TYPES_BY_EXTENSION, extension) ? TYPES_BY_EXTENSION[extension] : undefined;
  return known ?? declared;
}
