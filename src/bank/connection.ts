/**
 * One connection to a bank's host that is kept up.
 *
 *   idle ─start─▶ connecting ─▶ signing on ─▶ up ──signed off, or ended by the host──▶ leaving ─▶ ended
 *                     ▲   │         │          │                                              │
 *                     │   └─────────┴──────────┴── failed, refused, cut, or silent ───────────┤
 *                     └────────────────────── back-off with jitter ◀─────────────────────────┘
 *
 * Network management is by 0800 and 0810 (ISO 8583:1987, 4.1.8): sign-on before anything else, an echo test
 * after a silence. An echo test that is not answered means that the connection is half open: it is cut. The
 * host may ask too.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { assert } from '../std/assert.ts';
import { monotonicMs, type Clock } from '../std/clock.ts';
import type { Log } from '../std/log.ts';
import { afterUnref, backoffMs, sleep, type Timer } from '../std/timer.ts';
import { describe } from './iso8583/describe.ts';
import { answerMti, textOf, type CodecRefused, type Message } from './iso8583/message.ts';
import { SPECS } from './iso8583/specs.ts';
import { transmissionTime } from './number.ts';
import type { BankUrl } from './url.ts';
import { Wire } from './wire.ts';

export type ConnectionTiming = {
  readonly connectTimeoutMs: number;
  /** After so long a silence the host is asked whether it is there; sooner while answers are due. */
  readonly echoMs: number;
  readonly echoTimeoutMs: number;
  readonly reconnectBaseMs: number;
  readonly reconnectMaxMs: number;
};

export type ConnectionOptions = {
  readonly url: BankUrl;
  readonly log: Log;
  readonly timing: ConnectionTiming;
  /** Certificates in PEM that are trusted in place of the system's, for iso8583s. */
  readonly ca?: string;
  readonly clock: Clock;
  /** The next system trace audit number; a rejection means that it cannot be had now. */
  readonly nextStan: () => Promise<string>;
  /** Everything but network management. */
  readonly onMessage: (message: Message) => void;
  /** Called when the connection comes up, goes, or an attempt fails. */
  readonly onChange: () => void;
  /** Whether answers are due on this connection. */
  readonly isOwed: () => boolean;
};

/** Field 70: what network management is about. */
const NETWORK = { signOn: '001', signOff: '002', echo: '301' } as const;

const APPROVED = '00';
/** A connection that held so long starts its back-off anew when it goes. */
const STEADY_MS = 5_000;
const SIGN_OFF_WAIT_MS = 1_000;
const TICKS_PER_TIMEOUT = 4;

