/**
 * The link to the operator's pages: sealed under a key from the master key, it names a tenant and a time.
 * Nothing is stored; a new master key ends all links when the old one is dropped.
 */
import { toBase64Url, utf8 } from '../../std/bytes.ts';
import type { KeyRing } from '../../std/key-ring.ts';
import { open, seal } from '../../std/seal.ts';

const KEY = 'countersign/operator-link/1';
export const LINK_LIFE_MS = 8 * 60 * 60_000;
const TOKEN = /^([a-z0-9]{1,16})\.([\w-]{20,400})$/;

export function makeLink(keys: KeyRing, tenantId: string, nowMs: number): string {
  const { currentId } = keys;
  const text = JSON.stringify({ tenantId, untilMs: nowMs + LINK_LIFE_MS });
  return `${currentId}.${toBase64Url(seal(keys.derive(currentId, KEY), utf8(text), utf8(KEY)))}`;
}

/** Null for what was never a link of ours, or whose time is over. */
export function readLink(keys: KeyRing, token: string, nowMs: number): { readonly tenantId: string } | null {
  const [, keyId = '', sealed = ''] = TOKEN.exec(token) ?? [];
  if (!keys.has(keyId)) return null;
  const plain = open(keys.derive(keyId, KEY), Buffer.from(sealed, 'base64url'), utf8(KEY));
  if (plain === null) return null;
  const said = JSON.parse(Buffer.from(plain).toString('utf8')) as { tenantId: string; untilMs: number };
  return nowMs < said.untilMs ? { tenantId: said.tenantId } : null;
}
