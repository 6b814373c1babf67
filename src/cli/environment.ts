import { readConfigWith, type Config, type Environment } from '../config.ts';
import { findRunning, openEmbedded } from '../store/embedded.ts';
import { openStore, type Sql, type StoreOptions } from '../store/connection.ts';
import { migrate } from '../store/migrate.ts';
import { isHeld, lockDataFolder } from './data-lock.ts';
import { Mistake } from './fail.ts';

/** The configuration, or one clear line about what is wrong with it. */
export function configOrMistake(settings: Environment = {}): Config {
  const config = readConfigWith(settings);
  if (!config.ok) throw new Mistake(config.detail ?? 'The configuration is malformed.');
  return config.value;
}

export type Database = AsyncDisposable & {
  readonly address: StoreOptions['database'];
  readonly isEmbedded: boolean;
};

/**
 * The database of DATABASE_URL, or the embedded one, started for as long as this process needs it. What there
 * is to do `meanwhile` begins when that one's process runs.
 */
export async function openDatabase(config: Config, meanwhile?: () => Promise<void>): Promise<Database> {
  if (config.databaseUrl) {
    return { address: config.databaseUrl, isEmbedded: false, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const stack = new AsyncDisposableStack();
  stack.use(await lockDataFolder(config.dataFolder));
  let doing: Promise<void> | undefined;
  const onSpawned = (): void => {
    doing = meanwhile?.();
    // Whether it failed is asked below; a database that does not start is the first thing to be told.
    doing?.catch(() => undefined);
  };
  const server = stack.use(await openEmbedded({ folder: config.dataFolder, onSpawned }));
  await doing;
  return { address: server.address, isEmbedded: true, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** A migrated database for a command that does its work and ends, also beside a running server. */
export async function openForCommand(): Promise<{ sql: Sql } & AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  const config = configOrMistake();
  const beside =
    config.databaseUrl || !(await isHeld(config.dataFolder)) ? null : await findRunning(config.dataFolder);
  const database = beside ? { address: beside } : stack.use(await openDatabase(config));
  const store = stack.use(openStore({ database: database.address, connectionsMax: 4, isPatient: true }));
  await bringForward(store.sql);
  return { sql: store.sql, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Applies what is missing, and names a database that cannot be reached. */
export async function bringForward(sql: Sql, onApplied?: (name: string) => void): Promise<string[]> {
  try {
    return await migrate(sql, onApplied);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (/^(E[A-Z]+|CONNECT|28|3D)/.test(code)) {
      throw new Mistake(
        `The database of DATABASE_URL cannot be used (${code}). Check host, port, user, password and name.`,
      );
    }
    throw error;
  }
}
