import {
  createClientCache,
  createFindClientById,
  createFindPrincipal,
  type FindClient,
} from './client/find.ts';
import { createIdempotencyStore, purgeIdempotency } from './client/idempotency-store.ts';
import { clientRoutes } from './client/routes.ts';
import type { Config } from './config.ts';
import { createConfirmations, type Confirmations } from './confirmation/confirmations.ts';
import { confirmationAdminRoutes } from './confirmation/admin-routes.ts';
import { createErase } from './confirmation/erase.ts';
import { liveRoutes } from './confirmation/live-routes.ts';
import { confirmationPages } from './confirmation/page-routes.ts';
import { confirmationRoutes } from './confirmation/routes.ts';
import { createNumberDirectory } from './directory/number-directory.ts';
import { createDirectory, type NumberDirectory } from './directory/resolve.ts';
import { directoryRoutes } from './directory/routes.ts';
import { openLogKeys, type LogKeys } from './evidence/key.ts';
import { logRoutes } from './evidence/routes.ts';
import { Sequencer } from './evidence/sequencer.ts';
import { knowsLog, settleLog } from './evidence/settle.ts';
import { startTimeStamps, watchTimeStamps } from './evidence/time-stamp/stamper.ts';
import { verifyPages } from './evidence/verify-page/routes.ts';
import type { Channel } from './gateway/channel.ts';
import { createGateway, DISPATCH_CHANNEL, type Gateway, type GatewayOptions } from './gateway/gateway.ts';
import { createApp, type App } from './http/app.ts';
import { clientAuth } from './http/client-auth.ts';
import { openApiDocument } from './http/openapi-document.ts';
import { idempotency } from './http/idempotency.ts';
import { createOutbound } from './http/outbound.ts';
import { measureRequests, opsRoutes } from './http/ops-routes.ts';
import { openHttpServer, type HttpServer } from './http/server.ts';
import { createLedger, type Ledger } from './ledger/ledger.ts';
import { openLedgerExpiry } from './ledger/expiry.ts';
import { LEDGER_BODY_LIMITS } from './ledger/transfer-routes.ts';
import { systemClock } from './std/clock.ts';
import type { Log } from './std/log.ts';
import { MESSAGE_BODY_LIMITS } from './message/file-api.ts';
import { messageFileRoutes } from './message/file-routes.ts';
import { createDeclarations, type Declarations } from './message/declaration/declarations.ts';
import { declarationPages } from './message/declaration/pages.ts';
import { declarationRoutes } from './message/declaration/routes.ts';
import { MAIL_BODY_LIMITS } from './message/mailbox/compose-routes.ts';
import { mailPages } from './message/mailbox/pages.ts';
import { createMessages, type MessageRoom } from './message/messages.ts';
import { messageRoutes } from './message/routes.ts';
import { openPayments, type BankWays, type OpenedPayments } from './payment/open.ts';
import type { PaymentRoom } from './payment/payments.ts';
import { terminalRoutes } from './payment/terminal/routes.ts';
import { openTerminalServer, type TerminalServer } from './payment/terminal/server.ts';
import { paymentSite } from './payment/site.ts';
import { openCollector } from './payment/trustee/collector.ts';
import { createMetrics, type Metrics } from './std/metrics.ts';
import { systemRandom } from './std/random.ts';
import { Secret } from './std/secret.ts';
import { every } from './std/timer.ts';
import { asOutage, openStore, type Store, type StoreOptions } from './store/connection.ts';
import { pendingMigrations } from './store/migrate.ts';
import { apiDocsPage } from './web/api-docs.ts';
import { openWebAssets, type WebAssets } from './web/assets.ts';
import { WEBHOOK_CHANNEL } from './webhook/publish.ts';
import { webhookRoutes } from './webhook/routes.ts';
import { createWebhooks, type Webhooks } from './webhook/webhooks.ts';
import type { Deliverer } from './webhook/deliverer.ts';
import { chooseLanguage } from './web/language.ts';
import { problemPage, PROBLEM_STATUS } from './web/problem-page.ts';
import { contentSecurityPolicy, securityHeaders } from './web/security-headers.ts';

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

const PURGE_PERIOD_MS = 60_000;

