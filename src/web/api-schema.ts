import { listOf, objectOf, refName, resolve, textOf, type ApiDocument } from './api-document.ts';

/** What a JSON schema says, as a tree of fields for people to read, and an example that fits it. */
export type Field = {
  readonly name: string;
  /** "string", "integer", "list of Address", "one of". */
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
  /** "1 to 20 items", "default: false". */
  readonly limits: readonly string[];
  readonly values: readonly string[];
  readonly fields: readonly Field[];
};

const DEPTH_MAX = 8;

export function fieldsOf(document: ApiDocument, schema: unknown, depth = 0): Field[] {
  const { schema: whole } = unwrap(document, schema);
  if (depth > DEPTH_MAX) return [];
  const variants = variantsOf(document, whole);
  if (variants.length > 1) {
    return variants.map((variant, i) => ({
      ...fieldOf(document, i === 0 ? 'either' : 'or', variant, true, depth + 1),
      description: textOf(variant['description']),
    }));
  }
  if (whole['type'] === 'array') return fieldsOf(document, whole['items'], depth + 1);
  const required = new Set(listOf(whole['required']));
  return Object.entries(objectOf(whole['properties'])).map(([name, property]) =>
    fieldOf(document, name, property, required.has(name), depth + 1),
  );
}

function fieldOf(
  document: ApiDocument,
  name: string,
  schema: unknown,
  required: boolean,
  depth: number,
): Field {
  const { schema: whole } = unwrap(document, schema);
  return {
    name,
    type: typeOf(document, schema),
    required,
    description: textOf(objectOf(schema)['description']) || textOf(whole['description']),
    limits: limitsOf(whole),
    values: listOf(whole['enum']).map(String),
    fields: fieldsOf(document, schema, depth),
  };
}

export function typeOf(document: ApiDocument, schema: unknown): string {
  const { schema: whole, name, nullable } = unwrap(document, schema);
  const type = plainType(document, whole, name);
  return nullable ? `${type} or null` : type;
}

function plainType(document: ApiDocument, whole: ApiDocument, name: string | null): string {
  const variants = variantsOf(document, whole);
  if (variants.length > 1) return 'one of';
  const type = textOf(whole['type']);
  if (type === 'array') {
    const item = typeOf(document, whole['items']);
    return item === 'object' ? 'list' : `list of ${item}`;
  }
  if (type === 'object' && name !== null) return name;
  if (whole['const'] !== undefined) return JSON.stringify(whole['const']);
  const format = textOf(whole['format']);
  return format === '' ? type || 'any' : `${type} (${format})`;
}

/** Puts `allOf` together and takes `null` out of unions, which is how documents write "T or null". */
function unwrap(
  document: ApiDocument,
  schema: unknown,
): { schema: ApiDocument; name: string | null; nullable: boolean } {
  const resolved = resolve(document, schema);
  const name = refName(schema);
  if (Array.isArray(resolved['type'])) {
    const types = listOf(resolved['type']).filter((type) => type !== 'null');
    const nullable = types.length < listOf(resolved['type']).length;
    return { schema: { ...resolved, type: types[0] }, name, nullable };
  }
  const parts = listOf(resolved['allOf']).map((part) => unwrap(document, part));
  if (parts.length > 0) {
    const schemas = [...parts.map((part) => part.schema), resolved];
    const whole: ApiDocument = Object.assign({}, ...schemas, {
      properties: Object.assign({}, ...schemas.map((part) => objectOf(part['properties']))),
      required: schemas.flatMap((part) => listOf(part['required'])),
      allOf: undefined,
    });
    const only = parts.length === 1 ? parts[0] : undefined;
    return { schema: whole, name: name ?? only?.name ?? null, nullable: only?.nullable ?? false };
  }
  const union = listOf(resolved['anyOf'] ?? resolved['oneOf']);
  const real = union.filter((variant) => resolve(document, variant)['type'] !== 'null');
  if (real.length === 1 && union.length > 1) {
    const inner = unwrap(document, real[0]);
    const description = resolved['description'];
    const whole = description === undefined ? inner.schema : { ...inner.schema, description };
    return { schema: whole, name: inner.name, nullable: true };
  }
  return { schema: resolved, name, nullable: real.length < union.length };
}

function variantsOf(document: ApiDocument, whole: ApiDocument): ApiDocument[] {
  return listOf(whole['anyOf'] ?? whole['oneOf'])
    .map(objectOf)
    .filter((variant) => resolve(document, variant)['type'] !== 'null');
}

function limitsOf(schema: ApiDocument): string[] {
  const limits = [
    range(schema['minLength'], schema['maxLength'], 'characters'),
    range(schema['minItems'], schema['maxItems'], 'items'),
    range(schema['minimum'], schema['maximum'], ''),
    schema['pattern'] === undefined ? '' : `pattern ${textOf(schema['pattern'])}`,
    schema['default'] === undefined ? '' : `default: ${JSON.stringify(schema['default'])}`,
  ];
  return limits.filter((limit) => limit !== '');
}

function range(least: unknown, most: unknown, unit: string): string {
  const bounds =
    typeof least === 'number' && typeof most === 'number' && most < Number.MAX_SAFE_INTEGER
      ? `${least} to ${most}`
      : typeof most === 'number' && most < Number.MAX_SAFE_INTEGER
        ? `at most ${most}`
        : typeof least === 'number' && least > 0
          ? `at least ${least}`
          : '';
  return bounds === '' ? '' : `${bounds} ${unit}`.trim();
}

const FORMAT_EXAMPLES: Readonly<Record<string, string>> = {
  'date-time': '2026-03-14T09:26:53.000Z',
  uri: 'https://shop.example/back',
};

/** A value that fits: what the schema gives as its example, or put together from its parts. */
export function exampleOf(document: ApiDocument, schema: unknown, depth = 0): unknown {
  const { schema: whole, nullable } = unwrap(document, schema);
  const given = whole['example'] ?? listOf(whole['examples'])[0] ?? whole['const'] ?? whole['default'];
  if (given !== undefined) return given;
  const [value] = listOf(whole['enum']);
  if (value !== undefined) return value;
  const [variant] = variantsOf(document, whole);
  if (variant !== undefined && depth < DEPTH_MAX) return exampleOf(document, variant, depth + 1);
  if (depth >= DEPTH_MAX) return null;
  switch (whole['type']) {
    case 'object':
      return Object.fromEntries(
        Object.entries(objectOf(whole['properties'])).map(([name, property]) => [
          name,
          exampleOf(document, property, depth + 1),
        ]),
      );
    case 'array':
      return [exampleOf(document, whole['items'], depth + 1)];
    case 'string':
      return nullable ? null : (FORMAT_EXAMPLES[textOf(whole['format'])] ?? '…');
    case 'integer':
    case 'number':
      return nullable ? null : typeof whole['minimum'] === 'number' ? Math.max(whole['minimum'], 0) : 0;
    case 'boolean':
      return nullable ? null : false;
    default:
      return null;
  }
}
