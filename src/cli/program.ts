import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { VARIABLES } from '../config.ts';
import { explain } from './fail.ts';
import { openForCommand } from './environment.ts';

/** The command line. Every command says in its --help what it does and how it is used. */
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('countersign')
  .version(version)
  .description(
    'Out-of-band confirmation: a single-use code, derived from the session and from exactly the act, sent over a second\n' +
      'network and brought back by hand; then a receipt that anyone can verify offline.',
  )
  .showHelpAfterError('(run with --help to see how it is used)')
  .addHelpText(
    'after',
    `
Environment:
${Object.entries(VARIABLES)
  .map(([name, text]) => `  ${name.padEnd(24)} ${text}`)
  .join('\n')}

First steps:
  countersign start                       everything on this machine, with a simulated mobile operator
  countersign verify receipt.json         check a receipt, with no server and no network`,
  );

/** Who reads one command's files only starts in a fifth of the time. */
const COMMANDS: Readonly<Record<string, () => Promise<void>>> = {
  start: async () => (await import('./start.ts')).registerStart(program),
  serve: async () => (await import('./serve.ts')).registerServe(program),
  migrate: async () => (await import('./migrate.ts')).registerMigrate(program),
  keys: async () => (await import('./keys.ts')).registerKeys(program, openForCommand),
  subscribers: async () => (await import('./subscribers.ts')).registerSubscribers(program, openForCommand),
  verify: async () => (await import('./verify.ts')).registerVerify(program),
  log: async () => (await import('./log.ts')).registerLog(program, openForCommand),
  ledger: async () => (await import('./ledger.ts')).registerLedger(program, openForCommand),
  period: async () => (await import('./period.ts')).registerPeriod(program, openForCommand),
  banks: async () => (await import('./banks.ts')).registerBanks(program, openForCommand),
  cards: async () => (await import('./cards.ts')).registerCards(program, openForCommand),
  terminals: async () => (await import('./terminals.ts')).registerTerminals(program, openForCommand),
};

const asked = Object.entries(COMMANDS).find(([name]) => name === process.argv[2]);

try {
  if (asked) await asked[1]();
  else for (const register of Object.values(COMMANDS)) await register();
  await program.parseAsync();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
