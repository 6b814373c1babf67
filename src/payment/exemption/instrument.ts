/** What stays the same of a card however often it is typed or kept, and tells nobody its number (S8). Pure. */
import { hmacSha256, toHex } from '../../std/bytes.ts';
import type { KeyRing } from '../../std/key-ring.ts';
import type { Secret } from '../../std/secret.ts';

const KEY = 'countersign/exemption-instrument/1';

/**
 * 64 hexadecimal digits; another tenant's are others. Under a new master key a card is a new one, and demands
 * a code once.
 */
export function instrumentOf(keys: KeyRing, tenantId: string, pan: Secret<string>): string {
  return toHex(hmacSha256(keys.derive(keys.currentId, KEY), `${tenantId}\n`, pan.reveal()));
}
