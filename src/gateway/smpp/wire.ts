/**
 * One TCP connection that carries PDUs, for either side: cuts and decodes what comes, gathers what goes.
 *
 * PDUs written within one turn of the event loop leave in one packet. Octets that are no PDU are answered
 * here by the specification (a response with the error, or generic_nack); a stream that lost its rhythm is
 * ended.
 */
import type { Socket } from 'node:net';
import { monotonicMs } from '../../std/clock.ts';
import { createFramer, PDU_OCTETS_MAX } from './framer.ts';
import {
  decodePdu,
  encodedLength,
  encodeInto,
  isResponse,
  type Pdu,
  type PduDraft,
  type PduRefused,
} from './pdu.ts';
import { COMMANDS, STATUS, type CommandName } from './table.ts';

export type WireOptions = {
  readonly onPdu: (pdu: Pdu) => void;
  /** A response that could not be read, so that whoever waits for it can be told. */
  readonly onMalformedResponse: (refused: PduRefused) => void;
  /** Called once, when nothing will come any more. */
  readonly onEnd: (reason: string) => void;
  readonly pduOctetsMax?: number;
};

const BUFFER_OCTETS = 16_384;
/** A peer that does not read may not fill our memory. */
const UNREAD_OCTETS_MAX = 4_194_304;

export class Wire {
  readonly #socket: Socket;
  readonly #options: WireOptions;
  #buffer: Buffer | null = null;
  #filled = 0;
  #spare: Buffer | null = null;
  #ended = false;
  #heardAtMs = monotonicMs();

  constructor(socket: Socket, options: WireOptions) {
    this.#socket = socket;
    this.#options = options;
    const framer = createFramer({ pduOctetsMax: options.pduOctetsMax ?? PDU_OCTETS_MAX });
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#heardAtMs = monotonicMs();
      const pushed = framer.push(chunk, (frame) => this.#read(frame));
      if (pushed.ok || this.#ended) return;
      this.send({ command: 'generic_nack', sequence: 0, status: STATUS.ESME_RINVCMDLEN });
      this.#flush();
      this.destroy(pushed.detail ?? pushed.refusal);
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

  send(draft: PduDraft): void {
    if (this.#ended) return;
    const length = encodedLength(draft);
    if (this.#buffer !== null && this.#filled + length > this.#buffer.length) this.#flush();
    if (this.#buffer === null) {
      if (this.#ended) return;
      this.#buffer = this.#takeBuffer(length);
      setImmediate(() => this.#flush());
    }
    encodeInto(draft, length, this.#buffer, this.#filled);
    this.#filled += length;
  }

  /** Sends what was gathered, then says that no more will come; the other side ends the connection. */
  end(): void {
    this.#flush();
    if (!this.#ended) this.#socket.end();
  }

  destroy(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#buffer = null;
    // What was written is still sent; what the other side says from here on is not heard.
    if (this.#socket.connecting) this.#socket.destroy();
    else this.#socket.destroySoon();
    this.#options.onEnd(reason);
  }

  #takeBuffer(length: number): Buffer {
    const spare = this.#spare;
    if (spare === null || spare.length < length)
      return Buffer.allocUnsafeSlow(Math.max(BUFFER_OCTETS, length));
    this.#spare = null;
    return spare;
  }

  #flush(): void {
    const buffer = this.#buffer;
    if (buffer === null) return;
    const filled = this.#filled;
    this.#buffer = null;
    this.#filled = 0;
    this.#socket.write(buffer.subarray(0, filled), () => {
      if (buffer.length === BUFFER_OCTETS) this.#spare = buffer;
    });
    if (this.#socket.writableLength > UNREAD_OCTETS_MAX) {
      this.#socket.destroy();
      this.destroy('the other side does not read');
    }
  }

  #read(frame: Buffer): void {
    if (this.#ended) return;
    const decoded = decodePdu(frame);
    if (decoded.ok) this.#options.onPdu(decoded.value);
    else if (isResponse(decoded.commandId)) this.#options.onMalformedResponse(decoded);
    else this.send(answerTo(decoded));
  }
}

/** A request that is known but broken gets its own response with the error, an unknown one a generic_nack. */
function answerTo(refused: PduRefused): PduDraft {
  const { sequence, status, commandId } = refused;
  for (const [name, spec] of Object.entries(COMMANDS)) {
    if (spec.id === commandId + 0x80000000 && commandId !== 0) {
      return { command: name as CommandName, sequence, status };
    }
  }
  return { command: 'generic_nack', sequence, status };
}
