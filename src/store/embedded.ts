import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import postgres from 'postgres';
import { must } from '../std/assert.ts';
import { toHex } from '../std/bytes.ts';
import { monotonicMs } from '../std/clock.ts';
import { systemRandom } from '../std/random.ts';
import { Secret } from '../std/secret.ts';
import { sleep } from '../std/timer.ts';
import type { SocketAddress } from './connection.ts';
import { exists, findEngine, serverUser, type Engine, type ServerUser } from './engine.ts';

/**
 * A real Postgres from npm packages, run as a child of this process on a socket inside its own folder.
 *
 *   (no folder) ── initdb ──▶ stopped ── postgres ──▶ ready ── fast shutdown ──▶ stopped
 *                                                       │
 *                       kill -9 of the parent leaves it running: the next start adopts it
 */
export type EmbeddedServer = AsyncDisposable & {
  readonly address: SocketAddress;
  /** The same server with another database, for test worlds. */
  readonly addressOf: (database: string) => SocketAddress;
  readonly pid: number;
};

export type EmbeddedOptions = {
  /** Everything lives below this folder: data files, socket, password, server log. */
  folder: string;
  /** Settings beside the defaults, such as `{ fsync: 'off' }` for tests. */
  settings?: Readonly<Record<string, string>>;
  /** Called once the server's process runs, which then takes some tenths of a second to be of use. */
  onSpawned?: () => void;
};

const DATABASE = 'countersign';
const USER = 'countersign';
const PORT = 5432;
const START_MAX_MS = 60_000;
const STOP_MAX_MS = 20_000;
/** A Unix socket's path has at most 107 bytes on Linux and 103 on macOS. */
const SOCKET_PATH_MAX = 85;

/**
 * Buffers are kept clean by the background writer: a backend that must write one out first waits for the
 * disk, which was seen to take two thirds of the time of inserts in a database larger than the buffers.
 * Compressing the pages that are logged whole after a checkpoint took a fifth of the database's processor
 * time.
 *
 * Statements and parameters stay out of the server's log: they are where personal data would leak (S8).
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  max_connections: '60',
  shared_buffers: '256MB',
  bgwriter_delay: '50ms',
  bgwriter_lru_maxpages: '500',
  bgwriter_lru_multiplier: '4',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  wal_compression: 'off',
  jit: 'off',
  timezone: 'UTC',
  log_checkpoints: 'off',
  log_statement: 'none',
  log_min_error_statement: 'panic',
  log_parameter_max_length_on_error: '0',
  log_error_verbosity: 'terse',
};

type Home = {
  folder: string;
  data: string;
  socket: string;
  password: Secret<string>;
  user: ServerUser | null;
};

/**
 * Initialises on first use (about a second), else starts in well under a second. Throws with what to do about
 * it.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const folder = resolve(options.folder, 'postgres');
  const user = await serverUser(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (user) await chown(folder, user.uid, user.gid);
  await chmod(folder, 0o700);
  const engine = await findEngine(folder, user);
  const socket = socketFolder(folder);
  const home: Home = {
    folder,
    data: join(folder, 'data'),
    socket,
    password: await readPassword(folder, user),
    user,
  };
  if (!(await exists(join(home.data, 'PG_VERSION')))) await initialise(engine, home);

  const addressOf = (database: string): SocketAddress => addressIn(folder, home.password, database);
  const adopted = await runningPid(home.data);
  let child: ChildProcess | null = null;
  if (adopted === null) {
    await rm(join(home.data, 'postmaster.pid'), { force: true });
    child = startServer(engine, home, { ...SETTINGS, ...options.settings });
  }
  options.onSpawned?.();
  await createDatabaseWhenReady(addressOf('postgres'), child, folder);
  const pid = must(child?.pid ?? adopted, 'a started server has a process id');
  return {
    address: addressOf(DATABASE),
    addressOf,
    pid,
    [Symbol.asyncDispose]: () => stopServer(pid, child),
  };
}

/** The embedded server that another process runs on this data folder, for a command beside it; null when none does. */
export async function findRunning(dataFolder: string): Promise<SocketAddress | null> {
  const folder = resolve(dataFolder, 'postgres');
  if ((await runningPid(join(folder, 'data'))) === null) return null;
  return addressIn(folder, await readPassword(folder, null), DATABASE);
}

