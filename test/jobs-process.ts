/**
 * A server of the role jobs as a process that can be killed. Its one argument is JSON: the address of the
 * database, its password in clear.
 */
import { openServer } from '../src/main.ts';
import { createLog } from '../src/std/log.ts';
import { Secret } from '../src/std/secret.ts';
import type { SocketAddress } from '../src/store/connection.ts';
import { worldConfig } from './world.ts';

export type JobsArguments = Omit<SocketAddress, 'password'> & { readonly password: string };

const { password, ...address } = JSON.parse(process.argv[2] ?? '{}') as JobsArguments;
await openServer({
  config: worldConfig({ ALLOW_PRIVATE_ADDRESSES: 'true' }),
  database: { ...address, password: new Secret(password) },
  roles: ['jobs'],
  log: createLog({ level: 'silent' }),
  channels: [],
});
process.stdout.write('ready\n');
