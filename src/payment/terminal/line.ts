/**
 * One connection of terminals, of one or many: a shop's own, or a concentrator's.
 *
 *   accepted ─▶ 0800 of a terminal, MAC right ─▶ 0810 with our nonce: its session is open ─▶ its messages
 *      │             (each terminal signs on for itself)                      └─ 0800 002 ─▶ its session is over
 *      └─ silent, a malformed message, a wrong MAC, an unknown terminal ─▶ closed, without a word
 *
 * What cannot be read, or was not written by who it says, is no reason to go on: a terminal connects again.
 * While many messages are in hand no more are read, and a peer that does not read is cut off (S20).
 */
import type { Socket } from 'node:net';
import { toHex } from '../../std/bytes.ts';
import { monotonicMs } from '../../std/clock.ts';
import type { Log } from '../../std/log.ts';
import type { Random } from '../../std/random.ts';
import { afterUnref, type Timer } from '../../std/timer.ts';
import { asOutage } from '../../store/connection.ts';
import { decode } from '../../bank/iso8583/decode.ts';
import { describe } from '../../bank/iso8583/describe.ts';
import { createFramer } from '../../bank/iso8583/framer.ts';
import { answerMti, isAnswer, partsOf, textOf, type Message } from '../../bank/iso8583/message.ts';
import type { TerminalHost } from './host.ts';
import { hasRightMac, sessionKey, signOnKey, writeWithMac } from './mac.ts';
import { NETWORK, TERMINAL_ELEMENTS, TERMINAL_HEADER, TERMINAL_SPEC } from './spec.ts';

export type LineTiming = {
  /** From the connection to its first sign-on. */
  readonly signOnWithinMs: number;
  /** A line over which nothing came for so long is closed; terminals ask whether we are there. */
  readonly idleMs: number;
};

export const LINE_TIMING: LineTiming = { signOnWithinMs: 10_000, idleMs: 5 * 60_000 };

export type KnownTerminal = { readonly key: Uint8Array; readonly isDisabled: boolean };

export type LineOptions = {
  readonly host: TerminalHost;
  /** Null where there is none, or its key cannot be opened. */
  readonly find: (code: string) => Promise<KnownTerminal | null>;
  readonly log: Log;
  readonly random: Random;
  readonly timing: LineTiming;
  /** Called once, when nothing will come any more. */
  readonly onEnd: () => void;
};

const UNREAD_OCTETS_MAX = 1_048_576;
const IN_HAND_MAX = 64;
const SESSIONS_MAX = 500;
const NONCE_BYTES = 16;
const NONCE = /^[0-9a-fA-F]{32}$/;
const MESSAGE_OCTETS_MAX = Math.min(9_999, TERMINAL_SPEC.octetsMax);

export class TerminalLine {
  readonly #socket: Socket;
  readonly #options: LineOptions;
  readonly #log: Log;
  readonly #ip: string;
  /** By terminal: the key of its session's MACs. */
  readonly #sessions = new Map<string, Uint8Array>();
  #inHand = 0;
  #ended = false;
  #leaving = false;
  #timer: Timer | null = null;
  #heardAtMs = monotonicMs();

