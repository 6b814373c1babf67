/**
 * The queue before the binds: which submit_sm goes over which bind, and when.
 *
 *   waiting ──(a bind is up, has room, and its account's pace allows)──▶ written ──▶ accepted | refused | lost
 *      └──(waited too long, no bind is up, aborted, closed)──▶ unsent
 *
 * "Unsent" is certain, "lost" is not. Every submission ends in exactly one call of its `onSubmitted`.
 */
import { monotonicMs } from '../../std/clock.ts';
import { after, type Timer } from '../../std/timer.ts';
import type { Segment } from '../sms/segment.ts';
import type { Book } from './book.ts';
import type { Answer, SmppLink } from './link.ts';
import type { Pace } from './pace.ts';
import type { Body } from './pdu.ts';
import { STATUS } from './table.ts';
import { relativeTime } from './time.ts';
import type { SmppUrl } from './url.ts';

/** One operator's account: its binds share a pace, a sender and a space of message ids. */
export type Account = {
  readonly url: SmppUrl;
  readonly links: readonly SmppLink[];
  readonly pace: Pace;
  readonly book: Book;
};

export type Submitted =
  | { readonly kind: 'accepted'; readonly messageId: string; readonly account: Account }
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfterMs: number }
  | { readonly kind: 'unsent'; readonly reason: string; readonly retryAfterMs: number }
  | { readonly kind: 'lost'; readonly reason: string };

export type Submission = {
  /** E.164 without its plus. */
  readonly to: string;
  readonly segment: Segment;
  readonly validityMs: number;
  readonly signal: AbortSignal;
  /** The account that has the earlier segments, or null when any will do. */
  readonly account: Account | null;
  readonly onSubmitted: (submitted: Submitted) => void;
};

type Job = Submission & { readonly sinceMs: number; state: 'waiting' | 'written' | 'over' };

const WAKE_MS = 100;
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;
const DATA_CODING = { gsm: 0, ucs2: 8 } as const;
const ESM_HEADER = 0x40;
const INTERNATIONAL = 1;
const ISDN = 1;

export class Dispatcher {
  readonly #accounts: readonly Account[];
  readonly #waitMaxMs: number;
  readonly #waiting = new Set<Job>();
  /** Later segments of a text go before new texts. */
  readonly #urgent = new Set<Job>();
  readonly #bySignal = new WeakMap<AbortSignal, Set<Job>>();
  #timer: Timer | null = null;
  #closed = false;

  constructor(accounts: readonly Account[], waitMaxMs: number) {
    this.#accounts = accounts;
    this.#waitMaxMs = waitMaxMs;
  }

  get isUp(): boolean {
    return this.#accounts.some(isUp);
  }

