/**
 * An endpoint: where a tenant wants to be told of events, and of which.
 *
 *   active ──410, days of failures, administrator──▶ disabled ──administrator──▶ active
 *
 * What is due while it is disabled waits, and is sent when it is active again, unless it was purged.
 */
import { isIP } from 'node:net';
import { isPublicAddress } from '../http/outbound.ts';
import { ok, refuse, type Refused, type Result } from '../std/result.ts';

export type EndpointState = 'active' | 'disabled';

/** gone: it answered 410; failing: nothing but failures for `FAILING_MAX_MS`. */
export type DisabledReason = 'administrator' | 'gone' | 'failing';

export type Endpoint = {
  readonly id: string;
  readonly tenantId: string;
  /** Null: events of all clients of the tenant. */
  readonly clientId: string | null;
  readonly url: string;
  readonly description: string;
  readonly types: readonly string[];
  readonly state: EndpointState;
  readonly reason: DisabledReason | null;
  readonly failingSince: Date | null;
  /** Until when the secret before the current one signs too. */
  readonly oldUntil: Date | null;
  readonly createdAt: Date;
};

export type EndpointRefusal = 'malformed_url' | 'url_not_allowed' | 'malformed_event_type';

/** A tenant that needs more has another problem. */
export const ENDPOINTS_MAX = 50;
export const TYPES_MAX = 50;
export const URL_MAX = 1_000;
/** After so long without one success the endpoint is disabled; longer than all tries of one delivery. */
export const FAILING_MAX_MS = 5 * 24 * 3_600_000;

const PATTERN = /^(\*|[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*(\.\*)?)$/;
const PATTERN_MAX = 100;

/**
 * Where a name leads is judged when it is connected (S16, http/outbound.ts); what can be seen in the URL is
 * refused here, so that it is known at once.
 */
export function parseEndpointUrl(
  text: string,
  allowPrivate: boolean,
): Result<string, 'malformed_url' | 'url_not_allowed'> {
  const url = text.length <= URL_MAX ? URL.parse(text) : null;
  if (!url || url.href.length > URL_MAX || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return refuse('malformed_url');
  if (url.username !== '' || url.password !== '') {
    return refuse('malformed_url', { detail: 'A URL must not hold a password; the signature is the proof.' });
  }
  if (url.hash !== '') return refuse('malformed_url', { detail: 'A URL with a # cannot be sent to.' });
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const isPrivate = isPrivateHost(host);
  if (isPrivate && !allowPrivate) return notAllowed(`${host} is not a public address.`);
  if (url.protocol === 'http:' && !allowPrivate) return notAllowed('Only https is allowed.');
  if (url.protocol === 'http:' && isIP(host) !== 0 && !isPrivate) {
    return notAllowed('http is allowed to private addresses only.');
  }
  return ok(url.href);
}

export function parseTypes(types: readonly string[]): Result<string[], 'malformed_event_type'> {
  const malformed = types.find((type) => type.length > PATTERN_MAX || !PATTERN.test(type));
  if (malformed === undefined) return ok([...new Set(types)]);
  return refuse('malformed_event_type', {
    detail: `Write a type such as "confirmation.confirmed", or a beginning such as "message.*", or "*".`,
  });
}

function notAllowed(detail: string): Refused<'url_not_allowed'> {
  return refuse('url_not_allowed', { detail });
}

function isPrivateHost(host: string): boolean {
  if (isIP(host) !== 0) return !isPublicAddress(host);
  return host === 'localhost' || host.endsWith('.localhost');
}
