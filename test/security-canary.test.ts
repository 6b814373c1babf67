import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSink, dump, dumpBytes, readDisk, type Place } from './canary.ts';
import { checkInvariants } from './invariants.ts';
import {
  codeOf,
  inParallel,
  numberOf,
  openBody,
  openedOf,
  openPolicy,
  verify,
  wrongFor,
} from './security-kit.ts';
import { MASTER_KEY, openWorld } from './world.ts';

/**
 * The canary scan (S8). Codes have ten digits here, so that one that occurs by chance is next to impossible
 * to take for a leak: among 1,000 codes of 10,000,000,000, a run of exactly ten digits that is no code is
 * taken for one once in ten million, and all that is scanned holds some ten thousand such runs.
 */
const CONFIRMATIONS = 1000;
const CARD = '4539578763621486';

/** Those of the secrets that stand in a text; codes only where no other digit stands beside them. */
function findSecrets(text: string, codes: ReadonlySet<string>, secrets: readonly string[]): string[] {
  const found = new Set<string>();
  for (const [run] of text.matchAll(/(?<!\d)\d{10}(?!\d)/g)) if (codes.has(run)) found.add(run);
  for (const secret of secrets) if (text.includes(secret)) found.add(secret);
  return [...found];
}

test('S8: after 1,000 confirmations no code, key or session secret is in the database, its files, logs or answers', async () => {
  const sink = createSink();
  const log = { level: 'trace', destination: sink.stream };
  await using world = await openWorld({ policy: openPolicy(), log });
  const { sql } = world.database.store;
  // Compressed images of pages would hide what is in them.
  await sql.unsafe(`alter database ${world.database.address.database} set wal_compression = off`);
  const codes = new Set<string>();
  world.handsets.subscribe(null, ({ text }) => codes.add(codeOf(text)));
  const sessions: string[] = [];
  const answers: string[] = [];

  await inParallel(CONFIRMATIONS, 40, async (n) => {
    const headers = n % 10 === 0 ? { 'idempotency-key': `open ${n}` } : {};
    const number = numberOf(n);
    const act = {
      purpose: 'payment',
      amount: { value: `${n}.01`, currency: 'EUR' },
      payee: { name: `Shop ${n}` },
    };
    const arriving = world.handsets.next(number);
    const answer = await world.call('POST', '/v1/confirmations', openBody(number, act), headers);
    assert.equal(answer.status, 201, answer.text);
    const opened = { ...openedOf(answer), code: codeOf((await arriving).text) };
    sessions.push(opened.secret);
    answers.push(answer.text.replaceAll(opened.secret, ''));
    if (n % 3 === 0) answers.push((await verify(world, { ...opened, code: wrongFor(opened.code, n) })).text);
    const path = `/v1/confirmations/${opened.id}`;
    if (n % 5 === 0)
      answers.push((await world.call('POST', `${path}/resend`, { session: opened.secret })).text);
    else if (n % 7 === 0) answers.push((await world.call('POST', `${path}/cancellation`, {})).text);
    else
      answers.push(
        (await verify(world, opened, world.apiKey, n % 2 ? { 'idempotency-key': `verify ${n}` } : {})).text,
      );
    answers.push((await world.call('GET', path)).text);
    // What is malformed, and where it stands, is told; what was sent there is not.
    const sent = { code: CARD, session: opened.secret, card: CARD };
    answers.push((await world.call('POST', `${path}/verification`, sent)).text);
    answers.push((await world.call('POST', `${path}/verification`, `{"code":"${opened.code}", oops`)).text);
  });
  await checkInvariants(world);
  for (const path of ['/metrics', '/readyz', '/healthz', '/openapi.json', '/v1/nowhere', '/log/checkpoint']) {
    answers.push((await world.call('GET', path)).text);
  }
  const [id] = await sql<{ id: string }[]>`select id from confirmation where state = 'confirmed' limit 1`;
  const receipt = await world.call('GET', `/v1/confirmations/${id?.id ?? ''}/receipt`);
  assert.equal(receipt.status, 200, receipt.text);
  answers.push(receipt.text);

  assert(codes.size >= CONFIRMATIONS, `${codes.size} codes came`);
  const master = MASTER_KEY.slice('k1:'.length);
  const masterBytes = Buffer.from(master, 'base64');
  const derived = Buffer.from(world.config.keys.derive('k1', 'countersign/code/1'));
  const keys = [world.apiKey, world.adminKey, master, CARD].concat(
    [masterBytes, derived].flatMap((key) => [
      key.toString('latin1'),
      key.toString('hex'),
      key.toString('base64'),
    ]),
  );
  const secrets = [...keys, ...sessions];
  const places: Place[] = [
    { name: 'answers', text: answers.join('\n') },
    { name: 'log', text: sink.text() },
    ...(await dump(world)),
    ...(await dumpBytes(world)),
    ...(await readDisk(world)),
  ];
  // The scan itself is looked at: what certainly is there must be found, in the log of the database as well.
  const numbers = places.filter(({ name, text }) => name.includes('pg_wal') && text.includes(numberOf(7)));
  assert(numbers.length > 0, 'the write-ahead log can be read');
  const [anyCode = ''] = codes;
  assert.deepEqual(findSecrets(`x${anyCode}y ${world.apiKey}`, codes, secrets), [anyCode, world.apiKey]);
  assert(places.length > 40, `${places.length} places were scanned`);
  for (const { name, text } of places) assert.deepEqual(findSecrets(text, codes, secrets), [], name);
});
