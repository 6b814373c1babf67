import { createRouter, type App } from '../../http/app.ts';
import { securityHeaders } from '../../web/security-headers.ts';
import { composeRoutes } from './compose-routes.ts';
import { listRoutes } from './list-routes.ts';
import { messageRoutes } from './message-routes.ts';
import { readingRoutes } from './reading-routes.ts';
import { createSite, type SiteOptions } from './site.ts';

/**
 * The hosted pages of registered messages (U2, M2 to M8), below /mail/{clientId}; they call the same verbs as
 * the API, as the person who is signed in.
 *
 *   sign in by code ─▶ mailbox ─┬─▶ write ─▶ the sender's code at /c/… ─▶ the message's page, with its receipt
 *                               └─▶ a message ─▶ the addressee's code at /c/… ─▶ reading: accept, open, read
 */
export function mailPages(options: SiteOptions): App {
  const app = createRouter();
  const site = createSite(options);
  const headers = securityHeaders({ https: site.https });
  app.use('/mail/:clientId', headers);
  app.use('/mail/:clientId/*', headers);
  listRoutes(app, site);
  composeRoutes(app, site);
  messageRoutes(app, site);
  readingRoutes(app, site);
  return app;
}
