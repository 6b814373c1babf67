/**
 * Kill -9 of processes that run a period, again and again and two at once, while the bank is silent, late and
 * cut: in the end each buyer was billed and debited once, and each merchant paid once (B4, I1, I2, I7, I8).
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Behaviour } from '../../sim/bank-host.ts';
import { createClient } from '../../src/client/manage.ts';
import { listBills } from '../../src/payment/trustee/bill-store.ts';
import { collectSome } from '../../src/payment/trustee/collect.ts';
import { listPayouts } from '../../src/payment/trustee/payout-store.ts';
import { findRun } from '../../src/payment/trustee/period-store.ts';
import { runPeriod } from '../../src/payment/trustee/run.ts';
import { sleep } from '../../src/std/timer.ts';
import { assertSameView, settledDown } from '../bank-pair.ts';
import { seeded } from '../iso8583.ts';
import { openTrusteeKit, type TrusteeKit } from '../trustee-kit.ts';
import type { PeriodChildAsked } from './period-child.ts';

const CHILD = fileURLToPath(new URL('period-child.ts', import.meta.url));
const KILLS = 20;
const BUYERS = 600;
const MERCHANTS = 10;
const SEED = 20_261_001;
const MISBEHAVIOURS: readonly Behaviour[] = ['silent', 'lost', 'late', 'twice', 'cut', { code: '96' }];

test(`B4, I2, I8: ${KILLS} processes killed in a period run bill each once and pay each once`, async () => {
  const random = seeded(SEED);
  await using kit = await openTrusteeKit(BUYERS, 'timeoutMs=400&connections=2');
  const { sql } = kit.context;
  const { tenantId } = kit.tenant;
  const merchants = await makeMerchants(kit);
  const period = await kit.period();
  let bought = 0n;
  for (const [n, buyer] of kit.buyers.entries()) {
    const minor = BigInt(100 + random(5_000));
    bought += minor;
    await kit.buy(buyer, minor, merchants[n % MERCHANTS]);
  }
  await kit.nextMonth();
  const { password, ...address } = kit.pair.database.address;
  const asked: PeriodChildAsked = {
    address: { ...address, password: password.reveal() },
    keyRing: kit.pair.keyRingText,
    tenantId,
    period,
  };
  // Slow enough that most of them die with questions under way.
  kit.pair.host.delay(150);
  let inDoubt = 0;
  for (let n = 0; n < KILLS; n += 2) {
    const children = [0, 1].map(() => {
      const child = fork(CHILD, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      child.send(asked);
      return { child, running: once(child, 'message'), ended: once(child, 'exit') };
    });
    await Promise.all(children.map(({ running }) => running));
    const behaviour = MISBEHAVIOURS[random(MISBEHAVIOURS.length)] ?? 'well';
    kit.pair.host.behave({ behaviour, mti: '02', times: 1 + random(5) });
    // The first ones die while bills are made, the others while banks are asked.
    if (n < 4) await sleep(random(200));
    else await untilAsked(kit, 10 + random(50));
    for (const { child } of children) child.kill('SIGKILL');
    await Promise.all(children.map(({ ended }) => ended));
    const paid = await listBills(sql, { tenantId, period, state: 'paid' }, '', BUYERS);
    const taken = kit.pair.host.books.entries().filter(({ takenMinor }) => takenMinor > 0n);
    if (taken.length > paid.length) inDoubt++;
    assert.ok(paid.length < BUYERS, 'all was done before the last one was killed: nothing was shown');
  }
  assert.ok(inDoubt > 0, 'none of them died between the bank and our commit');
  kit.pair.host.behaveWell();
  kit.pair.host.delay(0);
  const ran = await runPeriod(kit.context, { tenantId, period });
  assert.ok(ran.ok);
  assert.equal((await findRun(sql, tenantId, period))?.stage, 'done');
  // What a bank had left open, or said no to, is asked again when its time has come.
  for (let i = 0; i < 5; i++) {
    await kit.pair.database.advanceClock(8 * 86_400_000);
    while ((await collectSome(kit.context, null)) > 0);
  }
  await settledDown(kit.pair);
  const bills = await listBills(sql, { tenantId, period, state: null }, '', BUYERS + 1);
  assert.equal(bills.length, BUYERS);
  assert.ok(
    bills.every(({ state }) => state === 'paid'),
    'every bill is paid',
  );
  assert.equal(
    bills.reduce((sum, { minor }) => sum + minor, 0n),
    bought,
  );
  const payouts = await listPayouts(sql, { tenantId, period, clientId: null }, '', MERCHANTS + 1);
  assert.equal(payouts.length, MERCHANTS);
  assert.equal(
    payouts.reduce((sum, { gross }) => sum + gross, 0n),
    bought,
  );
  const kept = await kit.balance('~charges:EUR');
  assert.equal(kept + (await kit.balance('~payouts:EUR')), bought);
  const owing = kit.pair.host.books.entries().filter(({ takenMinor }) => takenMinor > 0n);
  assert.equal(owing.length, BUYERS, 'each card was debited once');
  await assertSameView(kit.pair);
  await kit.assertWell();
});

async function makeMerchants(kit: TrusteeKit): Promise<string[]> {
  const merchants: string[] = [];
  for (let n = 0; n < MERCHANTS; n++) {
    const fields = { name: `Shop ${n}`, domain: 'shop.example', returnOrigins: [] };
    const made = await createClient(kit.context.sql, kit.tenant.tenantId, fields);
    assert.ok(made.ok);
    merchants.push(made.value.id);
    await kit.merchant({ steps: [{ upTo: null, basisPoints: 175 }], perPayment: '0.05' }, made.value.id);
  }
  return merchants;
}

/** Until the bank has had so many messages more. */
async function untilAsked({ pair }: TrusteeKit, more: number): Promise<void> {
  const until = pair.host.counts.messages + more;
  for (let i = 0; i < 1_500 && pair.host.counts.messages < until; i++) await sleep(10);
}
