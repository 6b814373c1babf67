/**
 * A server in two threads of one process, where it runs more than the role api and the machine has more than
 * one core: the first faces clients and people, the second the networks, the log and the clock. Both are the
 * same composition root with other roles; between them goes only what the first has to send (far-gateway.ts),
 * so that a code takes no detour through the database.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { createFarGateway } from './gateway/far-gateway.ts';
import { createSmppChannel } from './gateway/smpp/channel.ts';
import type { CountersignServer, ServerOptions } from './main.ts';
import type { Role } from './roles.ts';
import { settleDown } from './std/compiled.ts';
import { createMetrics } from './std/metrics.ts';
import { Secret } from './std/secret.ts';
import type { SocketAddress } from './store/connection.ts';

/** What the second thread is told once there is a database: plain values, for nothing else travels. */
export type ThreadData = {
  readonly roles: readonly Role[];
  readonly settings: Readonly<Record<string, string>>;
  /** The embedded database's; null for that of DATABASE_URL. */
  readonly socket: (Omit<SocketAddress, 'password'> & { readonly password: string }) | null;
};

export type ThreadsOptions = Pick<ServerOptions, 'config' | 'database' | 'log' | 'mount'> & {
  /** What stands in front of the environment in `config`, for the second thread reads its own. */
  readonly settings?: Readonly<Record<string, string>>;
};

export type ServerThreads = AsyncDisposable & {
  /** Reads the source files of a server into this thread, which does nothing else for half a second. */
  readonly read: () => Promise<void>;
  /** As `openServer`. What it opened ends with it, a thread that was not used with these threads. */
  readonly open: (options: ThreadsOptions) => Promise<CountersignServer>;
};

/** The largest young generation of the second thread, in megabytes, and the largest old one. */
const YOUNG_MAX_MB = 24;
const OLD_MAX_MB = 256;

/**
 * The threads of a server with these roles: two where that is faster. The second one begins at once to read
 * its source files. That takes longer than all else at a start, so whoever has a database to start meanwhile
 * waits for the longer of both and not for their sum.
 */
export function startThreads(roles: readonly Role[]): ServerThreads {
  const isOne = !roles.includes('api') || !roles.includes('gateway') || availableParallelism() < 2;
  const thread = isOne ? null : startThread();
  return {
    read: async () => void (await import('./main.ts')),
    open: (options) => (thread ? openInTwo(thread, roles, options) : openInOne(roles, options)),
    [Symbol.asyncDispose]: async () => thread?.[Symbol.asyncDispose](),
  };
}

async function openInOne(roles: readonly Role[], options: ThreadsOptions): Promise<CountersignServer> {
  const { openServer } = await import('./main.ts');
  const { config, log } = options;
  const channels = roles.includes('gateway') ? [createSmppChannel({ urls: config.smppUrls, log })] : [];
  const server = await openServer({ ...options, roles, channels });
  settleDown();
  return server;
}

async function openInTwo(
  thread: Thread,
  roles: readonly Role[],
  options: ThreadsOptions,
): Promise<CountersignServer> {
  const { database, settings = {}, log } = options;
  const socket = database instanceof Secret ? null : { ...database, password: database.password.reveal() };
  const stack = new AsyncDisposableStack();
  stack.use(thread);
  try {
    const gateway = createFarGateway(thread.port, log);
    const { port } = thread;
    port.postMessage({
      roles: roles.filter((role) => role !== 'api'),
      settings,
      socket,
    } satisfies ThreadData);
    const { openServer } = await import('./main.ts');
    await Promise.race([gateway.whenUp, thread.failed]);
    const metrics = createMetrics({ beside: gateway.metrics });
    const server = stack.use(
      await openServer({ ...options, roles: ['api'], channels: [], gateway, metrics }),
    );
    thread.keep();
    settleDown();
    return { ...server, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

type Thread = AsyncDisposable & {
  readonly port: Worker;
  /** Rejects when it ends before it is kept. */
  readonly failed: Promise<never>;
  /** From here on its end is the end of the process, for half a server serves nobody. */
  readonly keep: () => void;
};

function startThread(): Thread {
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MAX_MB, maxOldGenerationSizeMb: OLD_MAX_MB };
  const port = new Worker(new URL('./thread.ts', import.meta.url), { resourceLimits });
  const failed = Promise.withResolvers<never>();
  let onEnd = (error: Error): void => failed.reject(error);
  failed.promise.catch(() => undefined);
  port.on('error', (error: Error) => onEnd(error));
  port.on('exit', () => onEnd(new Error('the thread of the gateway ended')));
  return {
    port,
    failed: failed.promise,
    keep: () => {
      onEnd = (error) => {
        throw error;
      };
    },
    [Symbol.asyncDispose]: async () => {
      onEnd = () => undefined;
      await port.terminate();
    },
  };
}
