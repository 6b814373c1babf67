/**
 * Payments where one process is not the whole server (P11): the process that takes the code is another than
 * the one that sends it, says advices to banks and finishes what is due; webhooks tell it to the merchant.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openServer } from '../src/main.ts';
import { createLog } from '../src/std/log.ts';
import { FAST_BANK, FAST_LINK } from './bank-pair.ts';
import { addClient, numberOf, verify } from './security-kit.ts';
import {
  addPerson,
  ask,
  beginWithCode,
  bring,
  checkPayments,
  euros,
  look,
  openPaymentWorld,
  storyOf,
  untilQuiet,
  untilState,
} from './payment-kit.ts';
import { openReceiver } from './webhook-receiver.ts';

test('P11: the role api alone takes payments, and the others do what is due', async () => {
  await using world = await openPaymentWorld({ world: { roles: ['api', 'gateway', 'log'] } });
  const { payment } = await ask(world);
  assert.equal((await bring(world, await beginWithCode(world, payment.id))).status, 200);
  assert.equal((await look(world, payment.id)).state, 'completed');
  assert.equal(world.host.books.entries()[0]?.state, 'authorised', 'nobody says advices yet');
  await using jobs = await openServer({
    config: world.config,
    database: world.database.address,
    roles: ['jobs'],
    log: createLog({ level: 'silent' }),
    channels: [],
    bank: { timing: FAST_BANK, linkTiming: FAST_LINK },
  });
  assert.equal(jobs.http, null);
  await untilQuiet(world);
  assert.equal(world.host.books.entries()[0]?.state, 'captured');
  // A confirmation that ends in the process of the jobs ends its payment there.
  const late = await ask(world);
  await beginWithCode(world, late.payment.id);
  await world.database.advanceClock(3_600_000);
  await untilState(world, late.payment.id, 'refused');
  assert.deepEqual(await storyOf(world, late.payment.id), ['Created', 'Begun', 'Asked', 'Refused']);
  await checkPayments(world);
});

test('webhooks tell the merchant each state of a payment, with the amounts and nothing of the payer', async () => {
  await using receiver = await openReceiver();
  await using world = await openPaymentWorld({
    world: { environment: { ALLOW_PRIVATE_ADDRESSES: 'true' } },
  });
  const made = await world.call(
    'POST',
    '/v1/webhook-endpoints',
    { url: receiver.url, types: ['payment.*'] },
    { authorization: `Bearer ${world.adminKey}` },
  );
  assert.equal(made.status, 201, made.text);
  const { payment } = await ask(world);
  assert.equal((await bring(world, await beginWithCode(world, payment.id))).status, 200);
  assert.ok((await world.server.payments.refund(world.caller, payment.id, null)).ok);
  const received = await receiver.waitFor(4);
  assert.deepEqual(
    received.map(({ event }) => event.type).toSorted((a, b) => a.localeCompare(b)),
    ['payment.completed', 'payment.confirming', 'payment.created', 'payment.refunded'],
  );
  const amount = { value: '312.40', currency: 'EUR' };
  const told = received.find(({ event }) => event.type === 'payment.refunded')?.event.data;
  assert.deepEqual(
    [told?.['payment'], told?.['state'], told?.['refunded'], told?.['refund'], told?.['reference']],
    [payment.id, 'completed', amount, amount, 'order-7'],
  );
  for (const { body } of received) assert.doesNotMatch(body, /\+33|612345678|alice/);
  await checkPayments(world);
});

test('I2: thirty people pay two merchants at once, and each pays once', async () => {
  await using world = await openPaymentWorld();
  const { clientId, key } = await addClient(world);
  const keys = new Map([
    [world.clientId, world.apiKey],
    [clientId, key],
  ]);
  const callers = [world.caller, { tenantId: world.tenantId, clientId }];
  const people = await Promise.all(
    Array.from({ length: 30 }, async (_, n) => {
      const number = numberOf(n);
      return {
        number,
        id: await addPerson(world, `person-${n}`, number),
        caller: callers[n % 2] ?? world.caller,
      };
    }),
  );
  const capture = (n: number) => (n % 3 === 0 ? 'manual' : 'automatic');
  const bankAsked = (n: number) => (n % 5 === 0 ? 'after' : 'before');
  await Promise.all(
    people.map(async ({ number, id: subscriberId, caller }, n) => {
      const own = { ...world, caller };
      const amount = euros(BigInt(1_000 + n));
      const payer = { subscriberId };
      const { payment } = await ask(own, { payer, amount, capture: capture(n), bankAsked: bankAsked(n) });
      const asked = await beginWithCode(own, payment.id, { number });
      assert.equal((await verify(world, asked, keys.get(caller.clientId))).status, 200);
      if (n % 3 === 0) assert.ok((await world.server.payments.complete(caller, payment.id, null)).ok);
      await untilState(own, payment.id, 'completed');
    }),
  );
  await checkPayments(world);
});
