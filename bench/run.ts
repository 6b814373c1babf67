import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { must } from '../src/std/assert.ts';
import { openStore, type Store } from '../src/store/connection.ts';
import { openEmbedded, type EmbeddedServer } from '../src/store/embedded.ts';
import { migrate } from '../src/store/migrate.ts';
import { runCodecBench } from './bank.ts';
import { startChild, type Child } from './child.ts';
import { familyCpuMs, residentBytes } from './cpu.ts';
import { fill, logCaughtUp, settleTables } from './fill.ts';
import { FLOOR_TRANSACTIONS } from './floor-statements.ts';
import { measureCommit, measureFloor, measureFloorOf, type Floor } from './floor.ts';
import { runLedgerBench } from './ledger.ts';
import type { LoadAnswer, LoadAsked } from './load.ts';
import { CONTENT_BYTES, MESSAGE_FLOOR_TRANSACTIONS } from './message-floor-statements.ts';
import { PAYERS, seedCards } from './payment-load.ts';
import { runPeriodBench } from './period.ts';
import { PEOPLE, seed, type Seeded } from './people.ts';
import type { ServerAnswer, ServerAsked } from './server.ts';
import { benchConfig, settingsOf } from './settings.ts';
import { startToAnswer } from './start.ts';
import { figure, percentile, table } from './stats.ts';

/** `npm run bench`: what it measures, and what is in its figures, is told in bench/README.md. */
const PARTS = [
  'codec',
  'callers',
  'floor',
  'messages',
  'payments',
  'growth',
  'ledger',
  'period',
  'start',
] as const;
type Part = (typeof PARTS)[number];

const HELP = `npm run bench -- [options]

  --quick             shorter runs; growth to 100,000 only, a period of 10,000
  --callers 16,64     these numbers of callers (default 1,16,64,256)
  --seconds 6         how long each number of callers is measured
  --only PARTS        of: ${PARTS.join(', ')} (comma-separated; default all)
  --soak 30           seconds of load before the memory is read
  --profile FOLDER    writes a CPU profile of the server, to be opened in Chromium
  --help
`;

type Options = {
  readonly callers: readonly number[];
  readonly seconds: number;
  readonly soakSeconds: number;
  readonly parts: ReadonlySet<Part>;
  readonly sizes: readonly number[];
  /** Of the period run. */
  readonly buyers: number;
  readonly profile: string | null;
};

/** As `npm start` has them; docs/decisions/threads.md says why. */
const SERVER_FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=512', '--v8-pool-size=1'] as const;

/** How often callers and floor take turns: what else the machine does meanwhile disturbs both alike. */
const ROUNDS = 5;

type ServerChild = Child<ServerAsked, ServerAnswer>;
type LoadChild = Child<LoadAsked, LoadAnswer>;
type Bench = {
  readonly options: Options;
  readonly folder: string;
  readonly load: LoadChild;
  readonly seeded: Seeded;
  readonly smppUrl: string;
  readonly bankUrl: string;
  database: EmbeddedServer;
  store: Store;
};
type Measured = LoadAnswer & { readonly serverCpuMs: number; readonly databaseCpuMs: number };

function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      callers: { type: 'string', default: '1,16,64,256' },
      seconds: { type: 'string' },
      only: { type: 'string', default: PARTS.join(',') },
      soak: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const wanted = values.only.split(',');
  const unknown = wanted.find((part) => !PARTS.some((known) => known === part));
  if (unknown !== undefined) throw new Error(`There is no part "${unknown}": ${PARTS.join(', ')}.`);
  return {
    callers: values.callers.split(',').map((text) => positive(text, 'callers')),
    seconds: positive(values.seconds ?? (values.quick ? '3' : '6'), 'seconds'),
    soakSeconds: positive(values.soak ?? (values.quick ? '5' : '30'), 'soak'),
    parts: new Set(PARTS.filter((part) => wanted.includes(part))),
    sizes: values.quick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000],
    buyers: values.quick ? 10_000 : 100_000,
    profile: values.profile ?? null,
  };
}

