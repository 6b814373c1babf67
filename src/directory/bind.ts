/**
 * What the confirmation room does to addresses: bind one whose holder proved possession, and look up the
 * bound one (S11).
 */
import { homeOf } from '../std/id.ts';
import type { Db, Tx } from '../store/connection.ts';
import type { Address } from './address.ts';
import { bindAddress, listAddresses, retireAddressOnce } from './address-store.ts';
import { lockSubscriber } from './subscriber-store.ts';

export type AddressOfSubscriber = {
  readonly tenantId: string;
  readonly subscriberId: string;
  readonly addressId: string;
};

/**
 * Binds a pending or vouched address, after its holder brought back the code that was sent to it. False when
 * the subscriber has no such address, or it is retired; true also when it was bound already.
 */
export async function markBound(tx: Tx, which: AddressOfSubscriber): Promise<boolean> {
  const home = homeOf('adr', which.addressId);
  return home !== null && bindAddress(tx, { ...which, home });
}

/** False when the subscriber has no such address; true also when it was retired already. */
export async function retireAddress(db: Db, which: AddressOfSubscriber): Promise<boolean> {
  const home = homeOf('adr', which.addressId);
  return home !== null && retireAddressOnce(db, { ...which, home });
}

/** All addresses of a subscriber that are not retired. */
export async function addressesOf(db: Db, tenantId: string, subscriberId: string): Promise<Address[]> {
  const home = homeOf('sub', subscriberId);
  return home === null ? [] : listAddresses(db, { tenantId, home, subscriberId });
}

/**
 * The same with the subscriber's lock held, so that two bindings of one subscriber come one after the other.
 */
export async function lockAddresses(tx: Tx, tenantId: string, subscriberId: string): Promise<Address[]> {
  const home = homeOf('sub', subscriberId);
  if (home === null || !(await lockSubscriber(tx, { tenantId, home, subscriberId }))) return [];
  return listAddresses(tx, { tenantId, home, subscriberId });
}
