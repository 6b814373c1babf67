/**
 * A link to one bank's host: several connections, and the exchange of requests for answers over them.
 *
 *   exchange ─▶ waiting ─▶ least loaded connection that is up and has room ─▶ written ─▶ answered
 *                  │                                                             ├─ no answer in time, cut ─▶ lost
 *                  └─ nothing is up, or waited too long ─▶ unsent: certain       └─ its answer comes later ─▶ onLate
 *
 * An answer belongs to the request with the same STAN, retrieval reference, terminal and date, whichever
 * connection it comes over; the same answer again is counted and dropped. "Lost" may or may not have been
 * carried out; what follows is the caller's to decide (S21).
 */
import { assert } from '../std/assert.ts';
import { monotonicMs, type Clock } from '../std/clock.ts';
import type { Log } from '../std/log.ts';
import { afterUnref, sleep, type Timer } from '../std/timer.ts';
import { createRecent } from '../std/recent.ts';
import { BankConnection, type ConnectionTiming } from './connection.ts';
import { answerMti, isAnswer, textOf, type Message } from './iso8583/message.ts';
import type { BankUrl } from './url.ts';

export type LinkTiming = ConnectionTiming & {
  /** How long a request may wait for room. */
  readonly waitMaxMs: number;
  /** How long a clean end waits for answers that are due. */
  readonly drainMs: number;
};

const LINK_TIMING: LinkTiming = {
  connectTimeoutMs: 5_000,
  echoMs: 30_000,
  echoTimeoutMs: 5_000,
  reconnectBaseMs: 250,
  reconnectMaxMs: 10_000,
  waitMaxMs: 2_000,
  drainMs: 3_000,
};

export type Answer =
  | { readonly kind: 'answered'; readonly message: Message }
  /** It may have arrived. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** It has certainly not. */
  | { readonly kind: 'unsent'; readonly reason: string };

export type LinkOptions = {
  readonly url: BankUrl;
  readonly log: Log;
  readonly clock: Clock;
  /** For network management; requests bring their own. */
  readonly nextStan: () => Promise<string>;
  /** An answer that nobody waits for any more, or that an earlier process waited for. */
  readonly onLate: (message: Message) => void;
  readonly ca?: string;
  readonly timing?: Partial<LinkTiming>;
};

type Pending = {
  readonly line: Line;
  readonly deadlineMs: number;
  readonly resolve: (answer: Answer) => void;
};
type Waiting = {
  readonly request: Message;
  readonly untilMs: number;
  readonly resolve: (answer: Answer) => void;
};
type Line = { readonly connection: BankConnection; owed: number };

/** As many answers are remembered, to know one that comes twice. */
const RECENT_MAX = 20_000;
const TICK_MAX_MS = 250;
const TICK_MIN_MS = 5;

export class BankLink implements AsyncDisposable {
  /** Answers that came twice, and that came too late. */
  readonly counts = { duplicates: 0, late: 0 };
  readonly #options: LinkOptions;
  readonly #timing: LinkTiming;
  readonly #lines: Line[] = [];
  readonly #pending = new Map<string, Pending>();
  readonly #answered = createRecent<true>(RECENT_MAX);
  #waiting: Waiting[] = [];
  #ticking: Timer | null = null;
  #closing = false;

  /** Starts connecting at once. */
  constructor(options: LinkOptions) {
    this.#options = options;
    this.#timing = { ...LINK_TIMING, ...options.timing };
    for (let i = 0; i < options.url.connections; i++) this.#lines.push(this.#openLine());
    for (const { connection } of this.#lines) connection.start();
  }

  get isUp(): boolean {
    return this.#lines.some(({ connection }) => connection.isUp);
  }

  /** Whether there is hope: a connection is up, or its first attempt is under way. */
  get isHopeful(): boolean {
    return this.#lines.some(({ connection }) => connection.isUp || connection.isStarting);
  }

  /** Sends a request with its own STAN; every one ends in exactly one answer. */
  exchange(request: Message): Promise<Answer> {
    assert(!isAnswer(request.mti), 'an answer was given to a link as a request');
    return new Promise((resolve) => {
      this.#waiting.push({ request, resolve, untilMs: monotonicMs() + this.#timing.waitMaxMs });
      this.#pump();
    });
  }

  /** Waits for answers that are due, signs off and closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#pump();
    const untilMs = monotonicMs() + this.#timing.drainMs;
    while (this.#pending.size > 0 && this.isUp && monotonicMs() < untilMs) await sleep(TICK_MIN_MS);
    await Promise.all(this.#lines.map(({ connection }) => connection.close()));
    this.#loseAll(() => true, 'the link was closed');
    this.#ticking?.cancel();
  }

  #openLine(): Line {
    const { url, log, clock, nextStan, ca } = this.#options;
    const connection = new BankConnection({
      url,
      log,
      clock,
      nextStan,
      timing: this.#timing,
      ...(ca === undefined ? {} : { ca }),
      onMessage: (message) => this.#onMessage(message),
      onChange: () => {
        if (!connection.isUp) this.#loseAll((pending) => pending.line === line, 'the connection was lost');
        this.#pump();
      },
      isOwed: () => line.owed > 0,
    });
    const line: Line = { connection, owed: 0 };
    return line;
  }

  /** Gives what waits to connections with room; ends what has waited too long, or waits for nothing. */
  #pump(): void {
    const nowMs = monotonicMs();
    while (this.#waiting.length > 0) {
      const line = this.#closing ? null : this.#lineWithRoom();
      if (line === null) break;
      const next = this.#waiting.shift();
      if (next !== undefined) this.#write(line, next, nowMs);
    }
    const reason = this.#closing
      ? 'the link is closing'
      : this.isHopeful
        ? 'there was no room in time'
        : 'no connection is up';
    const isOver = (one: Waiting): boolean => this.#closing || !this.isHopeful || one.untilMs <= nowMs;
    const over = this.#waiting.filter(isOver);
    if (over.length > 0) this.#waiting = this.#waiting.filter((one) => !isOver(one));
    for (const { resolve } of over) resolve({ kind: 'unsent', reason });
    this.#tick();
  }

