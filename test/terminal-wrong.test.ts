/** What goes wrong with a terminal: undone sales, dead processes, other merchants, odd messages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf, textOf, type Message, type Value } from '../src/bank/iso8583/message.ts';
import { transmissionTime } from '../src/bank/number.ts';
import { must } from '../src/std/assert.ts';
import { sleep } from '../src/std/timer.ts';
import type { DeviceLine } from '../sim/terminal-line.ts';
import { seeded } from './iso8583.ts';
import { ALICE_NUMBER, ALICE_PAN, EUR_312, euros, look, untilQuiet } from './payment-kit.ts';
import { addClient, nextCode } from './security-kit.ts';
import { aliceLeftMinor, openSharedCounter, CHIP, deviceOf, sell, TERMINAL } from './terminal-kit.ts';

const world = await openSharedCounter();
const leftMinor = (): bigint => aliceLeftMinor(world);

test('a reversal before the code gives the money back; the code is worth nothing then', async () => {
  const before = leftMinor();
  const asked = await sell(world);
  assert.ok(await world.device.undo());
  assert.ok(await world.device.undo(), 'said again it is the same');
  assert.equal((await world.device.bringCode(asked.reference, asked.sms, EUR_312)).code, '17');
  assert.equal((await look(world, asked.reference)).state, 'cancelled');
  await untilQuiet(world);
  assert.equal(leftMinor(), before);
});

test('a reversal after the payment refunds all of it, once', async () => {
  const before = leftMinor();
  const asked = await sell(world);
  assert.equal((await world.device.bringCode(asked.reference, asked.sms, EUR_312)).code, '00');
  await untilQuiet(world);
  assert.ok(await world.device.undo());
  assert.ok(await world.device.undo());
  const view = await look(world, asked.reference);
  assert.equal(view.refunded.minor, EUR_312.minor);
  await untilQuiet(world);
  assert.equal(leftMinor(), before);
});

test('S21: a sale that is reversed while it is worked on undoes itself', async () => {
  const before = leftMinor();
  world.host.delay(700);
  const selling = world.device.sell(EUR_312, CHIP);
  await sleep(200);
  assert.ok(await world.device.undo(world.openLine()));
  assert.equal((await selling).code, '17');
  world.host.delay(0);
  await untilQuiet(world);
  assert.equal(leftMinor(), before);
});

test('S21: a sale that comes after its reversal, or under a number that was used, is refused', async () => {
  const before = leftMinor();
  const line = world.openLine();
  const stan = line.nextStan();
  const common = { 3: '000000', 4: '000000001000', 7: transmissionTime(Date.now()), 49: '978' };
  const own = { ...common, 12: '120000', 13: '0101', 41: TERMINAL.code, 42: TERMINAL.merchant.padEnd(15) };
  const original = {
    mti: '0200',
    stan,
    sentAt: common[7],
    acquirer: '0'.repeat(11),
    forwarder: '0'.repeat(11),
  };
  const reversal = { mti: '0400', fields: { ...own, 11: line.nextStan(), 90: original } };
  const sale = { ...own, 2: ALICE_PAN, 14: '3012', 22: '012' };
  const codeOf = async (message: Message): Promise<string | null> => {
    const answer = await line.ask(message);
    return answer && textOf(answer, 39);
  };
  assert.equal(await codeOf(reversal), '00');
  assert.equal(await codeOf({ mti: '0200', fields: { ...sale, 11: stan } }), '17');
  assert.equal(await codeOf({ mti: '0401', fields: reversal.fields }), '00');
  const next = line.nextStan();
  assert.equal(await codeOf({ mti: '0200', fields: { ...sale, 11: next } }), '1A');
  assert.equal(await codeOf({ mti: '0201', fields: { ...sale, 11: next, 4: '000000000001' } }), '94');
  assert.equal(await codeOf({ mti: '0201', fields: { ...sale, 11: next } }), '1A');
  assert.equal(
    await codeOf({ mti: '0200', fields: { ...sale, 11: line.nextStan(), 42: 'OTHER          ' } }),
    '03',
  );
  const last = { ...reversal.fields, 11: line.nextStan(), 90: { ...original, stan: next } };
  assert.equal(await codeOf({ mti: '0400', fields: last }), '00');
  await untilQuiet(world);
  assert.equal(leftMinor(), before);
});

test('two sales at once on two lines are two payments, each with its own code', async () => {
  const devices = [deviceOf(world.openLine()), deviceOf(world.openLine())];
  const [first, second] = await Promise.all(devices.map((device) => device.sell(euros(500n), CHIP)));
  assert.deepEqual([first?.code, second?.code], ['1A', '1A']);
  assert.notEqual(first?.elements['10'], second?.elements['10']);
  for (const device of devices) assert.ok(await device.undo());
});

test('S14: a terminal of another merchant knows nothing of a payment; a disabled one sells nothing, but may undo', async () => {
  const asked = await sell(world);
  const { sql } = world.database.store;
  await sql`update terminal set disabled_at = clock_now() where id = ${world.terminalId}`;
  assert.equal((await world.device.bringCode(asked.reference, asked.sms, EUR_312)).code, '58');
  assert.ok(await world.device.undo());
  await sql`update terminal set disabled_at = null where id = ${world.terminalId}`;
  const { clientId } = await addClient(world);
  const made = await world.call(
    'POST',
    '/v1/terminals',
    { code: 'SHOP0099', clientId, merchant: TERMINAL.merchant, name: 'Other shop' },
    { authorization: `Bearer ${world.adminKey}` },
  );
  assert.equal(made.status, 201, made.text);
  const line = world.openLine(Buffer.from(String(made.body['key']), 'hex'), 'SHOP0099');
  const other = deviceOf(line, 'SHOP0099');
  const open = await sell(world);
  assert.equal((await other.bringCode(open.reference, open.sms, EUR_312)).code, '25');
  assert.equal((await world.device.bringCode(open.reference, open.sms, EUR_312)).code, '00');
});

test('S8: no card number, track, PIN block or code is in what is kept of messages', async () => {
  const rows = await world.database.store.sql<{ text: string }[]>`
    select row_to_json(e)::text as text from terminal_exchange as e`;
  assert.ok(rows.length > 10);
  for (const { text } of rows) assert.ok(!text.includes(ALICE_PAN) && !text.includes('=3012'));
});

test('a process that died while it worked on a sale took nothing: the sale is undone, its code is worth nothing', async () => {
  const before = leftMinor();
  const { sql } = world.database.store;
  const line = world.openLine();
  const arriving = nextCode(world, ALICE_NUMBER);
  const own = { 41: TERMINAL.code, 42: TERMINAL.merchant.padEnd(15), 12: '120000', 13: '0101' };
  const sale = {
    3: '000000',
    4: '000000001000',
    7: transmissionTime(Date.now()),
    11: line.nextStan(),
    49: '978',
  };
  const fields = { ...sale, ...own, 2: ALICE_PAN, 14: '3012', 22: '012' };
  const asked = must(await line.ask({ mti: '0200', fields }), 'an answer');
  const reference = must(partsOf(asked, 48)?.['10'], 'a reference');
  const code = await arriving;
  // As it stands when the process died after the code was sent and before the answer was written.
  await sql`
    update terminal_exchange set answer = null, session = null, due_at = clock_now() - interval '1 second'
    where payment_id = ${reference} and kind = 'sale'`;
  const again = must(await line.ask({ mti: '0201', fields }), 'an answer');
  assert.equal(textOf(again, 39), '96');
  const brought = { ...sale, ...own, 11: line.nextStan(), 48: { '10': reference, '20': code } };
  const paid = must(await line.ask({ mti: '0200', fields: brought }), 'an answer');
  assert.equal(textOf(paid, 39), '17');
  await untilQuiet(world);
  assert.equal(leftMinor(), before);
});

test('a process that died after a code was right: its repeat is told so, and nothing is paid twice', async () => {
  const before = leftMinor();
  const asked = await sell(world);
  const { sql } = world.database.store;
  const codes: Message[] = [];
  const spied: DeviceLine = {
    ...world.line,
    ask: (message) => (codes.push(message), world.line.ask(message)),
  };
  assert.equal((await deviceOf(spied).bringCode(asked.reference, asked.sms, EUR_312)).code, '00');
  const message = must(codes[0], 'the message with the code');
  await sql`
    update terminal_exchange set answer = null, due_at = clock_now() - interval '1 second'
    where kind = 'code' and stan = ${textOf(message, 11)}`;
  const again = must(await world.line.ask({ ...message, mti: '0201' }), 'an answer');
  assert.equal(textOf(again, 39), '00');
  assert.match(textOf(again, 63) ?? '', /CONFIRMED BY CODE/);
  await untilQuiet(world);
  assert.equal(leftMinor(), before - EUR_312.minor);
});

test('S14: terminals are made by an administrator of their tenant, and their key is told once', async () => {
  const admin = { authorization: `Bearer ${world.adminKey}` };
  const body = { code: 'SHOP0077', clientId: world.clientId, merchant: '4711', name: 'Acme', language: 'fr' };
  assert.equal((await world.call('POST', '/v1/terminals', body)).status, 403);
  const made = await world.call('POST', '/v1/terminals', body, admin);
  assert.equal(made.status, 201, made.text);
  assert.match(String(made.body['key']), /^[0-9a-f]{64}$/);
  assert.equal((await world.call('POST', '/v1/terminals', body, admin)).status, 409);
  const foreign = { ...body, code: 'SHOP0078', clientId: 'cli_00000000000000000000000000' };
  assert.equal((await world.call('POST', '/v1/terminals', foreign, admin)).status, 404);
  assert.equal((await world.call('POST', '/v1/terminals', { ...body, code: 'shop' }, admin)).status, 400);
  const list = await world.call('GET', '/v1/terminals', undefined, admin);
  assert.ok(list.text.includes('SHOP0077') && !list.text.includes(String(made.body['key'])));
  const path = `/v1/terminals/${String(made.body['id'])}/disabling`;
  const disabled = await world.call('POST', path, {}, admin);
  assert.ok(disabled.status === 200 && disabled.body['disabledAt'] !== null, disabled.text);
  const other = await world.call('POST', '/v1/terminals/trm_none/disabling', {}, admin);
  assert.equal(other.status, 404);
});

test('S20: messages that are odd inside and whose MAC is right are answered, and never with a yes', async () => {
  const random = seeded(0x1a);
  const line = world.openLine();
  const before = leftMinor();
  const own = { 41: TERMINAL.code, 42: TERMINAL.merchant.padEnd(15), 12: '120000', 13: '0101' };
  const answers = new Set<string>();
  const common = { 3: '000000', 4: '000000001000', 49: '978', 14: '3012', 22: '012', 2: '5100000000000008' };
  for (let i = 0; i < 150; i++) {
    const fields: Record<number, Value | undefined> = {
      ...own,
      ...common,
      7: transmissionTime(Date.now()),
      11: line.nextStan(),
      48: { '10': 'pay_x', '20': '1' },
    };
    for (let n = 0; n < 3; n++) {
      const numbers = [2, 3, 4, 7, 12, 13, 14, 22, 42, 48, 49];
      fields[must(numbers[random(numbers.length)], 'a field')] = undefined;
    }
    const mti = must(['0200', '0201', '0400', '0100', '0220', '0420'][random(6)], 'a type');
    const answer = await line.ask({ mti, fields });
    assert.ok(answer, `message ${i} had no answer`);
    answers.add(textOf(answer, 39) ?? '');
  }
  assert.ok(!answers.has('00') && !answers.has('1A'), [...answers].join(' '));
  assert.ok(answers.size >= 4, [...answers].join(' '));
  assert.equal(leftMinor(), before);
});
