/** One of each object of payments that a tenant may have, for tests of whose they are (S14). */
import assert from 'node:assert/strict';
import { withCheckDigit } from '../sim/card-number.ts';
import { saveBank } from '../src/bank/manage.ts';
import { createVault } from '../src/payment/card/vault.ts';
import { buyerHome, contractId } from '../src/payment/trustee/contract.ts';
import { billId, payoutId } from '../src/payment/trustee/period.ts';
import { insertBills } from '../src/payment/trustee/period-store.ts';
import { insertPayouts } from '../src/payment/trustee/payout-store.ts';
import { must } from '../src/std/assert.ts';
import { homeOf } from '../src/std/id.ts';
import { systemClock } from '../src/std/clock.ts';
import { systemRandom } from '../src/std/random.ts';
import { Secret } from '../src/std/secret.ts';
import { transaction } from '../src/store/transaction.ts';
import type { TestTenant } from './tenant.ts';
import type { Answer, World } from './world.ts';

export type OwnedPayments = {
  readonly payment: string;
  readonly terminal: string;
  readonly bankRoute: string;
  readonly card: string;
  readonly bill: string;
  readonly payout: string;
};

/** Nobody has a run of it. */
export const PERIOD = '2020-01';
export const PAYMENT = { amount: { value: '12.40', currency: 'EUR' } };
export const BUYER_TERMS = { limit: '100.00', cardToken: null, bankAbove: null };

let made = 0;

export async function makeOwnedPayments(
  world: World,
  tenant: TestTenant,
  subscriberId: string,
): Promise<OwnedPayments> {
  const { tenantId, clientId } = tenant;
  const { sql } = world.database.store;
  const n = ++made;
  const call = async (method: string, path: string, body: object, key = tenant.admin): Promise<Answer> => {
    const answer = await world.call(method, path, body, { authorization: `Bearer ${key}` });
    assert([200, 201].includes(answer.status), `${path}: ${answer.text}`);
    return answer;
  };
  const idOf = ({ body }: Answer): string => String(body['id']);
  const nobody = 'iso8583://127.0.0.1:9?acquirer=456789&terminal=CSIGN001';
  assert((await saveBank(sql, { id: 'acme-bank', url: nobody, state: 'resting' })).ok);
  const payment = await call('POST', '/v1/payments', PAYMENT, tenant.client);
  const device = { code: `SHOP${String(n).padStart(4, '0')}`, clientId, merchant: '4711', name: 'Shop' };
  const terminal = await call('POST', '/v1/terminals', device);
  const route = await call('POST', '/v1/bank-routes', { bank: 'acme-bank', digits: '49' });
  await call('PUT', `/v1/trustee/buyers/${subscriberId}/EUR`, BUYER_TERMS);
  await call('PUT', `/v1/trustee/merchants/${clientId}/EUR`, {});
  const vault = createVault({ sql, keys: world.config.keys, clock: systemClock, random: systemRandom });
  const owner = { tenantId, subscriberId, onceFor: null };
  const pan = new Secret(withCheckDigit(`497010${String(n).padStart(9, '0')}`));
  const card = await vault.keep(null, owner, { pan, expiry: '4912' });
  assert(card.ok);
  return {
    payment: idOf(payment),
    terminal: idOf(terminal),
    bankRoute: idOf(route),
    card: card.value.token,
    ...(await insertDocuments(world, tenant, subscriberId)),
  };
}

/** As a period run leaves them, which lasts too long for a test of something else. */
async function insertDocuments(
  { database }: World,
  { tenantId, clientId }: TestTenant,
  subscriberId: string,
): Promise<Pick<OwnedPayments, 'bill' | 'payout'>> {
  const home = must(buyerHome(subscriberId), 'a subscriber has a home');
  const ofContract = contractId(home, tenantId, subscriberId, 'EUR');
  const bill = billId(home, tenantId, '2019-12', ofContract);
  const payout = payoutId(tenantId, '2019-12', clientId, 'EUR');
  const shared = { tenantId, period: '2019-12', currency: 'EUR' };
  const row = {
    ...shared,
    home,
    id: bill,
    contractId: ofContract,
    subscriberId,
    minor: '1240',
    hasCard: false,
  };
  const sums = { gross: '1240', fee: '0', payments: 1, fees: '{}', readFromUs: 0, readToUs: 1, paidUs: 1 };
  const payoutHome = must(homeOf('pyo', payout), 'a payout has a home');
  await transaction(database.store.sql, async (tx) => {
    await insertBills(tx, [row]);
    await insertPayouts(tx, [{ ...shared, ...sums, home: payoutHome, id: payout, clientId }]);
  });
  return { bill, payout };
}
