/**
 * Where the counters of an address live, and under which key: both come from one digest of the address
 * itself, so that no spelling, subscriber, client or session changes them (S4, S12).
 *
 *   SHA-256(tenant, channel, value)     first 10 bits: the home     first 16 bytes: the key
 */
import { hash } from 'node:crypto';

const KEY_BYTES = 16;

/** 0 to 1023. `value` is in its one normal form, such as E.164. */
export function addressHome(tenantId: string, channel: string, value: string): number {
  return homeOfDigest(digestOf(tenantId, channel, value));
}

/** 16 bytes. */
export function addressKey(tenantId: string, channel: string, value: string): Uint8Array {
  return digestOf(tenantId, channel, value).subarray(0, KEY_BYTES);
}

/**
 * The home of an identifier's row; its kind has no part in it, for a person does not always say what he
 * types.
 */
export function identifierHome(tenantId: string, value: string): number {
  return homeOfDigest(digestOf(tenantId, 'identifier', value));
}

function homeOfDigest(digest: Uint8Array): number {
  return ((digest[0] ?? 0) << 2) | ((digest[1] ?? 0) >> 6);
}

/** Tenants and channels hold no newline, and the value comes last, so no two triples have the same text. */
function digestOf(tenantId: string, channel: string, value: string): Buffer {
  return Buffer.from(hash('sha256', `${tenantId}\n${channel}\n${value}`, 'binary'), 'latin1');
}
