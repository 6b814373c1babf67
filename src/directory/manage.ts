/** The verbs on subscribers and their addresses: create, find, change, add and retire an address, erase. */
import type { Language } from '../std/language.ts';
import { assert, must } from '../std/assert.ts';
import { systemClock } from '../std/clock.ts';
import { homeOf, newId } from '../std/id.ts';
import { systemRandom } from '../std/random.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import type { Db, Sql, Tx } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { countAddresses, findAddress, insertAddress, retireAddressOnce } from './address-store.ts';
import type { Address } from './address.ts';
import { candidateValues, isIdentifier, normaliseIdentifier, type Identifier } from './identifier.ts';
import { parseSmsNumber, type CountryCode } from './number.ts';
import {
  deleteIdentifiers,
  emptySubscriber,
  findSubscriber,
  insertIdentifiers,
  insertSubscriber,
  listByIdentifier,
  lockSubscriber,
  updateSubscriber,
  type Key,
} from './subscriber-store.ts';
import {
  ADDRESSES_MAX,
  IDENTIFIERS_MAX,
  type AddressInput,
  type SubscriberRefusal,
  type SubscriberWithAll,
} from './subscriber.ts';
import { transactionUnlessRefused } from './undo.ts';

/** What all verbs stand on. */
export type Desk = {
  readonly sql: Sql;
  /** For telephone numbers written without their country. */
  readonly defaultCountry?: CountryCode | undefined;
  /** What rooms further down keep about a person goes in the same transaction. */
  readonly onErase?: ((tx: Tx, tenantId: string, subscriberId: string) => Promise<void>) | undefined;
};

export type NewSubscriber = {
  readonly name: string | null;
  readonly language: Language | null;
  readonly identifiers: readonly Identifier[];
  readonly addresses: readonly AddressInput[];
};

export type SubscriberChange = {
  readonly name?: string | null | undefined;
  readonly language?: Language | null | undefined;
  /** All of them: those that are not listed are taken away. */
  readonly identifiers?: readonly Identifier[] | undefined;
};

/** `vouchedBy` says who answers for vouched addresses, such as the id of the API key. */
export async function createSubscriber(
  desk: Desk,
  tenantId: string,
  fields: NewSubscriber,
  vouchedBy: string,
): Promise<Result<SubscriberWithAll, SubscriberRefusal>> {
  const identifiers = normaliseAll(fields.identifiers, desk.defaultCountry);
  if (!identifiers.ok) return identifiers;
  const home = randomHome();
  const key = { tenantId, home, subscriberId: newId('sub', home, systemClock.nowMs(), systemRandom) };
  return transactionUnlessRefused(desk.sql, async (tx) => {
    const subscriber = await insertSubscriber(tx, key, fields);
    const taken = await insertIdentifiers(tx, key, identifiers.value);
    if (taken[0]) return identifierTaken(taken[0]);
    const addresses: Address[] = [];
    for (const input of fields.addresses) {
      const added = await insertParsed(tx, key, input, vouchedBy, desk.defaultCountry);
      if (!added.ok) return added;
      addresses.push(added.value);
    }
    return ok({ ...subscriber, identifiers: identifiers.value, addresses });
  });
}

export async function getSubscriber(
  db: Db,
  tenantId: string,
  subscriberId: string,
): Promise<SubscriberWithAll | null> {
  const key = keyOf(tenantId, subscriberId);
  return key && findSubscriber(db, key);
}

/** Usually one or none; several only when a text without its kind stands for several persons. */
export async function searchSubscribers(
  desk: Desk,
  tenantId: string,
  kind: string | null,
  typed: string,
): Promise<SubscriberWithAll[]> {
  const values = kind === null ? candidateValues(typed, desk.defaultCountry) : valuesOf(kind, typed, desk);
  if (values.length === 0) return [];
  const found = await listByIdentifier(desk.sql, tenantId, kind, values);
  return found.filter(({ identifiers }) =>
    identifiers.some((stored) => isIdentifier(stored, typed, desk.defaultCountry)),
  );
}

export async function changeSubscriber(
  desk: Desk,
  tenantId: string,
  subscriberId: string,
  change: SubscriberChange,
): Promise<Result<SubscriberWithAll, SubscriberRefusal>> {
  const key = keyOf(tenantId, subscriberId);
  if (!key) return refuse('unknown_subscriber');
  const identifiers = change.identifiers ? normaliseAll(change.identifiers, desk.defaultCountry) : null;
  if (identifiers?.ok === false) return identifiers;
  return transactionUnlessRefused(desk.sql, async (tx) => {
    if (!(await lockSubscriber(tx, key))) return refuse('unknown_subscriber');
    await updateSubscriber(tx, key, change);
    if (identifiers) {
      await deleteIdentifiers(tx, key);
      const taken = await insertIdentifiers(tx, key, identifiers.value);
      if (taken[0]) return identifierTaken(taken[0]);
    }
    return ok(must(await findSubscriber(tx, key), 'a locked subscriber is there'));
  });
}

