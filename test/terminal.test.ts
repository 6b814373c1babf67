/** Figure 9 over the line: card in, code to the holder's device, code back over the terminal; and each refusal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../src/std/assert.ts';
import { sleep } from '../src/std/timer.ts';
import { ALICE_NUMBER, aliceCard, ALICE_PAN, EUR_312, euros, look, untilQuiet } from './payment-kit.ts';
import { nextCode } from './security-kit.ts';
import { aliceLeftMinor, openSharedCounter, CHIP, sell, TERMINAL, wrong } from './terminal-kit.ts';

const world = await openSharedCounter();
const leftMinor = (): bigint => aliceLeftMinor(world);

test('B3, fig. 9: the card is read, the holder gets the code on his telephone, the code pays, the ticket is printed', async () => {
  const before = leftMinor();
  const asked = await sell(world);
  assert.match(asked.elements['11'] ?? '', /^\+33 6 \*\* \*\* \*\* 78$/);
  assert.equal(asked.elements['12'], '10');
  assert.equal(leftMinor(), before - EUR_312.minor, 'the bank holds it before any code was sent');
  const paid = await world.device.bringCode(asked.reference, asked.sms, EUR_312);
  assert.equal(paid.code, '00');
  const ticket = paid.ticket.join('\n');
  assert.match(ticket, /Acme Bakery\n +Lyon/);
  assert.match(ticket, /AMOUNT +EUR 312\.40/);
  assert.match(ticket, /CONFIRMED BY CODE/);
  assert.ok(ticket.includes(ALICE_PAN.slice(-4)) && !ticket.includes(ALICE_PAN));
  const view = await look(world, asked.reference);
  assert.equal(view.state, 'completed');
  assert.equal(view.means, 'terminal');
  assert.ok(ticket.includes(must(view.authCode, 'the bank gave a code')));
  await untilQuiet(world);
  const [entry] = world.host.books.entries().slice(-1);
  assert.equal(entry?.state, 'captured');
  assert.equal(entry?.terminal, TERMINAL.code);
});

test('a PIN block and the chip are passed on to the bank unread; a stripe and a keyed card pay as well', async () => {
  const seen: number[][] = [];
  const end = world.host.onMessage((message) => {
    if (message.mti === '0100' && message.fields[4] !== undefined)
      seen.push([52, 55, 35].filter((field) => message.fields[field] !== undefined));
  });
  for (const read of [
    { ...CHIP, pin: '1234' },
    { card: aliceCard(), entry: 'stripe' },
    { card: aliceCard(), entry: 'keyed' },
  ] as const) {
    const asked = await sell(world, world.device, euros(1_000n), read);
    assert.equal((await world.device.bringCode(asked.reference, asked.sms, euros(1_000n))).code, '00');
  }
  end();
  assert.deepEqual(seen, [[52, 55, 35], [35], []]);
});

test('a wrong code is told with the tries that are left; used up, nothing is paid and the bank gives it back', async () => {
  const before = leftMinor();
  const asked = await sell(world);
  const codes: (string | null)[] = [];
  const left: (string | undefined)[] = [];
  for (let i = 0; i < 5; i++) {
    const answer = await world.device.bringCode(asked.reference, wrong(asked.sms), EUR_312);
    codes.push(answer.code);
    left.push(answer.elements['14']);
  }
  assert.deepEqual(codes, ['55', '55', '55', '55', '75']);
  assert.deepEqual(left, ['4', '3', '2', '1', undefined]);
  assert.equal((await world.device.bringCode(asked.reference, asked.sms, EUR_312)).code, '75');
  assert.equal((await look(world, asked.reference)).state, 'refused');
  await untilQuiet(world);
  assert.equal(leftMinor(), before);
  await world.database.store.sql`delete from guard`;
});

test('S6: a code is of one amount: with another nothing is tried, and with the right one it still pays', async () => {
  const asked = await sell(world);
  assert.equal((await world.device.bringCode(asked.reference, asked.sms, euros(31_241n))).code, '64');
  assert.equal((await world.device.bringCode(asked.reference, asked.sms, EUR_312)).code, '00');
});

test('B6: the bank declines before any code; its own no goes to the terminal', async () => {
  const sent = world.handsets.messages(ALICE_NUMBER).length;
  const card = must(world.host.books.card(ALICE_PAN), 'Alice has a card');
  world.host.books.refuseAmount(9_999n, '61');
  assert.equal((await world.device.sell(euros(9_999n), CHIP)).code, '61');
  world.host.books.refuseAmount(9_999n, null);
  assert.equal((await world.device.sell(euros(90_000_000n), CHIP)).code, '51');
  card.refusal = '43';
  assert.equal((await world.device.sell(EUR_312, CHIP)).code, '43');
  card.refusal = null;
  const unknown = { ...aliceCard(), pan: '4970101234567899' };
  assert.equal((await world.device.sell(EUR_312, { card: unknown, entry: 'chip' })).code, '14');
  const nobody = { ...aliceCard(), pan: '5100000000000008' };
  assert.equal((await world.device.sell(EUR_312, { card: nobody, entry: 'chip' })).code, '91');
  await untilQuiet(world);
  assert.equal(world.handsets.messages(ALICE_NUMBER).length, sent);
});

test('S21: a silent bank: no code, nothing debited, what it holds is given back', async () => {
  const before = leftMinor();
  world.host.behave({ behaviour: 'silent', mti: '0100', times: 2 });
  assert.equal((await world.device.sell(EUR_312, CHIP)).code, '91', 'nobody says who holds the card');
  const end = world.host.onMessage((message) => {
    // The holder is told; the question for money gets no answer.
    if (message.fields[4] === undefined) world.host.behave({ behaviour: 'silent', mti: '0100', times: 1 });
  });
  world.host.behaveWell();
  const answer = await world.device.sell(EUR_312, CHIP);
  end();
  assert.ok(answer.code === '91', JSON.stringify(answer));
  await untilQuiet(world);
  assert.equal(leftMinor(), before);
});

test('B3: too late, the code pays nothing', async () => {
  const before = leftMinor();
  const asked = await sell(world);
  await world.database.advanceClock(11 * 60_000);
  assert.equal((await world.device.bringCode(asked.reference, asked.sms, EUR_312)).code, '68');
  for (let i = 0; i < 200 && (await look(world, asked.reference)).state === 'confirming'; i++)
    await sleep(50);
  assert.equal((await look(world, asked.reference)).state, 'refused');
  await untilQuiet(world);
  assert.equal(leftMinor(), before);
});

test('an answer that is lost is asked for again and is the same; the code is not asked for twice', async () => {
  const arriving = nextCode(world, ALICE_NUMBER);
  world.line.loseAnswers(1);
  const selling = world.device.sell(EUR_312, CHIP);
  const sms = await arriving;
  await sleep(300);
  world.line.cut();
  const asked = await selling;
  assert.equal(asked.code, '1A');
  const paying = world.device.bringCode(asked.elements['10'] ?? '', sms, EUR_312);
  assert.equal((await paying).code, '00');
  const again = await world.device.bringCode(asked.elements['10'] ?? '', sms, EUR_312);
  assert.equal(again.code, '00', 'a code that was right is told so again');
  const views = await world.server.payments.list(world.caller, null, 100);
  assert.equal(views.filter(({ id }) => id === asked.elements['10']).length, 1);
});

async function putPolicy(rules: object): Promise<void> {
  const put = await world.call(
    'PUT',
    '/v1/payment-policy',
    { rules },
    { authorization: `Bearer ${world.adminKey}` },
  );
  assert.equal(put.status, 200, put.text);
  await sleep(1_100);
}

test('B5: where policy asks the bank after the code, the terminal waits for it; its no takes nothing', async () => {
  await putPolicy({ bankAsked: 'after' });
  const before = leftMinor();
  const asked = await sell(world);
  assert.equal(leftMinor(), before, 'the bank was not asked for money yet');
  assert.equal((await world.device.bringCode(asked.reference, asked.sms, EUR_312)).code, '00');
  assert.equal(leftMinor(), before - EUR_312.minor);
  const declined = await sell(world, world.device, euros(7_777n));
  world.host.books.refuseAmount(7_777n, '51');
  const answer = await world.device.bringCode(declined.reference, declined.sms, euros(7_777n));
  world.host.books.refuseAmount(7_777n, null);
  assert.equal(answer.code, '05');
  assert.equal(leftMinor(), before - EUR_312.minor);
  await putPolicy({});
});

test('P10: at a terminal the code is always asked for, whatever policy says of remote payments', async () => {
  await putPolicy({ lowValue: { each: { EUR: '30.00' } } });
  const asked = await sell(world, world.device, euros(1_250n));
  assert.equal((await world.device.bringCode(asked.reference, asked.sms, euros(1_250n))).code, '00');
  await putPolicy({});
});
