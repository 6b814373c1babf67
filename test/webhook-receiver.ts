import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from './security-kit.ts';

/** A relying party's server on loopback that keeps what it was sent, and answers as it is told. */
export type Receiver = AsyncDisposable & {
  readonly url: string;
  readonly received: Received[];
  /** How the next requests are answered; 204 until then. */
  readonly answerWith: (answer: (response: ServerResponse, received: Received) => void) => void;
  /** The requests when there are so many. */
  readonly waitFor: (count: number) => Promise<Received[]>;
};

export type Received = {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: { type: string; timestamp: string; data: Record<string, unknown> };
};

export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let answer: (response: ServerResponse, received: Received) => void = (response) =>
    void response.writeHead(204).end();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      const one = { headers: request.headers, body, event: JSON.parse(body) as Received['event'] };
      received.push(one);
      answer(response, one);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    answerWith: (next) => {
      answer = next;
    },
    waitFor: (count) =>
      until(`${count} webhooks`, () => (received.length >= count ? received.slice(0, count) : null)),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function answering(status: number, headers: Record<string, string> = {}) {
  return (response: ServerResponse): void => void response.writeHead(status, headers).end();
}

/** Standard Webhooks 1.0, written a second time: which of the signatures are by this secret. */
export function signaturesBy(secret: string, { headers, body }: Received): boolean[] {
  assert.match(secret, /^whsec_[A-Za-z0-9+/]+=*$/);
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  return String(headers['webhook-signature'])
    .split(' ')
    .map((signature) => signature === expected);
}
