import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTenant } from '../../client/manage.ts';
import { newId } from '../../std/id.ts';
import { systemRandom } from '../../std/random.ts';
import { transaction } from '../../store/transaction.ts';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { createExemptions, type Exemptions, type PaymentFacts } from './exemptions.ts';
import type { PaymentPolicyInput } from './policy.ts';
import { writePaymentPolicy } from './policy-store.ts';
import type { Exemption } from './rules.ts';

const eur = (minor: bigint) => ({ minor, currency: 'EUR' });
const id = (prefix: 'pay' | 'sub') => newId(prefix, 7, 1_800_000_000_000, systemRandom);

let database: TestDatabase;

before(async () => {
  database = await openTestDatabase();
});
after(() => database[Symbol.asyncDispose]());

/** A tenant of its own, a payer, and the verbs as a payment calls them. */
async function open(policy: PaymentPolicyInput) {
  const { sql } = database.store;
  const tenantId = (await createTenant(sql, 'Test Bank')).id;
  assert.ok((await writePaymentPolicy(sql, tenantId, policy)).ok);
  const exemptions: Exemptions = createExemptions({ countryOfIp: () => 'FR' });
  const payer = id('sub');
  const facts = (over: Partial<PaymentFacts> = {}): PaymentFacts => ({
    tenantId,
    clientId: 'cli_shop',
    paymentId: id('pay'),
    means: 'card_on_file',
    amount: eur(10_00n),
    payee: 'Acme',
    payer,
    payerAddress: '+33639980001',
    instrument: 'crd_1',
    series: null,
    ip: '192.0.2.1',
    ...over,
  });
  return {
    sql,
    tenantId,
    payer,
    exemptions,
    facts,
    decide: async (over: Partial<PaymentFacts> = {}) => (await exemptions.decide(sql, facts(over))).reason,
    count: (reason: Exemption, over: Partial<PaymentFacts> = {}) =>
      transaction(sql, (tx) => exemptions.count(tx, facts(over), reason)),
    reset: (over: Partial<PaymentFacts> = {}) =>
      transaction(sql, (tx) => exemptions.reset(tx, [facts(over)])),
  };
}

test('P10: without a document every payment needs a code, whatever was paid before', async () => {
  const world = await open({});
  assert.equal(await world.decide(), 'no_rule');
  await world.reset();
  assert.equal(await world.decide({ amount: eur(1n) }), 'no_rule');
  assert.equal(await world.count('low_value'), false);
});

test('RTS 16: of a hundred small payments at once exactly five go without a code; a right code resets', async () => {
  const world = await open({ rules: { lowValue: {} } });
  assert.equal(await world.count('low_value'), false, 'before any code');
  await world.reset();
  const rush = async () => {
    const counted = await Promise.all(Array.from({ length: 100 }, () => world.count('low_value')));
    return counted.filter(Boolean).length;
  };
  assert.equal(await rush(), 5);
  assert.equal(await world.decide(), 'no_rule_applies');
  await world.reset();
  assert.equal(await world.decide(), 'low_value');
  assert.equal(await rush(), 5);
});

test('RTS 16: the sum of payments at once never passes the limit', async () => {
  const world = await open({ rules: { lowValue: {} } });
  await world.reset();
  const amount = eur(29_99n);
  const counted = await Promise.all(Array.from({ length: 40 }, () => world.count('low_value', { amount })));
  assert.equal(counted.filter(Boolean).length, 3);
});
