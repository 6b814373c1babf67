/**
 * Kill -9 of the server at random points with 200 payments in flight, before a bank that is silent, late,
 * doubled and cut at times: no debit is lost and none is made twice, and in the end the bank's view is ours
 * (I1 to I8, S21).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBankHost, type Behaviour } from '../../sim/bank-host.ts';
import { openSmsc } from '../../sim/smsc.ts';
import { addRoute, saveBank } from '../../src/bank/manage.ts';
import { logOriginOf, openLogKeysOf } from '../../src/main.ts';
import { must } from '../../src/std/assert.ts';
import { systemRandom } from '../../src/std/random.ts';
import { formatAmount } from '../../src/std/money.ts';
import { assertSameView } from '../bank-pair.ts';
import { checkInvariants } from '../invariants.ts';
import { GENEROUS, worldConfig } from '../world.ts';
import { seeded } from './callers.ts';
import { openEngine, type Engine } from './engine.ts';
import { cardOf, makePayers } from './payers.ts';
import { createPaymentCallers, type PaymentCallers } from './payment-callers.ts';
import { freePort } from '../free-port.ts';
import { createServerChild } from './server-child.ts';

/** A hundred take a quarter of an hour of two cores, so that CI does less of them. */
const ROUNDS = Number(process.env['CRASH_PAYMENT_ROUNDS'] ?? 20);
const SEED = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
const IN_FLIGHT = 200;
const CALLERS = 220;
/** The shortest that policy allows, so that everything ends while we wait. */
const VALIDITY_MS = 30_000;
const ROUND_MAX_MS = 20_000;
const SETTLE_MAX_MS = 180_000;
const MISBEHAVIOURS: readonly Behaviour[] = ['silent', 'lost', 'late', 'twice', 'cut'];
/** No bank may refuse to complete what it has approved; to these it may say no. */
const QUESTIONS = ['0100', '0200'] as const;

test(`I1 to I8, S21: ${ROUNDS} times kill -9 of the server with 200 payments in flight`, async (t) => {
  console.log(`seed ${SEED} (CRASH_SEED=${SEED} repeats the choices)`);
  const random = seeded(SEED);
  await using engine = await openEngine({
    ...GENEROUS,
    purposes: { payment: { validityMs: VALIDITY_MS } },
  });
  const { sql } = engine.store;
  const { keys } = worldConfig();
  await using smsc = await openSmsc({ port: 0, accounts: [{ systemId: 'slow', password: 'secret' }] });
  const cards = Array.from({ length: CALLERS }, (_, n) => cardOf(n));
  await using host = await openBankHost({ port: 0, cards, lateMs: 1_500 });
  const saved = await saveBank(sql, { id: 'acme-bank', url: host.url('timeoutMs=1000&connections=2') });
  assert(saved.ok, saved.ok ? '' : saved.detail);
  assert((await addRoute(sql, { bankId: 'acme-bank', digits: '4' }, Date.now(), systemRandom)).ok);
  const payers = await makePayers(sql, keys, engine.tenantId, CALLERS);
  const port = await freePort();
  await using server = createServerChild({ folder: engine.folder, port, smpp: smsc.url() });
  const callers = createPaymentCallers({
    url: `http://127.0.0.1:${port}`,
    apiKey: engine.apiKey,
    payers,
    random,
  });
  smsc.onMessage(callers.receive);
  await server.start();
  callers.start();
  await t.test(`${ROUNDS} rounds`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const behaviour = MISBEHAVIOURS[Math.floor(random() * MISBEHAVIOURS.length)] ?? 'well';
      const mti = ['01', '02', '04'][Math.floor(random() * 3)] ?? '01';
      host.behave({ behaviour, mti, times: 1 + Math.floor(random() * 4) });
      host.behave({ behaviour: { code: '51' }, mti: QUESTIONS[round % 2] ?? '0100', times: 1 });
      // However slow the machine is, some payments come to their end in each round, and others do not.
      await untilCompleted(callers, 1 + Math.floor(random() * 8));
      await sleep(random() * 500);
      assert.equal(server.crashes(), 0, server.complaints.join('\n'));
      assert(callers.inFlight() >= IN_FLIGHT * 0.8, 'about 200 payments were in flight');
      await server.kill();
      await server.start();
    }
  });
  await callers.stop();
  host.behaveWell();
  console.log('payments:', JSON.stringify(callers.tally));
  await t.test('everything ends', async () => {
    await untilSettled(engine, UNDER_WAY);
    // What a slow process may still ask of a bank is looked for half an hour long; nobody waits for that
    // here.
    await engine.store.sql.unsafe(
      `create or replace function clock_now() returns timestamptz language sql stable parallel safe
       return now() + interval '45 minutes'`,
    );
    await untilSettled(engine, [...UNDER_WAY, 'loose', 'created']);
  });
  await t.test('I1 to I8: no debit is lost, none is made twice, and the bank sees what we see', async () => {
    const config = worldConfig();
    const logKeys = await openLogKeysOf(config, logOriginOf(config));
    await checkInvariants({ database: engine, server: { logKeys } });
    await assertSameView({ database: engine, host });
    await checkTold(engine, callers.told);
    assert.deepEqual(callers.faults, [], 'every answer was one that a client can understand');
    assert(callers.tally.completed >= ROUNDS, 'payments were completed');
  });
  console.log(`server complaints: ${server.complaints.length}`, server.complaints.slice(0, 5));
});

