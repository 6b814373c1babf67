import type { Context as HttpContext } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

/**
 * The secret of a confirmation's session in the browser that acts on the hosted pages: a cookie that only the
 * pages below `path` are sent, by default the confirmation's own.
 */
export type KeptSession = {
  readonly id: string;
  readonly secret: string;
  readonly https: boolean;
  readonly path?: string;
};

const COOKIE_MAX_AGE_SECONDS = 3600;

export function keepSession(c: HttpContext, { id, secret, https, path }: KeptSession): void {
  setCookie(c, cookieName(id), secret, {
    path: path ?? `/c/${id}`,
    httpOnly: true,
    sameSite: 'Lax',
    secure: https,
    maxAge: COOKIE_MAX_AGE_SECONDS,
  });
}

/** Empty when this browser has none for the page that it asks for. */
export function keptSession(c: HttpContext, id: string): string {
  return getCookie(c, cookieName(id)) ?? '';
}

/** One cookie for each confirmation, so that two can be open side by side in one browser. */
function cookieName(id: string): string {
  return `cs_${id.slice(-16)}`;
}
