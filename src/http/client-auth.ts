import { createMiddleware } from 'hono/factory';
import type { HttpEnv } from './app.ts';
import { KERNEL_PROBLEMS, problem } from './problem.ts';

/** Who calls: one client of one tenant. Every object is looked up inside these two (S14). */
export type Principal = {
  readonly tenantId: string;
  readonly clientId: string;
  /** An administrator key manages the tenant's clients and subscribers; a client key runs confirmations. */
  readonly scope: 'admin' | 'client';
  readonly keyId: string;
};

/** Finds the principal of an API key, or null: unknown, malformed and revoked keys look the same. */
export type FindPrincipal = (apiKey: string) => Promise<Principal | null> | Principal | null;

const BEARER = /^Bearer ([\x21-\x7e]{8,200})$/;

/** Requires `Authorization: Bearer <API key>`; errors in the lookup refuse the call by being thrown (S17). */
export function clientAuth(findPrincipal: FindPrincipal) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const match = BEARER.exec(c.req.header('authorization') ?? '');
    const found = match?.[1] ? findPrincipal(match[1]) : null;
    const principal = found instanceof Promise ? await found : found;
    if (principal === null) return problem(c, KERNEL_PROBLEMS, 'unauthenticated');
    c.set('principal', principal);
    await next();
    return undefined;
  });
}

/** Behind `clientAuth`: lets administrator keys pass. */
export const adminOnly = createMiddleware<HttpEnv>(async (c, next) => {
  if (c.get('principal').scope !== 'admin') return problem(c, KERNEL_PROBLEMS, 'forbidden');
  await next();
  return undefined;
});
