/**
 * The schema of a form: the part of JSON Schema 2020-12 that a page can show as fields and that says in full
 * what an answer is. Everything else is refused, and the refusal says where.
 *
 *   { "type": "object",
 *     "properties": { "street": { "type": "string", "title": "Street", "maxLength": 80 }, ... },
 *     "required": ["street"] }
 *
 * The fields stand on the page in the order of the properties. A string is one line, or several where it may
 * be longer than 200; a choice is `enum`, or `oneOf` with `const` and `title`; an array is a choice of many;
 * a boolean with `const: true` is a box that must be ticked.
 */
import { line } from '../../http/inputs.ts';
import { z } from '@hono/zod-openapi';
import type { JsonObject } from '../../evidence/json.ts';
import { parsePattern } from './pattern.ts';
import { compileValidator } from './validator.ts';

const FIELDS_MAX = 100;
const TEXT_MAX = 10_000;
/** From here on a text is written in several lines. */
export const LONG_FROM = 200;
const CHOICES_MAX = 300;
const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** Tokens of the HTML standard, by which a browser offers what it knows of its owner (WCAG 1.3.5). */
const AUTOCOMPLETE = [
  'name',
  'honorific-prefix',
  'given-name',
  'additional-name',
  'family-name',
  'nickname',
  'organization',
  'organization-title',
  'street-address',
  'address-line1',
  'address-line2',
  'address-line3',
  'address-level1',
  'address-level2',
  'postal-code',
  'country',
  'country-name',
  'bday',
  'sex',
  'email',
  'tel',
  'url',
] as const;

const FORMATS = ['date', 'email', 'uri', 'tel'] as const;

export const FieldName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9_]{0,39}$/, 'must begin with a small letter: letters, digits and "_", 40 at most')
  .refine((name) => !(name in {}), 'is a name that no field may have');

const BASE = {
  title: line(200).openapi({ description: 'The label of the field.', example: 'Street and number' }),
  description: line(500).optional().openapi({ description: 'The help under the label.' }),
};
const HINT = z.enum(AUTOCOMPLETE).optional().openapi({
  description: 'An annotation of ours: the token of HTML by which browsers fill it in.',
});
const length = z.int().min(0).max(TEXT_MAX).optional();
const choice = line(200);
const CHOICES = {
  enum: z.array(choice).min(1).max(CHOICES_MAX).optional(),
  oneOf: z
    .array(z.strictObject({ const: choice, title: line(200) }))
    .min(1)
    .max(CHOICES_MAX)
    .optional()
    .openapi({ description: 'As `enum`, with a label for each value.' }),
};

const StringField = z.strictObject({
  type: z.literal('string'),
  ...BASE,
  ...CHOICES,
  minLength: length,
  maxLength: length,
  pattern: z.string().max(500).optional(),
  format: z.enum(FORMATS).optional(),
  default: z.string().max(TEXT_MAX).optional(),
  autocomplete: HINT,
});

const bound = z.number().min(-1e15).max(1e15).optional();
const NumberField = z.strictObject({
  type: z.enum(['integer', 'number']),
  ...BASE,
  minimum: bound,
  maximum: bound,
  default: bound,
});

const BooleanField = z.strictObject({
  type: z.literal('boolean'),
  ...BASE,
  const: z.literal(true).optional().openapi({ description: 'It must be ticked.' }),
  default: z.boolean().optional(),
});

const ArrayField = z.strictObject({
  type: z.literal('array'),
  ...BASE,
  items: z.strictObject({ type: z.literal('string'), ...CHOICES }),
  uniqueItems: z.literal(true),
  minItems: z.int().min(0).max(CHOICES_MAX).optional(),
  maxItems: z.int().min(1).max(CHOICES_MAX).optional(),
});

const FieldSchema = z
  .discriminatedUnion('type', [StringField, NumberField, BooleanField, ArrayField])
  .openapi('FormField');
export type FieldSchema = z.output<typeof FieldSchema>;

type Issue = { readonly path: (string | number)[]; readonly message: string };

export const DocumentSchema = z
  .strictObject({
    $schema: z.literal(DIALECT).optional(),
    type: z.literal('object'),
    properties: z
      .record(FieldName, FieldSchema)
      .refine((fields) => Object.keys(fields).length > 0, 'a form has at least one field')
      .refine((fields) => Object.keys(fields).length <= FIELDS_MAX, `at most ${FIELDS_MAX} fields`),
    required: z.array(FieldName).max(FIELDS_MAX).default([]),
    additionalProperties: z.literal(false).optional(),
  })
  .superRefine((document, context) => {
    for (const { path, message } of issuesOf(document)) {
      context.addIssue({ code: 'custom', path, message });
    }
  })
  .openapi('FormSchema', { description: 'A part of JSON Schema 2020-12; see the guide.' });

