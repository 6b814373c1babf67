import { createBatch } from '../std/batch.ts';
import { monotonicMs, type Clock } from '../std/clock.ts';
import type { Log } from '../std/log.ts';
import type { Metrics } from '../std/metrics.ts';
import { Outage } from '../std/outage.ts';
import { sleep } from '../std/timer.ts';
import { appendEntries, newEntry, type NewEntry } from '../evidence/append.ts';
import type { Sql, Tx } from '../store/connection.ts';
import { asOutage } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { ASSURANCES, type Channel, type ChannelFace, type ChannelKind } from './channel.ts';
import {
  LEASE_MS,
  settle,
  type DispatchKey,
  type DispatchKind,
  type LeasedDispatch,
  type NewDispatch,
  type Settlement,
} from './dispatch.ts';
import { createReceiptBook } from './receipt-book.ts';
import {
  claimDispatches,
  insertDispatches,
  settleDispatches,
  type ClaimedRow,
  type SettledRow,
} from './store.ts';

/**
 * The message server (P4, P11): takes dispatches from the table, has their text made, hands it to a channel,
 * and records what the network said. Any number of gateways work on one table.
 *
 *   enqueue (in the caller's transaction) ──commit──▶ send (this process holds the lease)   the short way
 *                                          └─NOTIFY─▶ claim ──▶ send                        the long way, and the net
 */
export type Rendered = {
  readonly to: string;
  readonly text: string;
  /** The same text with the code masked: what the evidence commits to (S7, S8). */
  readonly masked: string;
  /** The subject's salt, for the commitments of the evidence. */
  readonly salt: Uint8Array;
};

/**
 * Makes the texts of one kind of dispatch; null where there is nothing to send any more because the subject
 * ended.
 */
export type Render = (jobs: readonly LeasedDispatch[]) => Promise<(Rendered | null)[]>;

export type Settled = {
  readonly key: DispatchKey;
  readonly kind: DispatchKind;
  readonly settlement: Settlement;
};

export type GatewayOptions = {
  sql: Sql;
  channels: Partial<Record<ChannelKind, Channel>>;
  clock: Clock;
  metrics: Metrics;
  log: Log;
  /** Told of every batch after its commit, whatever its rooms. */
  onSettled?: ((settled: readonly Settled[]) => void) | undefined;
};

export type Gateway = AsyncDisposable & {
  readonly channels: Partial<Record<ChannelKind, ChannelFace>>;
  /**
   * Which room makes the texts of a kind, and what it writes in the transaction that settles a dispatch of
   * it.
   */
  readonly serve: (kind: DispatchKind, room: Room) => void;
  /** After the commit of a dispatch enqueued as leased: sends it without looking at the table again. */
  readonly send: (job: LeasedDispatch, render: () => Rendered) => void;
  /** Looks for due dispatches now; called when another process says that there are some. */
  readonly wake: () => void;
  /** Begins to claim. Until then only `send` works. */
  readonly start: () => void;
};

/** The room that a kind of dispatch belongs to. */
export type Room = {
  readonly render: Render;
  /** Writes in the transaction that settles its dispatches. */
  readonly onSettled?: (tx: Tx, settled: readonly Settled[]) => Promise<void>;
  /** Told after the commit. */
  readonly onCommitted?: (settled: readonly Settled[]) => void;
};

export const DISPATCH_CHANNEL = 'countersign_dispatch';

const CLAIM_MAX = 200;
const IN_HAND_MAX = 2_000;
const POLL_MS = 1_000;
const DRAIN_MAX_MS = 10_000;
/** How long a stop waits for the answers of the networks. */
const ANSWERS_MAX_MS = 3_000;

type Outcome = { job: LeasedDispatch; settlement: Settlement; rendered: Rendered | null };

/**
 * Enqueues in the caller's transaction. Without a gateway in this process, others are woken at the commit.
 */
export async function enqueue(tx: Tx, rows: readonly NewDispatch[], leased: boolean): Promise<void> {
  const statements: Promise<unknown>[] = [insertDispatches(tx, rows, leased)];
  if (!leased) statements.push(tx`select pg_notify(${DISPATCH_CHANNEL}, '')`.execute());
  await Promise.all(statements);
}

