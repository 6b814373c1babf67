import type { ServerOptions } from '../../src/main.ts';
import { must } from '../../src/std/assert.ts';
import { systemClock } from '../../src/std/clock.ts';
import { systemRandom } from '../../src/std/random.ts';
import { createBankPages } from '../bank-pages.ts';
import { createTerminalPages } from '../terminal-pages.ts';
import { DEMO_CARDS, openDemoBanks, type DemoBanks } from './bank.ts';
import { handsetPath } from './handset-view.ts';
import { ALICE } from './people.ts';
import { openDemoShop, type DemoShop, type DemoShopOptions } from './shop.ts';
import { openDemoTerminal } from './terminal.ts';

/** What the demonstration pays with and for: the banks with their page, the shop, and the terminal on its counter. */
export type DemoPayments = AsyncDisposable & {
  readonly banks: DemoBanks;
  readonly shop: DemoShop;
  readonly mount: NonNullable<ServerOptions['mount']>;
  /** For the greeting: what there is, and where. */
  readonly lines: readonly (readonly [name: string, text: string])[];
};

export type DemoPaymentsOptions = DemoShopOptions & {
  readonly bankTimeoutMs?: number;
  /** Where terminals connect, known when the server is up; absent where none may. */
  readonly terminalPort?: () => number | null;
  /** Whether there are phones to look at. */
  readonly hasPhones?: boolean;
};

export async function openDemoPayments(options: DemoPaymentsOptions): Promise<DemoPayments> {
  await using stack = new AsyncDisposableStack();
  const { publicUrl } = options.config;
  const banks = stack.use(await openDemoBanks(options.sql, options.bankTimeoutMs));
  const shop = await openDemoShop(options);
  stack.use(shop.shop);
  const { sql, config, tenantId, terminalPort } = options;
  const owner = { tenantId, clientId: shop.clientId };
  const terminal = terminalPort === undefined ? null : await openDemoTerminal({ sql, config, owner });
  const https = publicUrl.startsWith('https:');
  const { pan, expiry, securityCode } = DEMO_CARDS.alice;
  const open = stack.move();
  return {
    banks,
    shop,
    mount: (app, assets) => {
      app.route('/', createBankPages({ host: banks.acme, assets, https, random: systemRandom }));
      app.route('/', shop.shop.app);
      if (terminal === null || terminalPort === undefined) return;
      const pages = createTerminalPages({
        ...terminal,
        port: () => must(terminalPort(), 'terminals may connect'),
        cards: () => banks.acme.books.cards(),
        handset: options.hasPhones === true ? handsetPath(ALICE.number) : null,
        assets,
        https,
        random: systemRandom,
        clock: systemClock,
      });
      app.route('/', pages);
    },
    lines: [
      ['The shop', `${publicUrl}/shop`],
      ['Its office', `${publicUrl}/shop/office, password ${shop.officePassword}`],
      ...(terminal === null ? [] : [['Its terminal', `${publicUrl}/terminal`] as const]),
      ['The bank', `${publicUrl}/bank, ISO 8583 on 127.0.0.1:${banks.acme.port}`],
      [
        'A card of Alice',
        `${pan.replace(/(.{4})(?=.)/g, '$1 ')}, ${expiry.slice(2)}/${expiry.slice(0, 2)}, ${securityCode}; others on the bank’s page and in examples/README.md`,
      ],
    ],
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
