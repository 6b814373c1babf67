/**
 * The SQL of resolving: one statement for all requests that wait. `home between 0 and 1023` holds for every
 * row; it makes the planner expect one, and look it up by its key whatever the size of the tables was when
 * the plan was made.
 */
import type { Language } from '../std/language.ts';
import type { Db } from '../store/connection.ts';
import type { AddressChannel, AddressSource, AddressState } from './address.ts';

export type WantedSubscriber = {
  readonly tenantId: string;
  readonly home: number;
  readonly subscriberId: string;
  readonly channel: AddressChannel;
  /** This address whatever its state, or null for the best one that codes may be sent to. */
  readonly addressId: string | null;
};

export type WantedIdentifier = {
  readonly tenantId: string;
  /** Each with its home. */
  readonly values: readonly { readonly home: number; readonly value: string }[];
  readonly channel: AddressChannel;
  readonly addressId: string | null;
};

export type FoundAddress = {
  readonly id: string;
  readonly value: string;
  readonly state: AddressState;
  readonly source: AddressSource;
};

export type Found = {
  readonly subscriberId: string;
  readonly language: Language | null;
  /** The identifier that led here; null when the id was given. */
  readonly identifier: { readonly kind: string; readonly value: string } | null;
  readonly address: FoundAddress | null;
};

type Row = {
  n: number;
  subscriberId: string;
  language: Language | null;
  kind: string | null;
  identifierValue: string | null;
  addressId: string | null;
  value: string;
  state: AddressState;
  source: AddressSource;
};

/** At most one for each that is wanted, in their order. */
export async function findSubscribers(db: Db, wanted: readonly WantedSubscriber[]): Promise<Found[][]> {
  const rows = await db<Row[]>`
    select w.n, s.id as "subscriberId", s.language, null as kind, null as "identifierValue",
      a.id as "addressId", a.value, a.state, a.source
    from unnest(
      ${wanted.map((_, n) => n)}::int[],
      ${wanted.map((one) => one.home)}::smallint[],
      ${wanted.map((one) => one.tenantId)}::text[],
      ${wanted.map((one) => one.subscriberId)}::text[],
      ${wanted.map((one) => one.channel)}::text[],
      ${wanted.map((one) => one.addressId ?? '')}::text[]
    ) as w (n, home, tenant_id, id, channel, address_id)
    join subscriber s on s.home = w.home and s.id = w.id
      and s.tenant_id = w.tenant_id and s.erased_at is null
    left join lateral (
      select a.id, a.value, a.state, a.source from address a
      where a.home = s.home and a.subscriber_id = s.id and a.channel = w.channel and a.state <> 'retired'
        and case when w.address_id = '' then a.state in ('vouched', 'bound') else a.id = w.address_id end
      order by a.state = 'bound' desc, coalesce(a.bound_at, a.created_at) desc, a.id desc
      limit 1
    ) a on true
    where w.home between 0 and 1023`;
  return group(rows, wanted.length);
}

/**
 * All subscribers that any of the values leads to, for each that is wanted; the caller judges by the kinds.
 */
export async function findByIdentifiers(db: Db, wanted: readonly WantedIdentifier[]): Promise<Found[][]> {
  const flat = wanted.flatMap((one, n) => one.values.map((value) => ({ ...one, ...value, n })));
  const rows = await db<Row[]>`
    select w.n, s.id as "subscriberId", s.language, i.kind, i.value as "identifierValue",
      a.id as "addressId", a.value, a.state, a.source
    from unnest(
      ${flat.map((one) => one.n)}::int[],
      ${flat.map((one) => one.home)}::smallint[],
      ${flat.map((one) => one.tenantId)}::text[],
      ${flat.map((one) => one.value)}::text[],
      ${flat.map((one) => one.channel)}::text[],
      ${flat.map((one) => one.addressId ?? '')}::text[]
    ) as w (n, home, tenant_id, value, channel, address_id)
    join identifier i on i.home = w.home and i.tenant_id = w.tenant_id and i.value = w.value
    join subscriber s on s.home = i.subscriber_home and s.id = i.subscriber_id and s.erased_at is null
    left join lateral (
      select a.id, a.value, a.state, a.source from address a
      where a.home = s.home and a.subscriber_id = s.id and a.channel = w.channel and a.state <> 'retired'
        and case when w.address_id = '' then a.state in ('vouched', 'bound') else a.id = w.address_id end
      order by a.state = 'bound' desc, coalesce(a.bound_at, a.created_at) desc, a.id desc
      limit 1
    ) a on true
    where w.home between 0 and 1023`;
  return group(rows, wanted.length);
}

function group(rows: readonly Row[], length: number): Found[][] {
  const groups: Found[][] = Array.from({ length }, () => []);
  for (const row of rows) {
    groups[row.n]?.push({
      subscriberId: row.subscriberId,
      language: row.language,
      identifier:
        row.kind === null || row.identifierValue === null
          ? null
          : { kind: row.kind, value: row.identifierValue },
      address:
        row.addressId === null
          ? null
          : { id: row.addressId, value: row.value, state: row.state, source: row.source },
    });
  }
  return groups;
}