export type Document = {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, FieldSchema>>;
  readonly required: readonly string[];
};

function issuesOf(document: Document): Issue[] {
  const fields = Object.entries(document.properties);
  const issues = fields.flatMap(([name, field]) =>
    issuesOfField(field).map(({ path, message }) => ({ path: ['properties', name, ...path], message })),
  );
  for (const [i, name] of document.required.entries()) {
    if (!Object.hasOwn(document.properties, name))
      issues.push({ path: ['required', i], message: `there is no field "${name}"` });
  }
  return issues.length > 0 ? issues : issuesOfDefaults(document);
}

function issuesOfField(field: FieldSchema): Issue[] {
  switch (field.type) {
    case 'string':
      return issuesOfString(field);
    case 'integer':
    case 'number': {
      const { minimum, maximum } = field;
      const isEmpty = minimum !== undefined && maximum !== undefined && maximum < minimum;
      return isEmpty ? [{ path: ['maximum'], message: 'must not be less than minimum' }] : [];
    }
    case 'array':
      return issuesOfArray(field);
    case 'boolean':
      return [];
    default:
      return field satisfies never;
  }
}

function issuesOfString(field: FieldSchema & { type: 'string' }): Issue[] {
  const issues = issuesOfChoices(field, []);
  const isChoice = field.enum !== undefined || field.oneOf !== undefined;
  for (const name of ['minLength', 'maxLength', 'pattern', 'format', 'autocomplete'] as const) {
    if (isChoice && field[name] !== undefined)
      issues.push({ path: [name], message: 'has no meaning beside a choice' });
  }
  const { minLength = 0, maxLength = TEXT_MAX, pattern } = field;
  if (maxLength < minLength || maxLength < 1)
    issues.push({ path: ['maxLength'], message: 'must not be less than minLength or 1' });
  const parsed = pattern === undefined ? null : parsePattern(pattern);
  if (parsed && !parsed.ok) issues.push({ path: ['pattern'], message: parsed.detail ?? parsed.refusal });
  return issues;
}

function issuesOfArray({ items, minItems = 0, maxItems }: FieldSchema & { type: 'array' }): Issue[] {
  const issues = issuesOfChoices(items, ['items']);
  const { length: count } = choicesOf(items);
  if (count === 0) issues.push({ path: ['items'], message: 'needs "enum" or "oneOf"' });
  if (minItems > (maxItems ?? count) || minItems > count)
    issues.push({ path: ['minItems'], message: 'must not be more than can be chosen' });
  return issues;
}

type Choosing = Pick<z.output<typeof StringField>, 'enum' | 'oneOf'>;
export type Choice = { readonly value: string; readonly title: string };

export function choicesOf({ enum: values, oneOf }: Choosing): Choice[] {
  if (oneOf) return oneOf.map(({ const: value, title }) => ({ value, title }));
  return (values ?? []).map((value) => ({ value, title: value }));
}

function issuesOfChoices(choosing: Choosing, path: readonly string[]): Issue[] {
  if (choosing.enum && choosing.oneOf)
    return [{ path: [...path, 'oneOf'], message: 'may not stand beside "enum"' }];
  const values = choicesOf(choosing).map(({ value }) => value);
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  const where = choosing.enum ? 'enum' : 'oneOf';
  return twice === undefined ? [] : [{ path: [...path, where], message: `has "${twice}" twice` }];
}

/** What a field holds before anybody typed must be an answer. */
function issuesOfDefaults(document: Document): Issue[] {
  const given = Object.entries(document.properties).flatMap(([name, field]) =>
    'default' in field && field.default !== undefined ? [[name, field.default] as const] : [],
  );
  const defaults: JsonObject = Object.fromEntries(given);
  return compileValidator(validated(document))(defaults)
    .filter(({ rule }) => rule !== 'required')
    .map(({ field, rule }) => ({
      path: ['properties', field, 'default'],
      message: `is no answer that the field takes (${rule})`,
    }));
}

/** The document as answers are judged by it: nothing beside its fields, and no text without an end. */
export function validated(document: Document): object {
  const properties = Object.entries(document.properties).map(([name, field]) => {
    const isText = field.type === 'string' && !field.enum && !field.oneOf && field.maxLength === undefined;
    return [name, isText ? { ...field, maxLength: LONG_FROM } : field] as const;
  });
  return { ...document, properties: Object.fromEntries(properties), additionalProperties: false };
}
