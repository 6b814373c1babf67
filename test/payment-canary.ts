/**
 * The canary scan of payments (S8): card numbers, tracks, PIN blocks and security codes go through the
 * whole server in so many payments; then the database, its files, its log and ours, and every answer that
 * anybody got are searched for them, in every spelling.
 */
import assert from 'node:assert/strict';
import { hmac } from '../sim/terminal-spec.ts';
import { dump, dumpBytes, listDisk, unlessGone } from './canary.ts';
import {
  byteNeedles,
  createScanner,
  makeCanaries,
  needlesOf,
  scanningSink,
  type CardCanaries,
  type Scanner,
} from './card-canary.ts';
import { openPaymentWorld, untilQuiet, type PaymentWorld } from './payment-kit.ts';
import { canaryCards, misbehaveNowAndThen, runTraffic, type Tally } from './payment-traffic.ts';
import { openReceiver } from './webhook-receiver.ts';

export type CanaryRun = {
  readonly payments: number;
  /** Who pay at the same time; each makes every kind of payment once in ten. */
  readonly payers: number;
  /** Makes the database keep what it wrote, so that none of it is written over before it is read. */
  readonly keepsWal?: boolean;
  readonly onProgress?: (text: string) => void;
};

/** Nonce, number, space, expiry, tag: in what is sealed there is room for nothing else. */
const SEALED_BYTES = 12 + 16 + 1 + 4 + 16;
const PIN_BLOCKS = 6;

export async function scanPayments(run: CanaryRun): Promise<{ tally: Tally; scanner: Scanner }> {
  const { payments, payers, onProgress = () => undefined } = run;
  const canaries = makeCanaries();
  const scanner = createScanner();
  scanner.add(needlesOf(canaries));
  for (let n = 0; n < PIN_BLOCKS; n++) {
    scanner.add(byteNeedles('PIN block', pinBlockOf(canaries.pan(3 * payers + n))));
  }
  await using receiver = await openReceiver();
  await using world = await openPaymentWorld({
    query: 'timeoutMs=2000',
    host: { cards: canaryCards(canaries, payments, payers) },
    world: {
      log: { level: 'trace', destination: scanningSink(scanner) },
      environment: { ALLOW_PRIVATE_ADDRESSES: 'true', TERMINAL_PORT: '0' },
    },
  });
  await prepare(world, run.keepsWal ?? false);
  const admin = { authorization: `Bearer ${world.adminKey}` };
  const endpoint = { url: receiver.url, types: ['*'] };
  assert.equal((await world.call('POST', '/v1/webhook-endpoints', endpoint, admin)).status, 201);

  const tally = await runTraffic({ world, canaries, scanner, payers }, payments, (done) => {
    misbehaveNowAndThen(world.host, done);
    if (done % 500 === 0) onProgress(`${done} payments`);
  });
  await untilQuiet(world);
  onProgress('scanning');
  assertUsed(world, canaries, payments);
  await assertSealed(world);
  for (const path of ['/metrics', '/log/checkpoint', '/openapi.json', '/v1/nowhere', '/v1/payments']) {
    scanner.text(`answer of GET ${path}`, (await world.call('GET', path)).text);
  }
  for (const { body } of receiver.received) scanner.text('webhook', body);
  for (const { name, text } of await dump(world)) scanner.text(name, text);
  for (const { name, text } of await dumpBytes(world)) scanner.bytes(name, Buffer.from(text, 'latin1'));
  for (const path of await listDisk(world)) await unlessGone(() => scanner.file(path));
  await assertReadable(world);

  assert.deepEqual(scanner.leaks(), []);
  assertNotCounted(scanner, canaries, payments);
  return { tally, scanner };
}

async function prepare(world: PaymentWorld, keepsWal: boolean): Promise<void> {
  const { sql } = world.database.store;
  // Compressed images of pages would hide what is in them.
  await sql.unsafe(`alter database ${world.database.address.database} set wal_compression = off`);
  if (!keepsWal) return;
  await sql.unsafe(`alter system set wal_keep_size = '8GB'`);
  await sql`select pg_reload_conf()`;
}

/** The bank was told what was typed: else there would be nothing to find. */
function assertUsed({ host }: PaymentWorld, canaries: CardCanaries, payments: number): void {
  const taken = host.books.entries().filter(({ state }) => state === 'captured');
  assert(taken.length > payments / 2, `${taken.length} of ${payments} were taken`);
  assert(taken.every(({ pan }) => pan.startsWith(canaries.shared)));
}

async function assertSealed({ database }: PaymentWorld): Promise<void> {
  const rows = await database.store.sql<{ place: string; n: number; longest: number; shortest: number }[]>`
    select place, count(*)::int as n, max(size) as longest, min(size) as shortest from (
      select 'vault' as place, length(sealed) as size from card
      union all select 'bank', length(card) from bank_exchange where card is not null
      union all select 'payment', length(card) from payment where card is not null
    ) as each group by place`;
  assert(rows.length >= 2, 'cards are kept somewhere');
  for (const { place, longest, shortest } of rows) {
    assert.deepEqual([longest, shortest], [SEALED_BYTES, SEALED_BYTES], `what the ${place} keeps of a card`);
  }
}

/** The scan itself is looked at: what certainly is there is found in the write-ahead log. */
async function assertReadable(world: PaymentWorld): Promise<void> {
  const { sql } = world.database.store;
  const [last] = await sql<{ id: string }[]>`select id from payment order by created_at desc limit 1`;
  const control = createScanner();
  control.add([{ of: 'a payment', bytes: Buffer.from(last?.id ?? '') }]);
  for (const path of await listDisk(world))
    if (path.includes('pg_wal')) await unlessGone(() => control.file(path));
  assert(control.leaks().length > 0, 'the write-ahead log can be read');
}

/**
 * Three digits occur by chance, and one number of them may be somebody's id everywhere; but of several
 * codes, each written once for each payment that it was typed for, all would stand out from what is between
 * them.
 */
function assertNotCounted(scanner: Scanner, { securityCodes }: CardCanaries, payments: number): void {
  const words = scanner.words();
  const count = (word: string) => words[word] ?? 0;
  const others = Array.from({ length: 400 }, (_, i) => String(600 + i))
    .filter((word) => !securityCodes.includes(word))
    .map(count)
    .toSorted((a, b) => a - b);
  const usual = others[Math.floor(others.length * 0.9)] ?? 0;
  const found = Math.min(...securityCodes.map(count));
  const allowed = usual + Math.max(2, payments / securityCodes.length / 10);
  assert(found <= allowed, `each security code stands ${found} times, other numbers ${usual} times`);
}

/** As the pad of the simulated terminal makes it. */
function pinBlockOf(pan: string): Uint8Array {
  return hmac(Buffer.from('the key of a simulated PIN pad'), `${pan} 1234`).subarray(0, 8);
}
