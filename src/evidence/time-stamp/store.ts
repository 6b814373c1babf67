/** The SQL of time-stamps: the tokens, and the turn to ask for the next one. */
import { must } from '../../std/assert.ts';
import { isoTime } from '../../std/clock.ts';
import type { Db } from '../../store/connection.ts';

export type StoredStamp = {
  readonly size: number;
  /** TimeStampToken in DER. */
  readonly token: Uint8Array;
  readonly timeMs: number;
  readonly tsa: string;
};

/** Whether the log's checkpoints are to be stamped from now on. */
export async function setWanted(db: Db, wanted: boolean): Promise<void> {
  await db`update time_stamp_turn set wanted = ${wanted} where wanted <> ${wanted}`;
}

/** The stamp of the smallest checkpoint that has at least `size` entries, and whether one is to be expected. */
export async function readStampFrom(
  db: Db,
  size: number,
): Promise<{ wanted: boolean; stamp: StoredStamp | null }> {
  const rows = await db<
    { wanted: boolean; size: bigint | null; token: Buffer | null; time: Date | null; tsa: string | null }[]
  >`
    select turn.wanted, stamp.size, stamp.token, stamp.time, stamp.tsa
    from time_stamp_turn as turn
    left join lateral (
      select * from time_stamp where time_stamp.size >= ${size} order by time_stamp.size limit 1
    ) as stamp on true`;
  const { wanted, size: found, token, time, tsa } = must(rows[0], 'the migration made the row of the turn');
  if (found === null || !token || !time || tsa === null) return { wanted, stamp: null };
  return { wanted, stamp: { size: Number(found), token, timeMs: time.getTime(), tsa } };
}

/** A checkpoint that this process alone may have stamped, until its turn ends. Times as the database writes them, to the microsecond. */
export type Turn = {
  readonly size: number;
  readonly note: string;
  readonly takenAt: string;
  readonly endsAt: string;
};

/**
 * Takes the turn when it is free and the newest checkpoint has no stamp; two processes never both do. The
 * turn ends by itself after `leaseMs`.
 */
export async function takeTurn(db: Db, leaseMs: number): Promise<Turn | null> {
  const [row] = await db<{ size: bigint; note: string; taken_at: string; ends_at: string }[]>`
    update time_stamp_turn
    set next_at = clock_now() + ${leaseMs}::float8 * interval '1 millisecond'
    from (select size, note from checkpoint order by size desc limit 1) as newest
    where wanted and next_at <= clock_now()
      and newest.size > coalesce((select size from time_stamp order by size desc limit 1), 0)
    returning newest.size, newest.note, clock_now()::text as taken_at, next_at::text as ends_at`;
  if (!row) return null;
  return { size: Number(row.size), note: row.note, takenAt: row.taken_at, endsAt: row.ends_at };
}

/**
 * Keeps a stamp, and gives the turn back: the next one begins `intervalMs` after this one was taken. Who
 * answers only after its turn has ended changes nothing in the turn of another.
 */
export async function keepStamp(
  db: Db,
  turn: Turn,
  stamp: Omit<StoredStamp, 'size'>,
  intervalMs: number,
): Promise<void> {
  await db`
    with kept as (
      insert into time_stamp (size, token, time, tsa)
      values (${turn.size}, decode(${Buffer.from(stamp.token).toString('hex')}, 'hex'),
        ${isoTime(stamp.timeMs)}::timestamptz, ${stamp.tsa})
      on conflict (size) do nothing
    )
    update time_stamp_turn
    set next_at = ${turn.takenAt}::text::timestamptz + ${intervalMs}::float8 * interval '1 millisecond'
    where next_at = ${turn.endsAt}::text::timestamptz`;
}

/** Gives the turn back without a stamp; nobody asks again before `waitMs` have passed. */
export async function giveTurnBack(db: Db, turn: Turn, waitMs: number): Promise<void> {
  await db`
    update time_stamp_turn set next_at = clock_now() + ${waitMs}::float8 * interval '1 millisecond'
    where next_at = ${turn.endsAt}::text::timestamptz`;
}

export type StampState = {
  readonly wanted: boolean;
  /** Since the last stamp was kept; null when there is none. */
  readonly ageMs: number | null;
  /** Entries that no stamped checkpoint covers; 0 when none is wanted. */
  readonly waiting: number;
};

export async function readStampState(db: Db): Promise<StampState> {
  const [row] = await db<{ wanted: boolean; age_ms: number | null; waiting: bigint }[]>`
    select turn.wanted,
      extract(epoch from clock_now() - last.stamped_at)::float8 * 1000 as age_ms,
      case when turn.wanted then state.size - coalesce(last.size, 0) else 0 end as waiting
    from time_stamp_turn as turn
    cross join log_state as state
    left join lateral (select * from time_stamp order by size desc limit 1) as last on true`;
  const { wanted, age_ms, waiting } = must(row, 'the migrations made both rows');
  return { wanted, ageMs: age_ms, waiting: Number(waiting) };
}
