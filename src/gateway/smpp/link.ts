/**
 * One bind: a connection to an operator's SMSC that is kept up.
 *
 *   idle ─start─▶ connecting ─▶ binding ─▶ bound ──unbind by either side──▶ leaving ─▶ ended
 *                     ▲  │         │         │                                           │
 *                     │  └─────────┴─────────┴── failed, cut, or silent ─────────────────┤
 *                     └───────────────────── back-off with jitter ◀──────────────────────┘
 *
 * At most `window` submit_sm are without an answer (SMPP 3.4, 2.9). Either side may ask enquire_link; when
 * ours is not answered, the connection is half open and is cut. A submit_sm that was written but not
 * answered, because time passed or the connection went, is told as lost: it may or may not have arrived.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { assert } from '../../std/assert.ts';
import { monotonicMs } from '../../std/clock.ts';
import type { Log } from '../../std/log.ts';
import { afterUnref, backoffMs, sleep, type Timer } from '../../std/timer.ts';
import type { Body, Pdu, PduRefused } from './pdu.ts';
import { STATUS, statusName } from './table.ts';
import type { SmppUrl } from './url.ts';
import { Wire } from './wire.ts';

export type LinkTiming = {
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
  /** After so long a silence the link asks whether the other side is there; sooner while answers are due. */
  readonly enquireLinkMs: number;
  readonly enquireTimeoutMs: number;
  readonly reconnectBaseMs: number;
  readonly reconnectMaxMs: number;
  /** How long a clean end waits for answers that are due. */
  readonly drainMs: number;
};

export const LINK_TIMING: LinkTiming = {
  connectTimeoutMs: 5_000,
  responseTimeoutMs: 6_000,
  enquireLinkMs: 10_000,
  enquireTimeoutMs: 4_000,
  reconnectBaseMs: 250,
  reconnectMaxMs: 5_000,
  drainMs: 3_000,
};

export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly messageId: string }
  | { readonly kind: 'lost'; readonly reason: string };

export type LinkOptions = {
  readonly url: SmppUrl;
  readonly log: Log;
  readonly timing: LinkTiming;
  /** Certificates in PEM that are trusted in place of the system's, for smpps. */
  readonly ca?: string;
  /** Called when the bind comes up or goes, when an attempt fails, and when the window has room again. */
  readonly onChange: () => void;
  /** The command_status to answer with; the answer waits for it. It must not reject. */
  readonly onDeliver: (pdu: Pdu<'deliver_sm'>) => Promise<number>;
};

type Outstanding = { readonly deadlineMs: number; readonly onAnswer: (answer: Answer) => void };

const SEQUENCE_MAX = 0x7fffffff;
const DELIVERING_MAX = 1_000;
const TICKS_PER_TIMEOUT = 4;
/** A bind that held so long starts its back-off anew when it goes. */
const STEADY_MS = 5_000;
const UNBIND_WAIT_MS = 1_000;

