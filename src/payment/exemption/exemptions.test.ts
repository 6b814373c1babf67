import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTenant } from '../../client/manage.ts';
import { systemClock } from '../../std/clock.ts';
import { newId } from '../../std/id.ts';
import { createLog } from '../../std/log.ts';
import { systemRandom } from '../../std/random.ts';
import { transaction } from '../../store/transaction.ts';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import type { PaymentFacts } from '../parts.ts';
import { createExemptions } from './exemptions.ts';
import type { PaymentPolicyInput } from './policy.ts';
import { writePaymentPolicy } from './policy-store.ts';
import type { Exemption } from './rules.ts';

const eur = (minor: bigint) => ({ minor, currency: 'EUR' });
const id = (prefix: 'pay' | 'sub') => newId(prefix, 7, 1_800_000_000_000, systemRandom);
const DAY_MS = 24 * 3_600_000;

let database: TestDatabase;

before(async () => {
  database = await openTestDatabase();
});
after(() => database[Symbol.asyncDispose]());

/** A tenant of its own, a payer, and the verbs as a payment calls them. */
async function open(policy: PaymentPolicyInput) {
  const { sql } = database.store;
  const tenantId = (await createTenant(sql, 'Test Bank')).id;
  const written = await writePaymentPolicy(sql, tenantId, policy);
  assert.ok(written.ok, written.ok ? '' : written.detail);
  const exemptions = createExemptions({ log: createLog({ level: 'silent' }), countryOfIp: () => 'FR' });
  const payerKey = id('sub');
  const facts = (over: Partial<PaymentFacts> = {}): PaymentFacts => ({
    tenantId,
    clientId: 'cli_shop',
    paymentId: id('pay'),
    means: 'card_on_file',
    capture: 'automatic',
    amount: eur(10_00n),
    payee: 'Acme',
    payerKey,
    subscriberId: payerKey,
    address: '+33639980001',
    instrument: 'a card',
    series: null,
    ip: '192.0.2.1',
    ...over,
  });
  return {
    sql,
    tenantId,
    payerKey,
    exemptions,
    facts,
    decide: async (over: Partial<PaymentFacts> = {}) => (await exemptions.decide(sql, facts(over))).reason,
    count: (reason: Exemption, over: Partial<PaymentFacts> = {}) =>
      transaction(sql, (tx) => exemptions.count(tx, facts(over), reason)),
    prove: (over: Partial<PaymentFacts> = {}, trustsPayee = false) =>
      transaction(sql, (tx) => exemptions.proved(tx, [{ facts: facts(over), trustsPayee }])),
  };
}

async function countTrue(size: number, work: () => Promise<boolean>): Promise<number> {
  return (await Promise.all(Array.from({ length: size }, work))).filter(Boolean).length;
}

test('P10: without a document every payment needs a code, whatever was paid before', async () => {
  const world = await open({});
  assert.equal(await world.decide(), 'no_rule');
  await world.prove();
  assert.equal(await world.decide({ amount: eur(1n) }), 'no_rule');
  assert.equal(await world.count('low_value'), false);
});

test('RTS 16: of a hundred small payments at once exactly five go without a code; a right code resets', async () => {
  const world = await open({ rules: { lowValue: {} } });
  assert.equal(await world.count('low_value'), false, 'before any code');
  await world.prove();
  assert.equal(await countTrue(100, () => world.count('low_value')), 5);
  assert.equal(await world.decide(), 'no_rule_applies');
  await world.prove();
  assert.equal(await world.decide(), 'low_value');
  assert.equal(await countTrue(100, () => world.count('low_value')), 5);
});

test('RTS 16: the sum of payments at once never passes the limit', async () => {
  const world = await open({ rules: { lowValue: {} } });
  await world.prove();
  assert.equal(await countTrue(40, () => world.count('low_value', { amount: eur(29_99n) })), 3);
});

test('RTS 16: payments and right codes at once: between two codes there are never more than five', async () => {
  const world = await open({ rules: { lowValue: {} } });
  await world.prove();
  const rounds = await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      if (i % 10 !== 9) return world.count('low_value');
      await world.prove();
      return false;
    }),
  );
  const counted = rounds.filter(Boolean).length;
  assert.ok(counted >= 5 && counted <= 5 * 7, `${counted} payments with seven codes`);
});

test('S17: another payer, card, client or tenant finds nothing of what was proved', async () => {
  const rules = { lowValue: {}, trustedPayees: true };
  const world = await open({ rules });
  const other = await open({ rules });
  await world.prove({}, true);
  assert.equal(await world.decide(), 'trusted_payee');
  const judged = await Promise.all([
    world.decide({ payerKey: id('sub') }),
    world.decide({ instrument: 'another card' }),
    world.decide({ instrument: null }),
    world.decide({ clientId: 'cli_other', amount: eur(31_00n) }),
    world.decide({ payee: 'Acme Two', amount: eur(31_00n) }),
    other.decide({ payerKey: world.payerKey }),
  ]);
  assert.deepEqual(
    judged,
    Array.from(judged, () => 'no_rule_applies'),
  );
  assert.equal(
    await world.decide({ payee: ' ACME  ' }),
    'trusted_payee',
    'another spelling is the same payee',
  );
});

