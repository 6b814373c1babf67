import { connect, type Socket } from 'node:net';

/**
 * One keep-alive connection of a relying party's application, with HTTP/1.1 written by hand: what drives the
 * server shares two cores with it, so it does as little as can be done.
 */
export type Caller = Disposable & {
  /** One request at a time. */
  readonly post: (path: string, body: string) => Promise<Answer>;
  /** `header` is one more line of the head, or nothing. */
  readonly get: (path: string, header?: string) => Promise<Answer>;
};

export type Answer = { readonly status: number; readonly body: string };

type Pending = { resolve: (answer: Answer) => void; reject: (error: Error) => void };

export async function openCaller(url: URL, apiKey: string): Promise<Caller> {
  const socket = await connected(url);
  const head = ` HTTP/1.1\r\nhost: ${url.host}\r\nauthorization: Bearer ${apiKey}\r\ncontent-type: application/json\r\n`;
  let received = '';
  let pending: Pending | null = null;

  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    received = received === '' ? chunk : received + chunk;
    const answer = answerIn(received);
    if (answer === null) return;
    received = '';
    const asked = pending;
    pending = null;
    asked?.resolve(answer);
  });
  socket.on('error', (error) => pending?.reject(error));
  socket.on('close', () => pending?.reject(new Error('the server closed the connection')));

  const ask = (text: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      pending = { resolve, reject };
      socket.write(text, 'utf8');
    });

  return {
    post: (path, body) => ask(`POST ${path}${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`),
    get: (path, header = '') => ask(`GET ${path}${head}${header === '' ? '' : `${header}\r\n`}\r\n`),
    [Symbol.dispose]: () => {
      pending = null;
      socket.destroy();
    },
  };
}

function connected(url: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port) });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** The answer once it is whole, in latin1: what is read from it is ASCII. */
function answerIn(text: string): Answer | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1];
  if (length === undefined) throw new Error(`an answer without its length: ${text.slice(0, end)}`);
  const body = text.slice(end + 4);
  return body.length < Number(length) ? null : { status: Number(text.slice(9, 12)), body };
}
