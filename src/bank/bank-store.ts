/** The SQL of banks: their hosts, and the routes that say which one to ask. */
import { must } from '../std/assert.ts';
import type { Db, Tx } from '../store/connection.ts';
import type { Route } from './route.ts';

export type HostState = 'active' | 'resting';
export type HostRow = { readonly id: string; readonly url: string; readonly state: HostState };
export type RouteRow = Route & { readonly id: string };

export async function upsertHost(db: Db, { id, url, state }: HostRow): Promise<void> {
  await db`
    insert into bank_host (id, url, state) values (${id}, ${url}, ${state})
    on conflict (id) do update set url = excluded.url, state = excluded.state`;
}

export async function listHosts(db: Db): Promise<HostRow[]> {
  return db<HostRow[]>`select id, url, state from bank_host order by id`;
}

export async function listRoutes(db: Db): Promise<RouteRow[]> {
  return db<RouteRow[]>`
    select id, bank_id as "bankId", tenant_id as "tenantId", contract, digits_from as "digitsFrom",
      digits_to as "digitsTo", rank::int as rank
    from bank_route order by created_at, id`;
}

/** False where the bank is not known. */
export async function insertRoute(tx: Tx, route: RouteRow): Promise<boolean> {
  const { id, bankId, tenantId, contract, digitsFrom, digitsTo, rank } = route;
  const rows = await tx`
    insert into bank_route (id, bank_id, tenant_id, contract, digits_from, digits_to, rank)
    select ${id}, b.id, ${tenantId}, ${contract}, ${digitsFrom}, ${digitsTo}, ${rank}::int
    from bank_host as b where b.id = ${bankId} returning 1`;
  return rows.length === 1;
}

export async function deleteRoute(db: Db, id: string): Promise<boolean> {
  const rows = await db`delete from bank_route where id = ${id} returning 1`;
  return rows.length === 1;
}

/** Takes a block of the bank's numbers and gives the last of them. */
export async function takeNumbers(db: Db, bankId: string, size: number): Promise<bigint> {
  const rows = await db<{ sequence: bigint }[]>`
    update bank_host set sequence = sequence + ${size}::int where id = ${bankId} returning sequence`;
  return must(rows[0], 'numbers of a bank that is not there').sequence;
}
