import type { Command } from 'commander';
import { openDemo, type Demo } from '../../sim/demo/open.ts';
import { openDemoPayments, type DemoPayments } from '../../sim/demo/payments.ts';
import { createHandsets } from '../../sim/handset.ts';
import { openSmsc } from '../../sim/smsc.ts';
import { openTsa } from '../../sim/tsa.ts';
import type { Config } from '../config.ts';
import { ROLES, type CountersignServer } from '../main.ts';
import { monotonicMs } from '../std/clock.ts';
import { createLog } from '../std/log.ts';
import { openStore } from '../store/connection.ts';
import { openServerInThreads } from '../threads.ts';
import { bringForward, configOrMistake, openDatabase } from './environment.ts';
import { listenForStop } from './stop.ts';

/** `countersign start`: everything on this machine; what is not configured is simulated or embedded. */
export function registerStart(program: Command): void {
  program
    .command('start')
    .description(
      'run everything here: the server, a demonstration, and a simulated mobile operator and time-stamping ' +
        'authority unless SMPP_URL and TSA_URL are set',
    )
    .action(start);
}

async function start(): Promise<void> {
  const startedMs = monotonicMs();
  const stop = listenForStop();
  const config = configOrMistake();
  await using stack = new AsyncDisposableStack();
  const level = process.stdout.isTTY && config.logLevel === 'info' ? 'warn' : config.logLevel;
  const log = createLog({ level });
  const say = (line: string) => console.log(line);
  say(
    `Countersign starts on ${config.databaseUrl ? 'the database of DATABASE_URL' : `the data folder ${config.dataFolder}`} …`,
  );
  const database = stack.use(await openDatabase(config));
  if (stop.asked()) return;
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

  const store = stack.use(openStore({ database: database.address, connectionsMax: 2 }));
  await bringForward(store.sql);
  const { sql } = store;
  const demo = await openDemo({ sql, config, handsets: operator ? handsets : null, shop: '/shop' });
  const { tenantId } = demo;
  const own = configOrMistake(settings);
  let listening: CountersignServer['terminals'] = null;
  const payments = stack.use(
    await openDemoPayments({
      sql,
      config: own,
      tenantId,
      log,
      terminalPort: () => listening?.port ?? null,
      hasPhones: operator !== null,
    }),
  );
  const server = stack.use(
    await openServerInThreads({
      config: own,
      settings,
      database: database.address,
      roles: ROLES,
      log,
      mount: (app, assets) => {
        demo.mount(app, assets);
        payments.mount(app, assets);
      },
    }),
  );
  listening = server.terminals;
  if (!stop.asked()) {
    const tookMs = monotonicMs() - startedMs;
    const simulated = { smscPort: operator?.port ?? null, tsaUrl: tsa?.url ?? null };
    say(greeting(config, demo, { ...simulated, lines: payments.lines }, tookMs));
  }
  await stop.whenAsked;
  say('\nStopping: finishing what is in hand …');
  await server[Symbol.asyncDispose]();
}

/** Of the names in front of what is printed. */
const NAME_WIDTH = 20;
const ACCOUNT = { systemId: 'countersign', password: 'sim-only' };

function simulatedUrl(port: number): string {
  return `smpp://${ACCOUNT.systemId}:${ACCOUNT.password}@127.0.0.1:${port}?sourceAddr=Countersign`;
}

function greeting(
  config: Config,
  { apiKey, subscriber, mailbox, form }: Pick<Demo, 'apiKey' | 'subscriber' | 'mailbox' | 'form'>,
  {
    smscPort,
    tsaUrl,
    lines,
  }: { smscPort: number | null; tsaUrl: string | null; lines: DemoPayments['lines'] },
  tookMs: number,
): string {
  const { publicUrl } = config;
  const paying = lines.map(([name, text]) => `  ${name.padEnd(NAME_WIDTH)}${text}`).join('\n');
  return `
Countersign is up (${(tookMs / 1000).toFixed(1)} s).

  The demonstration   ${publicUrl}/demo
  Registered messages ${publicUrl}${mailbox}
  Declarations        ${publicUrl}${form}
  The phones          ${publicUrl}/handset
${paying}
  API reference       ${publicUrl}/docs
  ${smscPort === null ? 'Mobile operator     from SMPP_URL' : `Mobile operator     simulated, SMPP 3.4 on 127.0.0.1:${smscPort}`}
  ${tsaUrl === null ? 'Time-stamps         from TSA_URL' : `Time-stamps         simulated, RFC 3161 at ${tsaUrl}, its CA at ${tsaUrl}ca.pem`}
  API key             ${apiKey}

Ask ${subscriber} to confirm a transfer:

  curl -sS ${publicUrl}/v1/confirmations \\
    -H 'Authorization: Bearer ${apiKey}' -H 'Content-Type: application/json' \\
    -d '{"subscriber":{"identifier":{"value":"${subscriber}"}},"act":{"purpose":"transfer","amount":{"value":"312.40","currency":"EUR"},"payee":{"name":"Acme"}}}'

Ctrl-C stops it; everything is kept in ${config.dataFolder}.`;
}
