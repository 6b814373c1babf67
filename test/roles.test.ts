import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmppChannel } from '../src/gateway/smpp/channel.ts';
import { parseSmppUrl } from '../src/gateway/smpp/url.ts';
import { openServer } from '../src/main.ts';
import { createLog } from '../src/std/log.ts';
import { checkInvariants } from './invariants.ts';
import { GENEROUS, openWorld } from './world.ts';

const ACT = { purpose: 'transfer', amount: { value: '312.40', currency: 'EUR' }, payee: { name: 'Acme' } };

test('P11: information server, message server and record keeper work as separate servers over one database', async () => {
  await using world = await openWorld({
    roles: ['api', 'jobs'],
    policy: { ...GENEROUS, purposes: { transfer: { callerAddress: true } } },
  });
  const url = parseSmppUrl(`smpp://world:secret@127.0.0.1:${world.smsc.port}`);
  assert.ok(url.ok);
  const log = createLog({ level: 'silent' });
  const shared = { config: world.config, database: world.database.address, log };
  await using gateway = await openServer({
    ...shared,
    roles: ['gateway'],
    channels: [createSmppChannel({ urls: [url.value], log })],
  });
  await using keeper = await openServer({ ...shared, roles: ['log'], channels: [] });
  assert.equal(gateway.http, null);
  assert.equal(keeper.http, null);

  const number = '+33639981234';
  const arriving = world.handsets.next(number);
  const opened = await world.call('POST', '/v1/confirmations', {
    subscriber: { address: { channel: 'sms', value: number } },
    act: ACT,
  });
  assert.equal(opened.status, 201, opened.text);
  await arriving;
  const { secret } = opened.body['session'] as { secret: string };
  const path = `/v1/confirmations/${String(opened.body['id'])}`;
  const code = world.handsets.lastCode(number);
  const verified = await world.call('POST', `${path}/verification`, { code, session: secret });
  assert.equal(verified.status, 200, verified.text);
  await checkInvariants(world, new Map([[String(opened.body['id']), 'confirmed']]));
});
