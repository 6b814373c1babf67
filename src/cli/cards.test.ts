import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Command } from 'commander';
import { createDeviceLine } from '../../sim/terminal-line.ts';
import { FAST_BANK, FAST_LINK } from '../../test/bank-pair.ts';
import { openTestDatabase } from '../../test/database.ts';
import { EUR_312, euros, untilQuiet } from '../../test/payment-kit.ts';
import { until } from '../../test/security-kit.ts';
import { aliceLeftMinor, openCounter, sell, TERMINAL, type TerminalWorld } from '../../test/terminal-kit.ts';
import { worldConfig } from '../../test/world.ts';
import { textOf } from '../bank/iso8583/message.ts';
import { transmissionTime } from '../bank/number.ts';
import { createTenant } from '../client/manage.ts';
import { knowsLog } from '../evidence/settle.ts';
import { logOriginOf, openLogKeysOf, openServer, type CountersignServer } from '../main.ts';
import { createVault } from '../payment/card/vault.ts';
import { must } from '../std/assert.ts';
import { systemClock } from '../std/clock.ts';
import { parseKeyRing, type KeyRing } from '../std/key-ring.ts';
import { createLog } from '../std/log.ts';
import { systemRandom } from '../std/random.ts';
import { Secret } from '../std/secret.ts';
import type { Sql } from '../store/connection.ts';
import { registerCards } from './cards.ts';

const OLD = `k1:${Buffer.alloc(32, 'one key').toString('base64')}`;
const NEW = `k2:${Buffer.alloc(32, 'two key').toString('base64')}`;

function ring(text: string): KeyRing {
  const read = parseKeyRing(text);
  return must(read.ok ? read.value : null, 'the ring of a test is well-formed');
}

/** Runs the command with a ring of keys, and gives what it said. */
function rotator(t: TestContext, sql: Sql) {
  const printed: string[] = [];
  t.mock.method(console, 'log', (text: string) => void printed.push(text));
  t.mock.method(console, 'error', (text: string) => void printed.push(text));
  return async (keys: string): Promise<{ said: string; failed: boolean }> => {
    printed.length = 0;
    const program = new Command('countersign').exitOverride();
    const open = () => Promise.resolve({ sql, [Symbol.asyncDispose]: () => Promise.resolve() });
    registerCards(program, open, () => ring(keys));
    await program.parseAsync(['cards', 'rotate'], { from: 'user' });
    const failed = process.exitCode === 1;
    process.exitCode = 0;
    return { said: printed.join('\n'), failed };
  };
}

test('S8: cards rotate seals every card under the current master key, and names what it could not', async (t) => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const rotate = rotator(t, sql);
  const vaultWith = (keys: string) =>
    createVault({ sql, keys: ring(keys), clock: systemClock, random: systemRandom });
  const tenantId = (await createTenant(sql, 'Test Bank')).id;
  const numbers = ['4000000000000002', '5555555555554444', '378282246310005'];
  for (const pan of numbers) {
    const owner = { tenantId, subscriberId: 'sub_ada', onceFor: null };
    const kept = await vaultWith(OLD).keep(null, owner, { pan: new Secret(pan), expiry: '2809' });
    assert(kept.ok);
  }
  const without = await rotate(NEW);
  assert(without.failed);
  assert.match(without.said, /under a key that is not in the ring: 3 cards on file\./);
  const done = await rotate(`${NEW},${OLD}`);
  assert(!done.failed);
  assert.match(
    done.said,
    /anew under the master key k2: 3 cards on file, 0 cards of payments, 0 keys of terminals\./,
  );
  for (const pan of numbers) assert(!done.said.includes(pan));
  const listed = await vaultWith(NEW).list(tenantId, 'sub_ada');
  assert.deepEqual(
    listed.map(({ expiry }) => expiry),
    ['2809', '2809', '2809'],
  );
  assert.match(
    (await rotate(`${NEW},${OLD}`)).said,
    /: 0 cards on file, 0 cards of payments, 0 keys of terminals\./,
  );
});

test('S8: after a rotation and without the old key, an old payment is refunded and a terminal is known', async (t) => {
  const old = { environment: { COUNTERSIGN_MASTER_KEY: OLD } };
  await using world = await openCounter({ world: old });
  const { sql } = world.database.store;
  const rotate = rotator(t, sql);
  const start = aliceLeftMinor(world);
  const asked = await sell(world);
  assert.equal((await world.device.bringCode(asked.reference, asked.sms, EUR_312)).code, '00');
  await untilQuiet(world);
  await world.server[Symbol.asyncDispose]();
  {
    await using both = await serve(world, `${NEW},${OLD}`);
    const before = await both.payments.refund(world.caller, asked.reference, euros(1_000n));
    assert(before.ok && before.value.state === 'done', JSON.stringify(before.ok || before.refusal));
    const { said, failed } = await rotate(`${NEW},${OLD}`);
    assert.ok(!failed, said);
    assert.match(said, /anew under the master key k2: 0 cards on file, 1 cards of payments, 1 keys of/);
    const config = worldConfig({ COUNTERSIGN_MASTER_KEY: NEW });
    const logKeys = await openLogKeysOf(config, logOriginOf(config));
    // The log goes on under the new key before the old one may go.
    await until('a checkpoint under the new key', async () => ((await knowsLog(sql, logKeys)) ? true : null));
  }
  await using only = await serve(world, NEW);
  const after = await only.payments.refund(world.caller, asked.reference, euros(2_000n));
  assert(after.ok && after.value.state === 'done', JSON.stringify(after.ok || after.refusal));
  assert.equal(aliceLeftMinor(world), start - EUR_312.minor + 3_000n);
  const { port } = must(only.terminals, 'terminals may connect');
  await using line = createDeviceLine({
    port,
    code: TERMINAL.code,
    key: new Secret(world.key),
    clock: systemClock,
    random: systemRandom,
  });
  const fields = { 7: transmissionTime(systemClock.nowMs()), 11: line.nextStan(), 41: TERMINAL.code };
  const echo = must(await line.ask({ mti: '0800', fields: { ...fields, 70: '301' } }), 'it is answered');
  assert.equal(textOf(echo, 39), '00');
});

/** The same server again, under a ring of keys. */
function serve(world: TerminalWorld, keys: string): Promise<CountersignServer> {
  return openServer({
    config: worldConfig({ COUNTERSIGN_MASTER_KEY: keys, TERMINAL_PORT: '0' }),
    database: world.database.address,
    roles: ['api', 'log', 'jobs'],
    log: createLog({ level: 'silent' }),
    channels: [],
    bank: { timing: FAST_BANK, linkTiming: FAST_LINK },
  });
}
