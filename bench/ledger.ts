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
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time for one transfer, of this process and of the database. */
  readonly ownUs: number;
  readonly databaseUs: number;
};

/** The script and each of ours in turn, so that what else the machine does disturbs both alike. */
const TURNS = 5;

export async function runLedgerBench(
  { address, pid }: { address: SocketAddress; pid: number },
  seconds: number,
): Promise<void> {
  await using tpcB = await openTpcB(address, pid, seconds);
  await using store = openStore({ database: address });
  await openAccounts(address);
  await store.sql.unsafe('vacuum (analyze) account');
  const apply = createApply(store.sql);
  const works: readonly (readonly [name: string, callers: number, work: Work])[] = [
    [`lists of ${LIST}, ${LISTERS} callers`, LISTERS, listOf(apply, anyPair)],
    [`lists of ${LIST}, all to one merchant`, LISTERS, listOf(apply, toMerchant)],
    [`singly, ${CALLERS} callers`, CALLERS, singly(apply, anyPair)],
    ['singly, all to one merchant', CALLERS, singly(apply, toMerchant)],
    ['pending, then posted, singly', CALLERS, twoPhase(apply)],
  ];
  // The first change of each page after a checkpoint is logged whole; that is paid here, unmeasured.
  await measure(LISTERS, 2, pid, listOf(apply, anyPair));
  const turns: { floor: number; rows: Measured[] }[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    const floor = await tpcB.measure();
    const rows: Measured[] = [];
    for (const [, callers, work] of works) rows.push(await measure(callers, seconds, pid, work));
    turns.push({ floor, rows });
  }
  const cells = works.map(([name], at) => {
    const byRatio = turns
      .map(({ floor, rows }) => ({ row: must(rows[at], 'each turn has all'), floor }))
      .map(({ row, floor }) => ({ row, ratio: row.perSecond / floor }))
      .toSorted((x, y) => x.ratio - y.ratio);
    const { row, ratio } = must(byRatio[Math.floor(TURNS / 2)], 'there is a turn in the middle');
    const range = [byRatio.at(0), byRatio.at(-1)].map((turn) => figure(turn?.ratio ?? Number.NaN, 2));
    const times = [figure(row.p50Ms, 1), figure(row.p99Ms, 1), figure(row.ownUs), figure(row.databaseUs)];
    return [name, figure(row.perSecond), figure(ratio, 2), range.join(' to '), ...times];
  });
  const head = [
    'transfers',
    'a second',
    'to TPC-B',
    `of ${TURNS} turns`,
    'p50 ms',
    'p99 ms',
    'CPU µs own',
    'database',
  ];
  console.log(`\nLedger: ${figure(ACCOUNTS)} accounts, durable\n\n${table(head, cells)}`);
}

/** Where the script runs; how often a second, the best of several numbers of clients; NaN without pgbench. */
async function openTpcB(address: SocketAddress, pid: number, seconds: number) {
  const pgbench = await findPgbench();
  if (!pgbench) {
    return {
      measure: () => Promise.resolve(Number.NaN),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const database = 'countersign_tpcb';
  const admin = openStore({ database: { ...address, database: 'postgres' }, connectionsMax: 1 });
  await admin.sql.unsafe(`create database ${database}`);
  const { host, port, user, password } = address;
  const server = [`--host=${host}`, `--port=${port}`, `--username=${user}`];
  const run = (...flags: string[]) =>
    promisify(execFile)(pgbench, [...server, ...flags, database], {
      env: { PATH: process.env['PATH'], PGPASSWORD: password.reveal() },
    });
  await run('--initialize', '--quiet', `--scale=${SCALE}`);

  async function measureWith(clients: number): Promise<{ perSecond: number; databaseUs: number }> {
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
    return {
      perSecond: Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1] ?? Number.NaN),
      databaseUs: ((familyCpuMs(pid) - beforeMs) * 1000) / done,
    };
  }

  return {
    measure: async (): Promise<number> => {
      const found: string[][] = [];
      let best = 0;
      for (const clients of PGBENCH_CLIENTS) {
        const { perSecond, databaseUs } = await measureWith(clients);
        found.push([String(clients), figure(perSecond), figure(databaseUs)]);
        best = Math.max(best, perSecond);
      }
      const head = ['clients', 'a second', 'CPU µs database'];
      console.log(`\npgbench, TPC-B at scale ${SCALE}\n\n${table(head, found)}`);
      return best;
    },
    [Symbol.asyncDispose]: async () => {
      await admin.sql.unsafe(`drop database ${database} with (force)`);
      await admin[Symbol.asyncDispose]();
    },
  };
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

async function measure(callers: number, seconds: number, pid: number, work: Work): Promise<Measured> {
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
    perSecond: done / ((performance.now() - atMs) / 1_000),
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    ownUs: (used.user + used.system) / done,
    databaseUs: ((familyCpuMs(pid) - databaseMs) * 1_000) / done,
  };
}
