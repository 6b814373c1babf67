/**
 * One TCP connection that carries ISO 8583 messages, for either side: cuts and decodes what comes, writes
 * what goes.
 *
 * Messages written within one turn of the event loop leave together. A message that cannot be read is told,
 * and the next one is read; a stream that lost its rhythm is ended.
 */
import type { Socket } from 'node:net';
import { monotonicMs } from '../std/clock.ts';
import { decode } from './iso8583/decode.ts';
import { encode } from './iso8583/encode.ts';
import { createFramer, writeHeader, type Header } from './iso8583/framer.ts';
import type { CodecRefused, Message } from './iso8583/message.ts';
import type { Spec } from './iso8583/spec.ts';

export type WireOptions = {
  readonly spec: Spec;
  readonly header: Header;
  readonly onMessage: (message: Message) => void;
  readonly onMalformed: (refused: CodecRefused) => void;
  /** Called once, when nothing will come any more. */
  readonly onEnd: (reason: string) => void;
};

/** A peer that does not read may not fill our memory. */
const UNREAD_OCTETS_MAX = 4_194_304;

export class Wire {
  readonly #socket: Socket;
  readonly #options: WireOptions;
  #ended = false;
  #corked = false;
  #heardAtMs = monotonicMs();

  constructor(socket: Socket, options: WireOptions) {
    this.#socket = socket;
    this.#options = options;
    const framer = createFramer(options.header);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#heardAtMs = monotonicMs();
      const pushed = framer.push(chunk, (bytes) => this.#read(bytes));
      if (!pushed.ok) this.destroy(pushed.detail ?? pushed.refusal);
    });
    socket.on('error', (error) => this.destroy(error.message));
    socket.on('close', () => this.destroy('the connection was closed by the other side'));
  }

  /** When something last came, on the monotonic clock. */
  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  get isOpen(): boolean {
    return !this.#ended;
  }

  /** Null when it was written; else why it cannot be, and nothing was. */
  send(message: Message): CodecRefused | null {
    const { spec, header } = this.#options;
    const written = encode(message, spec, header);
    if (!written.ok) return written;
    writeHeader(written.value, header);
    this.sendOctets(written.value);
    return null;
  }

  /** Writes bytes as they are: a frame, or what a simulated host wants to be mistaken for one. */
  sendOctets(bytes: Buffer): void {
    if (this.#ended) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      setImmediate(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes);
    if (this.#socket.writableLength <= UNREAD_OCTETS_MAX) return;
    this.#socket.destroy();
    this.destroy('the other side does not read');
  }

  /** Sends what was gathered, then says that no more will come; the other side ends the connection. */
  end(): void {
    if (!this.#ended) this.#socket.end();
  }

  destroy(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    // What was written is still sent; what the other side says from here on is not heard.
    if (this.#socket.connecting) this.#socket.destroy();
    else this.#socket.destroySoon();
    this.#options.onEnd(reason);
  }

  #read(bytes: Buffer): void {
    if (this.#ended) return;
    const decoded = decode(bytes, this.#options.spec);
    if (decoded.ok) this.#options.onMessage(decoded.value);
    else this.#options.onMalformed(decoded);
  }
}
