/**
 * A time-stamping authority on loopback: RFC 3161 over HTTP, with a CA of its own that nobody knows, and a
 * certificate that says that it is simulated. It stamps everything, at the time of this machine; and can be
 * told to misbehave.
 *
 *   POST /        application/timestamp-query ─▶ application/timestamp-reply
 *   GET /ca.pem   its CA
 *
 * Keys are made with the first request, so that opening costs nothing.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../src/std/clock.ts';
import type { AuthorityKeys, Flaw } from './tsa-token.ts';

export type Mood =
  | 'well'
  /** Hangs up on everybody. */
  | 'down'
  /** Answers 503. */
  | 'busy'
  /** Takes the request and says nothing. */
  | 'silent'
  /** Refuses by the protocol: its clock is out of order. */
  | 'rejects'
  | 'garbage'
  /** An HTML page with status 200. */
  | 'page'
  /** More than anybody should read. */
  | 'flood'
  | Flaw;

export type Tsa = AsyncDisposable & {
  readonly url: string;
  readonly behave: (mood: Mood) => void;
  /** How often it was asked. */
  readonly asked: () => number;
  /** Its CA's certificate. */
  readonly caPem: () => Promise<string>;
};

const AUTHORITY = 'Simulated time-stamping authority';
const CA = 'Simulated CA (worth nothing)';
const HOUR_MS = 3_600_000;
const QUERY_MAX_BYTES = 64 * 1024;
const FLOOD = Buffer.alloc(256 * 1024, 0x30);

export async function openTsa(options: { port?: number } = {}): Promise<Tsa> {
  let mood: Mood = 'well';
  let asked = 0;
  let keys: Promise<AuthorityKeys> | null = null;
  const authority = (): Promise<AuthorityKeys> => (keys ??= makeKeys());

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET' && request.url === '/ca.pem') {
      const { caPem } = await authority();
      response.writeHead(200, { 'content-type': 'application/x-pem-file' }).end(caPem);
      return;
    }
    asked++;
    const query = await readAll(request);
    if (mood === 'silent') return;
    if (mood === 'down') request.socket.destroy();
    else if (mood === 'busy') response.writeHead(503, { 'retry-after': '1' }).end();
    else if (mood === 'page') response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello');
    else if (request.headers['content-type'] !== 'application/timestamp-query') response.writeHead(415).end();
    else {
      const body = await replyTo(query, mood, authority);
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(body);
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(400).end());
  });
  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    behave: (next) => {
      mood = next;
    },
    asked: () => asked,
    caPem: async () => (await authority()).caPem,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function replyTo(
  query: Uint8Array,
  mood: Exclude<Mood, 'silent' | 'down' | 'busy' | 'page'>,
  authority: () => Promise<AuthorityKeys>,
): Promise<Uint8Array> {
  const { answerQuery, rejection } = await import('./tsa-token.ts');
  if (mood === 'garbage') return Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff);
  if (mood === 'flood') return FLOOD;
  if (mood === 'rejects') return rejection();
  return answerQuery(await authority(), query, systemClock.nowMs(), mood === 'well' ? null : mood);
}

async function makeKeys(): Promise<AuthorityKeys> {
  const { makeAuthority } = await import('./tsa-token.ts');
  return makeAuthority({ name: AUTHORITY, caName: CA, notBeforeMs: systemClock.nowMs() - HOUR_MS });
}

async function readAll(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > QUERY_MAX_BYTES) throw new Error('a query is shorter');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
