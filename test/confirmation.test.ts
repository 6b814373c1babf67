import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { verifyReceipt } from '../src/evidence/verify.ts';
import { checkInvariants } from './invariants.ts';
import { GENEROUS, openWorld, type Answer, type World } from './world.ts';

/**
 * The primitive over HTTP, from opening to receipt; every scenario in one world that ends with the
 * invariants.
 */
const TRANSFER = {
  purpose: 'transfer',
  amount: { value: '312.40', currency: 'EUR' },
  payee: { name: 'Acme' },
};
const ACCESS = { purpose: 'access', resource: 'Acme intranet' };

let world: World;
let serial = 0;

before(async () => {
  world = await openWorld({
    policy: {
      ...GENEROUS,
      purposes: {
        transfer: { callerAddress: true, normalUpTo: { EUR: '30.00' } },
        access: { callerAddress: true },
      },
    },
  });
});

after(async () => {
  try {
    await checkInvariants(world);
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

function newNumber(): string {
  return `+3363998${String(1000 + serial++)}`;
}

type Opened = { id: string; secret: string; code: string; number: string; path: string; answer: Answer };

async function open(act: object, more: object = {}, number = newNumber()): Promise<Opened> {
  const arriving = world.handsets.next(number);
  const subscriber = { address: { channel: 'sms', value: number } };
  const answer = await world.call('POST', '/v1/confirmations', { subscriber, act, ...more });
  assert.equal(answer.status, 201, answer.text);
  await arriving;
  const { secret } = answer.body['session'] as { secret: string };
  const id = String(answer.body['id']);
  return { id, secret, number, path: `/v1/confirmations/${id}`, code: lastCode(number), answer };
}

function lastCode(number: string): string {
  const code = world.handsets.lastCode(number);
  assert.ok(code, 'a code arrived');
  return code;
}

function bring(opened: Opened, code: string, session = opened.secret): Promise<Answer> {
  return world.call('POST', `${opened.path}/verification`, { code, session });
}

async function receiptOf(opened: Opened): Promise<Answer> {
  for (let tries = 0; ; tries++) {
    const receipt = await world.call('GET', `${opened.path}/receipt`);
    if (receipt.status !== 409 || tries > 50) return receipt;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('P1 to P7, M1: the code goes out with the act in clear, comes back once, and the receipt is verified offline', async () => {
  const opened = await open(TRANSFER);
  const text = world.handsets.messages(opened.number).at(-1)?.text ?? '';
  assert.match(text, /EUR 312\.40/);
  assert.match(text, /Acme/);
  assert.match(text, new RegExp(`@bank\\.example #${opened.code}$`));
  const verified = await bring(opened, opened.code);
  assert.deepEqual([verified.status, verified.body['state']], [200, 'confirmed'], verified.text);
  const again = await bring(opened, opened.code);
  assert.deepEqual([again.status, again.body['type']], [409, '/problems/ended']);
  const seen = await world.call('GET', opened.path);
  assert.equal(seen.body['state'], 'confirmed');
  assert.match(String(seen.body['sentTo']), /^\+33 6 •• •• •• \d\d$/);

  const receipt = await receiptOf(opened);
  assert.equal(receipt.status, 200, receipt.text);
  assert.ok(!receipt.text.includes(opened.code), 'a receipt holds no code');
  const key = await (await fetch(`${world.url}/log/key`)).text();
  const verification = await verifyReceipt(receipt.text, { trustedKeys: key.trim().split('\n') });
  assert.ok(verification.ok, JSON.stringify(verification.lines));
  const types = verification.records.map(({ entry }) => entry.type);
  assert.ok(types.includes('ConfirmationOpened') && types.includes('DispatchAccepted'));
  const ending = verification.records.find(({ entry }) => entry.type === 'ConfirmationConfirmed');
  assert.deepEqual(ending?.opened['act'], TRANSFER);
  const altered = await verifyReceipt(receipt.text.replaceAll('312.40', '912.40'));
  assert.ok(!altered.ok, 'an altered act does not verify');
});

test('A1: access is asked with six digits by default', async () => {
  const opened = await open(ACCESS);
  assert.match(opened.code, /^\d{6}$/);
  assert.equal((await bring(opened, opened.code)).status, 200);
});

test('P10: an act within the limit is normal, confirmed at once, and its evidence says why', async () => {
  const number = newNumber();
  const small = { ...TRANSFER, amount: { value: '30.00', currency: 'EUR' } };
  const subscriber = await world.call(
    'POST',
    '/v1/subscribers',
    {
      identifiers: [{ kind: 'username', value: 'carol' }],
      addresses: [{ channel: 'sms', value: number, vouched: true }],
    },
    { authorization: `Bearer ${world.adminKey}` },
  );
  assert.equal(subscriber.status, 201, subscriber.text);
  const answer = await world.call('POST', '/v1/confirmations', {
    subscriber: { identifier: { value: 'Carol' } },
    act: small,
  });
  assert.deepEqual(
    [answer.status, answer.body['state'], answer.body['reason']],
    [201, 'confirmed', 'within_limit'],
  );
  assert.equal(answer.body['sentTo'], null);
  assert.deepEqual(world.handsets.messages(number), []);
});

test('P3: an identifier resolves to the address in the directory, and an unknown one is refused', async () => {
  const number = newNumber();
  const made = await world.call(
    'POST',
    '/v1/subscribers',
    {
      language: 'fr',
      identifiers: [{ kind: 'subscriber_number', value: '4711' }],
      addresses: [{ channel: 'sms', value: number, vouched: true }],
    },
    { authorization: `Bearer ${world.adminKey}` },
  );
  assert.equal(made.status, 201, made.text);
  const arriving = world.handsets.next(number);
  const subscriber = { identifier: { value: '4711' } };
  const answer = await world.call('POST', '/v1/confirmations', { subscriber, act: TRANSFER });
  assert.equal(answer.status, 201, answer.text);
  assert.match((await arriving).text, /312,40/, "the text is in the subscriber's language");
  const nobody = await world.call('POST', '/v1/confirmations', {
    subscriber: { identifier: { value: '4712' } },
    act: TRANSFER,
  });
  assert.deepEqual([nobody.status, nobody.body['type']], [422, '/problems/unknown_subscriber']);
});

test('P7: a resend makes the old code worthless, a cancel ends it, and both are recorded', async () => {
  const opened = await open(TRANSFER);
  const arriving = world.handsets.next(opened.number);
  const resent = await world.call('POST', `${opened.path}/resend`, { session: opened.secret });
  assert.equal(resent.status, 200, resent.text);
  await arriving;
  const fresh = lastCode(opened.number);
  assert.notEqual(fresh, opened.code);
  assert.equal((await bring(opened, opened.code)).body['type'], '/problems/refused');
  const cancelled = await world.call('POST', `${opened.path}/cancellation`, { reason: 'not_me' });
  assert.deepEqual([cancelled.status, cancelled.body['reason']], [200, 'not_me']);
  assert.equal((await bring(opened, fresh)).body['type'], '/problems/ended');
});

test('P7: connected mode demands a live connection from opening to checking', async () => {
  const alone = await open(TRANSFER, { connected: true });
  await world.database.advanceClock(16_000);
  // The sweep may have ended it first; either way the right code is of no use.
  const late = String((await bring(alone, alone.code)).body['type']);
  assert.match(late, /^\/problems\/(refused|ended)$/, 'nobody was connected');

  const opened = await open(TRANSFER, { connected: true });
  const leaving = new AbortController();
  const stream = await fetch(`${world.url}${opened.path}/events`, {
    headers: { authorization: `Bearer ${world.apiKey}`, 'countersign-session': opened.secret },
    signal: leaving.signal,
  });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader);
  const first = await reader.read();
  assert.match(first.value ?? '', /event: state/);
  assert.equal((await bring(opened, opened.code)).status, 200);
  let events = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) events += part.value;
  assert.match(events, /"state":"confirmed"/);
  leaving.abort();
});

test('S11: an address is bound by a code, and a change is approved on the one in use', async () => {
  const [first, second] = [newNumber(), newNumber()];
  const made = await world.call('POST', '/v1/subscribers', {
    identifiers: [{ kind: 'username', value: 'dora' }],
    addresses: [{ channel: 'sms', value: first }],
  });
  assert.equal(made.status, 201, made.text);
  const id = String(made.body['id']);
  const addresses = made.body['addresses'] as { id: string; state: string }[];
  assert.equal(addresses[0]?.state, 'pending');
  const byName = { subscriber: { identifier: { value: 'dora' } }, act: TRANSFER };
  assert.equal(
    (await world.call('POST', '/v1/confirmations', byName)).status,
    422,
    'a pending address gets no codes',
  );

  const bind = async (addressId: string, number: string, body: object) => {
    const arriving = world.handsets.next(number);
    const answer = await world.call('POST', `/v1/subscribers/${id}/addresses/${addressId}/binding`, body);
    assert.equal(answer.status, 201, answer.text);
    await arriving;
    const session = (answer.body['session'] as { secret: string }).secret;
    const verified = await world.call('POST', `/v1/confirmations/${String(answer.body['id'])}/verification`, {
      code: lastCode(number),
      session,
    });
    assert.equal(verified.status, 200, verified.text);
    return answer;
  };
  assert.equal((await bind(addresses[0]?.id ?? '', first, {})).body['step'], 'prove_new_address');
  const added = await world.call('POST', `/v1/subscribers/${id}/addresses`, {
    channel: 'sms',
    value: second,
  });
  assert.equal(added.status, 201, added.text);
  const newId = String(added.body['id']);
  const approval = await bind(newId, first, {});
  assert.equal(approval.body['step'], 'approve_on_old_address');
  const forged = await world.call('POST', `/v1/subscribers/${id}/addresses/${newId}/binding`, {
    approval: approval.body['id'] === 'x' ? 'y' : 'cnf_00000000000000000000000000',
  });
  assert.equal(forged.body['type'], '/problems/approval_invalid');
  assert.equal(
    (await bind(newId, second, { approval: approval.body['id'] })).body['step'],
    'prove_new_address',
  );
  const now = await world.call('GET', `/v1/subscribers/${id}`);
  const states = (now.body['addresses'] as { id: string; state: string }[]).map((address) => [
    address.id,
    address.state,
  ]);
  assert.deepEqual(states, [[newId, 'bound']]);
});

test("S2: a code dies with its time by the database's clock, and the end is recorded", async () => {
  const opened = await open(TRANSFER);
  await world.database.advanceClock(301_000);
  assert.equal((await bring(opened, opened.code)).body['type'], '/problems/ended');
});
