/**
 * Requests that leave this server, guarded (S16): never to private, loopback, link-local or otherwise special
 * addresses unless that is configured, no redirects followed, with a limit of time and of size.
 *
 *   URL ──▶ https? ──▶ resolve ──▶ any public address? ──▶ connect to that very address ──▶ answer within the limits
 *
 * The address is judged inside the lookup that the socket itself uses, so a name that resolves differently
 * the second time (DNS rebinding) gains nothing, and once more on the connected socket. Everything that goes
 * wrong is an outage.
 */
import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Outage } from '../std/outage.ts';
import { after } from '../std/timer.ts';

export type OutboundOptions = {
  /** Also private and loopback addresses, and plain http. For peers in one's own network. */
  readonly allowPrivate: boolean;
  /** For tests: how names are resolved. */
  readonly lookup?: ResolveName;
};

export type ResolveName = (
  hostname: string,
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export type OutboundRequest = {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs: number;
  readonly answerMaxBytes: number;
};

export type OutboundAnswer = {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
};

/** Sends one request. Throws `Outage`, and nothing else; any status is an answer. */
export type Outbound = AsyncDisposable & {
  readonly send: (request: OutboundRequest) => Promise<OutboundAnswer>;
};

const SOCKETS_MAX = 64;
const HEADERS_MAX_BYTES = 16 * 1024;
const RETRY_AFTER_MS = 5_000;

export function createOutbound(options: OutboundOptions): Outbound {
  const { allowPrivate, lookup = resolveName } = options;
  const shared = { keepAlive: true, maxSockets: SOCKETS_MAX, lookup: guardedLookup(lookup, allowPrivate) };
  const agents = { 'http:': new HttpAgent(shared), 'https:': new HttpsAgent(shared) };

  async function send(request: OutboundRequest): Promise<OutboundAnswer> {
    const url = parseUrl(request.url, allowPrivate);
    const given: RequestOptions = {
      method: request.method,
      headers: {
        ...request.headers,
        ...(request.body === null ? {} : { 'content-length': String(Buffer.byteLength(request.body)) }),
      },
      maxHeaderSize: HEADERS_MAX_BYTES,
    };
    return new Promise<OutboundAnswer>((resolve, reject) => {
      const fail = (why: string, cause?: unknown): void => {
        timer.cancel();
        sent.destroy();
        reject(new Outage(`${url.hostname}: ${why}`, { cause, retryAfterMs: RETRY_AFTER_MS }));
      };
      const sent =
        url.protocol === 'https:'
          ? httpsRequest(url, { ...given, agent: agents['https:'] })
          : httpRequest(url, { ...given, agent: agents['http:'] });
      const timer = after(request.timeoutMs, () => fail(`no answer within ${request.timeoutMs} ms`));
      sent.on('socket', (socket: Socket) => {
        const judge = (): void => {
          // A destroyed socket sends nothing, and says why by its error.
          const address = socket.remoteAddress ?? '';
          if (!socket.destroyed && !allowPrivate && !isPublicAddress(address)) {
            fail(`${address} is not a public address`);
          }
        };
        if (socket.connecting) socket.once('connect', judge);
        else judge();
      });
      sent.on('error', (error) => fail(error.message, error));
      const receive = async (response: IncomingMessage): Promise<void> => {
        try {
          const body = await readBody(response, request.answerMaxBytes);
          timer.cancel();
          const contentType = response.headers['content-type'] ?? '';
          resolve({ status: response.statusCode ?? 0, contentType, body });
        } catch (error) {
          fail(error instanceof Error ? error.message : String(error), error);
        }
      };
      sent.on('response', (response) => void receive(response));
      sent.end(request.body ?? undefined);
    });
  }

  return {
    send,
    [Symbol.asyncDispose]: () => {
      agents['http:'].destroy();
      agents['https:'].destroy();
      return Promise.resolve();
    },
  };
}

/** Whether anybody's packets may go there: ordinary unicast, also when it is wrapped in an IPv6 form. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() === 'unicast';
}

function parseUrl(text: string, allowPrivate: boolean): URL {
  const url = URL.parse(text);
  if (!url) throw new Outage('the URL is malformed');
  const isSecure = url.protocol === 'https:' || (allowPrivate && url.protocol === 'http:');
  if (!isSecure)
    throw new Outage(`${url.hostname}: only https is allowed, and http where private addresses are`);
  if (url.username !== '' || url.password !== '')
    throw new Outage(`${url.hostname}: a URL must not hold a password`);
  // A literal address is never looked up, so it is judged here.
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !allowPrivate && !isPublicAddress(literal)) {
    throw new Outage(`${literal} is not a public address`);
  }
  return url;
}

/** Gives the socket only addresses that it may connect to. */
function guardedLookup(resolve: ResolveName, allowPrivate: boolean): LookupFunction {
  return (hostname, options, answer) => {
    resolve(hostname, (error, addresses) => {
      if (error) {
        answer(error, '');
        return;
      }
      const allowed = addresses.filter(({ address }) => allowPrivate || isPublicAddress(address));
      const [first] = allowed;
      if (!first) answer(new Error('it resolves to no public address'), '');
      else if (options.all) answer(null, allowed);
      else answer(null, first.address, first.family);
    });
  };
}

function resolveName(
  hostname: string,
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
): void {
  dnsLookup(hostname, { all: true }, (error, addresses) => answer(error, error ? [] : addresses));
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new Error(`the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new Error('the answer was cut off');
  return Buffer.concat(chunks);
}
