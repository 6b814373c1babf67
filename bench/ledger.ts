import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createAccounts } from '../src/ledger/accounts.ts';
import { accountId } from '../src/ledger/names.ts';
import type { Instruction } from '../src/ledger/transfer.ts';
import { createApply, type Apply } from '../src/ledger/transfers.ts';
import { openStore, type SocketAddress } from '../src/store/connection.ts';
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
};

export async function runLedgerBench(address: SocketAddress, seconds: number): Promise<void> {
  const floor = await measureTpcB(address, seconds);
  await using store = openStore({ database: address });
  await openAccounts(address);
  await store.sql.unsafe('vacuum (analyze) account');
  const apply = createApply(store.sql);
  const rows: Measured[] = [
    await measure(`lists of ${LIST}, ${LISTERS} callers`, LISTERS, seconds, listOf(apply, anyPair)),
    await measure(`lists of ${LIST}, all to one merchant`, LISTERS, seconds, listOf(apply, toMerchant)),
    await measure(`singly, ${CALLERS} callers`, CALLERS, seconds, singly(apply, anyPair)),
    await measure('singly, all to one merchant', CALLERS, seconds, singly(apply, toMerchant)),
    await measure('pending, then posted, singly', CALLERS, seconds, twoPhase(apply)),
  ];
  const head = ['transfers', 'a second', 'to TPC-B', 'p50 ms', 'p99 ms'];
  const cells = rows.map(({ name, perSecond, p50Ms, p99Ms }) => [
    name,
    figure(perSecond),
    figure(perSecond / floor, 2),
    figure(p50Ms, 1),
    figure(p99Ms, 1),
  ]);
  console.log(`\nLedger: ${figure(ACCOUNTS)} accounts, durable\n\n${table(head, cells)}`);
}

/** The best of several numbers of clients; NaN where pgbench is not installed. */
async function measureTpcB(address: SocketAddress, seconds: number): Promise<number> {
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
  const found: [string, string][] = [];
  let best = Number.NaN;
  for (const clients of PGBENCH_CLIENTS) {
    const load = [
      `--client=${clients}`,
      '--jobs=2',
      `--time=${seconds}`,
      '--protocol=prepared',
      '--no-vacuum',
    ];
    const { stdout } = await run(...load);
    const perSecond = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1] ?? Number.NaN);
    found.push([String(clients), figure(perSecond)]);
    best = Number.isNaN(best) ? perSecond : Math.max(best, perSecond);
  }
  await admin.sql.unsafe(`drop database ${database} with (force)`);
  console.log(`\npgbench, TPC-B at scale ${SCALE}\n\n${table(['clients', 'a second'], found)}`);
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
const someone = (): string => accountId(TENANT, `a${below(ACCOUNTS)}`);
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

async function measure(name: string, callers: number, seconds: number, work: Work): Promise<Measured> {
  const times: number[] = [];
  let done = 0;
  let fromMs = performance.now();
  const warmUntilMs = fromMs + 1_000;
  const untilMs = warmUntilMs + seconds * 1_000;
  let isWarm = false;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (;;) {
        const startMs = performance.now();
        if (startMs >= untilMs) return;
        if (!isWarm && startMs >= warmUntilMs) {
          isWarm = true;
          done = 0;
          times.length = 0;
          fromMs = startMs;
        }
        const worked = await work();
        done += worked;
        times.push(performance.now() - startMs);
      }
    }),
  );
  const perSecond = done / ((performance.now() - fromMs) / 1_000);
  return { name, perSecond, p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) };
}
