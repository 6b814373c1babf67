import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GENEROUS, openWorld } from './world.ts';

const TRANSFER = {
  purpose: 'transfer',
  amount: { value: '312.40', currency: 'EUR' },
  payee: { name: 'Acme' },
};

test('P1 to P7: a transfer is opened, its code goes out over SMPP with the act in clear, and comes back once', async () => {
  await using world = await openWorld({
    policy: { ...GENEROUS, purposes: { transfer: { callerAddress: true } } },
  });
  const subscriber = { address: { channel: 'sms', value: '+33 6 12 34 56 78' } };
  const arriving = world.handsets.next('+33612345678');
  const opened = await world.call('POST', '/v1/confirmations', { subscriber, act: TRANSFER });
  assert.equal(opened.status, 201, opened.text);
  const message = await arriving;
  assert.match(message.text, /EUR 312\.40/);
  assert.match(message.text, /Acme/);
  const code = world.handsets.lastCode('+33612345678');
  assert.match(message.text, new RegExp(`@bank\\.example #${code}$`));
  const { secret } = opened.body['session'] as { secret: string };
  const path = `/v1/confirmations/${String(opened.body['id'])}`;
  const verified = await world.call('POST', `${path}/verification`, { code, session: secret });
  assert.deepEqual([verified.status, verified.body['state']], [200, 'confirmed'], verified.text);
  const again = await world.call('POST', `${path}/verification`, { code, session: secret });
  assert.deepEqual([again.status, again.body['type']], [409, '/problems/ended']);
  const seen = await world.call('GET', path);
  assert.equal(seen.body['state'], 'confirmed');
  assert.equal(seen.body['sentTo'], '+33 6 •• •• •• 78');
});