function positive(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 10_000) {
    throw new Error(`--${name} ${text} is not a whole number from 1 to 10,000.`);
  }
  return value;
}

async function openBench(options: Options, stack: AsyncDisposableStack): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  // The embedded server runs as another user when this one is root.
  const data = join(folder, 'data');
  await mkdir(data, { mode: 0o755 });
  await chmod(folder, 0o755);
  const database = await openEmbedded({ folder: data });
  const store = openStore({ database: database.address, connectionsMax: 4 });
  await migrate(store.sql);
  const seeded = await seed(store.sql);
  for (const table of ['subscriber', 'address', 'identifier'])
    await store.sql.unsafe(`vacuum (analyze) ${table}`);
  const load: LoadChild = stack.use(startChild<LoadAsked, LoadAnswer>('load.ts'));
  const { smppUrl, bankUrl } = await load.ask({ kind: 'listen' });
  const bench: Bench = { options, folder: data, load, seeded, smppUrl, bankUrl, database, store };
  stack.defer(async () => {
    await bench.store[Symbol.asyncDispose]();
    await bench.database[Symbol.asyncDispose]();
  });
  return bench;
}

async function openServer(bench: Bench): Promise<{ server: ServerChild; url: string }> {
  const { profile } = bench.options;
  const profiling = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const execArgv = [...SERVER_FLAGS, ...profiling];
  const server: ServerChild = startChild<ServerAsked, ServerAnswer>('server.ts', { execArgv });
  const { password, ...address } = bench.database.address;
  const database = { ...address, password: password.reveal() };
  const { url } = await server.ask({ database, smppUrl: bench.smppUrl });
  return { server, url };
}

async function measure(
  bench: Bench,
  { server, url }: { server: ServerChild; url: string },
  callers: number,
  seconds: number,
  what: 'confirmations' | 'messages' | 'payments' = 'confirmations',
  tokens: readonly string[] = [],
): Promise<Measured> {
  const { apiKey } = bench.seeded;
  const warmMs = 1_500;
  const asking = bench.load.ask({
    kind: 'run',
    what,
    url,
    apiKey,
    callers,
    people: { confirmations: PEOPLE, messages: PEOPLE / 2, payments: PAYERS }[what],
    tokens,
    warmMs,
    forMs: seconds * 1000,
  });
  await new Promise((resolve) => setTimeout(resolve, warmMs));
  const before = [familyCpuMs(server.pid), familyCpuMs(bench.database.pid)] as const;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const serverCpuMs = familyCpuMs(server.pid) - before[0];
  const databaseCpuMs = familyCpuMs(bench.database.pid) - before[1];
  return { ...(await asking), serverCpuMs, databaseCpuMs };
}

const MESSAGE_CALLERS = [16, 64] as const;

const HEAD: string[] = [
  'callers',
  'a second',
  'to floor',
  'whole p50',
  'p99 ms',
  'open p50',
  'p99 ms',
  'verify p50',
  'p99 ms',
  'CPU µs server',
  'database',
  'callers',
];

function rowOf(name: string, measured: Measured, floor: number): string[] {
  const { whole, open, verify, confirmed } = measured;
  const each = (ms: number): string => figure((ms * 1000) / confirmed);
  return [
    name,
    figure(measured.perSecond),
    figure(measured.perSecond / floor, 2),
    ...[whole, open, verify].flatMap(({ p50Ms, p99Ms }) => [figure(p50Ms, 1), figure(p99Ms, 1)]),
    each(measured.serverCpuMs),
    each(measured.databaseCpuMs),
    each(measured.cpuMs),
  ];
}

function bestOf(floors: readonly Floor[]): Floor | null {
  return floors.toSorted((a, b) => b.perSecond - a.perSecond)[0] ?? null;
}

async function runFloor(bench: Bench): Promise<Floor[]> {
  const floors = await measureFloor(bench.database.address, bench.options.seconds, FLOOR_TRANSACTIONS);
  const rows = floors.map(({ clients, perSecond, by }) => [`${clients} (${by})`, figure(perSecond)]);
  console.log(`\nThe floor: the same rows by naive statements\n\n${table(['clients', 'a second'], rows)}`);
  return floors;
}

