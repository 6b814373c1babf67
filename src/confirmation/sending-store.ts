import { toHex } from '../std/bytes.ts';
import type { Db } from '../store/connection.ts';

/**
 * The counters of sending limits. They commit without waiting for the disk: half a second of counts is no
 * loss.
 */
export type SendingRow = {
  readonly home: number;
  readonly guardKey: Uint8Array;
};

export type AddressCounts = {
  readonly guardKey: Uint8Array;
  readonly spaced: boolean;
  readonly sinceLastMs: number;
  readonly hourCount: number;
  readonly hourEndsMs: number;
  readonly dayCount: number;
  readonly dayEndsMs: number;
};

/** Counts a sending on each address, at most one a row. Windows begin with the first sending in them. */
export async function countAddresses(
  db: Db,
  rows: readonly SendingRow[],
  spacingMs: number,
): Promise<AddressCounts[]> {
  const parameter = JSON.stringify(
    rows.map(({ home, guardKey }) => ({ home, key: `\\x${toHex(guardKey)}` })),
  );
  return db<AddressCounts[]>`
    insert into guard as g (home, key, last_sent_at, hour_count, day_count)
    select "home", "key", clock_now(), 1, 1
    from json_to_recordset(${parameter}::text::json) as r ("home" smallint, "key" bytea)
    order by "home", "key"
    on conflict (home, key) do update set
      last_sent_at = case
        when g.last_sent_at is null
          or g.last_sent_at <= clock_now() - ${spacingMs}::int * interval '1 millisecond'
        then clock_now() else g.last_sent_at end,
      hour_start = case when g.hour_start <= clock_now() - interval '1 hour' then clock_now() else g.hour_start end,
      hour_count = case when g.hour_start <= clock_now() - interval '1 hour' then 1 else g.hour_count + 1 end,
      day_start = case when g.day_start <= clock_now() - interval '1 day' then clock_now() else g.day_start end,
      day_count = case when g.day_start <= clock_now() - interval '1 day' then 1 else g.day_count + 1 end
    returning key as "guardKey", last_sent_at = clock_now() as "spaced",
      extract(epoch from clock_now() - last_sent_at)::float8 * 1000 as "sinceLastMs",
      hour_count as "hourCount",
      extract(epoch from hour_start + interval '1 hour' - clock_now())::float8 * 1000 as "hourEndsMs",
      day_count as "dayCount",
      extract(epoch from day_start + interval '1 day' - clock_now())::float8 * 1000 as "dayEndsMs"`;
}

export type BucketCount = { readonly bucket: string; readonly count: number; readonly endsMs: number };

/** Adds to the counters of this clock hour and gives their new values. */
export async function countBuckets(
  db: Db,
  rows: readonly { bucket: string; by: number }[],
): Promise<BucketCount[]> {
  return db<BucketCount[]>`
    insert into sending_counter as s (bucket, window_start, count)
    select "bucket", date_trunc('hour', clock_now()), "by"
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("bucket" text, "by" int)
    order by "bucket"
    on conflict (bucket, window_start) do update set count = s.count + excluded.count
    returning bucket, count,
      extract(epoch from window_start + interval '1 hour' - clock_now())::float8 * 1000 as "endsMs"`;
}

/** Takes back what `countBuckets` added in this hour, never below zero. */
export async function uncountBuckets(db: Db, rows: readonly { bucket: string; by: number }[]): Promise<void> {
  await db`
    update sending_counter as s set count = greatest(s.count - r."by", 0)
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("bucket" text, "by" int)
    where s.bucket = r."bucket" and s.window_start = date_trunc('hour', clock_now())`;
}

/** Drops counters of hours that no limit looks at any more. */
export async function purgeBuckets(db: Db): Promise<number> {
  const rows =
    await db`delete from sending_counter where window_start < clock_now() - interval '2 hours' returning 1`;
  return rows.length;
}
