/**
 * How a request is signed: Standard Webhooks 1.0, symmetric.
 *
 *   secret     whsec_<base64 of 24 to 64 random bytes>
 *   signed     <webhook-id>.<webhook-timestamp>.<body>
 *   header     v1,<base64 of HMAC-SHA-256 over it>, one for each secret, a space between them
 */
import { hmacSha256, toBase64 } from '../std/bytes.ts';
import type { Random } from '../std/random.ts';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

export function newSigningKey(random: Random): Uint8Array {
  return random(SECRET_BYTES);
}

/** What the receiver is shown once. */
export function signingSecretText(key: Uint8Array): string {
  return `${PREFIX}${toBase64(key)}`;
}

export type Signed = {
  readonly id: string;
  readonly timestampS: number;
  readonly body: string;
};

/** The headers of one attempt. The id stays the same at each attempt, the time does not. */
export function signedHeaders(keys: readonly Uint8Array[], signed: Signed): Record<string, string> {
  const { id, timestampS, body } = signed;
  const content = `${id}.${timestampS}.${body}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': keys.map((key) => `v1,${toBase64(hmacSha256(key, content))}`).join(' '),
  };
}