export function createGateway(options: GatewayOptions): Gateway {
  const { sql, channels, clock, metrics, log } = options;
  const rooms = new Map<DispatchKind, Room>();
  const stopping = new AbortController();
  const abandoning = new AbortController();
  let inHand = 0;
  let claiming: Promise<void> = Promise.resolve();
  let wakeUp = new AbortController();

  const outcomes = createBatch<Outcome, void>({ run: record, inFlightMax: 2 });
  for (const channel of Object.values(channels)) {
    channel.onReceipt(
      createReceiptBook({ sql, clock, log, channel: channel.kind, signal: stopping.signal, rooms }),
    );
  }

  async function deliver(job: LeasedDispatch, rendered: Rendered): Promise<Settlement> {
    const channel = channels[job.channel];
    if (!channel) return { to: 'rejected', reason: `no ${job.channel} channel is configured` };
    if (job.remainingMs < 1) return { to: 'expired', reason: 'its time passed before it could be sent' };
    try {
      const message = {
        dispatchId: `${job.subjectId}.${job.n}`,
        to: rendered.to,
        text: rendered.text,
        validityMs: Math.floor(job.remainingMs),
      };
      return settle(await channel.deliver(message, abandoning.signal), job.attempts);
    } catch (error) {
      if (!(error instanceof Outage)) throw error;
      return { to: 'queued', delayMs: error.retryAfterMs, reason: error.message, counted: false };
    }
  }

  async function handle(job: LeasedDispatch, render: () => Rendered | null): Promise<void> {
    inHand++;
    try {
      const rendered = render();
      const settlement: Settlement = rendered
        ? await deliver(job, rendered)
        : { to: 'failed', reason: 'its subject ended before it could be sent' };
      await outcomes.add({ job, settlement, rendered });
    } catch (error) {
      // The lease ends by itself and the dispatch is claimed again; nothing is lost by saying so and going
      // on.
      const outage = asOutage(error);
      log[outage instanceof Outage ? 'warn' : 'error'](
        { err: outage, subject: job.subjectId },
        'dispatch not settled',
      );
    } finally {
      inHand--;
    }
  }

  async function record(batch: Outcome[]): Promise<void[]> {
    const settled = await transaction(sql, async (tx) => {
      const won = await settleDispatches(
        tx,
        batch.map(({ job, settlement }) => ({
          ...keyOf(job),
          attempts: job.attempts,
          ...rowOf(settlement),
        })),
      );
      const keys = new Set(won.map(keyText));
      const kept = batch.filter(({ job }) => keys.has(keyText(job)));
      const groups = Map.groupBy(kept, ({ job }) => job.kind);
      const own = [...groups].map(([kind, outcomes]) => ({
        room: rooms.get(kind),
        settled: outcomes.map(settledOf),
      }));
      await Promise.all([
        appendEntries(
          tx,
          kept.flatMap((outcome) => entryOf(outcome, channels, clock)),
        ),
        ...own.map(({ room, settled }) => room?.onSettled?.(tx, settled)),
      ]);
      return own;
    });
    for (const { room, settled: own } of settled) room?.onCommitted?.(own);
    options.onSettled?.(settled.flatMap(({ settled: own }) => own));
    for (const { job, settlement } of batch) metrics.dispatch(job.channel, settlement.to);
    return batch.map(() => undefined);
  }

  async function claimOnce(): Promise<number> {
    const sinceMs = monotonicMs();
    const claimed = await claimDispatches(sql, Math.min(CLAIM_MAX, IN_HAND_MAX - inHand));
    const live: ClaimedRow[] = [];
    for (const row of claimed) {
      const end = endOf(row);
      if (end) void outcomes.add({ job: row, settlement: end, rendered: null }).catch(logUnsettled);
      else live.push(row);
    }
    for (const [kind, room] of rooms) {
      const jobs = live.filter((row) => row.kind === kind);
      if (jobs.length === 0) continue;
      const rendered = await renderAll(room, jobs);
      const passedMs = monotonicMs() - sinceMs;
      // When the database was that slow, the leases are no longer ours.
      if (passedMs >= LEASE_MS) continue;
      for (const { job, text } of rendered) {
        void handle({ ...job, remainingMs: job.remainingMs - passedMs }, () => text);
      }
    }
    return claimed.length;
  }

  /**
   * What cannot be made now is put back and has not counted; one text that can never be made does not stop
   * the others.
   */
  async function renderAll(
    room: Room,
    jobs: readonly LeasedDispatch[],
  ): Promise<{ job: LeasedDispatch; text: Rendered | null }[]> {
    try {
      const rendered = await room.render(jobs);
      return jobs.map((job, i) => ({ job, text: rendered[i] ?? null }));
    } catch (error) {
      const [first, ...others] = jobs;
      if (first && others.length > 0 && !(asOutage(error) instanceof Outage)) {
        return (await Promise.all(jobs.map((job) => renderAll(room, [job])))).flat();
      }
      log.error({ err: asOutage(error), subject: first?.subjectId }, 'a text could not be made');
      const later = {
        to: 'queued',
        delayMs: POLL_MS,
        reason: 'its text could not be made',
        counted: false,
      } as const;
      for (const job of jobs) {
        void outcomes.add({ job, settlement: later, rendered: null }).catch(logUnsettled);
      }
      return [];
    }
  }

  function logUnsettled(error: unknown): void {
    log.warn({ err: error }, 'the end of a dispatch could not be recorded yet');
  }

  async function claimLoop(): Promise<void> {
    while (!stopping.signal.aborted) {
      wakeUp = new AbortController();
      const signal = AbortSignal.any([stopping.signal, wakeUp.signal]);
      try {
        const claimed = inHand < IN_HAND_MAX ? await claimOnce() : 0;
        if (claimed < CLAIM_MAX) await sleep(POLL_MS, signal);
      } catch (error) {
        const outage = asOutage(error);
        log[outage instanceof Outage ? 'warn' : 'error']({ err: outage }, 'dispatches could not be claimed');
        await sleep(POLL_MS, stopping.signal);
      }
    }
  }

  return {
    channels,
    serve: (kind, room) => void rooms.set(kind, room),
    send: (job, render) => void handle(job, render),
    wake: () => wakeUp.abort(),
    start: () => {
      claiming = claimLoop();
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await claiming;
      // What is with the network already is waited for: abandoned, it would have to be sent a second time.
      for (let waitedMs = 0; waitedMs < DRAIN_MAX_MS; waitedMs += 20) {
        if (inHand === 0) break;
        if (waitedMs >= ANSWERS_MAX_MS) abandoning.abort();
        await sleep(20);
      }
      abandoning.abort();
      await Promise.all(Object.values(channels).map((channel) => channel[Symbol.asyncDispose]()));
    },
  };
}

