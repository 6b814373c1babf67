import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from '@hono/zod-openapi';
import type { Refused } from '../std/result.ts';

/**
 * RFC 9457 problem documents. Each room maps its refusals to problems in a table
 * (`as const satisfies Record<Refusal, Problem>`), so that no refusal is without an HTTP face.
 */
export type Problem = {
  readonly status: ContentfulStatusCode;
  /** Short, the same at every occurrence. */
  readonly title: string;
  /** What the caller can do about it; used when the refusal brings no detail of its own. */
  readonly detail: string;
};

export type ProblemTable<R extends string> = Readonly<Record<R, Problem>>;

export type ProblemBody = {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance?: string;
  errors?: { pointer: string; detail: string }[];
};

export const ProblemSchema = z
  .object({
    type: z.string().openapi({ example: '/problems/not_found' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string().optional(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .openapi('Problem');

/** Refusals of the kernel itself, before any room is asked. */
export type KernelRefusal =
  | 'malformed_request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'too_large'
  | 'unsupported_media_type'
  | 'malformed_idempotency_key'
  | 'idempotency_conflict'
  | 'idempotency_mismatch'
  | 'rate_limited'
  | 'outage'
  | 'fault';

export const KERNEL_PROBLEMS = {
  malformed_request: {
    status: 400,
    title: 'The request is malformed',
    detail: 'See errors for what to mend.',
  },
  unauthenticated: {
    status: 401,
    title: 'No valid API key',
    detail: 'Send "Authorization: Bearer <API key>". Keys are made with `countersign keys create`.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed with this key',
    detail: 'This call needs an administrator key of the tenant.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    detail: 'There is no such thing, or it belongs to someone else.',
  },
  too_large: {
    status: 413,
    title: 'The request is too large',
    detail: 'A request body may have at most 64 kB.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    detail: 'Send the body as application/json.',
  },
  malformed_idempotency_key: {
    status: 400,
    title: 'The Idempotency-Key is malformed',
    detail: 'Send 1 to 255 printable ASCII characters, for example a UUID.',
  },
  idempotency_conflict: {
    status: 409,
    title: 'A request with this Idempotency-Key is still running',
    detail: 'Wait a moment and send the same request again.',
  },
  idempotency_mismatch: {
    status: 422,
    title: 'This Idempotency-Key was used with another request',
    detail: 'Use a new key for a new request.',
  },
  rate_limited: { status: 429, title: 'Too many requests', detail: 'Wait as long as Retry-After says.' },
  outage: {
    status: 503,
    title: 'Temporarily unavailable',
    detail: 'Send the same request again after Retry-After.',
  },
  fault: {
    status: 500,
    title: 'Internal error',
    detail: 'This is our fault. Quote the request id when you report it.',
  },
} as const satisfies ProblemTable<KernelRefusal>;

export type ProblemMore = {
  detail?: string;
  retryAfterMs?: number;
  errors?: { pointer: string; detail: string }[];
};

/** The problem response for a refusal; `Retry-After` is in whole seconds, rounded up. */
export function problem<R extends string>(
  c: Context,
  table: ProblemTable<R>,
  refusal: R,
  more: ProblemMore = {},
): Response {
  const found = table[refusal];
  const body: ProblemBody = {
    type: `/problems/${refusal}`,
    title: found.title,
    status: found.status,
    detail: more.detail ?? found.detail,
    ...(more.errors ? { errors: more.errors } : {}),
  };
  if (more.retryAfterMs !== undefined) {
    const seconds = String(Math.max(1, Math.ceil(more.retryAfterMs / 1000)));
    c.header('Retry-After', seconds);
    // draft-ietf-httpapi-ratelimit-headers: nothing is left, and when it is counted anew.
    if (found.status === 429) c.header('RateLimit', `"${refusal}";r=0;t=${seconds}`);
  }
  if (found.status === 401) c.header('WWW-Authenticate', 'Bearer realm="countersign"');
  c.header('Content-Type', 'application/problem+json');
  return c.body(JSON.stringify(body), found.status);
}

export function refusalProblem<R extends string>(
  c: Context,
  table: ProblemTable<R>,
  refused: Refused<R>,
): Response {
  return problem(c, table, refused.refusal, {
    ...(refused.detail === undefined ? {} : { detail: refused.detail }),
    ...(refused.retryAfterMs === undefined ? {} : { retryAfterMs: refused.retryAfterMs }),
  });
}
