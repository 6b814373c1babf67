import type { Command } from 'commander';
import { ROLES, type Role } from '../roles.ts';
import { createLog } from '../std/log.ts';
import { openStore } from '../store/connection.ts';
import { startThreads } from '../threads.ts';
import { bringForward, configOrMistake, openDatabase } from './environment.ts';
import { Mistake } from './fail.ts';
import { listenForStop } from './stop.ts';

/** `countersign serve`: the server as it runs in production. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('run the server, all its roles or some of them, over one database')
    .option('--role <role...>', `which roles to run: ${ROLES.join(', ')} (default: all)`, collectRole)
    .addHelpText(
      'after',
      `
Examples:
  SMPP_URL=smpp://id:password@operator.example:2775 countersign serve
  DATABASE_URL=postgres://… countersign serve --role api --role jobs     many of these, behind a load balancer
  DATABASE_URL=postgres://… SMPP_URL=… countersign serve --role gateway  near the operator
  DATABASE_URL=postgres://… countersign serve --role log                 one works, the others stand by`,
    )
    .action(async (options: { role?: Role[] }) => serve(options.role ?? ROLES));
}

function collectRole(value: string, before: Role[] = []): Role[] {
  const role = ROLES.find((known) => known === value);
  if (!role) throw new Mistake(`"${value}" is no role. The roles are ${ROLES.join(', ')}.`);
  return [...before, role];
}

async function serve(roles: readonly Role[]): Promise<void> {
  const config = configOrMistake();
  if (roles.includes('gateway') && config.smppUrls.length === 0) {
    throw new Mistake(
      'SMPP_URL is missing: the gateway role needs a mobile operator, such as smpp://id:password@host:2775. ' +
        'To try Countersign with a simulated one, run "npm start".',
    );
  }
  const stop = listenForStop();
  await using stack = new AsyncDisposableStack();
  const log = createLog({ level: config.logLevel });
  const threads = stack.use(startThreads(roles));
  const database = stack.use(await openDatabase(config, threads.read));
  if (database.isEmbedded && roles.length < ROLES.length) {
    throw new Mistake('Roles in several processes share one database: set DATABASE_URL.');
  }
  await using migrating = openStore({ database: database.address, connectionsMax: 2 });
  await bringForward(migrating.sql, (name) => log.info({ migration: name }, 'migrated'));
  const server = stack.use(await threads.open({ config, database: database.address, log }));
  log.info({ roles, url: server.http ? config.publicUrl : undefined }, 'countersign is up');
  await stop.whenAsked;
  log.info('stopping: finishing what is in hand');
}
