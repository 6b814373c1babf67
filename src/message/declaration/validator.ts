/**
 * Judges answers against the schema of a form (JSON Schema 2020-12), with Ajv in its strict mode, so that a
 * schema which says something that it does not understand is refused and not overlooked. Patterns are matched
 * by pattern.ts, in linear time.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject } from 'ajv';
import formats from 'ajv-formats';
import type { JsonObject } from '../../evidence/json.ts';
import { assert } from '../../std/assert.ts';
import { parsePattern } from './pattern.ts';

/** Of one field: which rule of the schema its answer breaks. */
export type Fault = { readonly field: string; readonly rule: string };

export type Validate = (answers: JsonObject) => Fault[];

/** Digits with what people write between them. */
const TEL = /^\+?[0-9][0-9 ()./-]{2,30}$/;
const DATE = /^(?:1[89]|2[01])\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  strictTypes: false,
  logger: false,
  code: { regExp: Object.assign(linear, { code: 'linear' }) },
});
formats.default(ajv, ['email', 'uri']);
ajv.addFormat('tel', TEL);
ajv.addFormat('date', (text) => DATE.test(text) && isDay(text));
ajv.addKeyword({ keyword: 'autocomplete', schemaType: 'string' });

/** The schema must have been read by schema.ts. */
export function compileValidator(schema: object): Validate {
  const validate = ajv.compile(schema);
  // The function is kept by who asked for it, and by nobody else.
  ajv.removeSchema(schema);
  return (answers) => (validate(answers) ? [] : faultsOf(validate.errors ?? []));
}

/** One fault for each field, the first that Ajv names. */
function faultsOf(errors: readonly ErrorObject[]): Fault[] {
  const faults = new Map<string, Fault>();
  for (const { instancePath, keyword, params } of errors) {
    const field =
      keyword === 'required' || keyword === 'additionalProperties'
        ? String(params['missingProperty'] ?? params['additionalProperty'])
        : (instancePath.split('/')[1] ?? '');
    const rule = keyword === 'format' ? `format:${String(params['format'])}` : keyword;
    if (!faults.has(field)) faults.set(field, { field, rule });
  }
  return [...faults.values()];
}

/** 30 February is a text of the right form, and no day. */
function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/**
 * Schemas are read before they are compiled, so that their patterns are known to be safe. Ajv tells patterns
 * apart by their text.
 */
function linear(source: string): { test: (text: string) => boolean; toString: () => string } {
  const pattern = parsePattern(source);
  assert(pattern.ok, 'a pattern was compiled that was not read');
  return { test: pattern.value.test, toString: () => source };
}
