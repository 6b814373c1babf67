/**
 * A client is an application of a relying party, inside one tenant.
 *
 *   (nothing) ── created ──▶ active ── disabled ──▶ disabled: its keys are refused, it has no face any more
 */
import { ok, refuse, type Refused, type Result } from '../std/result.ts';

export type Client = {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  /** What the last line of a message is bound to: `@domain #code`. */
  readonly domain: string;
  /** Origins to which a hosted page may send a person back, such as https://shop.example. */
  readonly returnOrigins: readonly string[];
};

export type ClientRefusal = 'malformed_domain' | 'malformed_origin';

export const RETURN_ORIGINS_MAX = 20;
const DOMAIN_MAX = 253;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** A host name without port, in ASCII and small letters: browsers compare it so with the page's own. */
export function parseDomain(text: string): Result<string, 'malformed_domain'> {
  const domain = text.trim().toLowerCase();
  const labels = domain.split('.');
  const wellFormed = domain.length <= DOMAIN_MAX && labels.every((label) => LABEL.test(label));
  if (wellFormed && (labels.length > 1 || domain === 'localhost')) return ok(domain);
  return refuse('malformed_domain', {
    detail:
      'A domain is a host name such as "shop.example", without scheme, port or path; other letters in punycode.',
  });
}

/** An origin as browsers write it. Plain http is for this machine only. */
export function parseReturnOrigin(text: string): Result<string, 'malformed_origin'> {
  const url = URL.parse(text.trim());
  if (!url) return malformedOrigin();
  const bare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  const local = url.hostname === 'localhost' || url.hostname === '127.0.0.1' || url.hostname === '[::1]';
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && local);
  return bare && secure && url.password === '' ? ok(url.origin) : malformedOrigin();
}

function malformedOrigin(): Refused<'malformed_origin'> {
  return refuse('malformed_origin', {
    detail:
      'A return origin is https:// and a host, such as "https://shop.example"; http:// is for localhost only.',
  });
}
