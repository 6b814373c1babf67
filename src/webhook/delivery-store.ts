/**
 * The SQL of deliveries and their attempts. Rows travel as one JSON parameter; `home between 0 and 1023`
 * holds for every row and makes the planner look them up by their key.
 */
import type { Db, Sql, Tx } from '../store/connection.ts';
import {
  IN_FLIGHT_FAILING_MAX,
  IN_FLIGHT_MAX,
  LEASE_MS,
  type DeliveryState,
  type Settlement,
} from './delivery.ts';
import { FAILING_MAX_MS, type DisabledReason } from './endpoint.ts';

export type LeasedDelivery = {
  readonly home: number;
  readonly id: string;
  readonly endpointId: string;
  readonly attempts: number;
  readonly eventId: string;
  readonly body: string;
  readonly url: string;
  readonly keyId: string;
  readonly secret: Uint8Array;
  /** The secret before, while it still signs. */
  readonly oldKeyId: string | null;
  readonly oldSecret: Uint8Array | null;
};

/**
 * Active endpoints for which something is due, locked: who claims for an endpoint sees what others have in
 * flight to it. Nobody waits for those that another process is looking at.
 */
export async function lockReadyEndpoints(tx: Tx): Promise<string[]> {
  const rows = await tx<{ id: string }[]>`
    select e.id from webhook_endpoint e
    where e.state = 'active' and exists (
      select 1 from webhook_delivery d where d.endpoint_id = e.id and d.due_at <= clock_now())
    order by e.id
    for no key update of e skip locked`;
  return rows.map(({ id }) => id);
}

/** Takes the leases of what is due, oldest first, as many as each endpoint may have in flight. */
export async function claimDeliveries(
  tx: Tx,
  endpointIds: readonly string[],
  max: number,
): Promise<LeasedDelivery[]> {
  return tx<LeasedDelivery[]>`
    update webhook_delivery as d
    set state = 'leased', attempts = d.attempts + 1,
      due_at = clock_now() + ${LEASE_MS}::int * interval '1 millisecond'
    from (
      select found.home, found.id
      from (
        select e.id, (
          case when e.failing_since is null then ${IN_FLIGHT_MAX}::int else ${IN_FLIGHT_FAILING_MAX}::int end
        ) - (
          select count(*) from webhook_delivery l
          where l.endpoint_id = e.id and l.state = 'leased' and l.due_at > clock_now()
        ) as free
        from webhook_endpoint e where e.id = any(${[...endpointIds]}::text[])
      ) as e
      cross join lateral (
        select w.home, w.id, w.due_at from webhook_delivery w
        where w.endpoint_id = e.id and w.due_at <= clock_now()
        order by w.due_at limit greatest(e.free, 0) for update skip locked
      ) as found
      order by found.due_at limit ${max}::int
    ) as due, webhook_event v, webhook_endpoint e
    where d.home = due.home and d.id = due.id and v.home = due.home and v.id = d.event_id
      and e.id = d.endpoint_id and due.home between 0 and 1023
    returning d.home::int as "home", d.id, d.endpoint_id as "endpointId", d.attempts::int as "attempts",
      d.event_id as "eventId", v.body, e.url, e.key_id as "keyId", e.secret, e.old_key_id as "oldKeyId",
      case when e.old_until > clock_now() then e.old_secret end as "oldSecret"`;
}

export type SettledDelivery = Settlement & {
  readonly home: number;
  readonly id: string;
  readonly attemptId: string;
  readonly endpointId: string;
  readonly attempts: number;
  readonly durationMs: number;
};

/**
 * Writes what came of attempts. The attempt is on record in any case; the delivery changes only where the
 * lease was not lost to another process in between.
 */
export async function settleDeliveries(tx: Tx, rows: readonly SettledDelivery[]): Promise<void> {
  const parameter = JSON.stringify(rows);
  await Promise.all([
    tx`
      insert into webhook_attempt (home, id, endpoint_id, delivery_id, n, status, error, duration_ms)
      select "home", "attemptId", "endpointId", "id", "attempts", "status", "error", "durationMs"
      from json_to_recordset(${parameter}::text::json) as r ("home" smallint, "attemptId" text,
        "endpointId" text, "id" text, "attempts" smallint, "status" smallint, "error" text,
        "durationMs" int)`.execute(),
    tx`
      update webhook_delivery as d
      set state = r."to", due_at = clock_now() + r."delayMs" * interval '1 millisecond'
      from json_to_recordset(${parameter}::text::json) as r ("home" smallint, "id" text, "attempts" smallint,
        "to" text, "delayMs" int)
      where d.home = r."home" and d.id = r."id" and d.state = 'leased' and d.attempts = r."attempts"
        and r."home" between 0 and 1023`.execute(),
  ]);
}

