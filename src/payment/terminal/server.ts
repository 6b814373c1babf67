/** Where terminals connect: a TCP server, or TLS where a certificate is given. Off unless TERMINAL_PORT is set. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Secret } from '../../std/secret.ts';
import { every, sleep } from '../../std/timer.ts';
import { asOutage } from '../../store/connection.ts';
import type { Context } from './context.ts';
import { createTerminalHost } from './host.ts';
import { LINE_TIMING, TerminalLine, type KnownTerminal, type LineTiming } from './line.ts';
import { openTerminalKey } from './manage.ts';
import { findTerminalByCode, purgeExchanges } from './store.ts';

export type TerminalServerOptions = Context & {
  readonly address: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Certificate and key in PEM; with them the server speaks TLS 1.2 and newer only. */
  readonly tls: { readonly cert: string; readonly key: Secret<string> } | null;
  readonly timing?: Partial<LineTiming>;
};

const LINES_MAX = 2_000;
const PURGE_MS = 60 * 60_000;
/** How long the end waits for what is in hand. */
const DRAIN_MS = 5_000;

/** Resolves when it listens; rejects with the system's error when the port is taken. */
export async function openTerminalServer(options: TerminalServerOptions): Promise<TerminalServer> {
  const server = new TerminalServer(options);
  await server.listen();
  return server;
}

export class TerminalServer implements AsyncDisposable {
  readonly #options: TerminalServerOptions;
  readonly #server: Server;
  readonly #lines = new Map<TerminalLine, Socket>();
  readonly #purge: AsyncDisposable;

  constructor(options: TerminalServerOptions) {
    this.#options = options;
    const { tls, sql, log } = options;
    const host = createTerminalHost(options);
    const timing = { ...LINE_TIMING, ...options.timing };
    const accept = (socket: Socket): void => {
      const line: TerminalLine = new TerminalLine(socket, {
        host,
        find: (code) => this.#find(code),
        log,
        random: options.random,
        timing,
        onEnd: () => void this.#lines.delete(line),
      });
      this.#lines.set(line, socket);
    };
    this.#server =
      tls === null
        ? createServer(accept)
        : createTlsServer({ cert: tls.cert, key: tls.key.reveal(), minVersion: 'TLSv1.2' }, accept);
    this.#server.maxConnections = LINES_MAX;
    this.#server.on('tlsClientError', (error: Error) =>
      log.info({ err: error }, 'a terminal did not speak TLS'),
    );
    this.#purge = every(PURGE_MS, async () => {
      await purgeExchanges(sql).catch((error: unknown) =>
        log.warn({ err: asOutage(error) }, 'old messages of terminals could not be purged'),
      );
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get lines(): number {
    return this.#lines.size;
  }

  async listen(): Promise<void> {
    const { port, address, log } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, address, resolve);
    });
    this.#server.on('error', (error) => log.error({ err: error }, 'the server of terminals'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const line of this.#lines.keys()) line.leave();
    const stopping = new AbortController();
    await Promise.race([closed, sleep(DRAIN_MS, stopping.signal)]);
    stopping.abort();
    for (const socket of this.#lines.values()) socket.destroy();
    await closed;
    await this.#purge[Symbol.asyncDispose]();
  }

  async #find(code: string): Promise<KnownTerminal | null> {
    const row = await findTerminalByCode(this.#options.sql, code);
    const key = row === null ? null : openTerminalKey(this.#options.keys, row);
    return row === null || key === null ? null : { key, isDisabled: row.disabledAt !== null };
  }
}
