/**
 * How a card lies in the vault (S8, PCI DSS 3.5). Pure.
 *
 *   master key ──derive──▶ sealing key ──seals──▶ number and expiry, bound to the token
 *              └─derive──▶ fingerprint key ──HMAC──▶ the same number is found again, and cannot be guessed
 *
 * A plain digest of a number would be guessed in minutes, for there are few numbers; so it is keyed
 * (PCI DSS 3.5.1.1).
 */
import { hmacSha256, utf8 } from '../../std/bytes.ts';
import type { KeyRing } from '../../std/key-ring.ts';
import type { Random } from '../../std/random.ts';
import { open, seal } from '../../std/seal.ts';
import { Secret } from '../../std/secret.ts';

/** What is kept of a card; nothing else ever is. */
export type CardData = {
  readonly pan: Secret<string>;
  /** YYMM. */
  readonly expiry: string;
};

const SEAL = 'countersign/card/1';
const FINGERPRINT = 'countersign/card-fingerprint/1';

export function sealCardData(
  keys: KeyRing,
  keyId: string,
  token: string,
  card: CardData,
  random: Random,
): Uint8Array {
  return seal(keys.derive(keyId, SEAL), utf8(`${card.pan.reveal()} ${card.expiry}`), utf8(token), random);
}

/** Null when it was sealed for another token or altered, or its master key is gone. */
export function openCardData(
  keys: KeyRing,
  sealed: { readonly keyId: string; readonly token: string; readonly sealed: Uint8Array },
): CardData | null {
  if (!keys.has(sealed.keyId)) return null;
  const plain = open(keys.derive(sealed.keyId, SEAL), sealed.sealed, utf8(sealed.token));
  if (plain === null) return null;
  const [pan = '', expiry = ''] = Buffer.from(plain).toString('utf8').split(' ');
  return { pan: new Secret(pan), expiry };
}

/** 32 bytes; the same number in another tenant has another one. */
export function fingerprintOf(
  keys: KeyRing,
  keyId: string,
  tenantId: string,
  pan: Secret<string>,
): Uint8Array {
  return hmacSha256(keys.derive(keyId, FINGERPRINT), `${tenantId}\n`, pan.reveal());
}