/**
 * Removes a subscriber's personal data: name, language, identifiers and addresses. What stays is an id that
 * means nobody. False when the tenant has no such subscriber.
 */
export async function eraseSubscriber(desk: Desk, tenantId: string, subscriberId: string): Promise<boolean> {
  const key = keyOf(tenantId, subscriberId);
  if (!key) return false;
  return transaction(desk.sql, async (tx) => {
    if (!(await lockSubscriber(tx, key))) return false;
    await emptySubscriber(tx, key);
    await desk.onErase?.(tx, tenantId, subscriberId);
    return true;
  });
}

/** Adds a pending address, or a vouched one when the tenant's contract data answer for it. */
export async function addAddress(
  desk: Desk,
  tenantId: string,
  subscriberId: string,
  input: AddressInput,
  vouchedBy: string,
): Promise<Result<Address, SubscriberRefusal>> {
  const key = keyOf(tenantId, subscriberId);
  if (!key) return refuse('unknown_subscriber');
  return transactionUnlessRefused(desk.sql, async (tx) => {
    if (!(await lockSubscriber(tx, key))) return refuse('unknown_subscriber');
    if ((await countAddresses(tx, key.home, subscriberId)) >= ADDRESSES_MAX)
      return refuse('too_many_addresses');
    return insertParsed(tx, key, input, vouchedBy, desk.defaultCountry);
  });
}

export type Removal = 'removed' | 'unknown_address' | 'relied_upon';

/**
 * Retires an address. Unless `mayRemoveTrusted`, one that codes go to is left as it is: whoever could take it
 * away could put his own in its place without a confirmation on the old one (S11).
 */
export async function removeAddress(
  desk: Desk,
  which: { tenantId: string; subscriberId: string; addressId: string },
  mayRemoveTrusted: boolean,
): Promise<Removal> {
  const key = keyOf(which.tenantId, which.subscriberId);
  const home = homeOf('adr', which.addressId);
  if (!key || home === null) return 'unknown_address';
  return transaction(desk.sql, async (tx) => {
    if (!(await lockSubscriber(tx, key))) return 'unknown_address';
    const found = await findAddress(tx, { ...which, home });
    if (!found || found.state === 'retired') return 'unknown_address';
    if (found.state !== 'pending' && !mayRemoveTrusted) return 'relied_upon';
    assert(await retireAddressOnce(tx, { ...which, home }), 'an address found under the lock is retired');
    return 'removed';
  });
}

function keyOf(tenantId: string, subscriberId: string): Key | null {
  const home = homeOf('sub', subscriberId);
  return home === null ? null : { tenantId, home, subscriberId };
}

/** Subscribers are spread evenly over the homes. */
export function randomHome(): number {
  const [high = 0, low = 0] = systemRandom(2);
  return ((high << 8) | low) & 1023;
}

async function insertParsed(
  tx: Tx,
  key: Key,
  input: AddressInput,
  vouchedBy: string,
  defaultCountry: CountryCode | undefined,
): Promise<Result<Address, SubscriberRefusal>> {
  const number = parseSmsNumber(input.value, defaultCountry);
  if (!number.ok) return number;
  const added = await insertAddress(tx, {
    home: key.home,
    id: newId('adr', key.home, systemClock.nowMs(), systemRandom),
    tenantId: key.tenantId,
    subscriberId: key.subscriberId,
    channel: input.channel,
    value: number.value.e164,
    state: input.vouched ? 'vouched' : 'pending',
    source: input.vouched ? 'contract' : 'caller',
    vouchedBy: input.vouched ? vouchedBy : null,
  });
  return added ? ok(added) : refuse('address_exists');
}

function normaliseAll(
  identifiers: readonly Identifier[],
  defaultCountry: CountryCode | undefined,
): Result<Identifier[], 'malformed_identifier' | 'too_many_identifiers'> {
  const unique = new Map<string, Identifier>();
  for (const identifier of identifiers) {
    const normal = normaliseIdentifier(identifier, defaultCountry);
    if (!normal.ok) return normal;
    unique.set(`${normal.value.kind}\n${normal.value.value}`, normal.value);
  }
  if (unique.size > IDENTIFIERS_MAX) return refuse('too_many_identifiers');
  return ok([...unique.values()]);
}

function valuesOf(kind: string, typed: string, desk: Desk): string[] {
  const normal = normaliseIdentifier({ kind, value: typed }, desk.defaultCountry);
  return normal.ok ? [normal.value.value] : [];
}

function identifierTaken({ kind, value }: Identifier) {
  return refuse('identifier_taken', { detail: `The ${kind} "${value}" belongs to another subscriber.` });
}