function addressIn(folder: string, password: Secret<string>, database: string): SocketAddress {
  return { host: socketFolder(folder), port: PORT, user: USER, password, database };
}

function socketFolder(folder: string): string {
  return folder.length > SOCKET_PATH_MAX ? '/tmp' : folder;
}

async function readPassword(folder: string, user: ServerUser | null): Promise<Secret<string>> {
  const path = join(folder, 'password');
  if (!(await exists(path))) {
    await writeFile(path, toHex(systemRandom(24)), { mode: 0o600 });
    if (user) await chown(path, user.uid, user.gid);
  }
  return new Secret((await readFile(path, 'utf8')).trim());
}

async function initialise(engine: Engine, home: Home): Promise<void> {
  // A half-made cluster of an interrupted first start has no PG_VERSION yet and is of no use to anyone.
  await rm(home.data, { recursive: true, force: true });
  const child = spawn(
    engine.initdb,
    [
      `--pgdata=${home.data}`,
      `--username=${USER}`,
      '--auth=scram-sha-256',
      `--pwfile=${join(home.folder, 'password')}`,
      '--encoding=UTF8',
      '--no-locale',
      '--no-sync',
      '--no-instructions',
    ],
    { ...identityOf(home.user), stdio: ['ignore', 'ignore', 'pipe'], cwd: home.folder },
  );
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString('utf8')));
  const code = await exitOf(child);
  if (code !== 0) {
    throw new Error(`The embedded Postgres could not be initialised in ${home.folder}: ${complaint.trim()}`);
  }
}

function startServer(engine: Engine, home: Home, settings: Readonly<Record<string, string>>): ChildProcess {
  const flags = Object.entries({
    ...settings,
    unix_socket_directories: home.socket,
    port: String(PORT),
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const output = createWriteStream(join(home.folder, 'server.log'), { flags: 'a', mode: 0o600 });
  const child = spawn(engine.postgres, ['-D', home.data, ...flags], {
    ...identityOf(home.user),
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: home.folder,
    // A group of its own, so that Ctrl-C reaches only the parent, which then shuts down in order.
    detached: true,
  });
  child.stdout?.pipe(output);
  child.stderr?.pipe(output);
  child.unref();
  return child;
}

async function createDatabaseWhenReady(
  address: SocketAddress,
  child: ChildProcess | null,
  folder: string,
): Promise<void> {
  const deadlineMs = monotonicMs() + START_MAX_MS;
  for (;;) {
    const { password, ...rest } = address;
    const sql = postgres({
      ...rest,
      password: password.reveal(),
      max: 1,
      onnotice: () => undefined,
      connect_timeout: 5,
      fetch_types: false,
    });
    try {
      const found = await sql`select 1 from pg_database where datname = ${DATABASE}`;
      if (found.length === 0) await sql.unsafe(`create database ${DATABASE}`);
      return;
    } catch (error) {
      const late = monotonicMs() > deadlineMs;
      if (late || (child && child.exitCode !== null)) {
        throw new Error(
          `The embedded Postgres did not start. Its last words are in ${join(folder, 'server.log')}.`,
          {
            cause: error,
          },
        );
      }
      await sleep(20);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
}

/**
 * The process that still serves this folder, or null. A stale pid file is no proof, so the process is asked
 * for.
 */
async function runningPid(data: string): Promise<number | null> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text.split('\n')[0] ?? '', 10);
  if (!Number.isInteger(pid) || !isAlive(pid)) return null;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  return command !== null && !command.includes(data) ? null : pid;
}

/** Fast shutdown: sessions are ended, everything committed is flushed. */
async function stopServer(pid: number, child: ChildProcess | null): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, 'SIGINT');
  const deadlineMs = monotonicMs() + STOP_MAX_MS;
  while (monotonicMs() < deadlineMs) {
    if (child ? child.exitCode !== null || child.signalCode !== null : !isAlive(pid)) return;
    await sleep(10);
  }
  process.kill(pid, 'SIGQUIT');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function identityOf(user: ServerUser | null): { uid?: number; gid?: number; env?: NodeJS.ProcessEnv } {
  return user ? { uid: user.uid, gid: user.gid, env: { LC_ALL: 'C' } } : { env: { LC_ALL: 'C' } };
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolveExit, rejectExit) => {
    child.once('error', rejectExit);
    child.once('exit', (code) => resolveExit(code));
  });
}
