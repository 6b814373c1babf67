import { must } from '../std/assert.ts';
import { createBatch } from '../std/batch.ts';
import { toHex } from '../std/bytes.ts';
import type { Sql } from '../store/connection.ts';
import type { Limits } from './policy-limits.ts';
import { admit, bucketsOf, unverifiedBucket, type Sending, type SendingDecision } from './sending.ts';
import { countAddresses, countBuckets, uncountBuckets, type AddressCounts } from './sending-store.ts';

/**
 * Counts sendings and decides on them, many in one statement. An error in counting refuses by being thrown
 * (S17).
 */
export type Admission = {
  readonly ask: (asked: Asked) => Promise<SendingDecision>;
  /** After a success: the code was verified, so it no longer weighs on its country's budget. */
  readonly verified: (tenantId: string, country: string) => void;
};

export type Asked = {
  readonly sending: Sending;
  readonly home: number;
  readonly guardKey: Uint8Array;
  readonly limits: Limits;
};

export function createAdmission(relaxed: Sql, onError: (error: unknown) => void): Admission {
  const asking = createBatch<Asked, SendingDecision>({
    run: (batch) => countAndDecide(relaxed, batch),
    keyOf: (asked) => toHex(asked.guardKey),
    inFlightMax: 2,
  });
  const verifying = createBatch<string, void>({
    run: async (buckets) => {
      const rows = [...tally(buckets)].map(([bucket, by]) => ({ bucket, by }));
      await uncountBuckets(relaxed, rows);
      return buckets.map(() => undefined);
    },
    inFlightMax: 1,
  });
  return {
    ask: (asked) => asking.add(asked),
    verified: (tenantId, country) => {
      verifying.add(unverifiedBucket(tenantId, country)).catch(onError);
    },
  };
}

async function countAndDecide(relaxed: Sql, batch: Asked[]): Promise<SendingDecision[]> {
  const increments = tally(batch.flatMap(({ sending, limits }) => Object.values(bucketsOf(sending, limits))));
  const [addresses, buckets] = await Promise.all([
    countBySpacing(relaxed, batch),
    countBuckets(
      relaxed,
      [...increments].map(([bucket, by]) => ({ bucket, by })),
    ),
  ]);
  // Each item sees the count as it was when its own turn came, not the whole batch's.
  const running = new Map(
    buckets.map(({ bucket, count }) => [bucket, count - (increments.get(bucket) ?? 0)]),
  );
  const bucketsEndMs = buckets[0]?.endsMs ?? 0;
  return batch.map(({ sending, guardKey, limits }) => {
    for (const bucket of Object.values(bucketsOf(sending, limits)))
      running.set(bucket, (running.get(bucket) ?? 0) + 1);
    const counts = must(addresses.get(toHex(guardKey)), 'every address that was counted is answered');
    return admit(
      {
        spaced: counts.spaced,
        sinceLastMs: counts.sinceLastMs,
        addressHour: counts.hourCount,
        addressHourEndsMs: counts.hourEndsMs,
        addressDay: counts.dayCount,
        addressDayEndsMs: counts.dayEndsMs,
        buckets: running,
        bucketsEndMs,
      },
      sending,
      limits,
    );
  });
}

/** Tenants may set different spacings; nearly always there is one. */
async function countBySpacing(relaxed: Sql, batch: readonly Asked[]): Promise<Map<string, AddressCounts>> {
  const groups = Map.groupBy(batch, ({ limits }) => limits.address.spacingMs);
  const counted = await Promise.all(
    [...groups].map(([spacingMs, rows]) => countAddresses(relaxed, rows, spacingMs)),
  );
  return new Map(counted.flat().map((row) => [toHex(row.guardKey), row]));
}

function tally(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
