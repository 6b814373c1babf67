/**
 * A simulated number directory of a network operator: the JSON interface of src/directory/number-directory.ts
 * over HTTP on loopback. It can be made to misbehave in the ways that a real one does.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from '../src/std/timer.ts';

export type Listing = { readonly number: string; readonly language?: string | null };

/**
 * well: as documented. down: 503. slow: answers after `delayMs`. silent: never answers. hangup: cuts the
 * connection. garbage: 200 with what is no JSON. lying: JSON of another form. redirecting: 302 to itself.
 * flooding: never ends.
 */
export type Behaviour =
  | 'well'
  | 'down'
  | 'slow'
  | 'silent'
  | 'hangup'
  | 'garbage'
  | 'lying'
  | 'redirecting'
  | 'flooding';

export type SimulatedNumberDirectory = AsyncDisposable & {
  readonly url: string;
  /** From an identifier's value to its number. */
  readonly listings: Map<string, Listing>;
  readonly behave: (behaviour: Behaviour, delayMs?: number) => void;
  /** The bodies of all requests that were answered or ignored, the oldest first. */
  readonly asked: unknown[];
};

export type NumberDirectoryOptions = { readonly token: string; readonly port?: number };

const BODY_MAX_BYTES = 4_096;

export async function openNumberDirectory(
  options: NumberDirectoryOptions,
): Promise<SimulatedNumberDirectory> {
  const listings = new Map<string, Listing>();
  const asked: unknown[] = [];
  let behaviour: Behaviour = 'well';
  let delayMs = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (request.headers.authorization !== `Bearer ${options.token}`)
      return json(response, 401, { error: 'token' });
    if (request.method !== 'POST' || body === null) return json(response, 400, { error: 'malformed' });
    asked.push(body);
    switch (behaviour) {
      case 'well':
        return json(response, 200, listingOf(body, listings));
      case 'slow':
        after(delayMs, () => json(response, 200, listingOf(body, listings)));
        return undefined;
      case 'down':
        return json(response, 503, { error: 'down' });
      case 'silent':
        return undefined;
      case 'hangup':
        request.socket.destroy();
        return undefined;
      case 'garbage':
        response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"found": tru\u0000');
        return undefined;
      case 'lying':
        return json(response, 200, { found: true, number: 'ask at the desk' });
      case 'redirecting':
        response.writeHead(302, { Location: request.url }).end();
        return undefined;
      case 'flooding':
        response.writeHead(200, { 'Content-Type': 'application/json' });
        flood(response);
        return undefined;
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/numbers`,
    listings,
    asked,
    behave: (now, delay = 0) => {
      behaviour = now;
      delayMs = delay;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listingOf(body: unknown, listings: ReadonlyMap<string, Listing>): unknown {
  const { identifier } = body as { identifier?: { value?: unknown } };
  const found = listings.get(String(identifier?.value));
  return found ? { found: true, ...found } : { found: false };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > BODY_MAX_BYTES) return null;
  }
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** Writes until the other side has had enough. */
function flood(response: ServerResponse): void {
  const chunk = ' '.repeat(1024);
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}
