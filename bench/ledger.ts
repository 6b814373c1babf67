import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createAccounts } from '../src/ledger/accounts.ts';
import { accountId } from '../src/ledger/names.ts';
import type { Instruction } from '../src/ledger/transfer.ts';
import { createApply, type Apply } from '../src/ledger/transfers.ts';
import { must } from '../src/std/assert.ts';
import { openStore, type SocketAddress } from '../src/store/connection.ts';
import { familyCpuMs } from './cpu.ts';
import { findPgbench } from './floor.ts';
import { figure, percentile, table } from './stats.ts';

/**
 * Transfers a second, beside pgbench's own TPC-B script on the same server: the script moves an amount by
 * three updates, a select and an insert, and checks nothing; a transfer here moves it between two accounts
 * with every check of the ledger, both of their histories, and idempotency.
 */
const ACCOUNTS = 100_000;
const SCALE = 10;
const PGBENCH_CLIENTS = [8, 16, 32] as const;
const LIST = 500;
const LISTERS = 4;
const CALLERS = 64;
const TENANT = 'ten_bench';

type Measured = {
  readonly name: string;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time for one transfer, of this process and of the database. */
  readonly ownUs: number;
  readonly databaseUs: number;
};

export async function runLedgerBench(
  { address, pid }: { address: SocketAddress; pid: number },
  seconds: number,
): Promise<void> {
  const floor = await measureTpcB(address, pid, seconds);
  await using store = openStore({ database: address });
  await openAccounts(address);
  await store.sql.unsafe('vacuum (analyze) account');
  const apply = createApply(store.sql);
  const at = (name: string, callers: number, work: Work): Promise<Measured> =>
    measure(name, callers, seconds, pid, work);
  // The first change of each page after a checkpoint is logged whole; that is paid here, unmeasured.
  await measure('warm', LISTERS, 2, pid, listOf(apply, anyPair));
  const rows: Measured[] = [
    await at(`lists of ${LIST}, ${LISTERS} callers`, LISTERS, listOf(apply, anyPair)),
    await at(`lists of ${LIST}, all to one merchant`, LISTERS, listOf(apply, toMerchant)),
    await at(`singly, ${CALLERS} callers`, CALLERS, singly(apply, anyPair)),
    await at('singly, all to one merchant', CALLERS, singly(apply, toMerchant)),
    await at('pending, then posted, singly', CALLERS, twoPhase(apply)),
  ];
  const head = ['transfers', 'a second', 'to TPC-B', 'p50 ms', 'p99 ms', 'CPU µs own', 'database'];
  const cells = rows.map(({ name, perSecond, p50Ms, p99Ms, ownUs, databaseUs }) => [
    name,
    figure(perSecond),
    figure(perSecond / floor, 2),
    figure(p50Ms, 1),
    figure(p99Ms, 1),
    figure(ownUs),
    figure(databaseUs),
  ]);
  console.log(`\nLedger: ${figure(ACCOUNTS)} accounts, durable\n\n${table(head, cells)}`);
}

/** The best of several numbers of clients; NaN where pgbench is not installed. */
async function measureTpcB(address: SocketAddress, pid: number, seconds: number): Promise<number> {
  const pgbench = await findPgbench();
  if (!pgbench) return Number.NaN;
  const database = 'countersign_tpcb';
  await using admin = openStore({ database: { ...address, database: 'postgres' }, connectionsMax: 1 });
  await admin.sql.unsafe(`create database ${database}`);
  const { host, port, user, password } = address;
  const server = [`--host=${host}`, `--port=${port}`, `--username=${user}`];
  const run = (...flags: string[]) =>
    promisify(execFile)(pgbench, [...server, ...flags, database], {
      env: { PATH: process.env['PATH'], PGPASSWORD: password.reveal() },
    });
  await run('--initialize', '--quiet', `--scale=${SCALE}`);
  const found: string[][] = [];
  let best = Number.NaN;
  for (const clients of PGBENCH_CLIENTS) {
    const load = [
      `--client=${clients}`,
      '--jobs=2',
      `--time=${seconds}`,
      '--protocol=prepared',
      '--no-vacuum',
    ];
    const beforeMs = familyCpuMs(pid);
    const { stdout } = await run(...load);
    const done = Number(/actually processed: (\d+)/.exec(stdout)?.[1] ?? Number.NaN);
    const databaseUs = ((familyCpuMs(pid) - beforeMs) * 1000) / done;
    const perSecond = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1] ?? Number.NaN);
    found.push([String(clients), figure(perSecond), figure(databaseUs)]);
    best = Number.isNaN(best) ? perSecond : Math.max(best, perSecond);
  }
  await admin.sql.unsafe(`drop database ${database} with (force)`);
  console.log(
    `\npgbench, TPC-B at scale ${SCALE}\n\n${table(['clients', 'a second', 'CPU µs database'], found)}`,
  );
  return best;
}