function endOf(row: ClaimedRow): Settlement | null {
  if (row.overdue) return { to: 'expired', reason: 'its time passed before it could be sent' };
  if (row.exhausted) return { to: 'unknown', reason: 'two attempts, and no certain answer' };
  return null;
}

function keyOf(job: DispatchKey): DispatchKey {
  return { home: job.home, subjectId: job.subjectId, n: job.n };
}

function settledOf({ job, settlement }: Outcome): Settled {
  return { key: keyOf(job), kind: job.kind, settlement };
}

function keyText(key: DispatchKey): string {
  return `${key.subjectId}.${key.n}`;
}

function rowOf(settlement: Settlement): Omit<SettledRow, keyof DispatchKey | 'attempts'> {
  const none = { delayMs: null, uncounted: false, reference: null, reason: null };
  if (settlement.to === 'accepted') return { ...none, state: 'accepted', reference: settlement.reference };
  if (settlement.to !== 'queued') return { ...none, state: settlement.to, reason: settlement.reason };
  const { delayMs, reason, counted } = settlement;
  return { ...none, state: 'queued', delayMs: Math.ceil(delayMs), reason, uncounted: !counted };
}

/**
 * One entry for each end of an attempt that the network answered, or that never went out; a retry leaves
 * none.
 */
function entryOf(
  { job, settlement, rendered }: Outcome,
  channels: GatewayOptions['channels'],
  clock: Clock,
): NewEntry[] {
  if (settlement.to === 'queued') return [];
  const assurance = channels[job.channel]?.assurance ?? ASSURANCES[job.channel];
  const reason = settlement.to === 'accepted' ? {} : { reason: settlement.reason };
  return [
    newEntry(job.home, {
      type: ENTRY_TYPES[settlement.to],
      id: job.subjectId,
      n: job.n,
      timeMs: clock.nowMs(),
      tenant: job.tenantId,
      facts: { kind: job.kind, channel: job.channel, assurance, attempts: job.attempts, ...reason },
      opened: rendered ? { address: rendered.to, text: rendered.masked } : {},
      salt: rendered?.salt ?? NO_SALT,
    }),
  ];
}

/** Nothing is committed where nothing was rendered, so no salt is used. */
const NO_SALT = new Uint8Array(16);

const ENTRY_TYPES = {
  accepted: 'DispatchAccepted',
  rejected: 'DispatchRejected',
  unknown: 'DispatchUnknown',
  expired: 'DispatchExpired',
  failed: 'DispatchFailed',
} as const;
