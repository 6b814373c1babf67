import { Hono } from 'hono';
import type { Metrics } from '../std/metrics.ts';
import { monotonicMs } from '../std/clock.ts';
import { equalBytes, sha256 } from '../std/bytes.ts';
import type { Secret } from '../std/secret.ts';
import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import type { HttpEnv } from './app.ts';
import { KERNEL_PROBLEMS, problem } from './problem.ts';

/** For operators: is it alive, may it be given traffic, and what is it doing. */
export type OpsOptions = {
  readonly metrics: Metrics;
  /** With it, /metrics asks for `Authorization: Bearer <token>`; without, it answers to loopback only. */
  readonly metricsToken: Secret<string> | null;
  /** Each names what it looks at, and what is wrong with it, or null. */
  readonly checks: Readonly<Record<string, () => Promise<string | null>>>;
};

const LOOPBACK = new Set(['127.0.0.1', '::1']);

export function opsRoutes(options: OpsOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();

  app.get('/healthz', (c) => c.json({ status: 'alive' }));

  app.get('/readyz', async (c) => {
    const found = await Promise.all(
      Object.entries(options.checks).map(async ([name, check]) => {
        const wrong = await check().catch((error: unknown) =>
          error instanceof Error ? error.message : 'failed',
        );
        return [name, wrong ?? 'ok'] as const;
      }),
    );
    const ready = found.every(([, state]) => state === 'ok');
    return c.json(
      { status: ready ? 'ready' : 'not ready', checks: Object.fromEntries(found) },
      ready ? 200 : 503,
    );
  });

  app.get('/metrics', async (c) => {
    const { metrics, metricsToken } = options;
    const given = c.req.header('authorization') ?? '';
    const allowed = metricsToken
      ? equalBytes(sha256(given), sha256(`Bearer ${metricsToken.reveal()}`))
      : LOOPBACK.has(c.get('ip'));
    if (!allowed) return problem(c, KERNEL_PROBLEMS, 'not_found');
    return c.body(await metrics.text(), 200, { 'Content-Type': metrics.registry.contentType });
  });

  return app;
}

/** Times every request under the pattern of its route, never its path. */
export function measureRequests(metrics: Metrics) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const startMs = monotonicMs();
    await next();
    metrics.request(routePath(c, -1), c.req.method, c.res.status, monotonicMs() - startMs);
  });
}
