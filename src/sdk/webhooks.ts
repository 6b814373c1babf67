/**
 * Webhooks: the calls of an administrator, and what a receiver needs to believe what it is sent. Verifying
 * follows Standard Webhooks 1.0 and needs Web Crypto only.
 *
 *   const event = await verifyWebhook({ body, headers: request.headers, secret: 'whsec_…' });
 *
 * `body` is what came over the wire, byte for byte: JSON that was read and written again has another
 * signature.
 */
import { nowMs } from './runtime.ts';
import { pathOf, queryOf, type CallOptions, type Transport } from './transport.ts';
import type { Page, PageQuery } from './types.ts';

export type WebhookEvent = {
  /** The same each time that the event is sent: remember it to do things once. */
  id: string;
  /** Such as `confirmation.confirmed`. */
  type: string;
  /** When it happened. */
  timestamp: string;
  data: Record<string, unknown>;
};

export type WebhookInvalidReason =
  | 'missing_headers'
  | 'outside_tolerance'
  | 'wrong_signature'
  | 'malformed_body';

/** It must not be believed; answer 400. */
export class CountersignWebhookInvalid extends Error {
  override readonly name = 'CountersignWebhookInvalid';
  readonly reason: WebhookInvalidReason;

  constructor(reason: WebhookInvalidReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

export type VerifyWebhook = {
  readonly body: string | Uint8Array;
  /** Of the request: `Headers`, or an object with lower-case names as in Node. */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** `whsec_…`; several while they are being rotated. */
  readonly secret: string | readonly string[];
  /** How far the time of the request may be from ours, against replays. Default 300. */
  readonly toleranceSeconds?: number;
};

const TOLERANCE_S = 300;
const PREFIX = 'whsec_';

/** Gives the event, or throws `CountersignWebhookInvalid`. */
export async function verifyWebhook(input: VerifyWebhook): Promise<WebhookEvent> {
  const { body, headers, secret, toleranceSeconds = TOLERANCE_S } = input;
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signatures = headerOf(headers, 'webhook-signature');
  if (id === null || timestamp === null || signatures === null || !/^\d{1,15}$/.test(timestamp)) {
    throw new CountersignWebhookInvalid('missing_headers', 'The headers of a webhook are missing.');
  }
  if (Math.abs(nowMs() / 1000 - Number(timestamp)) > toleranceSeconds) {
    throw new CountersignWebhookInvalid('outside_tolerance', 'The webhook is too old, or from the future.');
  }
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const signed = concat(new TextEncoder().encode(`${id}.${timestamp}.`), bytes);
  if (!(await isSignedByAny(signed, signatures, typeof secret === 'string' ? [secret] : secret))) {
    throw new CountersignWebhookInvalid('wrong_signature', 'No signature of the webhook is right.');
  }
  try {
    const event = JSON.parse(new TextDecoder().decode(bytes)) as Omit<WebhookEvent, 'id'>;
    return { id, type: event.type, timestamp: event.timestamp, data: event.data };
  } catch {
    throw new CountersignWebhookInvalid('malformed_body', 'The body of the webhook is no JSON.');
  }
}

async function isSignedByAny(
  signed: Uint8Array<ArrayBuffer>,
  signatures: string,
  secrets: readonly string[],
): Promise<boolean> {
  const given = signatures.split(' ').flatMap((signature) => {
    const [version, value = ''] = signature.split(',', 2);
    const bytes = version === 'v1' ? fromBase64(value) : null;
    return bytes === null ? [] : [bytes];
  });
  for (const secret of secrets) {
    const raw = fromBase64(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret);
    if (raw === null || raw.length === 0) throw new TypeError('A webhook secret is whsec_ and base64.');
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('raw', raw, algorithm, false, ['verify']);
    // Web Crypto compares in constant time.
    for (const one of given) if (await crypto.subtle.verify('HMAC', key, one, signed)) return true;
  }
  return false;
}

function headerOf(headers: VerifyWebhook['headers'], name: string): string | null {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}

export type WebhookEndpoint = {
  id: string;
  url: string;
  description: string;
  /** Types of events, or beginnings of them with `.*`, or `*`. */
  types: string[];
  /** Only events of this client; null for all. */
  clientId: string | null;
  state: 'active' | 'disabled';
  reason: 'administrator' | 'gone' | 'failing' | null;
  /** The first failure after the last success. */
  failingSince: string | null;
  /** Until when the secret before the last rotation signs too. */
  oldSecretUntil: string | null;
  createdAt: string;
};
/** With the secret, answered this once. */
export type MadeWebhookEndpoint = WebhookEndpoint & { secret: string };

export type NewWebhookEndpoint = {
  url: string;
  description?: string;
  types?: string[];
  clientId?: string | null;
};
export type WebhookEndpointChange = Partial<NewWebhookEndpoint> & { disabled?: boolean };

export type WebhookAttempt = {
  id: string;
  deliveryId: string;
  eventId: string;
  type: string;
  n: number;
  at: string;
  status: number | null;
  error: string | null;
  durationMs: number;
  deliveryState: 'waiting' | 'leased' | 'delivered' | 'dead';
  nextAttemptAt: string | null;
};

export type Webhooks = {
  /** The secret's text is in this answer only. */
  readonly create: (input: NewWebhookEndpoint, options?: CallOptions) => Promise<MadeWebhookEndpoint>;
  readonly list: (query?: PageQuery, options?: CallOptions) => Promise<Page<WebhookEndpoint>>;
  readonly get: (id: string, options?: CallOptions) => Promise<WebhookEndpoint>;
  readonly change: (
    id: string,
    input: WebhookEndpointChange,
    options?: CallOptions,
  ) => Promise<WebhookEndpoint>;
  readonly remove: (id: string, options?: CallOptions) => Promise<void>;
  /** The old secret signs for 24 hours more, unless it is revoked. */
  readonly rotateSecret: (
    id: string,
    input?: { revokeOld?: boolean },
    options?: CallOptions,
  ) => Promise<MadeWebhookEndpoint>;
  /** Sends a `webhook.test` event. */
  readonly test: (id: string, options?: CallOptions) => Promise<{ eventId: string; deliveryId: string }>;
  readonly attempts: (id: string, query?: PageQuery, options?: CallOptions) => Promise<Page<WebhookAttempt>>;
  readonly retry: (
    deliveryId: string,
    options?: CallOptions,
  ) => Promise<{ id: string; eventId: string; endpointId: string; state: WebhookAttempt['deliveryState'] }>;
};

const ROOT = ['v1', 'webhook-endpoints'] as const;

export function webhooksOver({ send }: Transport): Webhooks {
  return {
    create: (input, options) => send('POST', pathOf(...ROOT), input, options),
    list: (query = {}, options) => send('GET', pathOf(...ROOT) + queryOf(query), undefined, options),
    get: (id, options) => send('GET', pathOf(...ROOT, id), undefined, options),
    change: (id, input, options) => send('PATCH', pathOf(...ROOT, id), input, options),
    remove: (id, options) => send('DELETE', pathOf(...ROOT, id), undefined, options),
    rotateSecret: (id, input = {}, options) => send('POST', pathOf(...ROOT, id, 'secret'), input, options),
    test: (id, options) => send('POST', pathOf(...ROOT, id, 'test'), undefined, options),
    attempts: (id, query = {}, options) =>
      send('GET', pathOf(...ROOT, id, 'attempts') + queryOf(query), undefined, options),
    retry: (id, options) => send('POST', pathOf('v1', 'webhook-deliveries', id, 'retry'), undefined, options),
  };
}