export type ServerOptions = {
  readonly config: Config;
  readonly database: StoreOptions['database'];
  readonly roles: readonly Role[];
  readonly log: Log;
  /** The second networks; empty where no gateway role runs. */
  readonly channels: readonly Channel[];
  /** A gateway that runs elsewhere in this process, in place of the role. */
  readonly gateway?: Gateway;
  /** Made here where absent. */
  readonly metrics?: Metrics;
  readonly onSettled?: GatewayOptions['onSettled'];
  /** How banks are spoken to, where it is not as usual. */
  readonly bank?: BankWays;
  /** Further pages of the demonstration, mounted before the server listens. */
  readonly mount?: (app: App, assets: WebAssets) => void;
};

export type CountersignServer = AsyncDisposable & {
  readonly store: Store;
  readonly gateway: Gateway;
  readonly metrics: Metrics;
  readonly confirmations: Confirmations;
  readonly messages: MessageRoom;
  readonly payments: PaymentRoom;
  readonly logKeys: LogKeys;
  /** Null without the role api. */
  readonly http: HttpServer | null;
  /** Null without the role api, or without TERMINAL_PORT. */
  readonly terminals: TerminalServer | null;
};

/** Starts the roles over a migrated database. Disposing finishes what is in hand and closes everything. */
export async function openServer(options: ServerOptions): Promise<CountersignServer> {
  const { config, database, log } = options;
  const roles = new Set(options.roles);
  const stack = new AsyncDisposableStack();
  try {
    const { metrics = createMetrics(), onSettled } = options;
    const store = stack.use(openStore({ database }));
    const logKeys = await openKnownLogKeys(config, store);
    const channels = Object.fromEntries(options.channels.map((channel) => [channel.kind, channel]));
    const gateway = stack.use(
      options.gateway ??
        createGateway({ sql: store.sql, channels, clock: systemClock, log, metrics, onSettled }),
    );
    const clientOf = createClientCache(store.sql);
    const webhooks = openWebhooks(stack, options, { store, clientOf, metrics });
    const confirmations = createConfirmations({
      store,
      directory: createDirectory({
        sql: store.sql,
        numberDirectory: numberDirectoryOf(config),
        defaultCountry: config.defaultCountry,
      }),
      gateway,
      gatewayIsLocal: roles.has('gateway') || options.gateway !== undefined,
      clientOf,
      keys: config.keys,
      logKeys,
      clock: systemClock,
      random: systemRandom,
      metrics,
      log,
      publicUrl: config.publicUrl,
      publish: webhooks.publish,
    });
    const { publish } = webhooks;
    const { publicUrl } = config;
    const own = { ...confirmations.context, confirmations, gateway, publish, logKeys, publicUrl };
    const messages = createMessages(own);
    const declarations = createDeclarations(own);
    const ledger = createLedger(store);
    confirmations.carryOut('any', ledger.registers.room);
    const { payments, cards, exemptions, trustee } = openPayments(stack, own, options.bank);
    if (roles.has('log')) await startLog(stack, store, logKeys, options);
    if (roles.has('gateway')) await startGateway(store, gateway);
    if (roles.has('jobs')) {
      startJobs(stack, store, { confirmations, messages, payments, cards }, log);
      stack.use(openCollector(trustee.context));
      await payments.context.bank.start();
      await startDeliverer(store, webhooks.deliverer);
    }
    if (roles.has('api')) {
      for (const { watcher } of [confirmations, messages, payments]) stack.use(watcher).start();
    }
    const ofPayments = { payments, cards, exemptions, trustee };
    const rooms = { confirmations, messages, declarations, ledger, ...ofPayments, webhooks };
    const parts = { ...rooms, store, gateway, logKeys, metrics };
    const http = roles.has('api') ? stack.use(await openApi(options, parts)) : null;
    const terminals = roles.has('api') ? await openTerminals(stack, options, payments) : null;
    const open = stack.move();
    const opened = { store, gateway, metrics, confirmations, messages, payments, logKeys, http, terminals };
    return { ...opened, [Symbol.asyncDispose]: () => open.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    // Before the gateway took them over, nobody else would close them.
    await Promise.all(options.channels.map((channel) => channel[Symbol.asyncDispose]()));
    throw error;
  }
}

/** The log's name at its first start: where its tiles are, without the scheme (C2SP tlog-tiles). */
export function logOriginOf(config: Config): string {
  return `${new URL(config.publicUrl).host}/log`;
}

/** The keys of the log that this database has; another master key would begin another log. */
async function openKnownLogKeys(config: Config, { sql }: Store): Promise<LogKeys> {
  const { origin } = await settleLog(sql, { origin: logOriginOf(config) });
  const logKeys = await openLogKeysOf(config, origin);
  if (await knowsLog(sql, logKeys)) return logKeys;
  throw new Error(
    'The master key is not the one that this database was written with. Set COUNTERSIGN_MASTER_KEY, or put back ' +
      `${config.dataFolder}/master.key, so that the old key is among the keys.`,
  );
}

/** The keys of the log, derived from the master keys like every other key. */
export function openLogKeysOf(config: Config, origin: string): Promise<LogKeys> {
  const { keys } = config;
  const masterKeys = keys.ids.map((id) => ({ id, key: new Secret(keys.derive(id, 'countersign/log/1')) }));
  return openLogKeys({ origin, masterKeys });
}

/** The trusted third party that knows numbers which our database does not, where one is configured (P3). */
function numberDirectoryOf(config: Config): NumberDirectory | undefined {
  if (!config.numberDirectory) return undefined;
  const outbound = createOutbound({ allowPrivate: config.allowPrivateAddresses });
  return createNumberDirectory({ ...config.numberDirectory, outbound });
}

async function startLog(
  stack: AsyncDisposableStack,
  { sql }: Store,
  keys: LogKeys,
  { config: { timeStamps }, log }: ServerOptions,
): Promise<void> {
  // Its answers are signed, so plain http is good enough for them.
  const outbound = timeStamps && createOutbound({ allowPrivate: timeStamps.allowPrivate, allowHttp: true });
  stack.use(await startTimeStamps(sql, outbound && { ...timeStamps, sql, log, outbound }));
  stack.use(new Sequencer({ sql, keys, log, pollMs: 100 })).start();
}

async function startGateway(store: Store, gateway: Gateway): Promise<void> {
  await store.sql.listen(DISPATCH_CHANNEL, () => gateway.wake());
  gateway.start();
}

function startJobs(
  stack: AsyncDisposableStack,
  store: Store,
  {
    confirmations,
    messages,
    payments,
    cards,
  }: Pick<Parts, 'confirmations' | 'messages' | 'payments' | 'cards'>,
  log: Log,
): void {
  stack.use(confirmations.sweeper).start();
  stack.use(messages.worker).start();
  stack.use(payments.worker).start();
  stack.use(openLedgerExpiry(store.sql, log));
  stack.use(
    every(PURGE_PERIOD_MS, async () => {
      await Promise.all([purgeIdempotency(store.sql), cards.vault.purge()]).catch((error: unknown) =>
        log.warn({ err: asOutage(error) }, 'purge failed'),
      );
    }),
  );
}

function openWebhooks(
  stack: AsyncDisposableStack,
  { config, log }: ServerOptions,
  { store, clientOf, metrics }: { store: Store; clientOf: FindClient; metrics: Metrics },
): Webhooks {
  const webhooks = createWebhooks({
    sql: store.sql,
    keys: config.keys,
    clientOf,
    allowPrivate: config.allowPrivateAddresses,
    clock: systemClock,
    random: systemRandom,
    metrics,
    log,
  });
  stack.use(webhooks.deliverer);
  return webhooks;
}

/** Where payment terminals connect, if any may. */
async function openTerminals(
  stack: AsyncDisposableStack,
  { config, log }: ServerOptions,
  payments: PaymentRoom,
): Promise<TerminalServer | null> {
  if (config.terminals === null) return null;
  const { context } = payments;
  const { host: address, defaultCountry } = config;
  const own = { ...context, sql: context.store.sql, payments, address, defaultCountry, log };
  return stack.use(await openTerminalServer({ ...own, ...config.terminals }));
}

async function startDeliverer(store: Store, deliverer: Deliverer): Promise<void> {
  await store.sql.listen(WEBHOOK_CHANNEL, () => deliverer.wake());
  deliverer.start();
}

type Parts = OpenedPayments & {
  store: Store;
  confirmations: Confirmations;
  messages: MessageRoom;
  declarations: Declarations;
  ledger: Ledger;
  webhooks: Webhooks;
  gateway: Gateway;
  logKeys: LogKeys;
  metrics: Metrics;
};

async function openApi(options: ServerOptions, parts: Parts): Promise<HttpServer> {
  const { config, log } = options;
  const { store, confirmations, messages, declarations, ledger, cards, webhooks, logKeys, metrics } = parts;
  const { sql } = store;
  const assets = openWebAssets();
  watchTimeStamps(sql, metrics);
  const { publicUrl } = config;
  const tsaCa = config.timeStamps?.caPem ?? null;
  const verify = verifyPages({ keys: logKeys, assets, publicUrl, tsaCa });
  const app = createApp({
    log,
    trustedHops: config.trustedHops,
    asOutage,
    bodyLimits: [verify.bodyLimit, ...MESSAGE_BODY_LIMITS, ...MAIL_BODY_LIMITS, ...LEDGER_BODY_LIMITS],
    problemPage: (c, kind) => {
      const language = chooseLanguage(c.req.header('accept-language'), c.req.query('lang'));
      const page = problemPage({ kind, language, assets, requestId: c.get('requestId'), back: null });
      return c.html(page, PROBLEM_STATUS[kind], { 'Content-Security-Policy': contentSecurityPolicy() });
    },
  });
  const onLost = (error: unknown) =>
    log.warn({ err: error }, 'the answer to a repeatable request could not be stored');
  app.use(measureRequests(metrics));
  app.use('/v1/*', clientAuth(createFindPrincipal(sql)));
  app.use('/v1/*', idempotency({ store: createIdempotencyStore({ store, keyRing: config.keys }), onLost }));
  app.route('/', confirmationRoutes(confirmations));
  app.route('/', liveRoutes(confirmations));
  app.route('/', confirmationAdminRoutes(confirmations));
  app.route(
    '/',
    directoryRoutes({
      sql,
      defaultCountry: config.defaultCountry,
      onErase: async (tx, tenantId, subscriberId) => {
        await createErase(confirmations.context)(tx, tenantId, subscriberId);
        await messages.eraseParty(tx, tenantId, subscriberId);
        await parts.payments.erasePayer(tx, tenantId, subscriberId);
        await cards.vault.eraseOf(tx, tenantId, subscriberId);
        await parts.exemptions.exemptions.erase(tx, tenantId, subscriberId);
      },
    }),
  );
  app.route('/', clientRoutes({ sql }));
  app.route('/', messageRoutes(messages));
  app.route('/', messageFileRoutes(messages));
  app.route('/', declarationRoutes(declarations));
  app.route('/', ledger.routes());
  app.route('/', terminalRoutes({ ...parts.payments.context, sql }));
  app.route('/', paymentSite({ ...parts, assets }));
  app.route('/', webhookRoutes(webhooks.context));
  app.route('/', confirmationPages(confirmations, { assets, publicUrl }));
  app.route('/', mailPages({ room: messages, findClientById: createFindClientById(sql), assets, publicUrl }));
  app.route('/', declarationPages({ declarations, assets }));
  app.route('/', logRoutes({ sql, keys: logKeys }));
  app.route('/', verify.routes);
  app.route('/', assets.routes);
  app.route('/', opsRoutes({ metrics, metricsToken: config.metricsToken, checks: checksOf(options, parts) }));
  const reference = openApiDocument(app, config.publicUrl);
  app.get('/openapi.json', (c) => c.json(reference));
  app.use('/docs', securityHeaders({ https: config.publicUrl.startsWith('https:') }));
  app.get('/docs', (c) => c.html(apiDocsPage({ ...reference }, assets)));
  options.mount?.(app, assets);
  return openHttpServer(app, { host: config.host, port: config.port });
}

/**
 * What must be well before traffic comes: the database, its migrations, and a second network where we run
 * one.
 */
function checksOf(
  options: ServerOptions,
  { store, gateway }: Parts,
): Record<string, () => Promise<string | null>> {
  const { sql } = store;
  const channels = Object.values(gateway.channels).map((channel) => [
    `channel ${channel.kind}`,
    () => Promise.resolve(channel.isUp() ? null : 'no connection to the network'),
  ]);
  return {
    database: async () => {
      const pending = await pendingMigrations(sql);
      return pending.length === 0 ? null : `run "countersign migrate": ${pending.join(', ')}`;
    },
    ...(options.roles.includes('gateway') || options.gateway ? Object.fromEntries(channels) : {}),
  };
}
