/**
 * What `countersign start` has beside the server: the demonstration, and in place of what is not configured a
 * simulated mobile operator, time-stamping authority and bank.
 */
import { openDemo, type Demo } from '../../sim/demo/open.ts';
import { openDemoPayments, type DemoPayments } from '../../sim/demo/payments.ts';
import { createHandsets } from '../../sim/handset.ts';
import { openSmsc } from '../../sim/smsc.ts';
import { openTsa } from '../../sim/tsa.ts';
import type { Config } from '../config.ts';
import type { CountersignServer, ServerOptions } from '../main.ts';
import type { Log } from '../std/log.ts';
import type { Sql } from '../store/connection.ts';
import { configOrMistake } from './environment.ts';

export type Simulated = AsyncDisposable & {
  /** What the server is to be opened with, in front of the environment. */
  readonly settings: Readonly<Record<string, string>>;
  readonly mount: NonNullable<ServerOptions['mount']>;
  /** To be told of the server: the terminal on the counter connects to it. */
  readonly onListening: (server: CountersignServer) => void;
  readonly demo: Pick<Demo, 'apiKey' | 'subscriber' | 'mailbox' | 'form'>;
  /** Null where a real one is configured. */
  readonly smscPort: number | null;
  readonly tsaUrl: string | null;
  readonly lines: DemoPayments['lines'];
};

const ACCOUNT = { systemId: 'countersign', password: 'sim-only' };

export async function openSimulated({
  config,
  sql,
  level,
  log,
}: {
  config: Config;
  sql: Sql;
  level: string;
  log: Log;
}): Promise<Simulated> {
  const stack = new AsyncDisposableStack();
  try {
    const handsets = createHandsets();
    const operator =
      config.smppUrls.length === 0 ? stack.use(await openSmsc({ port: 0, accounts: [ACCOUNT] })) : null;
    operator?.onMessage(handsets.receive);
    const tsa = config.timeStamps ? null : stack.use(await openTsa());
    const settings = {
      LOG_LEVEL: level,
      // The shop of the demonstration is on this machine, and hears of its payments there.
      ALLOW_PRIVATE_ADDRESSES: 'true',
      // For the terminal on its counter; any free port where none was chosen.
      ...(config.terminals ? {} : { TERMINAL_PORT: '0' }),
      ...(operator ? { SMPP_URL: simulatedUrl(operator.port) } : {}),
      ...(tsa ? { TSA_URL: tsa.url } : {}),
    };
    const demo = await openDemo({ sql, config, handsets: operator ? handsets : null, shop: '/shop' });
    let listening: CountersignServer['terminals'] = null;
    const payments = stack.use(
      await openDemoPayments({
        sql,
        config: configOrMistake(settings),
        tenantId: demo.tenantId,
        log,
        terminalPort: () => listening?.port ?? null,
        hasPhones: operator !== null,
      }),
    );
    const open = stack.move();
    return {
      settings,
      mount: (app, assets) => {
        demo.mount(app, assets);
        payments.mount(app, assets);
      },
      onListening: ({ terminals }) => void (listening = terminals),
      demo,
      smscPort: operator?.port ?? null,
      tsaUrl: tsa?.url ?? null,
      lines: payments.lines,
      [Symbol.asyncDispose]: () => open.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function simulatedUrl(port: number): string {
  return `smpp://${ACCOUNT.systemId}:${ACCOUNT.password}@127.0.0.1:${port}?sourceAddr=Countersign`;
}
