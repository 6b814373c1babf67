import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { afterUnref } from '../std/timer.ts';
import type { App } from './app.ts';

export type HttpServer = AsyncDisposable & { readonly port: number };

export type ServerOptions = { host: string; port: number };

const HEADERS_MAX_BYTES = 16 * 1024;
const HEADERS_MAX_MS = 30_000;
/** A hundred megabytes over a slow line take their time; a line on which nothing moves does not. */
const REQUEST_MAX_MS = 30 * 60_000;
const SILENCE_MAX_MS = 60_000;
const DRAIN_MAX_MS = 5_000;

/**
 * Listens; port 0 takes a free one. Throws a sentence that says what to do when the port is taken or
 * forbidden.
 */
export async function openHttpServer(app: App, options: ServerOptions): Promise<HttpServer> {
  const answer = getRequestListener(app.fetch);
  const server = createServer(
    {
      maxHeaderSize: HEADERS_MAX_BYTES,
      requestTimeout: REQUEST_MAX_MS,
      headersTimeout: HEADERS_MAX_MS,
      keepAliveTimeout: 65_000,
    },
    (request, response) => void answer(request, response),
  );
  server.maxRequestsPerSocket = 0;
  server.timeout = SILENCE_MAX_MS;
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => close(server),
  };
}

function listen(server: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(advice(error, host, port), { cause: error })),
    );
    server.listen(port, host, resolve);
  });
}

function advice(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is already in use. Stop what uses it, or set PORT to another one, such as PORT=${port + 1}.`;
  }
  if (error.code === 'EACCES') return `This user may not listen on port ${port}. Set PORT to one above 1023.`;
  return `Cannot listen on ${host}:${port} (${error.code ?? error.message}). Check HOST and PORT.`;
}

/** Finishes what is being answered; live streams are cut after a grace. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    afterUnref(DRAIN_MAX_MS, () => server.closeAllConnections());
  });
}
