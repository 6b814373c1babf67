import { createBatch } from '../std/batch.ts';
import type { Clock } from '../std/clock.ts';
import type { Log } from '../std/log.ts';
import { afterUnref } from '../std/timer.ts';
import { appendEntries, newEntry } from '../evidence/append.ts';
import type { Sql } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import type { ChannelKind, DeliveryReceipt } from './channel.ts';
import type { DispatchKind } from './dispatch.ts';
import type { Room, Settled } from './gateway.ts';
import { recordReceipts, type ReceiptedRow, type ReceiptRow } from './store.ts';

type BookOptions = {
  sql: Sql;
  clock: Clock;
  log: Log;
  channel: ChannelKind;
  signal: AbortSignal;
  /** Told, like of every settlement, of what was accepted and could not be delivered after all. */
  rooms: ReadonlyMap<DispatchKind, Room>;
};

/** A receipt can overtake the commit that stores its reference; then it is tried again after these waits. */
const RETRIES_MS = [200, 1_000, 5_000];

/**
 * Records delivery receipts in batches. What stays unknown after the retries was not ours, or was already
 * told.
 */
export function createReceiptBook(options: BookOptions): (receipt: DeliveryReceipt) => Promise<void> {
  const { sql, clock, log, channel, signal, rooms } = options;

  async function run(rows: ReceiptRow[]): Promise<boolean[]> {
    const found = new Set<string>();
    const failed = await transaction(sql, async (tx) => {
      found.clear();
      const recorded = await recordReceipts(tx, channel, rows);
      for (const row of recorded) found.add(row.reference);
      const failures = Map.groupBy(recorded.filter(hasFailed), ({ kind }) => kind);
      if (recorded.length === 0) return failures;
      await appendEntries(
        tx,
        recorded.map((row) =>
          newEntry(row.home, {
            type: row.state === 'delivered' ? 'DispatchDelivered' : 'DispatchFailed',
            id: row.subjectId,
            n: row.n,
            timeMs: clock.nowMs(),
            tenant: row.tenantId,
            facts: { kind: row.kind, channel },
            opened: {},
            salt: new Uint8Array(16),
          }),
        ),
      );
      for (const [kind, own] of failures) await rooms.get(kind)?.onSettled?.(tx, own.map(settledOf));
      return failures;
    });
    for (const [kind, own] of failed) rooms.get(kind)?.onCommitted?.(own.map(settledOf));
    return rows.map((row) => found.has(row.reference));
  }

  const batch = createBatch<ReceiptRow, boolean>({ run, keyOf: (row) => row.reference, inFlightMax: 1 });

  async function record(row: ReceiptRow, attempt: number): Promise<void> {
    if (await batch.add(row)) return;
    const waitMs = RETRIES_MS[attempt];
    if (waitMs === undefined || signal.aborted) {
      log.debug({ reference: row.reference }, 'a delivery receipt for no message of ours');
      return;
    }
    afterUnref(waitMs, () => {
      record(row, attempt + 1).catch((error: unknown) =>
        log.warn({ err: error }, 'delivery receipt not recorded'),
      );
    });
  }

  return async ({ reference, outcome, reason }) => {
    await record({ reference, outcome: outcome === 'delivered' ? 'delivered' : 'failed', reason }, 0);
  };
}

function hasFailed({ state }: ReceiptedRow): boolean {
  return state === 'failed';
}

function settledOf({ home, subjectId, n, kind, reason }: ReceiptedRow): Settled {
  return {
    key: { home, subjectId, n },
    kind,
    settlement: { to: 'failed', reason: reason ?? 'undeliverable' },
  };
}
