import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { after, before, test } from 'node:test';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { createTenant } from '../../client/manage.ts';
import { must } from '../../std/assert.ts';
import { systemClock } from '../../std/clock.ts';
import { parseKeyRing, type KeyRing } from '../../std/key-ring.ts';
import { systemRandom } from '../../std/random.ts';
import { Secret } from '../../std/secret.ts';
import { transaction } from '../../store/transaction.ts';
import { passesLuhn } from './number.ts';
import { createVault, type CardVault, type StoredCard } from './vault.ts';

let database: TestDatabase;
let tenantId = '';
let otherTenantId = '';

const OLD = `k1:${Buffer.alloc(32, 'one key').toString('base64')}`;
const NEW = `k2:${Buffer.alloc(32, 'two key').toString('base64')}`;
const EXPIRY = '2809';

before(async () => {
  database = await openTestDatabase();
  tenantId = (await createTenant(database.store.sql, 'Test Bank')).id;
  otherTenantId = (await createTenant(database.store.sql, 'Other Bank')).id;
});
after(() => database[Symbol.asyncDispose]());

function ring(text: string): KeyRing {
  const read = parseKeyRing(text);
  return must(read.ok ? read.value : null, 'the ring of a test is well-formed');
}

function vaultWith(text = OLD): CardVault {
  return createVault({
    sql: database.store.sql,
    keys: ring(text),
    clock: systemClock,
    random: systemRandom,
  });
}

let numbers = 0;

/** A Visa number that no other test has. */
function freshCard(): { pan: Secret<string>; expiry: string } {
  const body = `400012${String(++numbers).padStart(9, '0')}`;
  for (let last = 0; last < 10; last++) {
    if (passesLuhn(`${body}${last}`)) return { pan: new Secret(`${body}${last}`), expiry: EXPIRY };
  }
  throw new Error('one of ten digits always fits');
}

const person = (subscriberId: string) => ({ tenantId, subscriberId, onceFor: null });
const once = (onceFor: string) => ({ tenantId, subscriberId: null, onceFor });

async function kept(vault: CardVault, subscriberId: string, card = freshCard()): Promise<StoredCard> {
  const stored = await vault.keep(null, person(subscriberId), card);
  assert(stored.ok);
  return stored.value;
}

async function typed(vault: CardVault, onceFor: string, card = freshCard()): Promise<StoredCard> {
  const stored = await vault.keep(null, once(onceFor), card);
  assert(stored.ok);
  return stored.value;
}

function own(vault: CardVault, token: string, subscriberId: string) {
  return transaction(database.store.sql, (tx) => vault.own(tx, tenantId, token, subscriberId));
}

test('B2: a card on file is revealed by its token inside its tenant only, and shown without its number', async () => {
  const vault = vaultWith();
  const card = freshCard();
  const stored = await kept(vault, 'sub_ada', card);
  const digits = card.pan.reveal();
  assert.match(stored.token, /^crd_/);
  assert.equal(stored.masked, `Visa ···· ${digits.slice(-4)}`);
  assert.equal(stored.expiry, EXPIRY);
  assert(!inspect(stored, { depth: 9 }).includes(digits));
  const revealed = must(await vault.reveal(tenantId, stored.token), 'its tenant has it');
  assert.equal(revealed.pan.reveal(), digits);
  assert.equal(revealed.expiry, EXPIRY);
  assert.equal(revealed.subscriberId, 'sub_ada');
  assert.equal(await vault.reveal(otherTenantId, stored.token), null, 'S14');
  assert.equal(await vault.reveal(tenantId, 'crd_00000000000000000000000000'), null);
  assert.equal(await vault.reveal(tenantId, digits), null, 'a number is no token');
  assert.deepEqual(await vault.find(tenantId, stored.token), stored);
  assert.deepEqual(await vault.list(tenantId, 'sub_ada'), [stored]);
  assert.deepEqual(await vault.list(otherTenantId, 'sub_ada'), []);
});

