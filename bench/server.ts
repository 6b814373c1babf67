import { ROLES } from '../src/main.ts';
import { must } from '../src/std/assert.ts';
import { createLog } from '../src/std/log.ts';
import { Secret } from '../src/std/secret.ts';
import type { SocketAddress } from '../src/store/connection.ts';
import { openEmbedded } from '../src/store/embedded.ts';
import { migrate } from '../src/store/migrate.ts';
import { openStore } from '../src/store/connection.ts';
import { openServerInThreads } from '../src/threads.ts';
import { answerParent } from './child.ts';
import { benchConfig, settingsOf } from './settings.ts';

/** The server that is measured, in a process of its own, with all roles, as `countersign serve` opens it. */
export type ServerAsked = {
  /** Where the database listens, or the data folder to start the embedded one from. */
  readonly database: PlainAddress | { readonly folder: string };
  readonly smppUrl: string;
};
export type ServerAnswer = { readonly url: string };

/** An address as it travels between processes: a Secret would arrive empty. */
export type PlainAddress = Omit<SocketAddress, 'password'> & { readonly password: string };

const stack = new AsyncDisposableStack();

async function addressOf(database: ServerAsked['database']): Promise<SocketAddress> {
  if (!('folder' in database)) return { ...database, password: new Secret(database.password) };
  const { address } = stack.use(await openEmbedded({ folder: database.folder }));
  await using store = openStore({ database: address, connectionsMax: 1 });
  await migrate(store.sql);
  return address;
}

async function open({ database, smppUrl }: ServerAsked): Promise<ServerAnswer> {
  const settings = settingsOf(smppUrl);
  const config = benchConfig(settings);
  const log = createLog({ level: config.logLevel });
  const address = await addressOf(database);
  const server = stack.use(
    await openServerInThreads({ config, settings, database: address, roles: ROLES, log }),
  );
  return { url: `http://127.0.0.1:${must(server.http, 'it has the role api').port}` };
}

answerParent(
  (asked) => open(asked as ServerAsked),
  () => stack.disposeAsync(),
);
