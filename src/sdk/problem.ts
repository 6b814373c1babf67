/** What goes wrong: the server says no with a problem document (RFC 9457), or cannot be reached at all. */

export type ProblemFields = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string | null;
  /** Which parts of the request are wrong, by JSON pointer. */
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
  /** How long to wait until the same request may succeed; null when the server does not say. Milliseconds. */
  readonly retryAfterMs: number | null;
};

export class CountersignProblem extends Error {
  override readonly name = 'CountersignProblem';
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string | null;
  readonly errors: ProblemFields['errors'];
  readonly retryAfterMs: number | null;

  constructor(fields: ProblemFields) {
    super(fields.detail === '' ? fields.title : `${fields.title}: ${fields.detail}`);
    this.type = fields.type;
    this.title = fields.title;
    this.status = fields.status;
    this.detail = fields.detail;
    this.instance = fields.instance;
    this.errors = fields.errors;
    this.retryAfterMs = fields.retryAfterMs;
  }

  /** The last part of the type, to branch on: `refused`, `not_found`, `rate_limited`. */
  get refusal(): string {
    return this.type.slice(this.type.lastIndexOf('/') + 1);
  }
}

/**
 * No answer after all retries. Whether the request was carried out is not known; `cause` says what happened
 * last.
 */
export class CountersignUnreachable extends Error {
  override readonly name = 'CountersignUnreachable';
}

/**
 * Reads any answer that is not a success; one without a problem document (a proxy's page) becomes
 * `about:blank`.
 */
export function problemOf(
  status: number,
  statusText: string,
  headers: Headers,
  body: string,
): CountersignProblem {
  const given = readObject(body);
  const text = (name: string): string | null => {
    const value = given[name];
    return typeof value === 'string' ? value : null;
  };
  return new CountersignProblem({
    type: text('type') ?? 'about:blank',
    title: text('title') ?? (statusText === '' ? `HTTP ${status}` : statusText),
    status,
    detail: text('detail') ?? '',
    instance: text('instance'),
    errors: readErrors(given['errors']),
    retryAfterMs: retryAfterMs(headers.get('retry-after')),
  });
}

function readObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function readErrors(value: unknown): ProblemFields['errors'] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    const { pointer, detail } = (entry ?? {}) as Record<string, unknown>;
    return typeof pointer === 'string' && typeof detail === 'string' ? [{ pointer, detail }] : [];
  });
}

/** The server writes whole seconds; the form with a date, which a proxy may use, counts as not said. */
function retryAfterMs(header: string | null): number | null {
  return header !== null && /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1000 : null;
}
