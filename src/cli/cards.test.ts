import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { openTestDatabase } from '../../test/database.ts';
import { createTenant } from '../client/manage.ts';
import { createVault } from '../payment/card/vault.ts';
import { must } from '../std/assert.ts';
import { systemClock } from '../std/clock.ts';
import { parseKeyRing, type KeyRing } from '../std/key-ring.ts';
import { systemRandom } from '../std/random.ts';
import { Secret } from '../std/secret.ts';
import { registerCards } from './cards.ts';

const OLD = `k1:${Buffer.alloc(32, 'one key').toString('base64')}`;
const NEW = `k2:${Buffer.alloc(32, 'two key').toString('base64')}`;

function ring(text: string): KeyRing {
  const read = parseKeyRing(text);
  return must(read.ok ? read.value : null, 'the ring of a test is well-formed');
}

test('S8: cards rotate seals every card under the current master key, and names what it could not', async (t) => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const printed: string[] = [];
  t.mock.method(console, 'log', (text: string) => void printed.push(text));
  t.mock.method(console, 'error', (text: string) => void printed.push(text));
  const vaultWith = (keys: string) =>
    createVault({ sql, keys: ring(keys), clock: systemClock, random: systemRandom });
  const rotate = async (keys: string) => {
    printed.length = 0;
    const program = new Command('countersign').exitOverride();
    const open = () => Promise.resolve({ sql, [Symbol.asyncDispose]: () => Promise.resolve() });
    registerCards(program, open, () => ring(keys));
    await program.parseAsync(['cards', 'rotate'], { from: 'user' });
    const failed = process.exitCode === 1;
    process.exitCode = 0;
    return { said: printed.join('\n'), failed };
  };
  const tenantId = (await createTenant(sql, 'Test Bank')).id;
  const numbers = ['4000000000000002', '5555555555554444', '378282246310005'];
  for (const pan of numbers) {
    const owner = { tenantId, subscriberId: 'sub_ada', onceFor: null };
    const kept = await vaultWith(OLD).keep(null, owner, { pan: new Secret(pan), expiry: '2809' });
    assert(kept.ok);
  }
  const without = await rotate(NEW);
  assert(without.failed);
  assert.match(without.said, /3 cards are sealed under a key that is not in the ring/);
  const done = await rotate(`${NEW},${OLD}`);
  assert(!done.failed);
  assert.match(done.said, /3 cards were sealed anew under the master key k2/);
  for (const pan of numbers) assert(!done.said.includes(pan));
  const listed = await vaultWith(NEW).list(tenantId, 'sub_ada');
  assert.deepEqual(
    listed.map(({ expiry }) => expiry),
    ['2809', '2809', '2809'],
  );
  assert.match((await rotate(`${NEW},${OLD}`)).said, /0 cards were sealed anew/);
});
