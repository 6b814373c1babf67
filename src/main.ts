import { createClientCache, createFindPrincipal } from './client/find.ts';
import { createIdempotencyStore } from './client/idempotency-store.ts';
import { clientRoutes } from './client/routes.ts';
import type { Config } from './config.ts';
import { createConfirmations, type Confirmations } from './confirmation/confirmations.ts';
import { confirmationRoutes } from './confirmation/routes.ts';
import { createDirectory } from './directory/resolve.ts';
import { openLogKeys, type LogKeys } from './evidence/key.ts';
import { Sequencer } from './evidence/sequencer.ts';
import { settleLog } from './evidence/settle.ts';
import type { Channel } from './gateway/channel.ts';
import { createGateway, DISPATCH_CHANNEL, type Gateway } from './gateway/gateway.ts';
import { createApp, type App } from './http/app.ts';
import { clientAuth } from './http/client-auth.ts';
import { idempotency } from './http/idempotency.ts';
import { openHttpServer, type HttpServer } from './http/server.ts';
import { systemClock } from './std/clock.ts';
import type { Log } from './std/log.ts';
import { systemRandom } from './std/random.ts';
import { Secret } from './std/secret.ts';
import { asOutage, openStore, type Store, type StoreOptions } from './store/connection.ts';

/**
 * The composition root: the only file that knows all rooms (P11).
 *
 *   api      faces the clients and the people          (the source's information server and data server)
 *   gateway  faces the second networks                 (its message server)
 *   log      integrates evidence into the Merkle tree  (its record keeper)
 *   jobs     ends what is overdue, purges what is stale
 */
export const ROLES = ['api', 'gateway', 'log', 'jobs'] as const;
export type Role = (typeof ROLES)[number];

export type ServerOptions = {
  readonly config: Config;
  readonly database: StoreOptions['database'];
  readonly roles: readonly Role[];
  readonly log: Log;
  /** The second networks; empty where no gateway role runs. */
  readonly channels: readonly Channel[];
  /** Further pages of the demonstration, mounted before the server listens. */
  readonly mount?: (app: App) => void;
};

export type CountersignServer = AsyncDisposable & {
  readonly store: Store;
  readonly gateway: Gateway;
  readonly confirmations: Confirmations;
  readonly logKeys: LogKeys;
  /** Null without the role api. */
  readonly http: HttpServer | null;
};

/** Starts the roles over a migrated database. Disposing finishes what is in hand and closes everything. */
export async function openServer(options: ServerOptions): Promise<CountersignServer> {
  const { config, database, log } = options;
  const roles = new Set(options.roles);
  const stack = new AsyncDisposableStack();
  try {
    const store = stack.use(openStore({ database }));
    const { origin } = await settleLog(store.sql, { origin: new URL(config.publicUrl).host });
    const logKeys = await openLogKeys({
      origin,
      masterKeys: config.keys.ids.map((id) => ({
        id,
        key: new Secret(config.keys.derive(id, 'countersign/log/1')),
      })),
    });
    const channels = Object.fromEntries(options.channels.map((channel) => [channel.kind, channel]));
    const gateway = stack.use(createGateway({ sql: store.sql, channels, clock: systemClock, log }));
    const clientOf = createClientCache(store.sql);
    const confirmations = createConfirmations({
      store,
      directory: createDirectory({ sql: store.sql }),
      gateway,
      gatewayIsLocal: roles.has('gateway'),
      clientOf,
      keys: config.keys,
      clock: systemClock,
      random: systemRandom,
      log,
      publicUrl: config.publicUrl,
    });
    if (roles.has('log'))
      stack.use(new Sequencer({ sql: store.sql, keys: logKeys, log, pollMs: 100 })).start();
    if (roles.has('gateway')) await startGateway(store, gateway);
    if (roles.has('jobs')) stack.use(confirmations.sweeper).start();
    const http = roles.has('api') ? stack.use(await openApi(options, store, confirmations)) : null;
    const open = stack.move();
    return { store, gateway, confirmations, logKeys, http, [Symbol.asyncDispose]: () => open.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function startGateway(store: Store, gateway: Gateway): Promise<void> {
  await store.sql.listen(DISPATCH_CHANNEL, () => gateway.wake());
  gateway.start();
}

async function openApi(
  options: ServerOptions,
  store: Store,
  confirmations: Confirmations,
): Promise<HttpServer> {
  const { config, log } = options;
  const app = createApp({ log, trustedHops: config.trustedHops, asOutage });
  const onLost = (error: unknown) =>
    log.warn({ err: error }, 'the answer to a repeatable request could not be stored');
  app.use('/v1/*', clientAuth(createFindPrincipal(store.sql)));
  app.use('/v1/*', idempotency({ store: createIdempotencyStore({ store, keyRing: config.keys }), onLost }));
  app.route('/', confirmationRoutes(confirmations));
  app.route('/', clientRoutes({ sql: store.sql }));
  options.mount?.(app);
  return openHttpServer(app, { host: config.host, port: config.port });
}
