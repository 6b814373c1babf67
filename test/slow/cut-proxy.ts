/**
 * A proxy on a Unix socket between the server and Postgres that fails at chosen moments.
 *
 *   COMMIT seen ─┬─ 'before': not passed on, cut                       it was not committed, and nobody knows
 *                └─ 'after': passed on, cut when the answer comes      it was committed, and nobody knows
 *   silent: nothing is passed on in either direction, and connections stay up
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SocketAddress } from '../../src/store/connection.ts';

export type CutProxy = AsyncDisposable & {
  /** The same database, through the proxy. */
  readonly through: (address: SocketAddress) => SocketAddress;
  /** The probability that a COMMIT is cut. */
  readonly cutCommits: (probability: number) => void;
  readonly silent: (isSilent: boolean) => void;
  readonly cuts: () => { readonly before: number; readonly after: number };
};

/** The simple query "commit" as a client writes it. */
const COMMIT = Buffer.from('Q\0\0\0\x0bcommit\0', 'latin1');

export async function openCutProxy(random: () => number): Promise<CutProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-cut-'));
  const pairs = new Set<Pair>();
  const cuts = { before: 0, after: 0 };
  let probability = 0;
  let isSilent = false;
  let server: Server | null = null;

  function decide(): 'before' | 'after' | null {
    if (random() >= probability) return null;
    const side = random() < 0.5 ? 'before' : 'after';
    cuts[side]++;
    return side;
  }

  return {
    through: (address) => {
      const upstream = join(address.host, `.s.PGSQL.${address.port}`);
      server = createServer((client) => {
        const pair = openPair(client, connect(upstream), { decide, onEnd: () => pairs.delete(pair) });
        pairs.add(pair);
        if (isSilent) pair.pause();
      });
      server.listen(join(folder, `.s.PGSQL.${address.port}`));
      return { ...address, host: folder };
    },
    cutCommits: (wanted) => {
      probability = wanted;
    },
    silent: (wanted) => {
      isSilent = wanted;
      for (const pair of pairs) {
        if (isSilent) pair.pause();
        else pair.resume();
      }
    },
    cuts: () => cuts,
    [Symbol.asyncDispose]: async () => {
      server?.close();
      for (const pair of pairs) pair.cut();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Pair = { readonly pause: () => void; readonly resume: () => void; readonly cut: () => void };
type PairOptions = { readonly decide: () => 'before' | 'after' | null; readonly onEnd: () => void };

function openPair(client: Socket, upstream: Socket, { decide, onEnd }: PairOptions): Pair {
  let cutsAtAnswer = false;
  const cut = (): void => {
    client.destroy();
    upstream.destroy();
    onEnd();
  };
  for (const socket of [client, upstream]) {
    socket.on('error', cut);
    socket.on('close', cut);
  }
  client.on('data', (chunk: Buffer) => {
    const side = chunk.includes(COMMIT) ? decide() : null;
    if (side === 'before') return cut();
    if (side === 'after') cutsAtAnswer = true;
    upstream.write(chunk);
  });
  upstream.on('data', (chunk: Buffer) => {
    if (cutsAtAnswer) cut();
    else client.write(chunk);
  });
  return {
    pause: () => {
      client.pause();
      upstream.pause();
    },
    resume: () => {
      client.resume();
      upstream.resume();
    },
    cut,
  };
}