export class BankConnection {
  readonly #options: ConnectionOptions;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  #wire: Wire | null = null;
  #state: 'idle' | 'connecting' | 'signing on' | 'up' | 'leaving' = 'idle';
  #attempted = false;
  /** The STAN of our own 0800 that is not answered yet. */
  #asked = '';
  #echo: { readonly deadlineMs: number } | null = null;
  #echoing = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { host, port } = options.url;
    this.#log = options.log.child({ bank: `${host}:${port}` });
  }

  start(): void {
    assert(this.#running === null, 'a connection was started twice');
    this.#running = this.#run();
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** Whether the first attempt has not come to its end. */
  get isStarting(): boolean {
    return !this.#attempted;
  }

  /** Whether the host owes us the answer to an echo test. */
  get isDoubted(): boolean {
    return this.#echo !== null;
  }

  /** The caller has seen that the connection is up. Null when it was written. */
  send(message: Message): CodecRefused | null {
    assert(this.isUp && this.#wire !== null, 'a message was given to a connection that is not up');
    const { spec } = this.#options.url;
    if (this.#log.isLevelEnabled('debug'))
      this.#log.debug({ message: describe(message, SPECS[spec]) }, 'to bank');
    return this.#wire.send(message);
  }

  /** Signs off and stays away; answers that are due are the caller's to wait for. */
  async close(): Promise<void> {
    this.#stopping.abort();
    const wire = this.#wire;
    if (wire !== null && this.#state === 'up') {
      this.#state = 'leaving';
      afterUnref(SIGN_OFF_WAIT_MS, () => wire.destroy('the sign-off was not answered'));
      await this.#manage(wire, NETWORK.signOff);
    } else {
      wire?.destroy('closing');
    }
    await this.#running;
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
      this.#log.warn({ reason, waitMs }, 'bank connection is down');
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
        spec: SPECS[url.spec],
        header: url.header,
        onMessage: (message) => this.#onMessage(wire, message),
        onMalformed: ({ detail }) => this.#log.warn({ detail }, 'a message of the bank could not be read'),
        onEnd: (reason) => {
          giveUp.cancel();
          ticking?.cancel();
          this.#state = 'idle';
          this.#wire = null;
          this.#echo = null;
          resolve(reason);
        },
      });
      this.#wire = wire;
      const giveUp = afterUnref(timing.connectTimeoutMs, () => {
        if (this.#state !== 'connecting' && this.#state !== 'signing on') return;
        socket.destroy();
        wire.destroy('connecting and signing on took too long');
      });
      socket.once(url.tls ? 'secureConnect' : 'connect', () => {
        this.#state = 'signing on';
        void this.#manage(wire, NETWORK.signOn);
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

  /** Asks by 0800; where no number can be had for it, a sign-on fails and an echo test waits. */
  async #manage(wire: Wire, code: string): Promise<boolean> {
    const { clock, url, nextStan } = this.#options;
    try {
      const stan = await nextStan();
      this.#asked = stan;
      const fields = { 7: transmissionTime(clock.nowMs()), 11: stan, 32: url.acquirer, 70: code };
      const refused = wire.send({ mti: '0800', fields });
      assert(refused === null, refused?.detail ?? '');
      return true;
    } catch (error) {
      this.#log.warn({ err: error }, 'network management could not be sent');
      if (code !== NETWORK.echo) wire.destroy('there is no number for network management');
      return false;
    }
  }

  #onMessage(wire: Wire, message: Message): void {
    const { spec } = this.#options.url;
    if (this.#log.isLevelEnabled('debug'))
      this.#log.debug({ message: describe(message, SPECS[spec]) }, 'from bank');
    if (message.mti === '0810') return this.#onManaged(wire, message);
    if (message.mti === '0800') return this.#onAsked(wire, message);
    return this.#options.onMessage(message);
  }

  #onManaged(wire: Wire, message: Message): void {
    if (textOf(message, 11) !== this.#asked) return;
    this.#asked = '';
    this.#echo = null;
    const code = textOf(message, 39) ?? 'no code';
    if (this.#state === 'leaving') return wire.destroy('signed off');
    if (this.#state !== 'signing on') return this.#options.onChange();
    if (code !== APPROVED) return wire.destroy(`the sign-on was refused with ${code}`);
    this.#state = 'up';
    this.#attempted = true;
    this.#log.info('bank connection is up');
    return this.#options.onChange();
  }

  /** The host's own echo test, or its wish that we sign on or off: said yes to, and the connection stays. */
  #onAsked(wire: Wire, message: Message): void {
    const { 7: time, 11: stan, 70: code } = message.fields;
    const refused = wire.send({
      mti: answerMti('0800'),
      fields: { 7: time, 11: stan, 39: APPROVED, 70: code },
    });
    if (refused !== null) this.#log.warn({ detail: refused.detail }, 'network management of the bank is odd');
  }

  #watch(socket: Socket, wire: Wire): void {
    const { timing, url, isOwed } = this.#options;
    const nowMs = monotonicMs();
    if (this.#echo !== null && nowMs >= this.#echo.deadlineMs) {
      if (wire.heardAtMs < this.#echo.deadlineMs - timing.echoTimeoutMs) {
        socket.destroy();
        return wire.destroy('the echo test was not answered: the connection is half open');
      }
      // Something came, if not the answer: the other side lives.
      this.#echo = null;
    }
    const silenceMs = isOwed() ? Math.min(timing.echoMs, url.timeoutMs / 2) : timing.echoMs;
    if (this.#state !== 'up' || this.#echo !== null || this.#echoing) return;
    if (nowMs - wire.heardAtMs < silenceMs) return;
    void this.#test(wire);
  }

  async #test(wire: Wire): Promise<void> {
    this.#echoing = true;
    const isSent = await this.#manage(wire, NETWORK.echo);
    this.#echoing = false;
    if (!isSent || !wire.isOpen) return;
    this.#echo = { deadlineMs: monotonicMs() + this.#options.timing.echoTimeoutMs };
  }
}

function tickMs(timing: ConnectionTiming): number {
  const shortest = Math.min(timing.echoMs, timing.echoTimeoutMs);
  return Math.max(10, Math.min(1_000, shortest / TICKS_PER_TIMEOUT));
}
