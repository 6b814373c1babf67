/**
 * The SQL of subscribers and their identifiers. Every statement names the tenant (S14).
 * `home between 0 and 1023` holds for every row; it makes the planner look each one up by its key whatever
 * the size of the tables was.
 */
import type { Language } from '../std/language.ts';
import { must } from '../std/assert.ts';
import type { Db, Tx } from '../store/connection.ts';
import type { Address } from './address.ts';
import { identifierHome } from './home.ts';
import type { Identifier } from './identifier.ts';
import type { Subscriber, SubscriberWithAll } from './subscriber.ts';

export type Key = { readonly tenantId: string; readonly home: number; readonly subscriberId: string };

export async function insertSubscriber(
  tx: Tx,
  key: Key,
  fields: { name: string | null; language: Language | null },
): Promise<Subscriber> {
  const rows = await tx<Subscriber[]>`
    insert into subscriber (home, id, tenant_id, name, language)
    values (${key.home}, ${key.subscriberId}, ${key.tenantId}, ${fields.name}, ${fields.language})
    returning id, name, language, created_at as "createdAt"`;
  return must(rows[0], 'an insert returns its row');
}

/** Takes the row's lock, so that changes of one subscriber come one after the other. */
export async function lockSubscriber(tx: Tx, key: Key): Promise<boolean> {
  const rows = await tx`
    select 1 from subscriber
    where home = ${key.home} and id = ${key.subscriberId} and tenant_id = ${key.tenantId} and erased_at is null
    for update`;
  return rows.length === 1;
}

/** Undefined fields stay as they are. */
export async function updateSubscriber(
  tx: Tx,
  key: Key,
  fields: { name?: string | null | undefined; language?: Language | null | undefined },
): Promise<void> {
  await tx`
    update subscriber set
      name = case when ${fields.name === undefined} then name else ${fields.name ?? null} end,
      language = case when ${fields.language === undefined} then language else ${fields.language ?? null} end
    where home = ${key.home} and id = ${key.subscriberId} and tenant_id = ${key.tenantId}`;
}

/**
 * Adds those that are free, and gives those that belong to somebody: any of them must undo the transaction.
 */
export async function insertIdentifiers(
  tx: Tx,
  key: Key,
  identifiers: readonly Identifier[],
): Promise<Identifier[]> {
  if (identifiers.length === 0) return [];
  const inserted = await tx<Identifier[]>`
    insert into identifier (home, tenant_id, value, kind, subscriber_home, subscriber_id)
    select w.home, ${key.tenantId}, w.value, w.kind, ${key.home}, ${key.subscriberId}
    from unnest(
      ${identifiers.map(({ value }) => identifierHome(key.tenantId, value))}::smallint[],
      ${identifiers.map(({ value }) => value)}::text[], ${identifiers.map(({ kind }) => kind)}::text[]
    ) as w (home, value, kind)
    order by w.home, w.value, w.kind
    on conflict do nothing returning kind, value`;
  const free = new Set(inserted.map(({ kind, value }) => `${kind}\n${value}`));
  return identifiers.filter(({ kind, value }) => !free.has(`${kind}\n${value}`));
}

export async function deleteIdentifiers(tx: Tx, key: Key): Promise<void> {
  await tx`
    delete from identifier where subscriber_home = ${key.home} and subscriber_id = ${key.subscriberId}
      and tenant_id = ${key.tenantId}`;
}

/**
 * Takes everything that tells who it was: name, language, identifiers, addresses. Call with the lock held.
 */
export async function emptySubscriber(tx: Tx, key: Key): Promise<void> {
  await deleteIdentifiers(tx, key);
  await tx`
    delete from address where home = ${key.home} and subscriber_id = ${key.subscriberId}
      and tenant_id = ${key.tenantId}`;
  await tx`
    update subscriber set name = null, language = null, erased_at = clock_now()
    where home = ${key.home} and id = ${key.subscriberId} and tenant_id = ${key.tenantId}`;
}

export async function findSubscriber(db: Db, key: Key): Promise<SubscriberWithAll | null> {
  const rows = await db<(Subscriber & { home: number })[]>`
    select home, id, name, language, created_at as "createdAt" from subscriber
    where home = ${key.home} and id = ${key.subscriberId} and tenant_id = ${key.tenantId} and erased_at is null`;
  const [found = null] = await withAll(db, rows);
  return found;
}

/** In the order of their ids, from after a cursor. */
export async function listSubscribers(
  db: Db,
  tenantId: string,
  after: string,
  limit: number,
): Promise<SubscriberWithAll[]> {
  const rows = await db<(Subscriber & { home: number })[]>`
    select home, id, name, language, created_at as "createdAt" from subscriber
    where tenant_id = ${tenantId} and id > ${after} and erased_at is null order by id limit ${limit}`;
  return withAll(db, rows);
}

/** Those whose identifier has one of the values, of any kind or of one. */
export async function listByIdentifier(
  db: Db,
  tenantId: string,
  kind: string | null,
  values: readonly string[],
): Promise<SubscriberWithAll[]> {
  const rows = await db<(Subscriber & { home: number })[]>`
    select distinct s.home, s.id, s.name, s.language, s.created_at as "createdAt"
    from unnest(${values.map((value) => identifierHome(tenantId, value))}::smallint[], ${[...values]}::text[])
      as w (home, value)
    join identifier i on i.home = w.home and i.tenant_id = ${tenantId} and i.value = w.value
    join subscriber s on s.home = i.subscriber_home and s.id = i.subscriber_id and s.erased_at is null
    where (${kind}::text is null or i.kind = ${kind}) and w.home between 0 and 1023
    order by s.id`;
  return withAll(db, rows);
}

async function withAll(
  db: Db,
  rows: readonly (Subscriber & { home: number })[],
): Promise<SubscriberWithAll[]> {
  if (rows.length === 0) return [];
  const homes = rows.map((row) => row.home);
  const ids = rows.map((row) => row.id);
  const [identifiers, addresses] = await Promise.all([
    db<(Identifier & { subscriberId: string })[]>`
      select i.subscriber_id as "subscriberId", i.kind, i.value
      from unnest(${homes}::smallint[], ${ids}::text[]) as w (home, id)
      join identifier i on i.subscriber_home = w.home and i.subscriber_id = w.id
      where w.home between 0 and 1023
      order by i.kind, i.value`,
    db<Address[]>`
      select a.id, a.subscriber_id as "subscriberId", a.channel, a.value, a.state, a.source,
        a.vouched_by as "vouchedBy", a.created_at as "createdAt", a.bound_at as "boundAt"
      from unnest(${homes}::smallint[], ${ids}::text[]) as w (home, id)
      join address a on a.home = w.home and a.subscriber_id = w.id and a.state <> 'retired'
      where w.home between 0 and 1023
      order by a.id`,
  ]);
  return rows.map(({ id, name, language, createdAt }) => ({
    id,
    name,
    language,
    createdAt,
    identifiers: identifiers
      .filter((identifier) => identifier.subscriberId === id)
      .map(({ kind, value }) => ({ kind, value })),
    addresses: addresses.filter((address) => address.subscriberId === id),
  }));
}
