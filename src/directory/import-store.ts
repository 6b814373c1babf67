/**
 * The SQL of importing: multi-row statements, thousands of lines each. `home between 0 and 1023` holds for
 * every row; it makes the planner look each one up by its key.
 */
import type { Language } from '../std/language.ts';
import type { Db, Tx } from '../store/connection.ts';
import { identifierHome } from './home.ts';
import type { Identifier } from './identifier.ts';

/** Any number that no other user of the database takes: two imports come one after the other. */
const LOCK = 7_217_339_023n;

export type Owner = { readonly home: number; readonly subscriberId: string };

export type SubscriberWrite = Owner & {
  readonly isNew: boolean;
  readonly name: string | null;
  readonly language: Language | null;
  readonly addressId: string;
  readonly phone: string;
};

export async function lockImports(tx: Tx): Promise<void> {
  await tx`select pg_advisory_xact_lock(${LOCK})`;
}

/** Who holds each identifier, in their order; null for a free one. */
export async function findOwners(
  db: Db,
  tenantId: string,
  identifiers: readonly Identifier[],
): Promise<(Owner | null)[]> {
  const rows = await db<{ n: number; home: number; subscriberId: string }[]>`
    select w.n, i.subscriber_home as home, i.subscriber_id as "subscriberId"
    from unnest(
      ${identifiers.map((_, n) => n)}::int[],
      ${identifiers.map(({ value }) => identifierHome(tenantId, value))}::smallint[],
      ${identifiers.map(({ value }) => value)}::text[],
      ${identifiers.map(({ kind }) => kind)}::text[]
    ) as w (n, home, value, kind)
    join identifier i on i.home = w.home and i.tenant_id = ${tenantId} and i.value = w.value and i.kind = w.kind
    where w.home between 0 and 1023`;
  const owners: (Owner | null)[] = identifiers.map(() => null);
  for (const { n, home, subscriberId } of rows) owners[n] = { home, subscriberId };
  return owners;
}

export async function insertSubscribers(
  tx: Tx,
  tenantId: string,
  writes: readonly SubscriberWrite[],
): Promise<void> {
  await tx`
    insert into subscriber (home, id, tenant_id, name, language)
    select w.home, w.id, ${tenantId}, nullif(w.name, ''), nullif(w.language, '')
    from unnest(
      ${writes.map((write) => write.home)}::smallint[], ${writes.map((write) => write.subscriberId)}::text[],
      ${writes.map((write) => write.name ?? '')}::text[], ${writes.map((write) => write.language ?? '')}::text[]
    ) as w (home, id, name, language)`;
}

/** Empty cells leave what is known. Gives how many there were: an erased subscriber is not brought back. */
export async function updateSubscribers(tx: Tx, writes: readonly SubscriberWrite[]): Promise<number> {
  const updated = await tx`
    update subscriber s set
      name = coalesce(nullif(w.name, ''), s.name), language = coalesce(nullif(w.language, ''), s.language)
    from unnest(
      ${writes.map((write) => write.home)}::smallint[], ${writes.map((write) => write.subscriberId)}::text[],
      ${writes.map((write) => write.name ?? '')}::text[], ${writes.map((write) => write.language ?? '')}::text[]
    ) as w (home, id, name, language)
    where s.home = w.home and s.id = w.id and s.erased_at is null and w.home between 0 and 1023`;
  return updated.count;
}

/**
 * Where a subscriber is given a value of a kind that he does not have yet, it replaces those of that kind
 * that he has.
 */
export async function deleteIdentifiersOfKind(tx: Tx, given: readonly (Owner & Identifier)[]): Promise<void> {
  await tx`
    delete from identifier i using unnest(
      ${given.map((one) => one.home)}::smallint[], ${given.map((one) => one.subscriberId)}::text[],
      ${given.map((one) => one.kind)}::text[], ${given.map((one) => one.value)}::text[]
    ) as w (home, id, kind, value)
    where i.subscriber_home = w.home and i.subscriber_id = w.id and i.kind = w.kind
      and w.home between 0 and 1023 and not exists (
        select 1 from identifier held
        where held.subscriber_home = w.home and held.subscriber_id = w.id and held.kind = w.kind
          and held.value = w.value
      )`;
}

/** Adds those that nobody holds, and gives how many these were. */
export async function insertIdentifiersOf(
  tx: Tx,
  tenantId: string,
  given: readonly (Owner & Identifier)[],
): Promise<number> {
  const inserted = await tx`
    insert into identifier (home, tenant_id, value, kind, subscriber_home, subscriber_id)
    select w.at, ${tenantId}, w.value, w.kind, w.home, w.id
    from unnest(
      ${given.map((one) => identifierHome(tenantId, one.value))}::smallint[],
      ${given.map((one) => one.value)}::text[], ${given.map((one) => one.kind)}::text[],
      ${given.map((one) => one.home)}::smallint[], ${given.map((one) => one.subscriberId)}::text[]
    ) as w (at, value, kind, home, id)
    on conflict do nothing`;
  return inserted.count;
}

/**
 * Retires the numbers that the contract vouched for until now, for subscribers whom the file gives another.
 */
export async function retireReplaced(tx: Tx, writes: readonly SubscriberWrite[]): Promise<void> {
  await tx`
    update address a set state = 'retired', retired_at = clock_now()
    from unnest(
      ${writes.map((write) => write.home)}::smallint[], ${writes.map((write) => write.subscriberId)}::text[],
      ${writes.map((write) => write.phone)}::text[]
    ) as w (home, id, value)
    where a.home = w.home and a.subscriber_id = w.id and a.channel = 'sms' and a.state = 'vouched'
      and a.source = 'contract' and a.value <> w.value and w.home between 0 and 1023`;
}

/**
 * Makes the file's number one that the contract vouches for: a pending one is vouched for, a new one is
 * added. A bound number stays as it is, for its holder proved it (S11).
 */
export async function vouchForNumbers(
  tx: Tx,
  tenantId: string,
  writes: readonly SubscriberWrite[],
  vouchedBy: string,
): Promise<void> {
  await tx`
    insert into address as a (home, id, tenant_id, subscriber_id, channel, value, state, source, vouched_by)
    select w.home, w.address_id, ${tenantId}, w.id, 'sms', w.value, 'vouched', 'contract', ${vouchedBy}
    from unnest(
      ${writes.map((write) => write.home)}::smallint[], ${writes.map((write) => write.addressId)}::text[],
      ${writes.map((write) => write.subscriberId)}::text[], ${writes.map((write) => write.phone)}::text[]
    ) as w (home, address_id, id, value)
    on conflict (home, subscriber_id, channel, value) where state <> 'retired' do update
    set state = 'vouched', source = 'contract', vouched_by = excluded.vouched_by
    where a.state = 'pending'`;
}
