/**
 * A simulated bank: a host that speaks ISO 8583:1987 over TCP or TLS, with cards, limits and books. Tests and
 * `start` use it; it can be made to misbehave in each way that a real one does.
 *
 *   message ──▶ the books carry it out ──▶ answered, late, twice, wrongly, or not at all
 *       └─ lost: it never reached the books
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { assert } from '../src/std/assert.ts';
import { isoTime, systemClock, type Clock } from '../src/std/clock.ts';
import type { Log } from '../src/std/log.ts';
import { afterUnref } from '../src/std/timer.ts';
import { describe } from '../src/bank/iso8583/describe.ts';
import type { Header } from '../src/bank/iso8583/framer.ts';
import { answerMti, isAnswer, textOf, type Message } from '../src/bank/iso8583/message.ts';
import type { Spec } from '../src/bank/iso8583/spec.ts';
import type { SpecName } from '../src/bank/iso8583/specs.ts';
import { Wire } from '../src/bank/wire.ts';
import { createBooks, type Books, type Reply, type SimCard } from './bank-books.ts';
import { BANK_SPECS } from './bank-spec.ts';

/**
 * well: answered. silent: carried out, and never answered. lost: neither. late: carried out, answered after
 * `lateMs`. twice: answered two times. garbage: answered with what is no message. stranger: answered under
 * another reference. cut: carried out, and the connection is cut. { code }: answered with the code, and not
 * carried out.
 */
export type Behaviour =
  | 'well'
  | 'silent'
  | 'lost'
  | 'late'
  | 'twice'
  | 'garbage'
  | 'stranger'
  | 'cut'
  | { readonly code: string };

export type Rule = {
  readonly behaviour: Behaviour;
  /** Of messages whose type begins so: "0100", "04"; all but network management where absent. */
  readonly mti?: string;
  /** For so many messages; until lifted where absent. */
  readonly times?: number;
};

