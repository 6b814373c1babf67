import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { ROLES } from '../roles.ts';
import { monotonicMs } from '../std/clock.ts';
import { createLog } from '../std/log.ts';
import { openStore } from '../store/connection.ts';
import { startThreads } from '../threads.ts';
import { bringForward, configOrMistake, openDatabase } from './environment.ts';
import type { Simulated } from './simulated.ts';
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
  const threads = stack.use(startThreads(ROLES));
  const database = stack.use(await openDatabase(config, threads.read));
  if (stop.asked()) return;
  const store = stack.use(openStore({ database: database.address, connectionsMax: 2 }));
  await bringForward(store.sql);
  // Read only now, beside the second thread, which is still busy with the server's files.
  const { openSimulated } = await import('./simulated.ts');
  const simulated = stack.use(await openSimulated({ config, sql: store.sql, level, log }));
  const { settings, mount } = simulated;
  const server = stack.use(
    await threads.open({
      config: configOrMistake(settings),
      settings,
      database: database.address,
      log,
      mount,
    }),
  );
  simulated.onListening(server);
  if (!stop.asked()) say(greeting(config, simulated, monotonicMs() - startedMs));
  await stop.whenAsked;
  say('\nStopping: finishing what is in hand …');
  await server[Symbol.asyncDispose]();
}

/** Of the names in front of what is printed. */
const NAME_WIDTH = 20;

function greeting(
  config: Config,
  { demo: { apiKey, subscriber, mailbox, form }, smscPort, tsaUrl, lines }: Simulated,
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