test('RTS 13: a payee comes on the list with a right code only, and goes again', async () => {
  const world = await open({ rules: { trustedPayees: true } });
  const over = { amount: eur(900_00n) };
  await world.prove(over);
  assert.equal(await world.decide(over), 'no_rule_applies');
  await world.prove(over, true);
  assert.equal(await world.count('trusted_payee', over), true);
  const { tenantId, payerKey, exemptions, sql } = world;
  const trusted = { tenantId, clientId: 'cli_shop', payerKey, payee: 'ACME' };
  const listed = await exemptions.listTrusted(sql, trusted);
  assert.deepEqual(
    listed.map(({ payee }) => payee),
    ['Acme'],
  );
  assert.equal((await exemptions.listTrusted(sql, { ...trusted, clientId: 'cli_other' })).length, 0);
  assert.equal(await transaction(sql, (tx) => exemptions.distrust(tx, trusted)), true);
  assert.equal(await transaction(sql, (tx) => exemptions.distrust(tx, trusted)), false);
  assert.equal(await world.count('trusted_payee', over), false);
});

test('RTS 14: a series goes on without codes with its own payee, amount and card, once a day', async () => {
  const world = await open({ rules: { recurring: {} } });
  const over = { series: 'monthly', amount: eur(400_00n) };
  assert.equal(await world.decide(over), 'no_rule_applies');
  await world.prove(over);
  assert.equal(await world.decide(over), 'no_rule_applies', 'the first one was just now');
  await database.advanceClock(DAY_MS);
  const wrong = [{ amount: eur(400_01n) }, { payee: 'Other' }, { instrument: 'new' }, { series: 'weekly' }];
  for (const change of wrong) assert.equal(await world.decide({ ...over, ...change }), 'no_rule_applies');
  assert.equal(await countTrue(20, () => world.count('recurring', over)), 1);
  await database.advanceClock(DAY_MS);
  assert.equal(await world.decide(over), 'recurring');
});

test('RTS 18: a payer who pays too fast, too much or somebody new is asked for a code', async () => {
  const statedOn = new Date(systemClock.nowMs()).toISOString().slice(0, 10);
  const world = await open({ rules: { risk: {} }, fraudRates: { EUR: { bp: 5.9, statedOn } } });
  await world.prove({ amount: eur(200_00n) });
  assert.equal(await world.decide({ amount: eur(250_00n) }), 'low_risk');
  assert.equal(await world.decide({ amount: eur(250_01n) }), 'no_rule_applies');
  assert.equal(await world.decide({ payee: 'Somebody new' }), 'no_rule_applies');
  assert.equal(await world.decide({ address: '+447700900123' }), 'no_rule_applies');
  // The one with the code counts among the three of an hour.
  assert.equal(await countTrue(50, () => world.count('low_risk')), 2);
});

test('S17: what cannot be read demands the code, and stops the transaction that counts', async () => {
  const world = await open({ rules: { lowValue: {} } });
  await world.prove();
  await world.sql`update payment_policy set document = '{"rules": 5}' where tenant_id = ${world.tenantId}`;
  const fresh = createExemptions({ log: createLog({ level: 'silent' }) });
  assert.equal((await fresh.decide(world.sql, world.facts())).reason, 'unreadable');
  await assert.rejects(transaction(world.sql, (tx) => fresh.count(tx, world.facts(), 'low_value')));
});

test('an exempt payment whose transaction is undone has moved nothing', async () => {
  const world = await open({ rules: { lowValue: { paymentsMax: 1 } } });
  await world.prove();
  const undone = transaction(world.sql, async (tx) => {
    assert.equal(await world.exemptions.count(tx, world.facts(), 'low_value'), true);
    throw new Error('the bank was not asked');
  });
  await assert.rejects(undone, /the bank was not asked/);
  assert.equal(await countTrue(3, () => world.count('low_value')), 1);
});

test('an erased payer leaves nothing behind', async () => {
  const world = await open({ rules: { trustedPayees: true, recurring: {}, lowValue: {} } });
  await world.prove({ series: 'monthly' }, true);
  await transaction(world.sql, (tx) => world.exemptions.erase(tx, world.tenantId, world.payerKey));
  assert.equal(await world.decide({ series: 'monthly' }), 'no_rule_applies');
  const tables = ['counter', 'means', 'habit'].map((name) => `exemption_${name}`);
  for (const table of [...tables, 'paid_payee', 'trusted_payee', 'payment_series']) {
    const rows = await world.sql`select 1 from ${world.sql(table)} where payer = ${world.payerKey}`;
    assert.equal(rows.length, 0, table);
  }
});
