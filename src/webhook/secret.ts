/**
 * Signing keys at rest: sealed under a key that comes from a master key, in the place of their endpoint only
 * (S8).
 */
import { utf8 } from '../std/bytes.ts';
import type { KeyRing } from '../std/key-ring.ts';
import { open, seal } from '../std/seal.ts';
import type { SealedSecret } from './store.ts';

const USE = 'countersign/webhook-secret/1';

export function sealSigningKey(keys: KeyRing, endpointId: string, signingKey: Uint8Array): SealedSecret {
  const keyId = keys.currentId;
  return { keyId, secret: seal(keys.derive(keyId, USE), signingKey, utf8(endpointId)) };
}

/** Null when the master key it was sealed under is gone from the ring, or the row was altered. */
export function openSigningKey(keys: KeyRing, endpointId: string, sealed: SealedSecret): Uint8Array | null {
  if (!keys.has(sealed.keyId)) return null;
  return open(keys.derive(sealed.keyId, USE), sealed.secret, utf8(endpointId));
}