/**
 * Callers and the floor in turns; the ratio of each turn, and the turn whose ratio is the median. Without a
 * floor one turn of callers.
 */
async function measureBeside(
  bench: Bench,
  opened: { server: ServerChild; url: string },
  callers: number,
  floor: Floor | null,
): Promise<{ measured: Measured; ratios: number[] }> {
  const { seconds } = bench.options;
  if (!floor) return { measured: await measure(bench, opened, callers, seconds), ratios: [] };
  const turns: { measured: Measured; ratio: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const naive = await measureFloorOf(bench.database.address, floor.clients, seconds, FLOOR_TRANSACTIONS);
    const measured = await measure(bench, opened, callers, seconds);
    turns.push({ measured, ratio: measured.perSecond / naive });
  }
  turns.sort((a, b) => a.ratio - b.ratio);
  const { measured } = must(turns[ROUNDS >> 1], 'there are rounds');
  return { measured, ratios: turns.map(({ ratio }) => ratio) };
}

async function runCallers(bench: Bench, floor: Floor | null): Promise<void> {
  const commitMs = await measureCommit(bench.store.sql);
  const opened = await openServer(bench);
  await using _ = opened.server;
  await measure(bench, opened, 16, 2);
  const rows: string[][] = [];
  let alone: Measured | null = null;
  for (const callers of bench.options.callers) {
    const { measured, ratios } = await measureBeside(bench, opened, callers, floor);
    if (callers === 1) alone = measured;
    const [name = '', perSecond = '', ...others] = rowOf(String(callers), measured, Number.NaN).toSpliced(
      2,
      1,
    );
    const [lowest, median, highest] = [0, 0.5, 1].map((p) => figure(percentile(ratios, p), 2));
    rows.push([name, perSecond, must(median, 'three'), `${lowest} to ${highest}`, ...others]);
  }
  const head = [...HEAD.slice(0, 3), `of ${ROUNDS} turns`, ...HEAD.slice(3)];
  console.log(`\nConfirmations: open, send over SMPP, verify; evidence included\n\n${table(head, rows)}`);
  console.log(`\nA commit of one row, durable: ${figure(commitMs, 2)} ms`);
  if (!alone) return;
  const beside = alone.whole.p50Ms - 2 * commitMs;
  console.log(
    `One confirmation alone: ${figure(alone.whole.p50Ms, 2)} ms, ${figure(beside, 2)} ms beside its two commits`,
  );
}

/** Registered messages of 10 kB, from submission to handover, beside the same bytes and rows naively. */
async function runMessages(bench: Bench): Promise<void> {
  const { options, database } = bench;
  const floors = await measureFloor(database.address, options.seconds, MESSAGE_FLOOR_TRANSACTIONS);
  const opened = await openServer(bench);
  await using _ = opened.server;
  await measure(bench, opened, 16, 2, 'messages');
  const rows: string[][] = [];
  for (const callers of MESSAGE_CALLERS) {
    const measured = await measure(bench, opened, callers, options.seconds, 'messages');
    const row = rowOf(String(callers), measured, bestOf(floors)?.perSecond ?? Number.NaN);
    rows.push([...row.slice(0, 5), ...row.slice(9)]);
  }
  const naive = floors.map(({ clients, perSecond, by }) => `${clients} clients (${by}) ${figure(perSecond)}`);
  const head = [...HEAD.slice(0, 5), ...HEAD.slice(9)];
  console.log(
    `\nRegistered messages of ${figure(CONTENT_BYTES)} bytes: two codes, notice, handover, content fetched\n\n${table(head, rows)}`,
  );
  console.log(`\nThe same bytes and rows by naive statements, a second: ${naive.join(', ')}`);
}

