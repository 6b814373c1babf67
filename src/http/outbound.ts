/**
 * Requests that leave this server, guarded (S16): never to private, loopback, link-local or otherwise special
 * addresses unless that is configured, in clear to none but those, no redirects followed, with a limit of
 * time and of size.
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
import { after, type Timer } from '../std/timer.ts';

export type OutboundOptions = {
  /** Also private and loopback addresses, and to these plain http. For peers in one's own network. */
  readonly allowPrivate: boolean;
  /** Plain http also to public addresses: for protocols that sign what they carry and have no secrets. */
  readonly allowHttp?: boolean;
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
  readonly body: string | Uint8Array | null;
  readonly timeoutMs: number;
  readonly answerMaxBytes: number;
  /**
   * Only the status matters: the answer is given as soon as that is there, with an empty body; what follows
   * is read away within the limits and is never a reason to fail.
   */
  readonly discardsBody?: true;
};

export type OutboundAnswer = {
  readonly status: number;
  readonly contentType: string;
  /** The header as it came. */
  readonly retryAfter: string | null;
  readonly body: Buffer;
};

/**
 * Sends one request; twice, when a connection that was kept breaks as it is used again. Throws `Outage`, and
 * nothing else; any status is an answer.
 */
export type Outbound = AsyncDisposable & {
  readonly send: (request: OutboundRequest) => Promise<OutboundAnswer>;
};

const SOCKETS_MAX = 64;
const HEADERS_MAX_BYTES = 16 * 1024;
const RETRY_AFTER_MS = 5_000;

export function createOutbound(options: OutboundOptions): Outbound {
  const { allowPrivate, allowHttp = false, lookup = resolveName } = options;
  const agentOf = (isSecure: boolean) => ({
    keepAlive: true,
    maxSockets: SOCKETS_MAX,
    lookup: guardedLookup(lookup, (address) => mayConnect(address, isSecure || allowHttp, allowPrivate)),
  });
  const agents = { 'http:': new HttpAgent(agentOf(false)), 'https:': new HttpsAgent(agentOf(true)) };

  async function send(request: OutboundRequest): Promise<OutboundAnswer> {
    const url = parseUrl(request.url, allowPrivate, allowHttp);
    try {
      return await exchange(request, url);
    } catch (error) {
      // The peer closed a connection just as it was used again, as a rule without having seen the request.
      if (error instanceof Outage && error.cause instanceof StaleConnection) return exchange(request, url);
      throw error;
    }
  }

  function exchange(request: OutboundRequest, url: URL): Promise<OutboundAnswer> {
    const isSecure = url.protocol === 'https:';
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
      const sent = isSecure
        ? httpsRequest(url, { ...given, agent: agents['https:'] })
        : httpRequest(url, { ...given, agent: agents['http:'] });
      const timer = after(request.timeoutMs, () => fail(`no answer within ${request.timeoutMs} ms`));
      sent.on('socket', (socket: Socket) => {
        const judge = (): void => {
          // A destroyed socket sends nothing, and says why by its error.
          const address = socket.remoteAddress ?? '';
          if (!socket.destroyed && !mayConnect(address, isSecure || allowHttp, allowPrivate)) {
            fail(whyNot(address));
          }
        };
        if (socket.connecting) socket.once('connect', judge);
        else judge();
      });
      sent.on('error', (error) => {
        const isStale = sent.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
        fail(error.message, isStale ? new StaleConnection() : error);
      });
      sent.on('response', (response) => {
        const answered = request.discardsBody
          ? discardBody(response, request.answerMaxBytes, timer)
          : readBody(response, request.answerMaxBytes).finally(() => timer.cancel());
        answered
          .then((body) => resolve(answerOf(response, body)))
          .catch((error: unknown) => fail(error instanceof Error ? error.message : String(error), error));
      });
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

class StaleConnection extends Error {}

function answerOf(response: IncomingMessage, body: Buffer): OutboundAnswer {
  const { headers, statusCode = 0 } = response;
  const contentType = headers['content-type'] ?? '';
  return { status: statusCode, contentType, retryAfter: headers['retry-after'] ?? null, body };
}

/** What travels in clear stays in one's own network; what goes there at all must be configured. */
function mayConnect(address: string, mayGoAnywhere: boolean, allowPrivate: boolean): boolean {
  return isPublicAddress(address) ? mayGoAnywhere : allowPrivate;
}

function whyNot(address: string): string {
  return isPublicAddress(address)
    ? `${address} is a public address, and http goes to private ones only`
    : `${address} is not a public address`;
}

/** Whether anybody's packets may go there: ordinary unicast, also when it is wrapped in an IPv6 form. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() === 'unicast';
}

function parseUrl(text: string, allowPrivate: boolean, allowHttp: boolean): URL {
  const url = URL.parse(text);
  if (!url) throw new Outage('the URL is malformed');
  const isHttp = url.protocol === 'http:' && (allowPrivate || allowHttp);
  if (url.protocol !== 'https:' && !isHttp)
    throw new Outage(`${url.hostname}: only https is allowed, and http where private addresses are`);
  if (url.username !== '' || url.password !== '')
    throw new Outage(`${url.hostname}: a URL must not hold a password`);
  // A literal address is never looked up, so it is judged here.
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !mayConnect(literal, url.protocol === 'https:' || allowHttp, allowPrivate)) {
    throw new Outage(whyNot(literal));
  }
  return url;
}

/** Gives the socket only addresses that it may connect to. */
function guardedLookup(resolve: ResolveName, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, answer) => {
    resolve(hostname, (error, addresses) => {
      if (error) {
        answer(error, '');
        return;
      }
      const allowed = addresses.filter(({ address }) => isAllowed(address));
      const [first] = allowed;
      const kind = addresses.some(({ address }) => isPublicAddress(address)) ? 'private' : 'public';
      if (!first) answer(new Error(`it resolves to no ${kind} address`), '');
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

/** Lets the connection be used again where the body is short, and closes it otherwise. */
function discardBody(response: IncomingMessage, maxBytes: number, timer: Timer): Promise<Buffer> {
  let length = 0;
  response.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > maxBytes) response.destroy();
  });
  // Whatever ends it: the answer was given already.
  response.on('error', () => undefined);
  response.on('close', () => timer.cancel());
  return Promise.resolve(Buffer.alloc(0));
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
