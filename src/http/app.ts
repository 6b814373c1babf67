import { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { base32 } from '../std/id.ts';
import type { Log } from '../std/log.ts';
import { Outage } from '../std/outage.ts';
import { systemRandom } from '../std/random.ts';
import { BodyTooLarge, limitBodies, tooLarge, type BodyLimit } from './body-limit.ts';
import type { Principal } from './client-auth.ts';
import { clientIp, type TrustedHops } from './ip.ts';
import { KERNEL_PROBLEMS, problem } from './problem.ts';

/** What every handler may ask of its context. `principal` is there behind `clientAuth` only. */
export type HttpEnv = {
  Bindings: HttpBindings;
  Variables: { requestId: string; ip: string; principal: Principal };
};
export type App = OpenAPIHono<HttpEnv>;

export type AppOptions = {
  log: Log;
  trustedHops: TrustedHops;
  /**
   * Gives an error of a lower layer the name `Outage` when it is one; the kernel itself knows no database.
   */
  asOutage: (error: unknown) => unknown;
  /** What a person sees whose browser asked for a page; absent: the same problem document as a program. */
  problemPage?: (c: Context<HttpEnv>, kind: 'not_found' | 'outage') => Response | Promise<Response>;
  /** The routes that take longer bodies than the others. */
  bodyLimits?: readonly BodyLimit[];
};

/**
 * An empty app whose validation failures, unknown paths, outages and faults all answer as problem documents.
 */
export function createApp(options: AppOptions): App {
  const app = createRouter();
  app.use(async (c, next) => {
    c.set('requestId', base32(systemRandom(10)));
    c.set('ip', clientIp(c, options.trustedHops));
    await next();
    // Through c.header() a finished answer would be copied, its body as a stream; that was half the cost of
    // answering.
    const { headers } = c.res;
    headers.set('X-Request-Id', c.get('requestId'));
    headers.set('X-Content-Type-Options', 'nosniff');
    // Answers of the API hold session secrets and keys, once.
    if (c.req.path.startsWith('/v1/')) headers.set('Cache-Control', 'no-store');
  });
  app.use(limitBodies(options.bodyLimits ?? []));
  app.notFound((c) => pageFor(options, c, 'not_found') ?? problem(c, KERNEL_PROBLEMS, 'not_found'));
  app.onError((error, c) => answerError(options, error, c));
  return app;
}

/** A part of the app for one room, with the same answers to invalid input. */
export function createRouter(): App {
  return new OpenAPIHono<HttpEnv>({
    defaultHook: (result, c) => {
      if (result.success) return undefined;
      const place = result.target === 'json' ? '' : `/${result.target}`;
      const errors = result.error.issues.slice(0, 20).map((issue) => ({
        pointer: `${place}/${issue.path.map(String).join('/')}`,
        detail: issue.message,
      }));
      const first = errors[0];
      return problem(c, KERNEL_PROBLEMS, 'malformed_request', {
        ...(first ? { detail: `${first.pointer}: ${first.detail}` } : {}),
        errors,
      });
    },
  });
}

/** A page for who asked for one, outside the API; null for programs. */
function pageFor(options: AppOptions, c: Context<HttpEnv>, kind: 'not_found' | 'outage') {
  const asked = !c.req.path.startsWith('/v1/') && (c.req.header('accept') ?? '').includes('text/html');
  return asked && options.problemPage ? options.problemPage(c, kind) : null;
}

function answerError(
  options: AppOptions,
  thrown: unknown,
  c: Context<HttpEnv>,
): Response | Promise<Response> {
  if (thrown instanceof BodyTooLarge) return tooLarge(c, thrown.maxBytes);
  if (thrown instanceof HTTPException) {
    if (thrown.status === 415) return problem(c, KERNEL_PROBLEMS, 'unsupported_media_type');
    return problem(c, KERNEL_PROBLEMS, 'malformed_request', { detail: thrown.message });
  }
  const error = options.asOutage(thrown);
  if (error instanceof Outage) {
    options.log.warn({ requestId: c.get('requestId'), reason: error.message }, 'outage');
    return (
      pageFor(options, c, 'outage') ??
      problem(c, KERNEL_PROBLEMS, 'outage', { retryAfterMs: error.retryAfterMs })
    );
  }
  options.log.error({ requestId: c.get('requestId'), path: c.req.routePath, err: error }, 'fault');
  return pageFor(options, c, 'outage') ?? problem(c, KERNEL_PROBLEMS, 'fault');
}