/** Whole payments: made, authorised by the simulated bank, code, verified, completed; postings included. */
async function runPayments(bench: Bench): Promise<void> {
  const { options, store, seeded, bankUrl, smppUrl } = bench;
  const { keys } = benchConfig(settingsOf(smppUrl));
  const tokens = await seedCards(store.sql, keys, seeded.tenantId, bankUrl);
  const opened = await openServer(bench);
  await using _ = opened.server;
  await measure(bench, opened, 16, 2, 'payments', tokens);
  const rows: string[][] = [];
  for (const callers of options.callers) {
    const measured = await measure(bench, opened, callers, options.seconds, 'payments', tokens);
    rows.push(rowOf(String(callers), measured, Number.NaN).toSpliced(2, 1));
  }
  const shown = table(HEAD.toSpliced(2, 1), rows);
  console.log(`\nPayments: made, authorised by a bank, code, verified, completed\n\n${shown}`);
}

async function runGrowth(bench: Bench): Promise<void> {
  const { options, store } = bench;
  const { sql } = store;
  const opened = await openServer(bench);
  await using _ = opened.server;
  await measure(bench, opened, 64, 2);
  const rows: string[][] = [];
  let first = Number.NaN;
  for (const size of options.sizes) {
    const [stored] = await sql<{ n: number }[]>`select count(*)::int as n from confirmation`;
    const missing = Math.max(0, size - (stored?.n ?? 0));
    const [last] = await sql<{ n: number | null }[]>`select max(-session_number)::int as n from confirmation`;
    const from = Math.max(0, last?.n ?? 0);
    await fill(sql, from, from + missing, (at) =>
      process.stderr.write(`\r  filled ${figure(at - from)} of ${figure(missing)} `),
    );
    await logCaughtUp(sql);
    await settleTables(sql);
    process.stderr.write('\r\x1b[K');
    // After a checkpoint the first change of each page is logged whole; that is paid here, as it is once in
    // 15 minutes.
    await measure(bench, opened, 64, options.seconds);
    const measured = await measure(bench, opened, 64, options.seconds);
    first = Number.isNaN(first) ? measured.perSecond : first;
    const row = rowOf(figure(size), measured, Number.NaN);
    rows.push([...row.slice(0, 2), figure(measured.perSecond / first, 2), ...row.slice(3)]);
  }
  const head = ['stored', 'a second', 'to the first', ...HEAD.slice(3)];
  console.log(`\nGrowth: 64 callers, with so many confirmations stored\n\n${table(head, rows)}`);
  const soak = await measure(bench, opened, 64, options.soakSeconds);
  const megabytes = residentBytes(opened.server.pid) / 2 ** 20;
  console.log(
    `\nResident memory of the server after ${figure(soak.confirmedInAll)} confirmations more: ${figure(megabytes)} MB`,
  );
}

/**
 * From nothing running, database included, to the first answer of the command that runs a server, on the
 * folder that the other parts have filled. The second start is what an operator sees: the first one after an
 * update reads our files anew.
 */
async function runStart(bench: Bench): Promise<void> {
  await bench.store[Symbol.asyncDispose]();
  await bench.database[Symbol.asyncDispose]();
  const asked = { folder: bench.folder, smppUrl: bench.smppUrl, apiKey: bench.seeded.apiKey };
  const first = await startToAnswer(asked, SERVER_FLAGS);
  const again = await startToAnswer(asked, SERVER_FLAGS);
  console.log(`\nStart to first answer: ${figure(again)} ms (${figure(first)} ms the time before)`);
}

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) return void process.stdout.write(HELP);
  if (options.parts.has('codec')) runCodecBench(options.seconds);
  if (options.parts.size === 1 && options.parts.has('codec')) return;
  await using stack = new AsyncDisposableStack();
  const bench = await openBench(options, stack);
  const floor = options.parts.has('floor') ? bestOf(await runFloor(bench)) : null;
  if (options.parts.has('callers')) await runCallers(bench, floor);
  if (options.parts.has('messages')) await runMessages(bench);
  if (options.parts.has('payments')) await runPayments(bench);
  if (options.parts.has('growth')) await runGrowth(bench);
  if (options.parts.has('ledger')) await runLedgerBench(bench.database, options.seconds);
  if (options.parts.has('period')) await runPeriodBench(bench.database, options.buyers);
  if (options.parts.has('start')) await runStart(bench);
}

await main();
