/**
 * Reads an OpenAPI 3.1 document into what the reference page shows. The document is our own, made from the
 * schemas of the routes; still nothing is taken for granted: what is missing or of another kind is left out.
 */
export type ApiDocument = Readonly<Record<string, unknown>>;

export type Operation = {
  /** For links, unique on the page. */
  readonly anchor: string;
  readonly tag: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly secured: boolean;
  readonly parameters: readonly Parameter[];
  readonly body: Content | null;
  readonly answers: readonly Answer[];
};

export type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description: string;
  readonly schema: ApiDocument;
};

export type Content = {
  readonly mediaType: string;
  readonly description: string;
  readonly schema: ApiDocument;
  readonly example: unknown;
};

export type Answer = {
  readonly status: string;
  readonly description: string;
  readonly content: Content | null;
};

export type Group = {
  readonly tag: string;
  readonly description: string;
  readonly operations: readonly Operation[];
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const OTHER = 'Other';

/** The operations under their tags, in the order in which the document names the tags. */
export function groupsOf(document: ApiDocument): Group[] {
  const named = listOf(document['tags']).map(objectOf);
  const operations = operationsOf(document);
  const tags = new Set([...named.map((tag) => textOf(tag['name'])), ...operations.map(({ tag }) => tag)]);
  return [...tags]
    .map((tag) => ({
      tag,
      description: textOf(named.find((each) => each['name'] === tag)?.['description']),
      operations: operations.filter((operation) => operation.tag === tag),
    }))
    .filter((group) => group.operations.length > 0);
}

function operationsOf(document: ApiDocument): Operation[] {
  return Object.entries(objectOf(document['paths'])).flatMap(([path, item]) => {
    const shared = listOf(objectOf(item)['parameters']);
    return METHODS.flatMap((method) => {
      const found = objectOf(item)[method];
      return found === undefined ? [] : [operationOf(document, method, path, objectOf(found), shared)];
    });
  });
}

function operationOf(
  document: ApiDocument,
  method: string,
  path: string,
  operation: ApiDocument,
  shared: readonly unknown[],
): Operation {
  const security = operation['security'] ?? document['security'];
  return {
    anchor: textOf(operation['operationId']) || `${method}${path.replace(/[^A-Za-z0-9]+/g, '-')}`,
    tag: textOf(listOf(operation['tags'])[0]) || OTHER,
    method: method.toUpperCase(),
    path,
    summary: textOf(operation['summary']) || `${method.toUpperCase()} ${path}`,
    description: textOf(operation['description']),
    secured: listOf(security).length > 0,
    parameters: [...shared, ...listOf(operation['parameters'])].map((parameter) =>
      parameterOf(resolve(document, parameter)),
    ),
    body: contentOf(resolve(document, operation['requestBody'])),
    answers: Object.entries(objectOf(operation['responses'])).map(([status, answer]) => {
      const resolved = resolve(document, answer);
      return { status, description: textOf(resolved['description']), content: contentOf(resolved) };
    }),
  };
}

function parameterOf(parameter: ApiDocument): Parameter {
  const schema = objectOf(parameter['schema']);
  return {
    name: textOf(parameter['name']),
    in: textOf(parameter['in']),
    required: parameter['required'] === true,
    description: textOf(parameter['description']) || textOf(schema['description']),
    schema: 'example' in parameter ? { ...schema, example: parameter['example'] } : schema,
  };
}

function contentOf(holder: ApiDocument): Content | null {
  const [mediaType, media] = Object.entries(objectOf(holder['content']))[0] ?? [];
  if (mediaType === undefined) return null;
  const { schema, example } = objectOf(media);
  return { mediaType, description: textOf(holder['description']), schema: objectOf(schema), example };
}

/** Follows a `$ref` inside the document; anything else stays what it is. */
export function resolve(document: ApiDocument, value: unknown): ApiDocument {
  let found = objectOf(value);
  for (let hops = 0; typeof found['$ref'] === 'string' && hops < 10; hops++)
    found = objectOf(lookUp(document, found['$ref']));
  return found;
}

/** The last part of a `$ref`, which is the schema's name. */
export function refName(value: unknown): string | null {
  const ref = objectOf(value)['$ref'];
  return typeof ref === 'string' ? ref.slice(ref.lastIndexOf('/') + 1) : null;
}

function lookUp(document: ApiDocument, ref: string): unknown {
  let found: unknown = document;
  for (const part of ref.replace(/^#\//, '').split('/')) found = objectOf(found)[part];
  return found;
}

export function objectOf(value: unknown): ApiDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ApiDocument) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
