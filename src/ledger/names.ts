/**
 * Ids that follow from names: an account from the tenant and its code, a transfer from the tenant and the
 * caller's id, the end of a pending transfer from that transfer. So the primary key alone holds that each is
 * made once, on every shard, with no index beside it (I2).
 */
import { must } from '../std/assert.ts';
import { sha256 } from '../std/bytes.ts';
import { derivedId, homeOf } from '../std/id.ts';

export const ACCOUNT_PREFIX = 'acc';
export const TRANSFER_PREFIX = 'trf';

/** Tenants and prefixes hold no newline, so no two of them have the same text. */
export function accountId(tenantId: string, code: string): string {
  return named(ACCOUNT_PREFIX, `${tenantId}\naccount\n${code}`);
}

export function transferId(tenantId: string, externalId: string): string {
  return named(TRANSFER_PREFIX, `${tenantId}\ntransfer\n${externalId}`);
}

export function registerId(tenantId: string, name: string): string {
  return named('reg', `${tenantId}\nregister\n${name}`);
}

/** A pending transfer and its end live at one home. */
export function endId(pendingId: string): string {
  const home = must(homeOf(TRANSFER_PREFIX, pendingId), 'only a transfer ends');
  return derivedId(TRANSFER_PREFIX, home, sha256(`end\n${pendingId}`).subarray(2));
}

/** The name of transfers that are made together: other members, or another order, are another link. */
export function linkOf(transferIds: readonly string[]): string {
  return named('lnk', `link\n${transferIds.join('\n')}`);
}

function named(prefix: string, text: string): string {
  const digest = sha256(text);
  const home = ((digest[0] ?? 0) << 2) | ((digest[1] ?? 0) >> 6);
  return derivedId(prefix, home, digest.subarray(2));
}
