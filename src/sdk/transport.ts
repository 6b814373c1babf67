/**
 * One request and its repetitions.
 *
 *   send ──▶ 2xx ──▶ the body
 *       ├──▶ 429, 503, a conflict that passes, no answer ──▶ wait, at most as long as allowed ──▶ again
 *       └──▶ anything else, or no try left ──▶ CountersignProblem or CountersignUnreachable
 *
 * Repeating is safe: each POST carries an `Idempotency-Key`, the same for all tries of one call, so that the
 * server does it once; the other methods are idempotent by themselves.
 */
import { CountersignProblem, CountersignUnreachable, problemOf } from './problem.ts';
import { jittered, newIdempotencyKey, wait } from './runtime.ts';

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type TransportOptions = {
  /** Where the server is, such as "https://countersign.example"; a path in it is kept. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly fetch?: Fetch;
  /** How often one call is repeated at most. Default 3. */
  readonly retriesMax?: number;
  /** A longer wait than this is not waited for: the problem is thrown with its retryAfterMs. Default 10 s. */
  readonly retryWaitMaxMs?: number;
  /** How long one try may take. Default 30 s. */
  readonly timeoutMs?: number;
};

export type CallOptions = {
  readonly signal?: AbortSignal;
  /** Your own key for a POST, when it must be done once even across restarts of your process. */
  readonly idempotencyKey?: string;
};

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type Transport = {
  /** Resolves with the JSON body, or undefined when the answer has none. */
  readonly send: <T>(method: Method, path: string, body: unknown, options?: CallOptions) => Promise<T>;
  /**
   * Sends or fetches bytes, once and without a time limit: who has a stream decides about repeating. Throws
   * the problem when the server says no.
   */
  readonly bytes: (method: 'GET' | 'PUT', path: string, options?: BytesOptions) => Promise<Response>;
  /** Opens an event stream, once: who reads it decides about repeating. */
  readonly stream: (path: string, options?: StreamOptions) => Promise<ReadableStream<Uint8Array>>;
  readonly retriesMax: number;
};

export type StreamOptions = {
  readonly signal?: AbortSignal | undefined;
  /** The session's secret: the stream is then the live connection of connected mode. */
  readonly session?: string | undefined;
};

export type BytesOptions = {
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodyInit;
};

const BACKOFF_FIRST_MS = 250;

export function createTransport(options: TransportOptions): Transport {
  const { apiKey, retriesMax = 3, retryWaitMaxMs = 10_000, timeoutMs = 30_000 } = options;
  const doFetch: Fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const base = options.baseUrl.replace(/\/+$/, '');
  if (!URL.canParse(base)) throw new TypeError(`baseUrl is no URL: "${options.baseUrl}"`);

  function initOf(method: Method, body: unknown, idempotencyKey: string | undefined): RequestInit {
    const headers: Record<string, string> = {
      Authorization: `Bearer ${apiKey}`,
      Accept: 'application/json, application/problem+json',
    };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (method === 'POST') headers['Idempotency-Key'] = idempotencyKey ?? newIdempotencyKey();
    // A redirect would carry the API key elsewhere.
    const init: RequestInit = { method, headers, redirect: 'error' };
    return body === undefined ? init : { ...init, body: JSON.stringify(body) };
  }

  async function send<T>(method: Method, path: string, body: unknown, call: CallOptions = {}): Promise<T> {
    const init = initOf(method, body, call.idempotencyKey);
    const { signal } = call;
    for (let retries = 0; ; retries++) {
      const last = retries >= retriesMax;
      let waitMs = backoffMs(retries);
      try {
        return await once<T>(`${base}${path}`, init, signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof CountersignProblem) {
          waitMs = error.retryAfterMs ?? waitMs;
          if (last || !mayPass(error) || waitMs > retryWaitMaxMs) throw error;
        } else if (last) {
          throw new CountersignUnreachable(`No answer to ${method} ${path}.`, { cause: error });
        }
      }
      await wait(waitMs, signal);
    }
  }

  async function once<T>(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<T> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await doFetch(url, {
      ...init,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const text = await response.text();
    if (!response.ok) throw problemOf(response.status, response.statusText, response.headers, text);
    // A success that is no JSON did not come from the server; it counts as no answer.
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async function stream(path: string, { signal, session }: StreamOptions = {}) {
    const init = initOf('GET', undefined, undefined);
    const headers: Record<string, string> = {
      ...(init.headers as Record<string, string>),
      Accept: 'text/event-stream',
    };
    if (session !== undefined) headers['Countersign-Session'] = session;
    const response = await doFetch(`${base}${path}`, { ...init, headers, ...(signal ? { signal } : {}) });
    if (!response.ok || response.body === null) {
      throw problemOf(response.status, response.statusText, response.headers, await response.text());
    }
    return response.body;
  }

  async function bytes(method: 'GET' | 'PUT', path: string, options: BytesOptions = {}): Promise<Response> {
    const { signal, headers, body } = options;
    const init: RequestInit & { duplex?: 'half' } = {
      ...initOf(method, undefined, undefined),
      ...(signal ? { signal } : {}),
      ...(body === undefined ? {} : { body }),
      // A stream is sent before anything is heard (WHATWG Fetch, "half" duplex).
      ...(body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
    };
    init.headers = { ...(init.headers as Record<string, string>), ...headers };
    const response = await doFetch(`${base}${path}`, init);
    if (response.ok) return response;
    throw problemOf(response.status, response.statusText, response.headers, await response.text());
  }

  return { send, bytes, stream, retriesMax };
}

/** A wait between tries that doubles, in milliseconds. */
export function backoffMs(retries: number): number {
  return jittered(BACKOFF_FIRST_MS * 2 ** Math.min(retries, 5));
}

/** Whether the same request may succeed later. */
export function mayPass(problem: CountersignProblem): boolean {
  const { status, retryAfterMs } = problem;
  // A conflict passes when the server says after how long: its own first try still runs, the log is not
  // written yet.
  return status === 429 || status === 503 || (status === 409 && retryAfterMs !== null);
}

/**
 * `/v1/things/{id}`: every part is encoded, and one that URLs resolve away is refused, so that an id stays in
 * its place.
 */
export function pathOf(...parts: readonly string[]): string {
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') throw new TypeError(`"${part}" is no id.`);
  }
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('');
}

export function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query.toString()}`;
}
