import type { ServerOptions } from '../../src/main.ts';
import { systemRandom } from '../../src/std/random.ts';
import { createBankPages } from '../bank-pages.ts';
import { DEMO_CARDS, openDemoBanks, type DemoBanks } from './bank.ts';
import { openDemoShop, type DemoShop, type DemoShopOptions } from './shop.ts';

/** What the demonstration pays with and for: the banks with their page, and the shop. */
export type DemoPayments = AsyncDisposable & {
  readonly banks: DemoBanks;
  readonly shop: DemoShop;
  readonly mount: NonNullable<ServerOptions['mount']>;
  /** For the greeting: what there is, and where. */
  readonly lines: readonly (readonly [name: string, text: string])[];
};

export type DemoPaymentsOptions = DemoShopOptions & { readonly bankTimeoutMs?: number };

export async function openDemoPayments(options: DemoPaymentsOptions): Promise<DemoPayments> {
  await using stack = new AsyncDisposableStack();
  const { publicUrl } = options.config;
  const banks = stack.use(await openDemoBanks(options.sql, options.bankTimeoutMs));
  const shop = await openDemoShop(options);
  stack.use(shop.shop);
  const https = publicUrl.startsWith('https:');
  const { pan, expiry, securityCode } = DEMO_CARDS.alice;
  const open = stack.move();
  return {
    banks,
    shop,
    mount: (app, assets) => {
      app.route('/', createBankPages({ host: banks.acme, assets, https, random: systemRandom }));
      app.route('/', shop.shop.app);
    },
    lines: [
      ['The shop', `${publicUrl}/shop`],
      ['Its office', `${publicUrl}/shop/office, password ${shop.officePassword}`],
      ['The bank', `${publicUrl}/bank, ISO 8583 on 127.0.0.1:${banks.acme.port}`],
      [
        'A card of Alice',
        `${pan.replace(/(.{4})(?=.)/g, '$1 ')}, ${expiry.slice(2)}/${expiry.slice(0, 2)}, ${securityCode}; others on the bank’s page`,
      ],
    ],
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
