/** The SQL of addresses. An address lives at the home of its subscriber. */
import { must } from '../std/assert.ts';
import type { Db, Tx } from '../store/connection.ts';
import type { Address, AddressChannel, AddressSource } from './address.ts';

type Which = { tenantId: string; home: number; subscriberId: string; addressId: string };

export type NewAddress = {
  readonly home: number;
  readonly id: string;
  readonly tenantId: string;
  readonly subscriberId: string;
  readonly channel: AddressChannel;
  readonly value: string;
  readonly state: 'pending' | 'vouched';
  readonly source: AddressSource;
  readonly vouchedBy: string | null;
};

/** The row, or null when the subscriber has this address already. */
export async function insertAddress(tx: Tx, made: NewAddress): Promise<Address | null> {
  const rows = await tx<Address[]>`
    insert into address (home, id, tenant_id, subscriber_id, channel, value, state, source, vouched_by)
    values (${made.home}, ${made.id}, ${made.tenantId}, ${made.subscriberId}, ${made.channel}, ${made.value},
      ${made.state}, ${made.source}, ${made.vouchedBy})
    on conflict (home, subscriber_id, channel, value) where state <> 'retired' do nothing
    returning ${columns(tx)}`;
  return rows[0] ?? null;
}

export async function bindAddress(tx: Tx, which: Which): Promise<boolean> {
  const rows = await tx`
    update address set state = 'bound', bound_at = coalesce(bound_at, clock_now())
    where home = ${which.home} and id = ${which.addressId} and tenant_id = ${which.tenantId}
      and subscriber_id = ${which.subscriberId} and state <> 'retired' returning 1`;
  return rows.length === 1;
}

export async function retireAddressOnce(db: Db, which: Which): Promise<boolean> {
  const rows = await db`
    update address set state = 'retired', retired_at = coalesce(retired_at, clock_now())
    where home = ${which.home} and id = ${which.addressId} and tenant_id = ${which.tenantId}
      and subscriber_id = ${which.subscriberId} returning 1`;
  return rows.length === 1;
}

/** Also a retired one. */
export async function findAddress(db: Db, which: Which): Promise<Address | null> {
  const rows = await db<Address[]>`
    select ${columns(db)} from address
    where home = ${which.home} and id = ${which.addressId} and tenant_id = ${which.tenantId}
      and subscriber_id = ${which.subscriberId}`;
  return rows[0] ?? null;
}

/** Not the retired ones. */
export async function listAddresses(
  db: Db,
  which: { tenantId: string; home: number; subscriberId: string },
): Promise<Address[]> {
  return db<Address[]>`
    select ${columns(db)} from address
    where home = ${which.home} and subscriber_id = ${which.subscriberId} and tenant_id = ${which.tenantId}
      and state <> 'retired' order by id`;
}

/** Call with the subscriber's lock held. */
export async function countAddresses(tx: Tx, home: number, subscriberId: string): Promise<number> {
  const rows = await tx<{ held: number }[]>`
    select count(*)::int as held from address
    where home = ${home} and subscriber_id = ${subscriberId} and state <> 'retired'`;
  return must(rows[0], 'count gives a row').held;
}

function columns(db: Db) {
  return db`id, subscriber_id as "subscriberId", channel, value, state, source, vouched_by as "vouchedBy",
    created_at as "createdAt", bound_at as "boundAt"`;
}
