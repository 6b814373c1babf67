/**
 * A simulated mobile operator: an SMSC that speaks SMPP 3.4 over TCP or TLS, takes messages for any number,
 * hands them to whoever listens, and sends delivery receipts. Tests and `start` use it; it can be made to
 * misbehave in each way that a real one does.
 *
 *   submit_sm ──▶ steering says no ──▶ submit_sm_resp with the status
 *       └─▶ taken ──▶ text complete? ──▶ listeners
 *              ├──▶ submit_sm_resp with the id (late, or lost, when steered so)
 *              └──▶ receipt, when asked for: deliver_sm until the ESME takes it
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { assert } from '../src/std/assert.ts';
import { monotonicMs, systemClock, type Clock } from '../src/std/clock.ts';
import type { Log } from '../src/std/log.ts';
import { jitter } from '../src/std/random.ts';
import { afterUnref } from '../src/std/timer.ts';
import type { Body, Pdu } from '../src/gateway/smpp/pdu.ts';
import type { MessageState } from '../src/gateway/smpp/receipt.ts';
import { STATUS, type StatusName } from '../src/gateway/smpp/table.ts';
import { absoluteTime, parseTime } from '../src/gateway/smpp/time.ts';
import { SmscBind } from './smsc-bind.ts';
import { createInbox, receiverOf, senderOf } from './smsc-inbox.ts';
import { ReceiptDesk } from './smsc-receipts.ts';

type SmscAccount = { readonly systemId: string; readonly password: string };

export type SmscOptions = {
  /** 0 lets the system choose; it is kept over down() and up(). */
  readonly port: number;
  readonly host?: string;
  readonly accounts: readonly SmscAccount[];
  readonly log?: Log;
  /** PEM; with them the server speaks TLS only. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly clock?: Clock;
  /** How long a phone takes to confirm. */
  readonly receiptDelayMs?: number;
};

/** A text that arrived whole. */
export type SmscMessage = {
  /** E.164 with a plus, or the sender's name. */
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly at: number;
  /** Until when the ESME allowed it to be delivered, in epoch milliseconds; null when it did not say. */
  readonly validUntilMs: number | null;
  /** The message id that the ESME was given for the first segment. */
  readonly reference: string;
  readonly segments: number;
};

/** The state that the receipt for a message names, or null for no receipt. */
export type ReceiptOutcome = MessageState | null;

export type SmscCounts = {
  /** submit_sm seen, taken, and texts completed; receipts that an ESME took. */
  submits: number;
  taken: number;
  texts: number;
  receipts: number;
};

const SYSTEM_ID = 'countersign-sim';
const SECOND_MS = 1000;

/** Listens on loopback and resolves when it does; rejects with the system's error when the port is taken. */
export async function openSmsc(options: SmscOptions): Promise<Smsc> {
  const smsc = new Smsc(options);
  await smsc.up();
  return smsc;
}

export class Smsc implements AsyncDisposable {
  readonly counts: SmscCounts = { submits: 0, taken: 0, texts: 0, receipts: 0 };
  readonly #options: SmscOptions;
  readonly #clock: Clock;
  readonly #binds = new Set<SmscBind>();
  readonly #listeners = new Set<(message: SmscMessage) => void>();
  readonly #inbox = createInbox();
  readonly #desk: ReceiptDesk;
  readonly #refused = new Map<string, number>();
  #server: Server | null = null;
  #port: number;
  #idPrefix: string;
  #nextId = 0;
  #throttlePerSecond = Infinity;
  #second = { fromMs: 0, taken: 0 };
  #queueFull = false;
  #halfOpen = false;
  #lossProbability = 0;
  #delayMs = 0;
  #outcomeOf: (to: string) => ReceiptOutcome = () => 'DELIVRD';

