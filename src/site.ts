import { createFindClientById, createFindPrincipal } from './client/find.ts';
import { createIdempotencyStore } from './client/idempotency-store.ts';
import { clientRoutes } from './client/routes.ts';
import type { Config } from './config.ts';
import type { Confirmations } from './confirmation/confirmations.ts';
import { confirmationAdminRoutes } from './confirmation/admin-routes.ts';
import { createErase } from './confirmation/erase.ts';
import { liveRoutes } from './confirmation/live-routes.ts';
import { confirmationPages } from './confirmation/page-routes.ts';
import { confirmationRoutes } from './confirmation/routes.ts';
import { directoryRoutes } from './directory/routes.ts';
import type { LogKeys } from './evidence/key.ts';
import { logRoutes } from './evidence/routes.ts';
import { watchTimeStamps } from './evidence/time-stamp/stamper.ts';
import { verifyPages } from './evidence/verify-page/routes.ts';
import type { Gateway } from './gateway/gateway.ts';
import { createApp, type App } from './http/app.ts';
import { clientAuth } from './http/client-auth.ts';
import { openApiDocument } from './http/openapi-document.ts';
import { idempotency } from './http/idempotency.ts';
import { measureRequests, opsRoutes } from './http/ops-routes.ts';
import { openHttpServer, type HttpServer } from './http/server.ts';
import type { Ledger } from './ledger/ledger.ts';
import { ledgerRoutes } from './ledger/routes.ts';
import { LEDGER_BODY_LIMITS } from './ledger/transfer-routes.ts';
import { MESSAGE_BODY_LIMITS } from './message/file-api.ts';
import { messageFileRoutes } from './message/file-routes.ts';
import type { Declarations } from './message/declaration/declarations.ts';
import { declarationPages } from './message/declaration/pages.ts';
import { declarationRoutes } from './message/declaration/routes.ts';
import { MAIL_BODY_LIMITS } from './message/mailbox/compose-routes.ts';
import { mailPages } from './message/mailbox/pages.ts';
import type { MessageRoom } from './message/messages.ts';
import { messageRoutes } from './message/routes.ts';
import type { OpenedPayments } from './payment/open.ts';
import type { PaymentRoom } from './payment/payments.ts';
import { terminalRoutes } from './payment/terminal/routes.ts';
import { openTerminalServer, type TerminalServer } from './payment/terminal/server.ts';
import { paymentSite } from './payment/site.ts';
import type { Log } from './std/log.ts';
import type { Metrics } from './std/metrics.ts';
import { asOutage, type Store } from './store/connection.ts';
import { pendingMigrations } from './store/migrate.ts';
import { apiDocsPage } from './web/api-docs.ts';
import { openWebAssets, type WebAssets } from './web/assets.ts';
import { webhookRoutes } from './webhook/routes.ts';
import type { Webhooks } from './webhook/webhooks.ts';
import { chooseLanguage } from './web/language.ts';
import { problemPage, PROBLEM_STATUS } from './web/problem-page.ts';
import { contentSecurityPolicy, securityHeaders } from './web/security-headers.ts';

/** What faces clients and people: the role api. Nobody reads these files for the other roles. */
export type SiteOptions = {
  readonly config: Config;
  readonly log: Log;
  /** Whether a gateway runs in this process, in any of its threads. */
  readonly hasGateway: boolean;
  /** Further pages of the demonstration, mounted before the server listens. */
  readonly mount?: ((app: App, assets: WebAssets) => void) | undefined;
};

/** The rooms, opened. */
export type SiteParts = OpenedPayments & {
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

/** The whole site, listening. */
export async function openSite(options: SiteOptions, parts: SiteParts): Promise<HttpServer> {
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
  app.route('/', ledgerRoutes(ledger, { sql }));
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
  // Made when it is first asked for: it takes a tenth of a second, which a start has better use for.
  let reference: ReturnType<typeof openApiDocument> | undefined;
  const document = () => (reference ??= openApiDocument(app, publicUrl));
  app.get('/openapi.json', (c) => c.json(document()));
  app.use('/docs', securityHeaders({ https: config.publicUrl.startsWith('https:') }));
  app.get('/docs', (c) => c.html(apiDocsPage({ ...document() }, assets)));
  options.mount?.(app, assets);
  return openHttpServer(app, { host: config.host, port: config.port });
}

/**
 * What must be well before traffic comes: the database, its migrations, and a second network where we run
 * one.
 */
function checksOf(
  { hasGateway }: SiteOptions,
  { store, gateway }: SiteParts,
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
    ...(hasGateway ? Object.fromEntries(channels) : {}),
  };
}

/** Where payment terminals connect, if any may. */
export async function openTerminals(
  stack: AsyncDisposableStack,
  { config, log }: SiteOptions,
  payments: PaymentRoom,
): Promise<TerminalServer | null> {
  if (config.terminals === null) return null;
  const { context } = payments;
  const { host: address, defaultCountry } = config;
  const own = { ...context, sql: context.store.sql, payments, address, defaultCountry, log };
  return stack.use(await openTerminalServer({ ...own, ...config.terminals }));
}
