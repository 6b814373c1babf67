import { createClientCache, type FindClient } from './client/find.ts';
import { purgeIdempotency } from './client/idempotency-store.ts';
import type { Config } from './config.ts';
import type { Role } from './roles.ts';
import { createConfirmations, type Confirmations } from './confirmation/confirmations.ts';
import { createNumberDirectory } from './directory/number-directory.ts';
import { createDirectory, type NumberDirectory } from './directory/resolve.ts';
import { openLogKeys, type LogKeys } from './evidence/key.ts';
import { Sequencer } from './evidence/sequencer.ts';
import { knowsLog, settleLog } from './evidence/settle.ts';
import { startTimeStamps } from './evidence/time-stamp/stamper.ts';
import type { Channel } from './gateway/channel.ts';
import { createGateway, DISPATCH_CHANNEL, type Gateway, type GatewayOptions } from './gateway/gateway.ts';
import { createOutbound } from './http/outbound.ts';
import type { HttpServer } from './http/server.ts';
import { createLedger } from './ledger/ledger.ts';
import { openLedgerExpiry } from './ledger/expiry.ts';
import { systemClock } from './std/clock.ts';
import type { Log } from './std/log.ts';
import { createDeclarations } from './message/declaration/declarations.ts';
import { createMessages, type MessageRoom } from './message/messages.ts';
import { openPayments, type BankWays } from './payment/open.ts';
import type { PaymentRoom } from './payment/payments.ts';
import type { TerminalServer } from './payment/terminal/server.ts';
import { openCollector } from './payment/trustee/collector.ts';
import type { SiteOptions, SiteParts } from './site.ts';
import { createMetrics, type Metrics } from './std/metrics.ts';
import { systemRandom } from './std/random.ts';
import { Secret } from './std/secret.ts';
import { every } from './std/timer.ts';
import { asOutage, openStore, type Store, type StoreOptions } from './store/connection.ts';
import { WEBHOOK_CHANNEL } from './webhook/publish.ts';
import { createWebhooks, type Webhooks } from './webhook/webhooks.ts';
import type { Deliverer } from './webhook/deliverer.ts';

/** The composition root: the only file that knows all rooms (P11). */

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
  readonly mount?: SiteOptions['mount'];
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
    const ofPayments = openPayments(stack, own, options.bank);
    const { payments, cards, trustee } = ofPayments;
    const rooms = { confirmations, messages, declarations, ledger, ...ofPayments, webhooks };
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
    const faces = roles.has('api')
      ? await openFaces(stack, options, { ...rooms, store, gateway, logKeys, metrics })
      : { http: null, terminals: null };
    const open = stack.move();
    const opened = { store, gateway, metrics, confirmations, messages, payments, logKeys, ...faces };
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

/** What faces the clients, the people and the terminals. */
async function openFaces(
  stack: AsyncDisposableStack,
  options: ServerOptions,
  parts: SiteParts,
): Promise<Pick<CountersignServer, 'http' | 'terminals'>> {
  const { openSite, openTerminals } = await import('./site.ts');
  const { config, log, mount } = options;
  const hasGateway = options.roles.includes('gateway') || options.gateway !== undefined;
  const own = { config, log, hasGateway, mount };
  const http = stack.use(await openSite(own, parts));
  return { http, terminals: await openTerminals(stack, own, parts.payments) };
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
  }: Pick<SiteParts, 'confirmations' | 'messages' | 'payments' | 'cards'>,
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

async function startDeliverer(store: Store, deliverer: Deliverer): Promise<void> {
  await store.sql.listen(WEBHOOK_CHANNEL, () => deliverer.wake());
  deliverer.start();
}