  #lineWithRoom(): Line | null {
    let best: Line | null = null;
    for (const line of this.#lines) {
      const { connection, owed } = line;
      const hasRoom = connection.isUp && !connection.isDoubted && owed < this.#options.url.window;
      if (hasRoom && owed < (best?.owed ?? Infinity)) best = line;
    }
    return best;
  }

  #write(line: Line, { request, resolve }: Waiting, nowMs: number): void {
    const key = keyOf(request, answerMti(request.mti));
    if (key === null || this.#pending.has(key)) {
      const reason =
        key === null ? 'the request cannot be told from others' : 'the same request is under way';
      return resolve({ kind: 'unsent', reason });
    }
    const refused = line.connection.send(request);
    if (refused !== null) {
      this.#options.log.error(
        { detail: refused.detail, mti: request.mti },
        'a message for a bank cannot be written',
      );
      return resolve({ kind: 'unsent', reason: refused.detail ?? refused.refusal });
    }
    this.#answered.delete(key);
    line.owed++;
    this.#pending.set(key, { line, deadlineMs: nowMs + this.#options.url.timeoutMs, resolve });
  }

  #onMessage(message: Message): void {
    const key = keyOf(message, message.mti);
    const pending = key === null ? undefined : this.#pending.get(key);
    if (key === null || !isAnswer(message.mti)) {
      this.#options.log.warn({ mti: message.mti }, 'a message of the bank answers nothing');
    } else if (pending !== undefined) {
      this.#answered.set(key, true);
      this.#end(key, pending, { kind: 'answered', message });
      this.#pump();
    } else if (this.#answered.get(key) === true) {
      this.counts.duplicates++;
      this.#options.log.warn({ mti: message.mti, stan: textOf(message, 11) }, 'the bank answered twice');
    } else {
      this.#answered.set(key, true);
      this.counts.late++;
      this.#options.onLate(message);
    }
  }

  #end(key: string, pending: Pending, answer: Answer): void {
    this.#pending.delete(key);
    pending.line.owed--;
    pending.resolve(answer);
  }

  #loseAll(isLost: (pending: Pending) => boolean, reason: string): void {
    for (const [key, pending] of this.#pending) {
      if (isLost(pending)) this.#end(key, pending, { kind: 'lost', reason });
    }
  }

  /** Looks again while something can become overdue. */
  #tick(): void {
    if (this.#ticking !== null || (this.#pending.size === 0 && this.#waiting.length === 0)) return;
    const shortest = Math.min(this.#options.url.timeoutMs, this.#timing.waitMaxMs);
    const tickMs = Math.max(TICK_MIN_MS, Math.min(TICK_MAX_MS, shortest / 4));
    this.#ticking = afterUnref(tickMs, () => {
      this.#ticking = null;
      const nowMs = monotonicMs();
      this.#loseAll(({ deadlineMs }) => deadlineMs <= nowMs, 'no answer within the response timeout');
      this.#pump();
    });
  }
}

/**
 * What an answer and its request have in common, under the type of the answer; null where either would lack
 * it. The date is the local one of the transaction.
 */
function keyOf(message: Message, mti: string): string | null {
  const [stan, reference, terminal, date] = [11, 37, 41, 13].map((field) => textOf(message, field));
  if (stan === null || reference === null || terminal === null || date === null) return null;
  return `${mti} ${stan} ${reference} ${terminal} ${date}`;
}
