/**
 * From what a browser posts to the answers of a form, judged by its schema on the server (S17), with what is
 * wrong said for each field.
 *
 *   { "a.street": ["Main St. 1"], "a.colours": ["red", "blue"], ... } ──read──▶ answers ──judge──▶ right, or faults
 */
import type { JsonObject, JsonValue } from '../../evidence/json.ts';
import type { Field } from './form.ts';
import type { Validate } from './validator.ts';

/** As posted: all values of all fields, in clear. */
export type Posted = ReadonlyMap<string, readonly string[]>;

/** What a field on the page says when its answer is wrong. */
export const ANSWER_FAULTS = [
  'missing',
  'choose',
  'tick',
  'too_short',
  'too_long',
  'pattern',
  'date',
  'email',
  'uri',
  'tel',
  'number',
  'integer',
  'too_small',
  'too_large',
  'too_few',
  'too_many',
  'characters',
] as const;
export type AnswerFault = (typeof ANSWER_FAULTS)[number];

export type Judged = {
  readonly answers: JsonObject;
  /** By the field's name; none: the answers are right. */
  readonly faults: ReadonlyMap<string, AnswerFault>;
};

/** The name of a field in the page, apart from those of the page itself. */
export function inputName(field: Pick<Field, 'name'>): string {
  return `a.${field.name}`;
}

export function judgeAnswers(fields: readonly Field[], validate: Validate, posted: Posted): Judged {
  const answers: Record<string, JsonValue> = {};
  const faults = new Map<string, AnswerFault>();
  for (const field of fields) {
    const values = (posted.get(inputName(field)) ?? []).map(normalised).filter((value) => value !== '');
    if (values.some((value) => !isClean(value, field.kind === 'long'))) faults.set(field.name, 'characters');
    const answer = answerOf(field, values);
    if (answer !== undefined) answers[field.name] = answer;
  }
  const byName = new Map(fields.map((field) => [field.name, field]));
  for (const { field: name, rule } of validate(answers)) {
    const field = byName.get(name);
    if (field && !faults.has(name)) faults.set(name, faultOf(field, rule));
  }
  return { answers, faults };
}

function normalised(value: string): string {
  return value.normalize('NFC').replace(/\r\n?/g, '\n').trim();
}

/** Texts are read by people, on pages and on paper: nothing that hides, turns around, or is no letter. */
function isClean(value: string, isLong: boolean): boolean {
  const text = isLong ? value.replace(/[\n\t]/g, ' ') : value;
  return !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(text);
}

/** Undefined where nothing was answered. A number that is none stays a text, which the schema refuses. */
function answerOf(field: Field, values: readonly string[]): JsonValue | undefined {
  const [value] = values;
  switch (field.kind) {
    case 'tick':
      return value === 'true';
    case 'many':
      // Who must choose some and chose none is told so by the schema.
      return values.length > 0 || field.required ? [...new Set(values)] : undefined;
    case 'integer':
    case 'number':
      return value === undefined ? undefined : numberOf(value);
    case 'line':
    case 'long':
    case 'date':
    case 'email':
    case 'uri':
    case 'tel':
    case 'one':
      return value;
    default:
      return field.kind satisfies never;
  }
}

/** "1.5", "1,5", "1 200": with a point or a comma before the decimals, and blanks between groups. */
function numberOf(text: string): number | string {
  const plain = text.replace(/(?<=\d)[ \u00a0\u202f](?=\d{3})/g, '').replace(',', '.');
  return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(plain) ? Number(plain) : text;
}

const BY_RULE: Readonly<Record<string, AnswerFault>> = {
  required: 'missing',
  minLength: 'too_short',
  maxLength: 'too_long',
  pattern: 'pattern',
  'format:date': 'date',
  'format:email': 'email',
  'format:uri': 'uri',
  'format:tel': 'tel',
  minimum: 'too_small',
  maximum: 'too_large',
  minItems: 'too_few',
  maxItems: 'too_many',
};

function faultOf(field: Field, rule: string): AnswerFault {
  if (field.kind === 'tick') return 'tick';
  if (rule === 'type') return field.kind === 'integer' ? 'integer' : 'number';
  if ((field.kind === 'one' || field.kind === 'many') && rule !== 'maxItems') return 'choose';
  return BY_RULE[rule] ?? 'pattern';
}
