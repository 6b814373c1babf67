/**
 * Has the newest checkpoint time-stamped whenever entries are in the log that no stamped checkpoint covers.
 * It runs beside the sequencer and holds up nothing: while the authority is down, receipts say that their
 * time-stamp is pending, and the first stamp afterwards covers all that came meanwhile.
 *
 *   idle ── a checkpoint without stamp, and the turn is free ──▶ asking ─┬─ granted ──▶ kept; idle for intervalMs
 *                                                                         └─ refused, no answer ──▶ backs off
 *
 * Any number of processes may run one; the turn (store.ts) lets one ask at a time. What takes tokens apart is
 * loaded with the first request, for it would make every start slower.
 */
import type { Outbound } from '../../http/outbound.ts';
import { utf8 } from '../../std/bytes.ts';
import type { Log } from '../../std/log.ts';
import type { Metrics } from '../../std/metrics.ts';
import { Outage } from '../../std/outage.ts';
import { systemRandom, type Random } from '../../std/random.ts';
import { backoffMs, sleep } from '../../std/timer.ts';
import { isStoreOutage, type Sql } from '../../store/connection.ts';
import type { Authority, AuthorityOptions } from './authority.ts';
import type { Granted } from './protocol.ts';
import * as store from './store.ts';

export type StamperOptions = Pick<AuthorityOptions, 'url' | 'caPem'> & {
  readonly sql: Sql;
  readonly log: Log;
  /** Closed with the stamper. */
  readonly outbound: Outbound;
  readonly random?: Random;
  /** The shortest time between two stamps. */
  readonly intervalMs: number;
};

/** What one look came to. */
export type Look = 'nothing' | 'stamped' | 'failed';

const POLL_MAX_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;
/** Longer than any request takes, so that a turn ends by itself only when its process has died. */
const TURN_MS = 15_000;

export class Stamper implements AsyncDisposable {
  readonly #options: StamperOptions;
  readonly #stop = new AbortController();
  #authority: Authority | null = null;
  #running: Promise<void> | null = null;
  #failures = 0;

  constructor(options: StamperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    // A request that waits for its answer ends with its connection.
    await this.#options.outbound[Symbol.asyncDispose]();
    await this.#running;
  }

  /** Looks once, also when the loop is not started. Throws only when the database does. */
  async look(): Promise<Look> {
    const { sql, intervalMs } = this.#options;
    const turn = await store.takeTurn(sql, TURN_MS);
    if (!turn) return 'nothing';
    const granted = await this.#ask(utf8(turn.note));
    if (granted === null) {
      await store.giveTurnBack(sql, turn, this.#backoffMs());
      return 'failed';
    }
    const { token, timeStamp } = granted;
    await store.keepStamp(sql, turn, { token, timeMs: timeStamp.timeMs, tsa: timeStamp.tsa }, intervalMs);
    this.#failures = 0;
    return 'stamped';
  }

  async #run(): Promise<void> {
    const pollMs = Math.min(POLL_MAX_MS, this.#options.intervalMs);
    while (!this.#stop.signal.aborted) {
      try {
        await this.look();
      } catch (error) {
        const what = isStoreOutage(error)
          ? 'time-stamps wait for the database'
          : 'time-stamping cannot go on';
        this.#options.log.error({ err: error }, what);
        await sleep(this.#backoffMs(), this.#stop.signal);
      }
      await sleep(pollMs, this.#stop.signal);
    }
  }

  /** Gives null when the authority refuses or does not answer, and says so in the log. */
  async #ask(message: Uint8Array): Promise<Granted | null> {
    const { log } = this.#options;
    try {
      this.#authority ??= await this.#openAuthority();
      const answer = await this.#authority.stamp(message);
      if (answer.ok) return answer.value;
      log.error({ refusal: answer.refusal, detail: answer.detail }, 'the time-stamp was refused');
    } catch (error) {
      if (!(error instanceof Outage)) throw error;
      if (!this.#stop.signal.aborted) log.warn({ err: error }, 'the time-stamping authority is down');
    }
    return null;
  }

  async #openAuthority(): Promise<Authority> {
    const { createAuthority } = await import('./authority.ts');
    return createAuthority({ random: systemRandom, ...this.#options });
  }

  #backoffMs(): number {
    const baseMs = Math.min(POLL_MAX_MS, this.#options.intervalMs);
    return baseMs + backoffMs(this.#failures++, baseMs, BACKOFF_MAX_MS);
  }
}

/**
 * Says for all processes whether checkpoints are stamped from now on, and starts a stamper when they are. For
 * the role that keeps the log, before it takes its first entry.
 */
export async function startTimeStamps(
  sql: Sql,
  stamper: StamperOptions | null,
): Promise<AsyncDisposable | null> {
  await store.setWanted(sql, stamper !== null);
  if (!stamper) return null;
  const started = new Stamper(stamper);
  started.start();
  return started;
}

/** What operators watch. Read when it is asked for, so that it is right in processes that stamp nothing. */
export function watchTimeStamps(sql: Sql, metrics: Metrics): void {
  metrics.gauge('time_stamp_age_seconds', 'Since the last time-stamp; NaN while there is none.', async () => {
    const { wanted, ageMs } = await store.readStampState(sql);
    return wanted && ageMs !== null ? ageMs / 1000 : NaN;
  });
  metrics.gauge('time_stamp_waiting_entries', 'Entries that no time-stamp covers yet.', async () => {
    const { waiting } = await store.readStampState(sql);
    return waiting;
  });
}