  constructor(socket: Socket, options: LineOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#ip = socket.remoteAddress ?? '';
    this.#log = options.log.child({ line: this.#ip });
    const framer = createFramer(TERMINAL_HEADER, MESSAGE_OCTETS_MAX);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      if (this.#ended) return;
      this.#heardAtMs = monotonicMs();
      const pushed = framer.push(chunk, (bytes) => this.#read(bytes));
      if (!pushed.ok) this.#close(pushed.detail ?? pushed.refusal);
    });
    socket.on('error', (error) => this.#close(error.message));
    socket.on('close', () => this.#close('the other side closed it'));
    this.#watch(options.timing.signOnWithinMs);
  }

  /** Takes no more; what is in hand is answered, then the line is closed. */
  leave(): void {
    this.#leaving = true;
    if (this.#inHand === 0) this.#close('the server stops');
  }

  #watch(afterMs: number): void {
    this.#timer = afterUnref(afterMs, () => {
      const silentMs = monotonicMs() - this.#heardAtMs;
      const { idleMs } = this.#options.timing;
      if (this.#sessions.size === 0 && this.#inHand === 0) return this.#close('no terminal signed on');
      if (silentMs >= idleMs && this.#inHand === 0) return this.#close('nothing came for too long');
      return this.#watch(Math.max(10, idleMs - silentMs));
    });
  }

  #read(bytes: Buffer): void {
    if (this.#ended || this.#leaving) return;
    const decoded = decode(bytes, TERMINAL_SPEC);
    if (!decoded.ok) return this.#close(decoded.detail ?? decoded.refusal);
    const message = decoded.value;
    if (this.#log.isLevelEnabled('debug'))
      this.#log.debug({ message: describe(message, TERMINAL_SPEC) }, 'from a terminal');
    const code = textOf(message, 41);
    if (code === null || isAnswer(message.mti)) return this.#close('a message is no question of a terminal');
    if (message.mti === '0800' && textOf(message, 70) === NETWORK.signOn)
      return this.#hold(this.#signOn(code, bytes, message));
    const key = this.#sessions.get(code);
    if (key === undefined) return this.#close('a terminal has not signed on');
    if (!hasRightMac(bytes, message, key)) return this.#close('a MAC is wrong');
    if (message.mti === '0800') return this.#manage(code, key, message);
    return this.#hold(this.#take(code, key, message));
  }

  /** While too much is in hand nothing more is read. */
  #hold(work: Promise<void>): void {
    this.#inHand++;
    if (this.#inHand >= IN_HAND_MAX) this.#socket.pause();
    void work
      .catch((error: unknown) => {
        this.#log.error({ err: asOutage(error) }, 'a message of a terminal failed');
        this.#close('a message failed');
      })
      .finally(() => {
        this.#inHand--;
        if (this.#leaving && this.#inHand === 0) this.#close('the server stops');
        else if (this.#inHand < IN_HAND_MAX) this.#socket.resume();
      });
  }

  async #signOn(code: string, bytes: Buffer, message: Message): Promise<void> {
    const { find, random } = this.#options;
    const nonce = partsOf(message, 48)?.[TERMINAL_ELEMENTS.terminalNonce] ?? '';
    const known = await find(code);
    if (this.#ended) return;
    if (known === null || !hasRightMac(bytes, message, signOnKey(known.key)))
      return this.#close('a sign-on was not proved');
    if (!NONCE.test(nonce)) return this.#close('a sign-on has no nonce');
    if (known.isDisabled) return this.#send(managed(message, '58'), signOnKey(known.key));
    if (!this.#sessions.has(code) && this.#sessions.size >= SESSIONS_MAX)
      return this.#close('too many terminals signed on');
    const ours = toHex(random(NONCE_BYTES));
    const key = sessionKey(known.key, code, nonce, ours);
    this.#sessions.set(code, key);
    this.#log.info({ terminal: code }, 'a terminal signed on');
    return this.#send(managed(message, '00', { [TERMINAL_ELEMENTS.hostNonce]: ours }), key);
  }

  #manage(code: string, key: Uint8Array, message: Message): void {
    const what = textOf(message, 70);
    if (what === NETWORK.signOff) this.#sessions.delete(code);
    const isKnown = what === NETWORK.signOff || what === NETWORK.echo;
    this.#send(managed(message, isKnown ? '00' : '12'), key);
  }

  /** Under the session's key as it is then: a terminal may have signed on anew meanwhile. */
  async #take(code: string, key: Uint8Array, message: Message): Promise<void> {
    const made = await this.#options.host.take(code, message, this.#ip);
    this.#send(made, this.#sessions.get(code) ?? key);
  }

  #send(message: Message, key: Uint8Array): void {
    if (this.#ended) return;
    if (this.#log.isLevelEnabled('debug'))
      this.#log.debug({ message: describe(message, TERMINAL_SPEC) }, 'to a terminal');
    const written = writeWithMac(message, key);
    if (!written.ok) {
      this.#log.error({ detail: written.detail }, 'an answer to a terminal cannot be written');
      return this.#close('an answer cannot be written');
    }
    this.#socket.write(written.value);
    if (this.#socket.writableLength > UNREAD_OCTETS_MAX) this.#close('the other side does not read');
  }

  #close(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.cancel();
    this.#sessions.clear();
    this.#log.info({ reason }, 'a line of terminals is closed');
    if (this.#socket.writableLength > UNREAD_OCTETS_MAX) this.#socket.destroy();
    else this.#socket.destroySoon();
    this.#options.onEnd();
  }
}

function managed(message: Message, code: string, elements?: Readonly<Record<string, string>>): Message {
  const { 7: time, 11: stan, 41: terminal, 70: network } = message.fields;
  return {
    mti: answerMti(message.mti),
    fields: { 7: time, 11: stan, 39: code, 41: terminal, 48: elements, 70: network },
  };
}
