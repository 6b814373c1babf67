import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../../std/assert.ts';
import { openTrusteeKit, type TrusteeKit } from '../../../test/trustee-kit.ts';
import { listBills } from './bill-store.ts';
import { collectSome } from './collect.ts';
import { endBuyerOnce } from './contract-store.ts';
import { listPayouts } from './payout-store.ts';
import { findRun, readTotals } from './period-store.ts';
import { runPeriod } from './run.ts';
import { collectAgain, settleOtherwise } from './settle.ts';

const run = (kit: TrusteeKit, period: string) => ({ tenantId: kit.tenant.tenantId, period });
const bills = (kit: TrusteeKit, period: string) =>
  listBills(kit.context.sql, { ...run(kit, period), state: null }, '', 1_000);
const payouts = (kit: TrusteeKit, period: string) =>
  listPayouts(kit.context.sql, { ...run(kit, period), clientId: null }, '', 1_000);
const merchantOf = (kit: TrusteeKit): string => `~merchant:${kit.tenant.clientId}:EUR`;

test('B4: at the end of a period each buyer is billed and each merchant paid, once', async () => {
  await using kit = await openTrusteeKit(40);
  await kit.merchant({ steps: [{ upTo: null, basisPoints: 150 }], perPayment: '0.10' });
  const period = await kit.period();
  const buying = kit.buyers.slice(0, 30);
  for (const buyer of buying) await kit.buy(buyer, 1_250n);
  const early = await runPeriod(kit.context, run(kit, period));
  assert.equal(early.ok ? 'ran' : early.refusal, 'period_not_over');
  await kit.nextMonth();
  // A purchase of the next month is no business of this one.
  await kit.buy(must(kit.buyers[0], 'there are buyers'), 999n);
  // Two at once, and one more.
  const runs = await Promise.all([1, 2].map(() => runPeriod(kit.context, run(kit, period))));
  assert.ok(runs.every(({ ok }) => ok));
  await runPeriod(kit.context, run(kit, period));
  assert.equal((await findRun(kit.context.sql, kit.tenant.tenantId, period))?.stage, 'done');
  const made = await bills(kit, period);
  assert.equal(made.length, 30);
  assert.ok(made.every(({ state, minor, tries }) => state === 'paid' && minor === 1_250n && tries === 1));
  const [payout, ...others] = await payouts(kit, period);
  assert.equal(others.length, 0);
  const fee = 563n + 300n;
  assert.deepEqual([payout?.gross, payout?.fee, payout?.payments], [37_500n, fee, 30]);
  assert.equal(await kit.balance('~charges:EUR'), fee);
  assert.equal(await kit.balance('~payouts:EUR'), 37_500n - fee);
  assert.equal(await kit.balance(merchantOf(kit)), 999n);
  assert.equal(await kit.balance(`~payer:${kit.buyers[0]?.subscriberId}:EUR`), -999n);
  const taken = kit.pair.host.books.entries().filter(({ takenMinor }) => takenMinor > 0n);
  assert.equal(taken.length, 30);
  const [totals] = await readTotals(kit.context.sql, kit.tenant.tenantId, period);
  assert.deepEqual(
    [totals?.bills, totals?.billed, totals?.collected, totals?.fees],
    [30, 37_500n, 37_500n, fee],
  );
  await kit.assertWell();
});

test('B4: what is unpaid stays owed, and no later bill asks for it again', async () => {
  await using kit = await openTrusteeKit(2);
  const [poor, rich] = kit.buyers;
  assert.ok(poor && rich);
  const first = await kit.period();
  await kit.buy(poor, 1_000n);
  await kit.buy(rich, 1_000n);
  must(kit.pair.host.books.card(poor.pan), 'the bank has the card').refusal = '51';
  await kit.nextMonth();
  await runPeriod(kit.context, run(kit, first));
  const second = await kit.period();
  await kit.buy(poor, 300n);
  const paid = await kit.buy(rich, 500n);
  await kit.refund(paid, 100n);
  await kit.nextMonth();
  await runPeriod(kit.context, run(kit, second));
  const [ofFirst, ofSecond] = await Promise.all([bills(kit, first), bills(kit, second)]);
  const due = (rows: typeof ofFirst, id: string) => rows.find(({ contractId }) => contractId === id)?.minor;
  assert.deepEqual([due(ofFirst, poor.contractId), due(ofSecond, poor.contractId)], [1_000n, 300n]);
  assert.deepEqual([due(ofFirst, rich.contractId), due(ofSecond, rich.contractId)], [1_000n, 400n]);
  assert.equal(await kit.balance(`~payer:${poor.subscriberId}:EUR`), -1_300n);
  await kit.assertWell();
});