export class SmppLink {
  readonly #options: LinkOptions;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  readonly #outstanding = new Map<number, Outstanding>();
  #running: Promise<void> | null = null;
  #wire: Wire | null = null;
  #state: 'idle' | 'connecting' | 'binding' | 'bound' | 'leaving' = 'idle';
  #attempted = false;
  #sequence = 0;
  #controlSequence = 0;
  #enquire: { sequence: number; deadlineMs: number } | null = null;
  #delivering = 0;
  #onDrained: (() => void) | null = null;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { host, port, systemId } = options.url;
    this.#log = options.log.child({ smsc: `${host}:${port}`, systemId });
  }

  start(): void {
    assert(this.#running === null, 'a link was started twice');
    this.#running = this.#run();
  }

  get isUp(): boolean {
    return this.#state === 'bound';
  }

  /** Whether the first attempt to bind has not come to its end. */
  get isStarting(): boolean {
    return !this.#attempted;
  }

  /** How many more submit_sm the window takes; none while the other side owes an enquire_link_resp. */
  get free(): number {
    return this.isUp && this.#enquire === null ? this.#options.url.window - this.#outstanding.size : 0;
  }

  get load(): number {
    return this.#outstanding.size / this.#options.url.window;
  }

  /** Writes one submit_sm; the caller has seen that the window is free. `onAnswer` is called exactly once. */
  submit(body: Partial<Body<'submit_sm'>>, onAnswer: (answer: Answer) => void): void {
    assert(this.isUp && this.#wire !== null, 'a submit_sm was given to a link that is not bound');
    const sequence = this.#nextSequence();
    const deadlineMs = monotonicMs() + this.#options.timing.responseTimeoutMs;
    this.#outstanding.set(sequence, { deadlineMs, onAnswer });
    this.#wire.send({ command: 'submit_sm', sequence, body });
  }

  /** Waits for answers that are due, unbinds, and stays away. */
  async close(): Promise<void> {
    this.#stopping.abort();
    const wire = this.#wire;
    if (wire !== null && this.#state === 'bound') {
      this.#state = 'leaving';
      if (this.#outstanding.size > 0) await this.#drained();
      this.#controlSequence = this.#nextSequence();
      wire.send({ command: 'unbind', sequence: this.#controlSequence });
      afterUnref(UNBIND_WAIT_MS, () => wire.destroy('unbind was not answered'));
    } else {
      wire?.destroy('closing');
    }
    await this.#running;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const timer = afterUnref(this.#options.timing.drainMs, resolve);
      this.#onDrained = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  async #run(): Promise<void> {
    const { reconnectBaseMs, reconnectMaxMs } = this.#options.timing;
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      const sinceMs = monotonicMs();
      const reason = await this.#connection();
      this.#attempted = true;
      this.#options.onChange();
      if (this.#stopping.signal.aborted) break;
      if (monotonicMs() - sinceMs > STEADY_MS) attempt = 0;
      const waitMs = backoffMs(attempt, reconnectBaseMs, reconnectMaxMs);
      this.#log.warn({ reason, waitMs }, 'smpp bind is down');
      await sleep(waitMs, this.#stopping.signal);
    }
  }

  /** One connection from its first packet to its last; resolves with the reason of its end. */
  #connection(): Promise<string> {
    return new Promise((resolve) => {
      const { timing, url } = this.#options;
      this.#state = 'connecting';
      const socket = this.#openSocket();
      let ticking: Timer | null = null;
      const wire = new Wire(socket, {
        onPdu: (pdu) => this.#onPdu(wire, pdu),
        onMalformedResponse: (refused) => this.#onMalformedResponse(wire, refused),
        onEnd: (reason) => {
          giveUp.cancel();
          ticking?.cancel();
          this.#onEnd(reason);
          resolve(reason);
        },
      });
      this.#wire = wire;
      const giveUp = afterUnref(timing.connectTimeoutMs, () => {
        if (this.#state !== 'connecting' && this.#state !== 'binding') return;
        socket.destroy();
        wire.destroy('connecting and binding took too long');
      });
      socket.once(url.tls ? 'secureConnect' : 'connect', () => {
        this.#bind(wire);
        const tick = (): void => {
          this.#watch(socket, wire);
          ticking = wire.isOpen ? afterUnref(tickMs(timing), tick) : null;
        };
        tick();
      });
    });
  }

  #openSocket(): Socket {
    const { url, ca } = this.#options;
    const { host, port } = url;
    if (!url.tls) return connect({ host, port });
    const servername = isIP(host) === 0 ? { servername: host } : {};
    return connectTls({
      host,
      port,
      ...servername,
      ...(ca === undefined ? {} : { ca }),
      minVersion: 'TLSv1.2',
    });
  }

  #bind(wire: Wire): void {
    const { url } = this.#options;
    this.#state = 'binding';
    this.#controlSequence = this.#nextSequence();
    wire.send({
      command: 'bind_transceiver',
      sequence: this.#controlSequence,
      body: {
        system_id: url.systemId,
        password: url.password.reveal(),
        system_type: url.systemType,
        interface_version: 0x34,
      },
    });
  }

  #onPdu(wire: Wire, pdu: Pdu): void {
    const { sequence } = pdu;
    switch (pdu.command) {
      case 'submit_sm_resp':
        this.#answer(sequence, { kind: 'answered', status: pdu.status, messageId: pdu.body.message_id });
        if (pdu.status === STATUS.ESME_RINVBNDSTS) this.#leave(wire, 'the operator does not know the bind');
        return;
      case 'deliver_sm':
        return void this.#deliver(wire, pdu);
      case 'enquire_link':
        return wire.send({ command: 'enquire_link_resp', sequence });
      case 'enquire_link_resp':
        return this.#onEnquireAnswered(sequence);
      case 'bind_transceiver_resp':
        return this.#onBindAnswered(wire, pdu);
      case 'unbind':
        wire.send({ command: 'unbind_resp', sequence });
        return this.#leave(wire, 'the operator unbound');
      case 'unbind_resp':
        return wire.destroy('unbound');
      case 'generic_nack':
        return this.#onNack(wire, pdu);
      case 'outbind':
        // We are bound or about to be: an outbind asks for nothing more.
        return;
      case 'bind_receiver':
      case 'bind_transmitter':
      case 'bind_transceiver':
      case 'submit_sm':
      case 'query_sm':
      case 'cancel_sm':
        return wire.send({ command: 'generic_nack', sequence, status: STATUS.ESME_RINVCMDID });
      case 'bind_receiver_resp':
      case 'bind_transmitter_resp':
      case 'deliver_sm_resp':
      case 'query_sm_resp':
      case 'cancel_sm_resp':
        // Answers to questions that we never ask.
        return;
    }
  }

  #onBindAnswered(wire: Wire, pdu: Pdu<'bind_transceiver_resp'>): void {
    if (this.#state !== 'binding' || pdu.sequence !== this.#controlSequence) return;
    if (pdu.status !== STATUS.ESME_ROK) {
      return wire.destroy(`the bind was refused with ${statusName(pdu.status)}`);
    }
    this.#state = 'bound';
    this.#attempted = true;
    this.#log.info('smpp bind is up');
    this.#options.onChange();
  }

  /** No more is sent; answers that are on their way are still heard. */
  #leave(wire: Wire, reason: string): void {
    if (this.#state !== 'bound') return;
    this.#state = 'leaving';
    wire.end();
    afterUnref(UNBIND_WAIT_MS, () => wire.destroy(reason));
    this.#options.onChange();
  }

  #onNack(wire: Wire, pdu: Pdu<'generic_nack'>): void {
    const status = pdu.status === STATUS.ESME_ROK ? STATUS.ESME_RUNKNOWNERR : pdu.status;
    if (this.#enquire?.sequence === pdu.sequence) return this.#onEnquireAnswered(pdu.sequence);
    if (this.#state === 'binding') return wire.destroy(`the bind was refused with ${statusName(status)}`);
    if (this.#outstanding.has(pdu.sequence)) {
      return this.#answer(pdu.sequence, { kind: 'answered', status, messageId: '' });
    }
    this.#log.warn({ status: statusName(status), sequence: pdu.sequence }, 'smpp generic_nack');
  }

  #onMalformedResponse(wire: Wire, refused: PduRefused): void {
    this.#log.warn({ detail: refused.detail }, 'smpp response could not be read');
    if (this.#state === 'binding') return wire.destroy(refused.detail ?? refused.refusal);
    this.#answer(refused.sequence, { kind: 'lost', reason: refused.detail ?? refused.refusal });
  }

  #answer(sequence: number, answer: Answer): void {
    const entry = this.#outstanding.get(sequence);
    if (entry === undefined) {
      // The answer to a submit_sm that was already told as lost, or a number we never used.
      this.#log.debug({ sequence }, 'smpp response came too late');
      return;
    }
    this.#outstanding.delete(sequence);
    entry.onAnswer(answer);
    if (this.#outstanding.size === 0) this.#onDrained?.();
    this.#options.onChange();
  }

  #onEnquireAnswered(sequence: number): void {
    if (this.#enquire?.sequence !== sequence) return;
    this.#enquire = null;
    this.#options.onChange();
  }

  async #deliver(wire: Wire, pdu: Pdu<'deliver_sm'>): Promise<void> {
    const { sequence } = pdu;
    if (this.#delivering >= DELIVERING_MAX) {
      return wire.send({ command: 'deliver_sm_resp', sequence, status: STATUS.ESME_RMSGQFUL });
    }
    this.#delivering++;
    const status = await this.#options.onDeliver(pdu);
    this.#delivering--;
    wire.send({ command: 'deliver_sm_resp', sequence, status });
  }

  /**
   * Looks at everything that can be overdue. Timeouts are alike, so the oldest submit_sm is overdue first.
   */
  #watch(socket: Socket, wire: Wire): void {
    const { timing } = this.#options;
    const nowMs = monotonicMs();
    if (this.#enquire !== null && nowMs >= this.#enquire.deadlineMs) {
      if (wire.heardAtMs < this.#enquire.deadlineMs - timing.enquireTimeoutMs) {
        socket.destroy();
        return wire.destroy('enquire_link was not answered: the connection is half open');
      }
      // Something came, if not the answer: the other side lives.
      this.#enquire = null;
    }
    for (const [sequence, { deadlineMs }] of this.#outstanding) {
      if (deadlineMs > nowMs) break;
      this.#answer(sequence, { kind: 'lost', reason: 'no answer within the response timeout' });
    }
    const silenceMs =
      this.#outstanding.size > 0
        ? Math.min(timing.enquireLinkMs, timing.responseTimeoutMs / 2)
        : timing.enquireLinkMs;
    if (this.#state !== 'bound' || this.#enquire !== null || nowMs - wire.heardAtMs < silenceMs) return;
    this.#enquire = { sequence: this.#nextSequence(), deadlineMs: nowMs + timing.enquireTimeoutMs };
    wire.send({ command: 'enquire_link', sequence: this.#enquire.sequence });
  }

  #onEnd(reason: string): void {
    this.#state = 'idle';
    this.#wire = null;
    this.#enquire = null;
    const lost = [...this.#outstanding.values()];
    this.#outstanding.clear();
    for (const { onAnswer } of lost) onAnswer({ kind: 'lost', reason });
    this.#onDrained?.();
  }

  #nextSequence(): number {
    this.#sequence = this.#sequence >= SEQUENCE_MAX ? 1 : this.#sequence + 1;
    return this.#sequence;
  }
}

function tickMs(timing: LinkTiming): number {
  const shortest = Math.min(timing.responseTimeoutMs, timing.enquireLinkMs, timing.enquireTimeoutMs);
  return Math.max(10, Math.min(1_000, shortest / TICKS_PER_TIMEOUT));
}
