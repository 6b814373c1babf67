import type { Context, MiddlewareHandler } from 'hono';

/**
 * The headers of every page that a person sees (S18, ASVS 3.4): nothing inline, nothing from elsewhere, no
 * frame, no copy in a cache, no referrer.
 */
export type SecurityHeaderOptions = {
  /** Whether people reach the server by https; only then is the browser told to insist on it. */
  readonly https: boolean;
};

const HSTS_MAX_AGE_SECONDS = 365 * 24 * 60 * 60;

const FIXED_HEADERS = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Origin-Agent-Cluster': '?1',
  'Permissions-Policy':
    'otp-credentials=(self), camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

export function securityHeaders(options: SecurityHeaderOptions): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const headers = c.res.headers;
    for (const [name, value] of Object.entries(FIXED_HEADERS)) headers.set(name, value);
    if (!headers.has('Content-Security-Policy'))
      headers.set('Content-Security-Policy', contentSecurityPolicy());
    if (options.https)
      headers.set('Strict-Transport-Security', `max-age=${HSTS_MAX_AGE_SECONDS}; includeSubDomains`);
  };
}

/**
 * Lets the forms of this one answer lead on to the given places: browsers hold `form-action` against the
 * redirect that follows a post too, so a page that sends people back to a client must name the client's
 * origin.
 */
export function allowFormTargets(c: Context, urls: readonly (string | null)[]): void {
  const origins = urls
    .map((url) => (url === null ? null : originOf(url)))
    .filter((origin) => origin !== null);
  c.header('Content-Security-Policy', contentSecurityPolicy(origins));
}

export function contentSecurityPolicy(formOrigins: readonly string[] = []): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "media-src 'self'",
    "connect-src 'self'",
    ['form-action', "'self'", ...new Set(formOrigins)].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/**
 * Scheme, host and port of a web address; null for anything that is none, so that nothing odd enters a
 * header.
 */
export function originOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, origin } = new URL(url);
  return protocol === 'https:' || protocol === 'http:' ? origin : null;
}