async function untilCompleted({ tally }: PaymentCallers, more: number): Promise<void> {
  const target = tally.completed + more;
  const untilMs = performance.now() + ROUND_MAX_MS;
  while (tally.completed < target && performance.now() < untilMs) await sleep(20);
}

const UNDER_WAY = ['payment', 'exchange', 'refund', 'dispatch'] as const;
type Kind = (typeof UNDER_WAY)[number] | 'loose' | 'created';

/** Authorised payments wait for their merchants for a week; everything else comes to its end by itself. */
async function untilSettled({ store: { sql } }: Engine, kinds: readonly Kind[]): Promise<void> {
  const untilMs = performance.now() + SETTLE_MAX_MS;
  for (;;) {
    const all = await sql<{ kind: Kind; what: string; count: number }[]>`
      select 'payment' as kind, state as what, count(*)::int as count from payment
      where state in ('authorising', 'confirming', 'executing') group by state
      union all
      select 'created', state, count(*)::int from payment where state = 'created' group by state
      union all
      select 'exchange', kind || ' ' || state, count(*)::int from bank_exchange
      where state in ('asked', 'queued', 'leased') group by kind, state
      union all
      select 'refund', state, count(*)::int from payment_refund where state = 'asked' group by state
      union all
      select 'loose', kind, count(*)::int from payment_loose group by kind
      union all
      select 'dispatch', state, count(*)::int from dispatch where state in ('queued', 'leased') group by state`;
    const open = all.filter(({ kind }) => kinds.includes(kind));
    if (open.length === 0) return;
    assert(performance.now() < untilMs, `I7: these did not end: ${JSON.stringify(open)}`);
    await sleep(500);
  }
}

/** I3: what a merchant was told is so for ever. */
async function checkTold(
  { store: { sql } }: Engine,
  told: ReadonlyMap<string, { readonly state: string; readonly completed: string | null }>,
): Promise<void> {
  const rows = await sql<{ id: string; state: string; completed: bigint | null; currency: string }[]>`
    select id, state, completed, currency from payment`;
  const found = new Map(rows.map((row) => [row.id, row]));
  for (const [id, { state, completed }] of told) {
    const row = found.get(id);
    assert.equal(row?.state, state, `I3: ${id} was said to be ${state}`);
    const { completed: minor, currency } = must(row, `I3: ${id} is there`);
    const amount = minor === null ? null : formatAmount({ minor, currency });
    assert.equal(amount, completed, `I3: ${id} was completed with another amount`);
  }
}
