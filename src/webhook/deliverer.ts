/**
 * Sends what is due (role jobs). Any number of deliverers work on one outbox.
 *
 *   lock endpoints with something due ─▶ claim, at most so many in flight to each ─▶ sign, POST ─▶ settle
 *        ▲                                                                               │
 *        └───── NOTIFY at the commit of events, a settled delivery, or a second ─────────┘
 *
 * A process that dies leaves a lease that ends: the event is sent again with the same webhook-id, so that it
 * arrives at least once and the receiver can tell.
 */
import { createBatch } from '../std/batch.ts';
import { monotonicMs } from '../std/clock.ts';
import { newId } from '../std/id.ts';
import { Outage } from '../std/outage.ts';
import { jitter } from '../std/random.ts';
import { sleep } from '../std/timer.ts';
import { asOutage } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import type { Context } from './context.ts';
import {
  claimDeliveries,
  judgeEndpoints,
  lockReadyEndpoints,
  purgeOnce,
  settleDeliveries,
  type LeasedDelivery,
  type SettledDelivery,
} from './delivery-store.ts';
import { ANSWER_MAX_MS, settle, type Answer } from './delivery.ts';
import { openSigningKey } from './secret.ts';
import { signedHeaders } from './signature.ts';

export type Deliverer = AsyncDisposable & {
  readonly start: () => void;
  /** Looks for due deliveries now. */
  readonly wake: () => void;
};

const CLAIM_MAX = 100;
const IN_HAND_MAX = 500;
const POLL_MS = 1_000;
/** How long a stop waits for the answers of endpoints. What has none by then is sent again by others. */
const DRAIN_MAX_MS = 3_000;
/** More than that of an answer is not read. */
const ANSWER_MAX_BYTES = 4_096;
const ERROR_MAX_LENGTH = 300;
const PURGE_EVERY_MS = 60_000;
const PURGE_ROUNDS_MAX = 50;
/** Attempts are listed by their ids, which grow with time only within one home. */
const LISTED_HOME = 0;

export function createDeliverer(context: Context): Deliverer {
  const { sql, keys, outbound, clock, random, metrics, log, wanted } = context;
  const stopping = new AbortController();
  let wakeUp = new AbortController();
  let inHand = 0;
  let isAbandoned = false;
  let running: Promise<void> = Promise.resolve();
  const outcomes = createBatch<SettledDelivery, void>({ run: record, inFlightMax: 1 });

  async function send(job: LeasedDelivery): Promise<Answer> {
    const signing = signingKeysOf(job);
    if (!signing) {
      log.error({ endpoint: job.endpointId }, 'the secret of a webhook endpoint does not open');
      return { status: null, error: 'its secret cannot be opened here' };
    }
    const timestampS = Math.floor(clock.nowMs() / 1000);
    try {
      return await outbound.send({
        method: 'POST',
        url: job.url,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Countersign-Webhooks/1',
          ...signedHeaders(signing, { id: job.eventId, timestampS, body: job.body }),
        },
        body: job.body,
        timeoutMs: ANSWER_MAX_MS,
        answerMaxBytes: ANSWER_MAX_BYTES,
        discardsBody: true,
      });
    } catch (error) {
      if (!(error instanceof Outage)) throw error;
      return { status: null, error: error.message.slice(0, ERROR_MAX_LENGTH) };
    }
  }

  /** The current secret first. Null when it does not open. */
  function signingKeysOf(job: LeasedDelivery): Uint8Array[] | null {
    const { endpointId, keyId, secret, oldKeyId, oldSecret } = job;
    const current = openSigningKey(keys, endpointId, { keyId, secret });
    if (!current) return null;
    const old =
      oldKeyId !== null && oldSecret !== null
        ? openSigningKey(keys, endpointId, { keyId: oldKeyId, secret: oldSecret })
        : null;
    return old ? [current, old] : [current];
  }

  async function handle(job: LeasedDelivery): Promise<void> {
    inHand++;
    try {
      const sinceMs = monotonicMs();
      const answer = await send(job);
      // We broke the connection ourselves; the lease ends, and the event is sent again.
      if (isAbandoned) return;
      const settlement = settle(answer, job.attempts, jitter(random), clock.nowMs());
      await outcomes.add({
        ...settlement,
        home: job.home,
        id: job.id,
        attemptId: newId('wha', LISTED_HOME, clock.nowMs(), random),
        endpointId: job.endpointId,
        attempts: job.attempts,
        durationMs: Math.round(monotonicMs() - sinceMs),
      });
      metrics.webhook(settlement.to);
    } catch (error) {
      // Nothing is lost: the lease ends by itself.
      logFailure(error, 'a webhook delivery could not be settled');
    } finally {
      inHand--;
      wakeUp.abort();
    }
  }

  async function record(batch: SettledDelivery[]): Promise<void[]> {
    const idsOf = (isOne: (item: SettledDelivery) => boolean) => [
      ...new Set(batch.filter(isOne).map(({ endpointId }) => endpointId)),
    ];
    const well = idsOf(({ to }) => to === 'delivered');
    const gone = idsOf((item) => item.gone);
    const failed = idsOf((item) => item.to !== 'delivered' && !well.includes(item.endpointId));
    const disabled = await transaction(sql, async (tx) => {
      await settleDeliveries(tx, batch);
      return judgeEndpoints(tx, { well, failed, gone });
    });
    for (const { id, tenantId, reason } of disabled) {
      wanted.forget(tenantId);
      log.warn({ endpoint: id, reason }, 'a webhook endpoint was disabled');
    }
    return batch.map(() => undefined);
  }

  async function claim(): Promise<LeasedDelivery[]> {
    return transaction(sql, async (tx) => {
      const ready = await lockReadyEndpoints(tx);
      if (ready.length === 0) return [];
      return claimDeliveries(tx, ready, Math.min(CLAIM_MAX, IN_HAND_MAX - inHand));
    });
  }

  async function loop(): Promise<void> {
    let purgedMs = -Infinity;
    while (!stopping.signal.aborted) {
      wakeUp = new AbortController();
      const signal = AbortSignal.any([stopping.signal, wakeUp.signal]);
      try {
        const claimed = inHand < IN_HAND_MAX ? await claim() : [];
        for (const job of claimed) void handle(job);
        if (monotonicMs() - purgedMs >= PURGE_EVERY_MS) {
          purgedMs = monotonicMs();
          await purge();
        }
        if (claimed.length < CLAIM_MAX) await sleep(POLL_MS, signal);
      } catch (error) {
        logFailure(error, 'webhook deliveries could not be claimed');
        await sleep(POLL_MS, stopping.signal);
      }
    }
  }

  async function purge(): Promise<void> {
    for (let round = 0; round < PURGE_ROUNDS_MAX && !stopping.signal.aborted; round++) {
      if ((await purgeOnce(sql)) === 0) return;
    }
  }

  function logFailure(error: unknown, what: string): void {
    const outage = asOutage(error);
    log[outage instanceof Outage ? 'warn' : 'error']({ err: outage }, what);
  }

  return {
    start: () => {
      running = loop();
    },
    wake: () => wakeUp.abort(),
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running;
      for (let waitedMs = 0; inHand > 0 && waitedMs < DRAIN_MAX_MS; waitedMs += 20) await sleep(20);
      isAbandoned = true;
      await outbound[Symbol.asyncDispose]();
      while (inHand > 0) await sleep(20);
    },
  };
}
