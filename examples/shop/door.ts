/**
 * Who comes to the shop: a visitor is a cookie with a long random name; forms carry a token made for it, so
 * that no other site posts in a customer's name; the office has sessions of its own, behind a password.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { isSame, mac, newSecret, nowMs } from './system.ts';

export const BASE = '/shop';
const VISITOR = 'shop_visitor';
const BASKET = 'shop_basket';
const OFFICE = 'shop_office';
const SECRET = /^[A-Za-z0-9_-]{32}$/;
const BASKET_DAYS = 14;
const OFFICE_MAX_MS = 12 * 60 * 60_000;
const TRIES_MAX = 5;
const TRIES_MS = 60_000;

export type Door = {
  /** The visitor, who has a cookie from now on. */
  readonly visitor: (c: Context) => string;
  readonly token: (c: Context, scope: string) => string;
  /** The fields of a form of ours, posted by the visitor that it was made for; null for any other. */
  readonly posted: (c: Context, scope: string) => Promise<Readonly<Record<string, string>> | null>;
  readonly basketText: (c: Context) => string | undefined;
  readonly setBasket: (c: Context, text: string) => void;
  readonly isOffice: (c: Context) => boolean;
  /** 'busy' after too many wrong passwords: nobody is let in for a minute. */
  readonly enterOffice: (c: Context, password: string) => 'in' | 'wrong' | 'busy';
  readonly leaveOffice: (c: Context) => void;
};

export type DoorOptions = {
  /** Where people reach the shop. */
  readonly origin: string;
  readonly key: Uint8Array;
  readonly password: string;
};

export function createDoor({ origin, key, password }: DoorOptions): Door {
  const common = {
    httpOnly: true,
    sameSite: 'Lax',
    secure: origin.startsWith('https:'),
    path: BASE,
  } as const;
  const wrongAt: number[] = [];

  function visitor(c: Context): string {
    const known = getCookie(c, VISITOR);
    if (known !== undefined && SECRET.test(known)) return known;
    const given = c.get('visitor') as string | undefined;
    const made = given ?? newSecret();
    c.set('visitor', made);
    setCookie(c, VISITOR, made, { ...common, maxAge: 60 * 24 * 60 * 60 });
    return made;
  }

  async function posted(c: Context, scope: string) {
    const site = c.req.header('sec-fetch-site');
    if (site !== undefined && site !== 'same-origin') return null;
    const body = await c.req.parseBody();
    const fields = Object.fromEntries(
      Object.entries(body).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    );
    return isSame(fields['token'] ?? '', mac(key, visitor(c), scope)) ? fields : null;
  }

  return {
    visitor,
    token: (c, scope) => mac(key, visitor(c), scope),
    posted,
    basketText: (c) => getCookie(c, BASKET),
    setBasket: (c, text) => setCookie(c, BASKET, text, { ...common, maxAge: BASKET_DAYS * 24 * 60 * 60 }),
    isOffice: (c) => {
      const [until = '', proof = ''] = (getCookie(c, OFFICE) ?? '').split('.');
      return Number(until) > nowMs() && isSame(proof, mac(key, 'office', until, password));
    },
    enterOffice: (c, given) => {
      const now = nowMs();
      while (wrongAt[0] !== undefined && wrongAt[0] < now - TRIES_MS) wrongAt.shift();
      if (wrongAt.length >= TRIES_MAX) return 'busy';
      if (!isSame(given, password)) {
        wrongAt.push(now);
        return 'wrong';
      }
      const until = String(now + OFFICE_MAX_MS);
      const path = `${BASE}/office`;
      const proof = mac(key, 'office', until, password);
      setCookie(c, OFFICE, `${until}.${proof}`, { ...common, path, sameSite: 'Strict' });
      return 'in';
    },
    leaveOffice: (c) =>
      setCookie(c, OFFICE, '', { ...common, path: `${BASE}/office`, sameSite: 'Strict', maxAge: 0 }),
  };
}

/** Nothing inline, nothing from elsewhere; forms may lead on to the hosted page of the payment. */
export function headers(payOrigin: string): MiddlewareHandler {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    `form-action 'self' ${payOrigin}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
  return async (c, next) => {
    await next();
    const set = c.res.headers;
    set.set('Content-Security-Policy', policy);
    set.set('Referrer-Policy', 'no-referrer');
    set.set('X-Content-Type-Options', 'nosniff');
    set.set('X-Frame-Options', 'DENY');
    if (!set.has('Cache-Control')) set.set('Cache-Control', 'no-store');
  };
}
