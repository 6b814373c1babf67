import { equalBytes, hmacSha256, toBase64Url, utf8 } from '../std/bytes.ts';

/**
 * Defence against forms that another site posts in our visitor's name (S18, ASVS 3.5).
 *
 *   GET  page ── token = HMAC(key, session cookie, form's scope) ──▶ hidden field
 *   POST form ── the browser says where it comes from, the token must fit the cookie ──▶ handled
 *
 * The token is derived, so nothing is stored; it dies with the cookie that it is bound to. `scope` says what
 * the form is for, such as a confirmation's id, so that a token of one page is worth nothing on another.
 */
export const FORM_TOKEN_FIELD = 'form_token';

export function makeFormToken(key: Uint8Array, session: string, scope: string): string {
  return toBase64Url(mac(key, session, scope));
}

export function isFormToken(key: Uint8Array, session: string, scope: string, token: unknown): boolean {
  if (session === '' || typeof token !== 'string') return false;
  return equalBytes(utf8(makeFormToken(key, session, scope)), utf8(token));
}

export type PostOrigin = {
  /** The header `Sec-Fetch-Site`, which pages cannot set; absent in old browsers and without https. */
  readonly secFetchSite: string | null | undefined;
  /** The header `Origin`. */
  readonly origin: string | null | undefined;
};

/**
 * Whether the browser says that the post comes from our own page. Our pages send `Referrer-Policy:
 * no-referrer`, with which browsers write `Origin: null` even on our own forms: that says nothing, and leaves
 * it to the token.
 */
export function isOwnPost(from: PostOrigin, ownOrigin: string): boolean {
  if (from.secFetchSite) return from.secFetchSite === 'same-origin';
  if (!from.origin || from.origin === 'null') return true;
  return from.origin === ownOrigin;
}

/** The length goes in front of the session, so that no two pairs of session and scope give the same bytes. */
function mac(key: Uint8Array, session: string, scope: string): Buffer {
  return hmacSha256(key, 'countersign/form/1\n', `${session.length}\n`, session, scope);
}
