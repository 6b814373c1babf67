/**
 * A form: what an administration asks, as a page (M9). Its words and its schema never change under somebody's
 * hands: each change of them is a new version, and a declaration names the version that it answers.
 *
 *   open ◀──▶ closed: nobody can declare any more, and what was declared stays
 *     └─ words, schema ─▶ next version
 */
import type { Language } from '../../std/language.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import { choicesOf, LONG_FROM, type Choice, type Document, type FieldSchema } from './schema.ts';

export type FormState = 'open' | 'closed';

/** What stands on the page, in the form's own language and in others. */
export type Words = {
  readonly title: string;
  readonly introduction: string | null;
  readonly language: Language;
  readonly schema: Document;
  readonly translations: Readonly<Partial<Record<Language, Translation>>>;
};

export type Translation = {
  readonly title: string;
  readonly introduction?: string | undefined;
  readonly fields: Readonly<Record<string, FieldTranslation>>;
};

export type FieldTranslation = {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  /** Labels by value. */
  readonly choices?: Readonly<Record<string, string>> | undefined;
};

export type Form = Words & {
  readonly home: number;
  readonly id: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly state: FormState;
  readonly version: number;
  /** Subscribers who may read the declarations on the pages. */
  readonly staff: readonly string[];
  /** Whether somebody who is in no contract may declare, by a phone number that he names himself. */
  readonly openToAll: boolean;
  readonly createdAtMs: number;
};

export const STAFF_MAX = 100;
export const TITLE_MAX = 100;

export type FieldKind =
  | 'line'
  | 'long'
  | 'date'
  | 'email'
  | 'uri'
  | 'tel'
  | 'integer'
  | 'number'
  | 'tick'
  | 'one'
  | 'many';

/** One field as the page shows it. */
export type Field = {
  readonly name: string;
  readonly kind: FieldKind;
  readonly title: string;
  readonly description: string | null;
  readonly required: boolean;
  readonly choices: readonly Choice[];
  readonly autocomplete: string | null;
  readonly maxLength: number | null;
  /** What stands in it before anybody typed. */
  readonly initial: readonly string[];
};

/** The words of the page in a language, or in the form's own where it was not translated. */
export type Worded = {
  readonly language: Language;
  readonly title: string;
  readonly introduction: string | null;
  readonly fields: readonly Field[];
};

export function wordedIn(words: Words, wished: Language): Worded {
  const translation = wished === words.language ? undefined : words.translations[wished];
  const { properties, required } = words.schema;
  return {
    language: translation ? wished : words.language,
    title: translation?.title ?? words.title,
    introduction: translation?.introduction ?? words.introduction,
    fields: Object.entries(properties).map(([name, schema]) =>
      fieldOf(name, schema, required.includes(name), own(translation?.fields, name)),
    ),
  };
}

function fieldOf(
  name: string,
  schema: FieldSchema,
  required: boolean,
  translated: FieldTranslation | undefined,
): Field {
  const choices = choicesOfField(schema).map(({ value, title }) => ({
    value,
    title: own(translated?.choices, value) ?? title,
  }));
  return {
    name,
    kind: kindOf(schema),
    title: translated?.title ?? schema.title,
    description: translated?.description ?? schema.description ?? null,
    required: isRequired(schema, required),
    choices,
    autocomplete: autocompleteOf(schema),
    maxLength: schema.type === 'string' ? (schema.maxLength ?? LONG_FROM) : null,
    initial: initialOf(schema),
  };
}

/** A box is answered either way, unless it must be ticked; a choice of many may ask for some of them. */
function isRequired(schema: FieldSchema, required: boolean): boolean {
  if (schema.type === 'boolean') return schema.const === true;
  return required || (schema.type === 'array' && (schema.minItems ?? 0) > 0);
}

function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}

function choicesOfField(schema: FieldSchema): Choice[] {
  if (schema.type === 'string') return choicesOf(schema);
  return schema.type === 'array' ? choicesOf(schema.items) : [];
}

function kindOf(schema: FieldSchema): FieldKind {
  switch (schema.type) {
    case 'string':
      if (schema.enum ?? schema.oneOf) return 'one';
      return schema.format ?? ((schema.maxLength ?? 0) > LONG_FROM ? 'long' : 'line');
    case 'boolean':
      return 'tick';
    case 'array':
      return 'many';
    case 'integer':
    case 'number':
      return schema.type;
    default:
      return schema satisfies never;
  }
}

function autocompleteOf(schema: FieldSchema): string | null {
  if (schema.type !== 'string') return null;
  const byFormat = { email: 'email', tel: 'tel', uri: 'url', date: null } as const;
  return schema.autocomplete ?? (schema.format ? byFormat[schema.format] : null);
}

function initialOf(schema: FieldSchema): string[] {
  if (schema.type === 'array' || schema.default === undefined) return [];
  if (schema.type === 'boolean') return schema.default ? ['true'] : [];
  return [String(schema.default)];
}

/**
 * A translation says everything that people read, so that no page is in two languages; it may leave choices
 * as they are, which are often names.
 */
export function checkTranslations(words: Words): Result<null, 'malformed_form'> {
  for (const [language, translation] of Object.entries(words.translations)) {
    const at = `translations/${language}`;
    if (language === words.language) return malformed(at, 'is the language of the form itself');
    if (words.introduction !== null && translation.introduction === undefined)
      return malformed(`${at}/introduction`, 'is missing');
    const strange = Object.keys(translation.fields).find((name) => !own(words.schema.properties, name));
    if (strange !== undefined)
      return malformed(`${at}/fields/${strange}`, 'is about a field that the form has not');
    for (const [name, schema] of Object.entries(words.schema.properties)) {
      const fault = faultOfTranslation(schema, own(translation.fields, name));
      if (fault) return malformed(`${at}/fields/${name}${fault[0]}`, fault[1]);
    }
  }
  return ok(null);
}

function faultOfTranslation(
  schema: FieldSchema,
  field: FieldTranslation | undefined,
): readonly [place: string, what: string] | null {
  if (field?.title === undefined) return ['/title', 'is missing'];
  if (schema.description !== undefined && field.description === undefined)
    return ['/description', 'is missing'];
  const values = new Set(choicesOfField(schema).map(({ value }) => value));
  const strange = Object.keys(field.choices ?? {}).find((value) => !values.has(value));
  return strange === undefined ? null : [`/choices/${strange}`, 'is about a choice that the field has not'];
}

function malformed(place: string, what: string): Result<never, 'malformed_form'> {
  return refuse('malformed_form', { detail: `/${place}: ${what}` });
}