export type DisabledEndpoint = { readonly id: string; readonly tenantId: string; readonly reason: string };

/**
 * What attempts mean for their endpoints: a success ends their failing, a failure begins it, and what fails
 * for days or is gone is disabled. Gives those that were disabled by this.
 */
export async function judgeEndpoints(
  tx: Tx,
  ids: {
    readonly well: readonly string[];
    readonly failed: readonly string[];
    readonly gone: readonly string[];
  },
): Promise<DisabledEndpoint[]> {
  const gone: DisabledReason = 'gone';
  const failing: DisabledReason = 'failing';
  if (ids.well.length > 0) {
    await tx`
      update webhook_endpoint set failing_since = null
      where id = any(${[...ids.well]}::text[]) and failing_since is not null`;
  }
  if (ids.failed.length === 0 && ids.gone.length === 0) return [];
  await tx`
    update webhook_endpoint set failing_since = clock_now()
    where id = any(${[...ids.failed]}::text[]) and failing_since is null`;
  return tx<DisabledEndpoint[]>`
    update webhook_endpoint
    set state = 'disabled', reason = case when id = any(${[...ids.gone]}::text[]) then ${gone} else ${failing} end
    where state = 'active' and (id = any(${[...ids.gone]}::text[]) or (
      id = any(${[...ids.failed]}::text[])
      and failing_since <= clock_now() - ${FAILING_MAX_MS}::float8 * interval '1 millisecond'))
    returning id, tenant_id as "tenantId", reason`;
}

export type AttemptRow = {
  readonly id: string;
  readonly deliveryId: string;
  readonly eventId: string;
  readonly type: string;
  readonly n: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
  readonly at: Date;
  readonly deliveryState: DeliveryState;
  /** When the delivery is tried again; null when it is over. */
  readonly nextAt: Date | null;
};

/** Behind every `wha_…`, in any collation. */
const AFTER_ALL = 'whb';

/**
 * The latest first, from before a cursor; null is before all. Read in the order of the endpoint's own index,
 * which a range of homes would lead the planner away from.
 */
export async function listAttempts(
  db: Db,
  endpointId: string,
  before: string | null,
  limit: number,
): Promise<AttemptRow[]> {
  return db<AttemptRow[]>`
    select a.id, a.delivery_id as "deliveryId", d.event_id as "eventId", v.type, a.n::int as "n",
      a.status::int as "status", a.error, a.duration_ms as "durationMs", a.created_at as "at",
      d.state as "deliveryState", d.due_at as "nextAt"
    from webhook_attempt a
    join webhook_delivery d on d.home = a.home and d.id = a.delivery_id
    join webhook_event v on v.home = d.home and v.id = d.event_id
    where a.endpoint_id = ${endpointId} and a.id < ${before ?? AFTER_ALL}
    order by a.id desc limit ${limit}`;
}

export type DeliveryRow = {
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly state: DeliveryState;
  readonly endpointState: string;
};

/** Inside the tenant (S14), locked. */
export async function lockDelivery(
  tx: Tx,
  tenantId: string,
  key: { readonly home: number; readonly id: string },
): Promise<DeliveryRow | null> {
  const rows = await tx<DeliveryRow[]>`
    select d.id, d.endpoint_id as "endpointId", d.event_id as "eventId", d.state, e.state as "endpointState"
    from webhook_delivery d join webhook_endpoint e on e.id = d.endpoint_id
    where d.home = ${key.home} and d.id = ${key.id} and e.tenant_id = ${tenantId}
    for update of d`;
  return rows[0] ?? null;
}

/** Due at once, whatever came of it before. */
export async function makeDue(tx: Tx, key: { readonly home: number; readonly id: string }): Promise<void> {
  await tx`
    update webhook_delivery set state = 'waiting', due_at = clock_now()
    where home = ${key.home} and id = ${key.id}`;
}

const KEPT = '30 days';
const PURGE_ROWS_MAX = 10_000;

/**
 * Forgets events, deliveries and attempts older than 30 days, some of each, and secrets that sign no more;
 * gives how many rows were deleted. Attempts go first and events last, so that nothing is left alone.
 */
export async function purgeOnce(sql: Sql): Promise<number> {
  await sql`
    update webhook_endpoint set old_key_id = null, old_secret = null, old_until = null
    where old_until <= clock_now()`;
  let purged = 0;
  for (const table of ['webhook_attempt', 'webhook_delivery', 'webhook_event']) {
    const done = await sql`
      delete from ${sql(table)} where (home, id) in (
        select home, id from ${sql(table)} where created_at < clock_now() - ${KEPT}::interval
        order by created_at limit ${PURGE_ROWS_MAX}
      )`;
    purged += done.count;
  }
  return purged;
}