  submit(submission: Submission): void {
    const job: Job = { ...submission, sinceMs: monotonicMs(), state: 'waiting' };
    const refusal = this.#whyNot(job);
    if (refusal !== null) return this.#unsent(job, refusal);
    this.#watchSignal(job);
    (job.account === null ? this.#waiting : this.#urgent).add(job);
    this.pump();
  }

  /** Sends what can be sent. Called when a bind changes, room is made, or time has passed. */
  pump(): void {
    if (this.#waiting.size + this.#urgent.size === 0) return;
    const nowMs = monotonicMs();
    this.#giveUp(nowMs);
    for (const job of this.#urgent) {
      const choice = job.account === null ? null : this.#choose([job.account], nowMs);
      if (choice !== null) this.#send(job, choice, nowMs);
    }
    for (const job of this.#waiting) {
      const choice = this.#choose(this.#accounts, nowMs);
      if (choice === null) break;
      this.#send(job, choice, nowMs);
    }
    this.#arm(nowMs);
  }

  /** What waits is unsent; what is written is left to its link. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    for (const job of this.#jobs()) this.#unsent(job, 'the channel is closing');
  }

  #jobs(): Job[] {
    return [...this.#urgent, ...this.#waiting];
  }

  #whyNot(job: Job): string | null {
    if (this.#closed) return 'the channel is closed';
    if (job.signal.aborted) return 'the delivery was aborted';
    const accounts = job.account === null ? this.#accounts : [job.account];
    if (!accounts.some(isReachable)) return 'no bind to the operator is up';
    // Behind a limit it is known at once that the wait would be too long.
    const perWait = (this.#limit() * this.#waitMaxMs) / 1000;
    return job.account === null && this.#waiting.size >= Math.max(1, perWait) ? 'the operator is busy' : null;
  }

  #limit(): number {
    let limit = 0;
    for (const { pace } of this.#accounts) limit += pace.limit();
    return limit;
  }

  #giveUp(nowMs: number): void {
    const isReachableAtAll = this.#accounts.some(isReachable);
    for (const jobs of [this.#urgent, this.#waiting]) {
      for (const job of jobs) {
        const isLate = nowMs - job.sinceMs >= this.#waitMaxMs;
        const isCutOff = job.account === null ? !isReachableAtAll : !isReachable(job.account);
        // They wait in the order of their coming, so the first that is not late ends the search.
        if (!isLate && isReachableAtAll && job.account === null) break;
        if (isCutOff) this.#unsent(job, 'no bind to the operator is up');
        else if (isLate) this.#unsent(job, 'the operator is busy');
      }
    }
  }

  #choose(accounts: readonly Account[], nowMs: number): { account: Account; link: SmppLink } | null {
    let best: { account: Account; link: SmppLink } | null = null;
    for (const account of accounts) {
      if (account.pace.waitMs(nowMs) > 0) continue;
      for (const link of account.links) {
        if (link.free > 0 && (best === null || link.load < best.link.load)) best = { account, link };
      }
    }
    return best;
  }

  #send(job: Job, { account, link }: { account: Account; link: SmppLink }, nowMs: number): void {
    const validityMs = job.validityMs - (nowMs - job.sinceMs);
    // A code that is past its time is not sent at all (S2).
    if (validityMs <= 0) return this.#unsent(job, 'the validity ended while the message waited');
    this.#leaveQueue(job);
    job.state = 'written';
    account.pace.sent(nowMs);
    link.submit(bodyOf(job, account, validityMs), (answer) => this.#answered(job, account, answer));
  }

  #answered(job: Job, account: Account, answer: Answer): void {
    if (answer.kind === 'lost') return this.#over(job, answer);
    const { status, messageId } = answer;
    if (status === STATUS.ESME_ROK) {
      account.pace.accepted(monotonicMs());
      return this.#over(job, { kind: 'accepted', messageId, account });
    }
    if (status === STATUS.ESME_RTHROTTLED || status === STATUS.ESME_RMSGQFUL)
      account.pace.slowDown(monotonicMs());
    return this.#over(job, { kind: 'refused', status, retryAfterMs: this.#retryAfterMs() });
  }

  #unsent(job: Job, reason: string): void {
    this.#leaveQueue(job);
    this.#over(job, { kind: 'unsent', reason, retryAfterMs: this.#retryAfterMs() });
  }

  #over(job: Job, submitted: Submitted): void {
    if (job.state === 'over') return;
    job.state = 'over';
    this.#bySignal.get(job.signal)?.delete(job);
    job.onSubmitted(submitted);
  }

  #leaveQueue(job: Job): void {
    this.#waiting.delete(job);
    this.#urgent.delete(job);
  }

  #retryAfterMs(): number {
    const backlogMs = ((this.#waiting.size + 1) * 1000) / this.#limit();
    return Math.ceil(Math.min(RETRY_MAX_MS, Math.max(RETRY_MIN_MS, backlogMs)));
  }

  /** One listener for each signal, for a worker may give thousands of messages the same one. */
  #watchSignal(job: Job): void {
    const watched = this.#bySignal.get(job.signal);
    if (watched !== undefined) return void watched.add(job);
    const jobs = new Set([job]);
    this.#bySignal.set(job.signal, jobs);
    const onAbort = (): void => {
      for (const job of jobs) {
        if (job.state === 'waiting') this.#unsent(job, 'the delivery was aborted');
        else this.#over(job, { kind: 'lost', reason: 'the delivery was aborted before the answer came' });
      }
    };
    job.signal.addEventListener('abort', onAbort, { once: true });
  }

  #arm(nowMs: number): void {
    if (this.#timer !== null || this.#closed || this.#waiting.size + this.#urgent.size === 0) return;
    let waitMs = WAKE_MS;
    for (const { pace } of this.#accounts) {
      const paceMs = pace.waitMs(nowMs);
      if (paceMs > 0) waitMs = Math.min(waitMs, paceMs);
    }
    this.#timer = after(waitMs, () => {
      this.#timer = null;
      this.pump();
    });
  }
}

function isUp(account: Account): boolean {
  return account.links.some((link) => link.isUp);
}

/** Up, or in its first attempt: right after the start a message waits for the bind instead of failing. */
function isReachable(account: Account): boolean {
  return account.links.some((link) => link.isUp || link.isStarting);
}

function bodyOf(job: Job, account: Account, validityMs: number): Partial<Body<'submit_sm'>> {
  const { source } = account.url;
  const { header, payload, coding } = job.segment;
  return {
    source_addr_ton: source.ton,
    source_addr_npi: source.npi,
    source_addr: source.addr,
    dest_addr_ton: INTERNATIONAL,
    dest_addr_npi: ISDN,
    destination_addr: job.to,
    esm_class: header.length > 0 ? ESM_HEADER : 0,
    validity_period: relativeTime(validityMs),
    registered_delivery: 1,
    data_coding: DATA_CODING[coding],
    short_message: header.length > 0 ? Buffer.concat([header, payload]) : payload,
  };
}