  constructor(options: SmscOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#port = options.port;
    // Ids of one run never meet those of another, for a database may outlive the operator.
    this.#idPrefix = this.#clock.nowMs().toString(16);
    this.#desk = new ReceiptDesk({
      delayMs: options.receiptDelayMs ?? 50,
      pick: (preferred) => this.#receiverFor(preferred),
      onTaken: () => void this.counts.receipts++,
    });
  }

  get port(): number {
    return this.#port;
  }

  get binds(): number {
    return [...this.#binds].filter((bind) => bind.account !== '').length;
  }

  /** The URL of an account, ready for the gateway; of the first when none is named. */
  url(systemId?: string): string {
    const { accounts, host = '127.0.0.1', tls } = this.#options;
    const account = accounts.find((one) => systemId === undefined || one.systemId === systemId);
    assert(account !== undefined, 'the simulated operator has no such account');
    const credentials = `${encodeURIComponent(account.systemId)}:${encodeURIComponent(account.password)}`;
    return `${tls === undefined ? 'smpp' : 'smpps'}://${credentials}@${host}:${this.#port}`;
  }

  /** Calls the listener with every text from now on; the function that comes back ends it. */
  onMessage(listener: (message: SmscMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Stops listening and cuts every connection, without a word. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const bind of this.#binds) bind.cut();
    if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** Listens again, on the same port. */
  async up(): Promise<void> {
    assert(this.#server === null, 'the simulated operator is up already');
    const { tls, host = '127.0.0.1' } = this.#options;
    const onSocket = (socket: Socket): void => this.#accept(socket);
    const server = tls === undefined ? createServer(onSocket) : createTlsServer(tls, onSocket);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, host, resolve);
    });
    server.on('error', (error) => this.#options.log?.error({ err: error }, 'simulated smsc'));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** At most so many messages a second, ESME_RTHROTTLED beyond; Infinity lifts it. */
  throttle(perSecond: number): void {
    this.#throttlePerSecond = perSecond;
  }

  /** While true, every message is refused with ESME_RMSGQFUL. */
  queueFull(isFull: boolean): void {
    this.#queueFull = isFull;
  }

  /** While true, connections stay up and are accepted, but nothing is taken and nothing answered. */
  halfOpen(isHalfOpen: boolean): void {
    this.#halfOpen = isHalfOpen;
  }

  /** With this probability a message is taken and its answer never sent. */
  loseAnswers(probability: number): void {
    this.#lossProbability = probability;
  }

  /** Every answer to a submit_sm waits so long. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Messages to the number are refused with the status; ESME_ROK lifts it. */
  refuse(number: string, status: StatusName): void {
    if (status === 'ESME_ROK') this.#refused.delete(number);
    else this.#refused.set(number, STATUS[status]);
  }

  /** What the receipt for a message to the number says; null for no receipt. */
  receiptOutcome(outcomeOf: (to: string) => ReceiptOutcome): void {
    this.#outcomeOf = outcomeOf;
  }

  /** Asks every ESME with enquire_link; whether all of them answered. */
  async enquire(): Promise<boolean> {
    const answers = await Promise.all([...this.#binds].map((bind) => bind.enquire()));
    return answers.every(Boolean);
  }

  /** Leaves politely: unbind to every ESME. They may come back. */
  unbindAll(): void {
    for (const bind of this.#binds) bind.unbind();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#desk.close();
    await this.down();
  }

  #accept(socket: Socket): void {
    const bind = new SmscBind({
      socket,
      systemId: SYSTEM_ID,
      checkBind: (body) => this.#checkBind(body),
      onSubmit: (bind, pdu) => this.#onSubmit(bind, pdu),
      onEnd: (bind) => void this.#binds.delete(bind),
      isSilent: () => this.#halfOpen,
    });
    this.#binds.add(bind);
  }

  #checkBind(body: Body<'bind_transceiver'>): number {
    const account = this.#options.accounts.find(({ systemId }) => systemId === body.system_id);
    if (account === undefined) return STATUS.ESME_RINVSYSID;
    return account.password === body.password ? STATUS.ESME_ROK : STATUS.ESME_RINVPASWD;
  }

  #onSubmit(bind: SmscBind, pdu: Pdu<'submit_sm'>): void {
    this.counts.submits++;
    const refusal = this.#refusal(bind, pdu);
    const reference = refusal === null ? this.#take(bind, pdu) : '';
    if (refusal === null && this.#lossProbability > 0 && jitter() < this.#lossProbability) return;
    const answer = (): void =>
      bind.send({
        command: 'submit_sm_resp',
        sequence: pdu.sequence,
        status: refusal ?? STATUS.ESME_ROK,
        body: { message_id: reference },
      });
    if (this.#delayMs > 0) afterUnref(this.#delayMs, answer);
    else answer();
  }

  #refusal(bind: SmscBind, pdu: Pdu<'submit_sm'>): number | null {
    if (!bind.maySubmit) return STATUS.ESME_RINVBNDSTS;
    if (this.#queueFull) return STATUS.ESME_RMSGQFUL;
    if (this.#isThrottled()) return STATUS.ESME_RTHROTTLED;
    if (pdu.body.destination_addr === '') return STATUS.ESME_RINVDSTADR;
    return this.#refused.size === 0 ? null : (this.#refused.get(receiverOf(pdu)) ?? null);
  }

  #isThrottled(): boolean {
    if (this.#throttlePerSecond === Infinity) return false;
    const nowMs = monotonicMs();
    if (nowMs - this.#second.fromMs >= SECOND_MS) this.#second = { fromMs: nowMs, taken: 0 };
    return ++this.#second.taken > this.#throttlePerSecond;
  }

  /** Takes responsibility for a segment: the id under which it is known from here on. */
  #take(bind: SmscBind, pdu: Pdu<'submit_sm'>): string {
    const reference = this.#idPrefix + (this.#nextId++).toString(16).padStart(7, '0');
    const nowMs = this.#clock.nowMs();
    this.counts.taken++;
    const arrived = this.#inbox.arrive(pdu, reference);
    const to = receiverOf(pdu);
    if (arrived) {
      this.counts.texts++;
      const validity = parseTime(pdu.body.validity_period, nowMs);
      const validUntilMs = validity.ok ? validity.value : null;
      const message = { ...arrived, from: senderOf(pdu), to, at: nowMs, validUntilMs };
      for (const listener of this.#listeners) listener(message);
    }
    const wanted = pdu.body.registered_delivery & 3;
    const state = wanted === 0 ? null : this.#outcomeOf(to);
    if (state !== null && !(wanted === 2 && state === 'DELIVRD')) {
      const submitted = absoluteTime(nowMs).slice(0, 10);
      this.#desk.add({ bind, messageId: reference, state, submitted, done: submitted, original: pdu.body });
    }
    return reference;
  }

  #receiverFor(preferred: SmscBind): SmscBind | null {
    if (this.#halfOpen) return null;
    if (preferred.mayReceive) return preferred;
    for (const bind of this.#binds) if (bind.mayReceive && bind.account === preferred.account) return bind;
    return null;
  }
}
