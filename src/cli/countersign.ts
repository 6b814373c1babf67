#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { VARIABLES } from '../config.ts';
import { registerBanks } from './banks.ts';
import { explain } from './fail.ts';
import { registerCards } from './cards.ts';
import { registerKeys } from './keys.ts';
import { registerLedger } from './ledger.ts';
import { registerLog } from './log.ts';
import { registerMigrate } from './migrate.ts';
import { registerPeriod } from './period.ts';
import { registerServe } from './serve.ts';
import { registerStart } from './start.ts';
import { registerSubscribers } from './subscribers.ts';
import { registerTerminals } from './terminals.ts';
import { openForCommand } from './environment.ts';
import { registerVerify } from './verify.ts';

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

registerStart(program);
registerServe(program);
registerMigrate(program);
registerKeys(program, openForCommand);
registerSubscribers(program, openForCommand);
registerVerify(program);
registerLog(program, openForCommand);
registerLedger(program, openForCommand);
registerPeriod(program, openForCommand);
registerBanks(program, openForCommand);
registerCards(program, openForCommand);
registerTerminals(program, openForCommand);

try {
  await program.parseAsync();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
