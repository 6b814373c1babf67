import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openStore, type SocketAddress, type Sql } from '../src/store/connection.ts';
import { HOMES } from '../src/std/id.ts';
import { PEOPLE } from './people.ts';

/** The statements of one run of something, in transactions; see floor-statements.ts for their variables. */
export type FloorTransactions = readonly (readonly string[])[];

/**
 * The floor: how many runs a second the same server writes when each of their statements is sent singly, by
 * pgbench where it is installed, else by the driver. No HTTP, no SMPP, no cryptography, no log.
 */
export type Floor = {
  readonly perSecond: number;
  readonly clients: number;
  readonly by: 'pgbench' | 'driver';
};

const FLOOR_CLIENTS = [8, 16, 32] as const;
const ID_BITS = 40;
/** Variables that are ids, and those that are people. */
const IDS = ['r', 'q', 'm'] as const;
const WHO = ['who', 'to'] as const;

/** The best of several numbers of clients. */
export async function measureFloor(
  address: SocketAddress,
  seconds: number,
  transactions: FloorTransactions,
): Promise<Floor[]> {
  const by = (await findPgbench()) ? 'pgbench' : 'driver';
  const floors: Floor[] = [];
  for (const clients of FLOOR_CLIENTS) {
    const perSecond = await measureFloorOf(address, clients, seconds, transactions);
    floors.push({ perSecond, clients, by });
  }
  return floors;
}

/** Runs a second of so many clients. */
export async function measureFloorOf(
  address: SocketAddress,
  clients: number,
  seconds: number,
  transactions: FloorTransactions,
): Promise<number> {
  const pgbench = await findPgbench();
  return pgbench
    ? runPgbench(pgbench, address, clients, seconds, transactions)
    : runDriver(address, clients, seconds, transactions);
}

/** The time of a durable commit of one row by one client: the median of some hundred. */
export async function measureCommit(sql: Sql): Promise<number> {
  await sql`create table if not exists bench_commit (n int)`;
  const times: number[] = [];
  for (let n = 0; n < 300; n++) {
    const startMs = performance.now();
    await sql`insert into bench_commit values (${n})`;
    times.push(performance.now() - startMs);
  }
  await sql`drop table bench_commit`;
  times.sort((a, b) => a - b);
  return times[times.length >> 1] ?? Number.NaN;
}

export async function findPgbench(): Promise<string | null> {
  for (const path of ['pgbench', '/usr/bin/pgbench']) {
    const found = await promisify(execFile)(path, ['--version']).catch(() => null);
    if (found) return path;
  }
  return null;
}

const oneLine = (statement: string): string => `${statement.replace(/\s*\n\s*/g, ' ')};`;
const below = (max: number): number => Math.floor(Math.random() * max);

function pgbenchScript(transactions: FloorTransactions): string {
  const set = [
    ...IDS.map((name) => `\\set ${name} random(0, ${2 ** ID_BITS - 1})`),
    `\\set home random(0, ${HOMES - 1})`,
    ...WHO.map((name) => `\\set ${name} random(1, ${PEOPLE})`),
  ];
  const lines = transactions.flatMap((statements) => ['begin;', ...statements.map(oneLine), 'commit;']);
  return [...set, ...lines, ''].join('\n');
}

async function runPgbench(
  pgbench: string,
  address: SocketAddress,
  clients: number,
  seconds: number,
  transactions: FloorTransactions,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-floor-'));
  try {
    const script = join(folder, 'confirmation.sql');
    await writeFile(script, pgbenchScript(transactions));
    const { host, port, user, password, database } = address;
    const server = [`--host=${host}`, `--port=${port}`, `--username=${user}`];
    const load = [`--client=${clients}`, `--jobs=${Math.min(2, clients)}`, `--time=${seconds}`];
    const how = ['--no-vacuum', '--protocol=prepared', `--file=${script}`];
    const { stdout } = await promisify(execFile)(pgbench, [...server, ...load, ...how, database], {
      env: { PATH: process.env['PATH'], PGPASSWORD: password.reveal() },
    });
    return Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1] ?? Number.NaN);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runDriver(
  address: SocketAddress,
  clients: number,
  seconds: number,
  transactions: FloorTransactions,
): Promise<number> {
  await using store = openStore({ database: address, connectionsMax: clients });
  const untilMs = performance.now() + seconds * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (; performance.now() < untilMs; done++) {
        const values = {
          ...Object.fromEntries(IDS.map((name) => [name, below(2 ** ID_BITS)])),
          ...Object.fromEntries(WHO.map((name) => [name, below(PEOPLE)])),
          home: below(HOMES),
          client_id: client,
        };
        for (const statements of transactions) await runTransaction(store.sql, statements, values);
      }
    }),
  );
  return done / seconds;
}

async function runTransaction(
  sql: Sql,
  statements: readonly string[],
  values: Readonly<Record<string, number>>,
): Promise<void> {
  await sql.begin(async (tx) => {
    for (const statement of statements) {
      const names: string[] = [];
      const text = statement.replace(/(?<!:):([a-z_]+)/g, (_, name: string) => {
        if (!names.includes(name)) names.push(name);
        return `$${names.indexOf(name) + 1}`;
      });
      await tx.unsafe(
        text,
        names.map((name) => String(values[name])),
        { prepare: true },
      );
    }
  });
}