async function openAccounts(address: SocketAddress): Promise<void> {
  await using store = openStore({ database: address, connectionsMax: 2, isPatient: true });
  const page = 5_000;
  for (let from = 0; from < ACCOUNTS; from += page) {
    await createAccounts(
      store.sql,
      TENANT,
      Array.from({ length: page }, (_, i) => definition(`a${from + i}`)),
    );
  }
  await createAccounts(store.sql, TENANT, [definition('merchant')]);
}

const definition = (code: string) => ({
  code,
  kind: 'bench',
  currency: 'EUR',
  normalSide: 'credit' as const,
});

const below = (max: number): number => Math.floor(Math.random() * max);
/** Callers know the ids of their accounts. */
const IDS = Array.from({ length: ACCOUNTS }, (_, n) => accountId(TENANT, `a${n}`));
const someone = (): string => must(IDS[below(ACCOUNTS)], 'it is below the number of accounts');
const MERCHANT = accountId(TENANT, 'merchant');
type Pair = () => { debitAccountId: string; creditAccountId: string };

const anyPair: Pair = () => {
  const debitAccountId = someone();
  for (;;) {
    const creditAccountId = someone();
    if (creditAccountId !== debitAccountId) return { debitAccountId, creditAccountId };
  }
};
const toMerchant: Pair = () => ({ debitAccountId: someone(), creditAccountId: MERCHANT });

let made = 0;

function transfer(pair: Pair): Instruction & { do: 'transfer' } {
  const amount = { minor: BigInt(1 + below(1_000)), currency: 'EUR' };
  return { do: 'transfer', externalId: `bench-${process.pid}-${made++}`, ...pair(), amount, kind: 'payment' };
}

/** Does some transfers, and says how many. */
type Work = () => Promise<number>;

const listOf =
  (apply: Apply, pair: Pair): Work =>
  async () => {
    const answers = await apply(
      TENANT,
      Array.from({ length: LIST }, () => [transfer(pair)]),
    );
    return answers.filter(([answer]) => answer?.ok).length;
  };

const singly =
  (apply: Apply, pair: Pair): Work =>
  async () => {
    const [[answer] = []] = await apply(TENANT, [[transfer(pair)]]);
    return answer?.ok ? 1 : 0;
  };

const twoPhase =
  (apply: Apply): Work =>
  async () => {
    const pending = { ...transfer(anyPair), pending: { timeoutMs: 600_000 } };
    const [[held] = []] = await apply(TENANT, [[pending]]);
    if (!held?.ok) return 0;
    const [[posted] = []] = await apply(TENANT, [[{ do: 'post', pendingId: held.value.row.id }]]);
    return posted?.ok ? 1 : 0;
  };

async function measure(
  name: string,
  callers: number,
  seconds: number,
  pid: number,
  work: Work,
): Promise<Measured> {
  const times: number[] = [];
  let done = 0;
  const warmUntilMs = performance.now() + 1_000;
  const untilMs = warmUntilMs + seconds * 1_000;
  const from: { atMs: number; own: NodeJS.CpuUsage; databaseMs: number }[] = [];
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (;;) {
        const startMs = performance.now();
        if (startMs >= untilMs) return;
        if (from.length === 0 && startMs >= warmUntilMs) {
          from.push({ atMs: startMs, own: process.cpuUsage(), databaseMs: familyCpuMs(pid) });
          done = 0;
          times.length = 0;
        }
        const worked = await work();
        done += worked;
        times.push(performance.now() - startMs);
      }
    }),
  );
  const { atMs, own, databaseMs } = must(from[0], 'it was warm before it ended');
  const used = process.cpuUsage(own);
  return {
    name,
    perSecond: done / ((performance.now() - atMs) / 1_000),
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    ownUs: (used.user + used.system) / done,
    databaseUs: ((familyCpuMs(pid) - databaseMs) * 1_000) / done,
  };
}