test('B2: a card belongs to one person of a tenant, and the same person keeps its token', async () => {
  const vault = vaultWith();
  const card = freshCard();
  const first = await kept(vault, 'sub_bea', card);
  const again = await kept(vault, 'sub_bea', { ...card, expiry: '3001' });
  assert.equal(again.token, first.token);
  assert.equal((await vault.reveal(tenantId, first.token))?.expiry, '3001', 'the new expiry holds');
  const taken = await vault.keep(null, person('sub_cleo'), card);
  assert(!taken.ok && taken.refusal === 'card_of_another');
  const early = await vault.keep(null, { ...person('sub_cleo'), onceFor: 'cnf_x' }, card);
  assert(!early.ok && early.refusal === 'card_of_another', 'told before a code is sent');
  const elsewhere = await vault.keep(null, { ...person('sub_cleo'), tenantId: otherTenantId }, card);
  assert(elsewhere.ok, 'another tenant has other people');
  assert.equal(await vault.forget(tenantId, 'sub_cleo', first.token), false);
  assert.equal(await vault.forget(otherTenantId, 'sub_bea', first.token), false, 'S14');
  assert.equal(await vault.forget(tenantId, 'sub_bea', first.token), true);
  assert.equal(await vault.forget(tenantId, 'sub_bea', first.token), false);
  assert.equal(await vault.reveal(tenantId, first.token), null);
  assert((await vault.keep(null, person('sub_cleo'), card)).ok, 'free again');
});

test('B2: of a hundred who put the same number on file at once, one has it', async () => {
  const vault = vaultWith();
  const card = freshCard();
  const done = await Promise.all(
    Array.from({ length: 100 }, (_, n) => vault.keep(null, person(`sub_race${n % 50}`), card)),
  );
  const owners = new Set(done.flatMap((each) => (each.ok ? [each.value.subscriberId] : [])));
  assert.equal(owners.size, 1);
  const tokens = new Set(done.flatMap((each) => (each.ok ? [each.value.token] : [])));
  assert.equal(tokens.size, 1);
});

test('B1: a card typed once is nobody’s until a right code makes it the payer’s', async () => {
  const vault = vaultWith();
  const card = freshCard();
  const stored = await typed(vault, 'pay_once', card);
  assert.equal(stored.subscriberId, null);
  assert.equal(stored.onceFor, 'pay_once');
  assert.deepEqual(await vault.list(tenantId, 'sub_dora'), []);
  assert.equal((await vault.reveal(tenantId, stored.token))?.pan.reveal(), card.pan.reveal());
  assert.equal(await vault.forget(tenantId, 'sub_dora', stored.token), false, 'it is not on file');
  const owned = await own(vault, stored.token, 'sub_dora');
  assert(owned.ok);
  assert.equal(owned.value.token, stored.token);
  assert.equal(owned.value.onceFor, null);
  assert.deepEqual(await vault.list(tenantId, 'sub_dora'), [owned.value]);
  const again = await own(vault, stored.token, 'sub_dora');
  assert(again.ok && again.value.token === stored.token, 'twice is once');
  const stolen = await own(vault, stored.token, 'sub_eve');
  assert(!stolen.ok && stolen.refusal === 'card_of_another');
  await vault.drop(database.store.sql, tenantId, 'pay_once');
  assert.equal((await vault.list(tenantId, 'sub_dora')).length, 1, 'what is on file is not dropped');
});

test('B2: a number that is on file already is owned by the token it had', async () => {
  const vault = vaultWith();
  const card = freshCard();
  const first = await kept(vault, 'sub_fay', card);
  const typedAgain = await typed(vault, 'pay_again', { ...card, expiry: '3105' });
  const other = await own(vault, typedAgain.token, 'sub_gus');
  assert(!other.ok && other.refusal === 'card_of_another');
  const owned = await own(vault, typedAgain.token, 'sub_fay');
  assert(owned.ok && owned.value.token === first.token);
  assert.equal(owned.value.expiry, '3105');
  assert.equal(await vault.reveal(tenantId, typedAgain.token), null, 'the second row is gone');
  const gone = await own(vault, typedAgain.token, 'sub_fay');
  assert(!gone.ok && gone.refusal === 'unknown_card');
});

