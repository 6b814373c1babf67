import { ROLES } from '../src/roles.ts';
import { must } from '../src/std/assert.ts';
import { createLog } from '../src/std/log.ts';
import { Secret } from '../src/std/secret.ts';
import type { SocketAddress } from '../src/store/connection.ts';
import { startThreads } from '../src/threads.ts';
import { answerParent } from './child.ts';
import { benchConfig, settingsOf } from './settings.ts';

/** The server that is measured, in a process of its own, with all roles, as `countersign serve` opens it. */
export type ServerAsked = {
  /** Where the database listens. */
  readonly database: PlainAddress;
  readonly smppUrl: string;
};
export type ServerAnswer = { readonly url: string };

/** An address as it travels between processes: a Secret would arrive empty. */
export type PlainAddress = Omit<SocketAddress, 'password'> & { readonly password: string };

const stack = new AsyncDisposableStack();

async function open({ database, smppUrl }: ServerAsked): Promise<ServerAnswer> {
  const settings = settingsOf(smppUrl);
  const config = benchConfig(settings);
  const log = createLog({ level: config.logLevel });
  const address = { ...database, password: new Secret(database.password) };
  const server = stack.use(await startThreads(ROLES).open({ config, settings, database: address, log }));
  return { url: `http://127.0.0.1:${must(server.http, 'it has the role api').port}` };
}

answerParent(
  (asked) => open(asked as ServerAsked),
  () => stack.disposeAsync(),
);
