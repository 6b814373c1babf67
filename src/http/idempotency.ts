/**
 * `Idempotency-Key` on every POST (draft-ietf-httpapi-idempotency-key-header): the same request sent again
 * within 24 hours is answered the same, and done once.
 *
 *   no header ──▶ as ever, at no cost
 *   header ──▶ claim ──▶ claimed ──▶ handler ──▶ 2xx or 4xx: stored, then answered; else: released
 *                   ├──▶ running elsewhere ──▶ 409
 *                   ├──▶ another body ──▶ 422
 *                   └──▶ answered before ──▶ that answer, with `Idempotent-Replayed: true`
 *
 * A server that dies between claim and answer leaves a claim that ends after 60 s; whether the work was
 * committed is then not known here, and the request runs again.
 */
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { sha256 } from '../std/bytes.ts';
import type { HttpEnv } from './app.ts';
import type { Principal } from './client-auth.ts';
import { KERNEL_PROBLEMS, problem } from './problem.ts';

export type StoredAnswer = {
  readonly status: number;
  readonly contentType: string | null;
  readonly location: string | null;
  readonly body: string;
};

export type IdempotentRequest = {
  readonly principal: Principal;
  readonly key: string;
  /** SHA-256 of method, path and body. */
  readonly requestHash: Uint8Array;
};

export type Claim =
  | { readonly kind: 'claimed'; readonly claimId: string }
  | { readonly kind: 'running' }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'answered'; readonly answer: StoredAnswer };

/** Where claims and answers are kept; what the database cannot do is thrown as ever. */
export type IdempotencyStore = {
  readonly claim: (request: IdempotentRequest) => Promise<Claim>;
  readonly complete: (request: IdempotentRequest, claimId: string, answer: StoredAnswer) => Promise<void>;
  /** Lets the same request run again at once. */
  readonly release: (request: IdempotentRequest, claimId: string) => Promise<void>;
};

export type IdempotencyOptions = {
  readonly store: IdempotencyStore;
  /**
   * Told when an answer could not be stored or a claim not released; the caller gets the answer all the same.
   */
  readonly onLost: (error: unknown) => void;
};

const KEY = /^[\x20-\x7e]{1,255}$/;
const RETRY_AFTER_MS = 1_000;

/** Mount behind `clientAuth`. */
export function idempotency({ store, onLost }: IdempotencyOptions) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const key = c.req.method === 'POST' ? c.req.header('idempotency-key') : undefined;
    if (key === undefined) {
      await next();
      return undefined;
    }
    if (!KEY.test(key)) return problem(c, KERNEL_PROBLEMS, 'malformed_idempotency_key');
    const request = { principal: c.get('principal'), key, requestHash: await requestHash(c) };
    const claim = await store.claim(request);
    if (claim.kind === 'running') {
      return problem(c, KERNEL_PROBLEMS, 'idempotency_conflict', { retryAfterMs: RETRY_AFTER_MS });
    }
    if (claim.kind === 'mismatch') return problem(c, KERNEL_PROBLEMS, 'idempotency_mismatch');
    if (claim.kind === 'answered') return replay(claim.answer);
    await next();
    await settle(store, request, claim.claimId, c.res).catch(onLost);
    return undefined;
  });
}

async function settle(
  store: IdempotencyStore,
  request: IdempotentRequest,
  claimId: string,
  response: Response,
): Promise<void> {
  if (!isStorable(response.status)) return store.release(request, claimId);
  return store.complete(request, claimId, {
    status: response.status,
    contentType: response.headers.get('content-type'),
    location: response.headers.get('location'),
    body: await response.clone().text(),
  });
}

/** Conflicts and limits pass with time, and failures of the server are not the request's answer. */
function isStorable(status: number): boolean {
  return (
    status >= 200 && status < 500 && status !== 409 && status !== 429 && !(status >= 300 && status < 400)
  );
}

async function requestHash(c: Context<HttpEnv>): Promise<Uint8Array> {
  const { pathname, search } = new URL(c.req.url);
  return sha256(`${c.req.method}\n${pathname}${search}\n`, new Uint8Array(await c.req.arrayBuffer()));
}

function replay(answer: StoredAnswer): Response {
  const headers = new Headers({ 'Cache-Control': 'no-store', 'Idempotent-Replayed': 'true' });
  if (answer.contentType !== null) headers.set('Content-Type', answer.contentType);
  if (answer.location !== null) headers.set('Location', answer.location);
  return new Response(answer.body === '' ? null : answer.body, { status: answer.status, headers });
}