test('B4: a bill that a bank declines is tried again by the rule, and then is the operator’s', async () => {
  await using kit = await openTrusteeKit(1);
  const [buyer] = kit.buyers;
  assert.ok(buyer);
  const { tenantId } = kit.tenant;
  const { sql } = kit.context;
  const period = await kit.period();
  await kit.buy(buyer, 1_000n);
  const card = must(kit.pair.host.books.card(buyer.pan), 'the bank has the card');
  card.refusal = '51';
  await kit.nextMonth();
  await runPeriod(kit.context, run(kit, period));
  const bill = async () => must((await bills(kit, period))[0], 'there is a bill');
  assert.deepEqual([(await bill()).state, (await bill()).reason], ['open', 'declined_51']);
  assert.equal(await collectSome(kit.context, null), 0, 'its time has not come');
  for (const days of [1, 3, 7]) {
    await kit.pair.database.advanceClock(days * 86_400_000 + 1_000);
    assert.equal(await collectSome(kit.context, null), 1);
  }
  const { id } = await bill();
  assert.deepEqual([(await bill()).state, (await bill()).declines], ['unpaid', 4]);
  card.refusal = null;
  assert.ok((await collectAgain(sql, tenantId, id)).ok);
  const refused = await settleOtherwise(sql, tenantId, id);
  assert.equal(refused.ok ? 'settled' : refused.refusal, 'bill_not_unpaid');
  assert.equal(await collectSome(kit.context, null), 1);
  assert.deepEqual([(await bill()).state, (await bill()).paidHow], ['paid', 'card']);
  await kit.assertWell();
});

test('B4: a buyer without a card is billed, and pays otherwise', async () => {
  await using kit = await openTrusteeKit(1);
  const [buyer] = kit.buyers;
  assert.ok(buyer);
  const { tenantId } = kit.tenant;
  const { sql } = kit.context;
  const period = await kit.period();
  await kit.buy(buyer, 1_000n);
  const [card] = await kit.vault.list(tenantId, buyer.subscriberId);
  assert.ok(card && (await kit.vault.forget(tenantId, buyer.subscriberId, card.token)));
  await endBuyerOnce(sql, 0, buyer.contractId);
  await kit.nextMonth();
  await runPeriod(kit.context, run(kit, period));
  const [bill] = await bills(kit, period);
  assert.deepEqual([bill?.state, bill?.reason], ['unpaid', 'no_card']);
  const settle = () => settleOtherwise(sql, tenantId, bill?.id ?? '');
  assert.ok((await settle()).ok && (await settle()).ok);
  assert.equal(await kit.balance('~collected:EUR'), 1_000n);
  assert.equal(await kit.balance(`~payer:${buyer.subscriberId}:EUR`), 0n);
  await kit.assertWell();
});

test('S21: a bank that is silent is given its time, and takes the amount once', async () => {
  await using kit = await openTrusteeKit(3, 'timeoutMs=300');
  const period = await kit.period();
  for (const buyer of kit.buyers) await kit.buy(buyer, 1_000n);
  await kit.nextMonth();
  kit.pair.host.behave({ behaviour: 'silent', mti: '02', times: 3 });
  await runPeriod(kit.context, run(kit, period));
  const open = await bills(kit, period);
  assert.ok(open.every(({ state, reason }) => state === 'open' && reason === 'bank_silent'));
  await kit.pair.database.advanceClock(3_700_000);
  while ((await collectSome(kit.context, null)) > 0);
  assert.ok((await bills(kit, period)).every(({ state, tries }) => state === 'paid' && tries === 2));
  await kit.assertWell();
});

test('B4: periods that are run in the wrong order bill and pay out as much in all', async () => {
  await using kit = await openTrusteeKit(2);
  await kit.merchant({ steps: [{ upTo: null, basisPoints: 1_000 }] });
  const [one, two] = kit.buyers;
  assert.ok(one && two);
  const first = await kit.period();
  await kit.buy(one, 1_000n);
  await kit.nextMonth();
  const second = await kit.period();
  await kit.buy(two, 700n);
  const back = await kit.buy(one, 500n);
  await kit.nextMonth();
  await kit.refund(back, 200n);
  await runPeriod(kit.context, run(kit, second));
  await runPeriod(kit.context, run(kit, first));
  const all = [...(await bills(kit, first)), ...(await bills(kit, second))];
  assert.equal(
    all.reduce((sum, { minor }) => sum + minor, 0n),
    2_200n,
  );
  // The refund came after the second month: the buyer has it to his credit, the merchant was not paid it.
  assert.equal(await kit.balance(`~payer:${one.subscriberId}:EUR`), 200n);
  assert.equal(await kit.balance(merchantOf(kit)), 0n);
  assert.equal(await kit.balance('~payouts:EUR'), 1_800n);
  assert.equal(await kit.balance('~charges:EUR'), 200n);
  await kit.assertWell();
});
