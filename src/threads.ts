/**
 * A server in two threads of one process, where it runs more than the role api and the machine has more than
 * one core: the first faces clients and people, the second the networks, the log and the clock. Both are the
 * same composition root with other roles; between them goes only what the first has to send (far-gateway.ts),
 * so that a code takes no detour through the database.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Config } from './config.ts';
import { createFarGateway } from './gateway/far-gateway.ts';
import { createSmppChannel } from './gateway/smpp/channel.ts';
import { openServer, type CountersignServer, type Role, type ServerOptions } from './main.ts';
import type { Log } from './std/log.ts';
import { giveBackMemory } from './std/memory.ts';
import { createMetrics } from './std/metrics.ts';
import { Secret } from './std/secret.ts';
import type { SocketAddress } from './store/connection.ts';

/** What the second thread is given: plain values, for nothing else travels. */
export type ThreadData = {
  readonly roles: readonly Role[];
  readonly settings: Readonly<Record<string, string>>;
  /** The embedded database's; null for that of DATABASE_URL. */
  readonly socket: (Omit<SocketAddress, 'password'> & { readonly password: string }) | null;
};

export type ThreadsOptions = Pick<ServerOptions, 'config' | 'database' | 'roles' | 'log' | 'mount'> & {
  /** What stands in front of the environment in `config`, for the second thread reads its own. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** The largest young generation of the second thread, in megabytes, and the largest old one. */
const YOUNG_MAX_MB = 24;
const OLD_MAX_MB = 256;

/** As `openServer`, in two threads where that is faster. */
export async function openServerInThreads(options: ThreadsOptions): Promise<CountersignServer> {
  const { config, database, roles, log } = options;
  if (!roles.includes('api') || !roles.includes('gateway') || availableParallelism() < 2) {
    const server = await openServer({ ...options, channels: channelsOf(config, roles, log) });
    giveBackMemory();
    return server;
  }
  const thread = startThread({
    roles: roles.filter((role) => role !== 'api'),
    settings: options.settings ?? {},
    socket: database instanceof Secret ? null : { ...database, password: database.password.reveal() },
  });
  const stack = new AsyncDisposableStack();
  stack.use(thread);
  try {
    const gateway = createFarGateway(thread.port, log);
    await Promise.race([gateway.whenUp, thread.failed]);
    const metrics = createMetrics({ beside: gateway.metrics });
    const server = stack.use(
      await openServer({ ...options, roles: ['api'], channels: [], gateway, metrics }),
    );
    thread.keep();
    giveBackMemory();
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

function startThread(data: ThreadData): Thread {
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MAX_MB, maxOldGenerationSizeMb: OLD_MAX_MB };
  const port = new Worker(new URL('./thread.ts', import.meta.url), { workerData: data, resourceLimits });
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

function channelsOf(config: Config, roles: readonly Role[], log: Log) {
  return roles.includes('gateway') ? [createSmppChannel({ urls: config.smppUrls, log })] : [];
}
