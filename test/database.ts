import { randomBytes } from 'node:crypto';
import { Secret } from '../src/std/secret.ts';
import { openStore, type SocketAddress, type Store } from '../src/store/connection.ts';
import { migrate, readMigrations } from '../src/store/migrate.ts';
import { sha256, toHex } from '../src/std/bytes.ts';
import { globalSetup, globalTeardown } from './global-setup.ts';

/**
 * A database of its own for a test file, cloned from a migrated template; with a clock that the test can
 * move.
 */
export type TestDatabase = AsyncDisposable & {
  readonly address: SocketAddress;
  readonly store: Store;
  /** Moves the database's clock forward; it stays moved. */
  readonly advanceClock: (ms: number) => Promise<void>;
};

/** A lock that no other code takes, so that test files starting together make the template once. */
const TEMPLATE_LOCK = 7_217_339_022n;

export async function openTestDatabase(): Promise<TestDatabase> {
  const ownServer = process.env['COUNTERSIGN_TEST_SERVER'] === undefined;
  if (ownServer) await globalSetup();
  const address = serverAddress();
  const admin = openStore({ database: { ...address, database: 'postgres' }, connectionsMax: 1 });
  const template = await ensureTemplate(admin, address);
  const name = `world_${randomBytes(8).toString('hex')}`;
  await admin.sql.unsafe(`create database ${name} template ${template}`);
  const store = openStore({ database: { ...address, database: name } });
  return {
    address: { ...address, database: name },
    store,
    advanceClock: async (ms) => {
      await store.sql`update test_clock set offset_ms = offset_ms + ${String(ms)}::bigint`;
    },
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      await admin.sql.unsafe(`drop database if exists ${name} with (force)`);
      await admin[Symbol.asyncDispose]();
      if (ownServer) await globalTeardown();
    },
  };
}

function serverAddress(): SocketAddress {
  const found = JSON.parse(process.env['COUNTERSIGN_TEST_SERVER'] ?? '{}') as Omit<
    SocketAddress,
    'password'
  > & {
    password: string;
  };
  return { ...found, password: new Secret(found.password) };
}

async function ensureTemplate(admin: Store, address: SocketAddress): Promise<string> {
  const migrations = await readMigrations();
  const template = `template_${toHex(sha256(...migrations.map((migration) => migration.digest))).slice(0, 16)}`;
  const connection = await admin.sql.reserve();
  try {
    await connection`select pg_advisory_lock(${TEMPLATE_LOCK})`;
    const found = await connection`select 1 from pg_database where datname = ${template}`;
    if (found.length === 0) {
      await connection.unsafe(`create database making_${template}`);
      const store = openStore({
        database: { ...address, database: `making_${template}` },
        connectionsMax: 2,
      });
      await migrate(store.sql);
      await installMovableClock(store);
      await store[Symbol.asyncDispose]();
      await connection.unsafe(`alter database making_${template} rename to ${template}`);
    }
    await connection`select pg_advisory_unlock(${TEMPLATE_LOCK})`;
  } finally {
    connection.release();
  }
  return template;
}

async function installMovableClock(store: Store): Promise<void> {
  await store.sql.unsafe(`
    create table test_clock (offset_ms bigint not null);
    insert into test_clock values (0);
    create or replace function clock_now() returns timestamptz language sql stable
      return now() + (select offset_ms from test_clock) * interval '1 millisecond';`);
}