test('B1: what was typed once goes with its payment, or after a day', async () => {
  const vault = vaultWith();
  const { sql } = database.store;
  const ended = await typed(vault, 'pay_ended');
  await vault.drop(sql, otherTenantId, 'pay_ended');
  assert(await vault.reveal(tenantId, ended.token), 'S14');
  await vault.drop(sql, tenantId, 'pay_ended');
  assert.equal(await vault.reveal(tenantId, ended.token), null);
  const forgotten = await typed(vault, 'pay_forgotten');
  const onFile = await kept(vault, 'sub_hal');
  await database.advanceClock(24 * 3_600_000 - 60_000);
  await vault.purge();
  assert(await vault.find(tenantId, forgotten.token));
  await database.advanceClock(60_000);
  assert((await vault.purge()) >= 1);
  assert.equal(await vault.find(tenantId, forgotten.token), null);
  assert(await vault.find(tenantId, onFile.token), 'what is on file stays');
});

test('an erased subscriber leaves no card', async () => {
  const vault = vaultWith();
  const stored = await kept(vault, 'sub_ida');
  const pending = await vault.keep(null, { ...person('sub_ida'), onceFor: 'cnf_ida' }, freshCard());
  assert(pending.ok);
  await transaction(database.store.sql, (tx) => vault.eraseOf(tx, tenantId, 'sub_ida'));
  assert.equal(await vault.find(tenantId, stored.token), null);
  assert.equal(await vault.find(tenantId, pending.value.token), null);
});

test('S8: a card sealed for one token does not open under another, nor without its master key', async () => {
  const vault = vaultWith();
  const [a, b] = [await kept(vault, 'sub_jan'), await kept(vault, 'sub_jan')];
  await database.store.sql`
    update card set sealed = (select sealed from card where token = ${a.token}) where token = ${b.token}`;
  assert.equal(await vault.reveal(tenantId, b.token), null);
  assert.equal((await vaultWith(NEW).find(tenantId, a.token))?.expiry, null);
  assert.equal(await vaultWith(NEW).reveal(tenantId, a.token), null);
});

test('S8: after a rotation everything opens under the new master key alone, and a card is still one person’s', async () => {
  const before = vaultWith(OLD);
  const card = freshCard();
  const stored = await kept(before, 'sub_kim', card);
  const typedOnce = await typed(before, 'pay_rotated');
  const both = vaultWith(`${NEW},${OLD}`);
  const taken = await both.keep(null, person('sub_lea'), card);
  assert(!taken.ok && taken.refusal === 'card_of_another', 'also before the rotation');
  await database.store.sql`delete from card where token in
    (select token from card where subscriber_id = 'sub_jan')`;
  const steps: number[] = [];
  const rotated = await both.rotate({ onProgress: (done) => void steps.push(done) });
  assert(rotated.resealed >= 2);
  assert.equal(rotated.lost, 0);
  assert.equal(steps.at(-1), rotated.resealed);
  assert.deepEqual(await both.rotate(), { resealed: 0, lost: 0 });
  const only = vaultWith(NEW);
  assert.equal((await only.reveal(tenantId, stored.token))?.pan.reveal(), card.pan.reveal());
  assert(await only.reveal(tenantId, typedOnce.token));
  const still = await only.keep(null, person('sub_lea'), card);
  assert(!still.ok && still.refusal === 'card_of_another');
});

test('S8: a rotation leaves what it cannot open, and says how many', async () => {
  const lone = vaultWith(`k9:${Buffer.alloc(32, 'gone key').toString('base64')}`);
  const stored = await kept(lone, 'sub_max');
  const rotated = await vaultWith(`${NEW},${OLD}`).rotate();
  assert.equal(rotated.lost, 1);
  assert(await lone.reveal(tenantId, stored.token), 'its key opens it as before');
});

test('S8: no column of the vault could hold a security code', async () => {
  const columns = await database.store.sql<{ name: string }[]>`
    select column_name as name from information_schema.columns where table_name = 'card' order by 1`;
  assert.deepEqual(
    columns.map(({ name }) => name),
    [
      'brand',
      'created_at',
      'erase_at',
      'fingerprint',
      'home',
      'key_id',
      'last_four',
      'once_for',
      'sealed',
      'state',
      'subscriber_id',
      'tenant_id',
      'token',
    ],
  );
});