export type BankHostOptions = {
  /** 0 lets the system choose; it is kept over down() and up(). */
  readonly port: number;
  readonly host?: string;
  readonly spec?: SpecName;
  readonly header?: Header;
  readonly cards: readonly SimCard[];
  /** Says "no such record" to a reversal whose original never came, as some hosts do. */
  readonly strict?: boolean;
  readonly log?: Log;
  readonly clock?: Clock;
  /** PEM; with them the server speaks TLS only. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly lateMs?: number;
};

export type BankCounts = {
  messages: number;
  repeats: number;
  answers: number;
  malformed: number;
  signOns: number;
};
/** A line of the host's own log: what came and what went, with the card masked. */
export type BankLine = { readonly at: number; readonly direction: 'in' | 'out'; readonly text: string };

const LINES_MAX = 200;
const NETWORK_MANAGEMENT = '0800';

/** Listens on loopback and resolves when it does; rejects with the system's error when the port is taken. */
export async function openBankHost(options: BankHostOptions): Promise<BankHost> {
  const host = new BankHost(options);
  await host.up();
  return host;
}

export class BankHost implements AsyncDisposable {
  readonly counts: BankCounts = { messages: 0, repeats: 0, answers: 0, malformed: 0, signOns: 0 };
  readonly books: Books;
  /** The newest last. */
  readonly lines: BankLine[] = [];
  readonly #options: BankHostOptions;
  readonly #clock: Clock;
  readonly #spec: Spec;
  readonly #wires = new Map<Wire, Socket>();
  readonly #listeners = new Set<(message: Message) => void>();
  #server: Server | null = null;
  #port: number;
  #rules: { rule: Rule; left: number }[] = [];
  #halfOpen = false;
  #signOnCode = '00';
  #delayMs = 0;

  constructor(options: BankHostOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#port = options.port;
    this.#spec = BANK_SPECS[options.spec ?? 'ascii87'];
    this.books = createBooks(options.cards, { strict: options.strict ?? false });
  }

  get port(): number {
    return this.#port;
  }

  get connections(): number {
    return this.#wires.size;
  }

  /** As src/bank/url.ts reads it; `more` is added to the options. */
  url(more = ''): string {
    const { spec = 'ascii87', header = 2, host = '127.0.0.1', tls } = this.#options;
    const scheme = tls === undefined ? 'iso8583' : 'iso8583s';
    const own = `spec=${spec}&header=${header}&acquirer=456789&terminal=CSIGN001`;
    return `${scheme}://${host}:${this.#port}?${own}${more === '' ? '' : `&${more}`}`;
  }

  get rules(): readonly Rule[] {
    return this.#rules.map(({ rule }) => rule);
  }

  /** The newest rule that fits is followed. */
  behave(rule: Rule): void {
    this.#rules.push({ rule, left: rule.times ?? Infinity });
  }

  /** Lifts every rule. */
  behaveWell(): void {
    this.#rules = [];
  }

  /** While true, connections stay up and are accepted, but nothing is read and nothing answered. */
  halfOpen(isHalfOpen: boolean): void {
    this.#halfOpen = isHalfOpen;
  }

  /** What a sign-on is answered with; "00" is yes. */
  answerSignOn(code: string): void {
    this.#signOnCode = code;
  }

  /** Every answer waits so long. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Calls the listener with every message that comes; the function that comes back ends it. */
  onMessage(listener: (message: Message) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Sends a message of its own over every connection, such as an echo test. */
  send(message: Message): void {
    for (const wire of this.#wires.keys()) wire.send(message);
  }

  /** Stops listening and cuts every connection, without a word. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.cutAll();
    if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  cutAll(): void {
    for (const [wire, socket] of this.#wires) this.#cut(wire, socket);
  }

  /** Listens again, on the same port. */
  async up(): Promise<void> {
    assert(this.#server === null, 'the simulated bank is up already');
    const { tls, host = '127.0.0.1' } = this.#options;
    const onSocket = (socket: Socket): void => this.#accept(socket);
    const server = tls === undefined ? createServer(onSocket) : createTlsServer(tls, onSocket);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, host, resolve);
    });
    server.on('error', (error) => this.#options.log?.error({ err: error }, 'simulated bank'));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }

  #accept(socket: Socket): void {
    const wire = new Wire(socket, {
      spec: this.#spec,
      header: this.#options.header ?? 2,
      onMessage: (message) => this.#onMessage(wire, socket, message),
      onMalformed: ({ detail }) => {
        this.counts.malformed++;
        this.#options.log?.warn({ detail }, 'simulated bank: a message could not be read');
      },
      onEnd: () => void this.#wires.delete(wire),
    });
    this.#wires.set(wire, socket);
  }

  #onMessage(wire: Wire, socket: Socket, message: Message): void {
    if (this.#halfOpen) return;
    this.#note('in', message);
    for (const listener of this.#listeners) listener(message);
    if (isAnswer(message.mti)) return;
    if (message.mti === NETWORK_MANAGEMENT) return this.#manage(wire, message);
    this.counts.messages++;
    if (message.mti.endsWith('1')) this.counts.repeats++;
    const behaviour = this.#behaviourFor(message.mti);
    if (behaviour === 'lost') return undefined;
    const reply = typeof behaviour === 'object' ? behaviour : this.books.take(message, this.#today());
    if (behaviour === 'silent') return undefined;
    if (behaviour === 'cut') return this.#cut(wire, socket);
    const answer = answerOf(message, reply, behaviour === 'stranger');
    const delayMs = behaviour === 'late' ? (this.#options.lateMs ?? 1_000) : this.#delayMs;
    const send = (): void => {
      if (behaviour === 'garbage') return wire.sendOctets(garbage(this.#options.header ?? 2));
      this.#answer(wire, answer);
      if (behaviour === 'twice') this.#answer(wire, answer);
    };
    if (delayMs > 0) afterUnref(delayMs, send);
    else send();
  }

  #manage(wire: Wire, message: Message): void {
    const isSignOn = textOf(message, 70) === '001';
    if (isSignOn) this.counts.signOns++;
    this.#answer(wire, answerOf(message, { code: isSignOn ? this.#signOnCode : '00' }, false));
  }

  #behaviourFor(mti: string): Behaviour {
    const followed = this.#rules.findLast(({ rule }) => mti.startsWith(rule.mti ?? ''));
    if (followed === undefined) return 'well';
    followed.left--;
    if (followed.left <= 0) this.#rules = this.#rules.filter((one) => one !== followed);
    return followed.rule.behaviour;
  }

  #answer(wire: Wire, answer: Message): void {
    // The connection may be gone by now: a host answers over whichever there is.
    const open = wire.isOpen ? wire : [...this.#wires.keys()].find((other) => other.isOpen);
    const refused = open?.send(answer) ?? null;
    assert(refused === null, `the simulated bank cannot write its answer: ${refused?.detail}`);
    if (open === undefined) return;
    this.counts.answers++;
    this.#note('out', answer);
  }

  #cut(wire: Wire, socket: Socket): void {
    socket.destroy();
    wire.destroy('cut');
  }

  #note(direction: BankLine['direction'], message: Message): void {
    this.lines.push({ at: this.#clock.nowMs(), direction, text: describe(message, this.#spec) });
    if (this.lines.length > LINES_MAX) this.lines.shift();
  }

  #today(): string {
    return isoTime(this.#clock.nowMs()).slice(2, 7).replace('-', '');
  }
}

/** The fields that an answer says again (ISO 8583:1987, 4.4), and what is new. */
function answerOf(message: Message, reply: Reply, isStranger: boolean): Message {
  const { 3: processing, 4: amount, 7: time, 11: stan, 12: hour, 13: date, 32: acquirer } = message.fields;
  const { 37: reference, 41: terminal, 42: merchant, 49: currency, 70: network } = message.fields;
  const echoed = { 3: processing, 4: amount, 7: time, 11: stan, 12: hour, 13: date, 32: acquirer };
  return {
    mti: answerMti(message.mti),
    fields: {
      ...echoed,
      37: isStranger ? '999999999999' : reference,
      38: reply.authCode,
      39: reply.code,
      41: terminal,
      42: merchant,
      48: reply.elements,
      49: currency,
      70: network,
    },
  };
}

/** A frame whose inside is no message. */
function garbage(header: Header): Buffer {
  const text = 'GARBAGE FROM THE BANK';
  const head = header === 2 ? Buffer.of(0, text.length) : Buffer.from(String(text.length).padStart(4, '0'));
  return Buffer.concat([head, Buffer.from(text)]);
}
