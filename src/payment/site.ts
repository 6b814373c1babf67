/** All that people and programs reach of this room and its banks over HTTP, for main to mount. */
import { bankRoutes } from '../bank/routes.ts';
import { createRouter, type App } from '../http/app.ts';
import type { WebAssets } from '../web/assets.ts';
import type { CardDesk } from './card/desk.ts';
import { cardRoutes } from './card/routes.ts';
import type { ExemptionDesk } from './exemption/desk.ts';
import { createFindPaymentPolicy } from './exemption/policy-store.ts';
import { exemptionRoutes } from './exemption/routes.ts';
import { createOffers } from './page/offers.ts';
import { paymentPages } from './page/routes.ts';
import type { PaymentRoom } from './payments.ts';
import { paymentRoutes } from './routes.ts';
import type { TrusteeDesk } from './trustee/desk.ts';
import { operatorPages } from './trustee/operator-pages.ts';
import { trusteeRoutes } from './trustee/routes.ts';

export type PaymentSiteOptions = {
  readonly payments: PaymentRoom;
  readonly cards: CardDesk;
  readonly exemptions: ExemptionDesk;
  readonly trustee: TrusteeDesk;
  readonly assets: WebAssets;
};

export function paymentSite({ payments, cards, exemptions, trustee, assets }: PaymentSiteOptions): App {
  const app = createRouter();
  const { context } = payments;
  const offersOf = createOffers({ context, vault: cards.vault, policyOf: createFindPaymentPolicy() });
  app.route('/', bankRoutes({ ...context, sql: context.store.sql }));
  app.route('/', paymentRoutes(payments, context.confirmations));
  app.route('/', cardRoutes(cards));
  app.route('/', exemptionRoutes(exemptions));
  app.route('/', trusteeRoutes(trustee));
  app.route('/', operatorPages(trustee, assets));
  app.route('/', paymentPages({ ...context, payments, offersOf, assets }));
  return app;
}
