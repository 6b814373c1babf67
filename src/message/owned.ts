import { equalBytes } from '../std/bytes.ts';
import { homeOf } from '../std/id.ts';
import type { Db, Tx } from '../store/connection.ts';
import type { Message } from './message.ts';
import { lockMessages, readMessages } from './store.ts';
import type { Caller, Role } from './verbs.ts';

/**
 * The message of this id inside the caller's tenant and client; another's is not there (S14). Of a signed-in
 * person only those that he sent or that were sent to him, and in drafts nobody else's part.
 */
export async function readOwned(
  db: Db,
  caller: Caller,
  id: string,
  role: Role | null,
): Promise<Message | null> {
  const home = homeOf('msg', id);
  if (home === null) return null;
  const [row] = await readMessages(db, [{ home, id }]);
  return row && owns(caller, row, role) ? row : null;
}

export async function lockOwned(
  tx: Tx,
  caller: Caller,
  id: string,
  role: Role | null,
): Promise<Message | null> {
  const home = homeOf('msg', id);
  if (home === null) return null;
  const [row] = await lockMessages(tx, [{ home, id }]);
  return row && owns(caller, row, role) ? row : null;
}

/** `role`: what one must be to do this; null where either side may. */
export function owns(caller: Caller, row: Message, role: Role | null): boolean {
  if (row.tenantId !== caller.tenantId || row.clientId !== caller.clientId) return false;
  if (caller.party === null) return true;
  const own = rolesOf(caller.party, row);
  return role === null ? own.length > 0 : own.includes(role);
}

/** Somebody who writes to himself is both. */
export function rolesOf(party: Uint8Array, row: Message): Role[] {
  const roles: Role[] = equalBytes(party, row.senderKey) ? ['sender'] : [];
  // Until it was registered, there is nothing that concerns the addressee.
  if (row.acceptedAtMs !== null && equalBytes(party, row.addresseeKey)) roles.push('addressee');
  return roles;
}
