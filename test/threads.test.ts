import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createHandsets } from '../sim/handset.ts';
import { openSmsc } from '../sim/smsc.ts';
import { createLog } from '../src/std/log.ts';
import { must } from '../src/std/assert.ts';
import { ROLES } from '../src/roles.ts';
import { startThreads } from '../src/threads.ts';
import { openTestDatabase } from './database.ts';
import { callApi, GENEROUS, seed, worldConfig, worldSettings, type Answer } from './world.ts';

/** The server as `countersign serve` opens it where there is more than one core: in two threads (P11). */
const NUMBER = '+33612345678';
const log = createLog({ level: 'silent' });

async function openThreads(more: Record<string, string> = {}) {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await openTestDatabase());
  const handsets = createHandsets();
  const smsc = stack.use(await openSmsc({ port: 0, accounts: [{ systemId: 'world', password: 'secret' }] }));
  smsc.onMessage(handsets.receive);
  const made = await seed(database, { ...GENEROUS, purposes: { access: { callerAddress: true } } });
  const settings = worldSettings({
    SMPP_URL: `smpp://world:secret@127.0.0.1:${smsc.port}`,
    LOG_LEVEL: 'silent',
    ...more,
  });

  const open = (forThread: Record<string, string> = {}) =>
    startThreads(ROLES).open({
      config: worldConfig(settings),
      settings: { ...settings, ...forThread },
      database: database.address,
      log,
    });
  return { open, handsets, smsc, stack, ...made };
}

test('P11: two threads make one server: code, receipt of delivery, evidence, metrics, readiness', async () => {
  const world = await openThreads();
  await using stack = world.stack;
  const server = stack.use(await world.open());
  const base = `http://127.0.0.1:${must(server.http, 'it has the role api').port}`;
  const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
    callApi(`${base}${path}`, method, body, { authorization: `Bearer ${world.apiKey}` });

  const arriving = world.handsets.next(NUMBER);
  const opened = await call('POST', '/v1/confirmations', {
    subscriber: { address: { channel: 'sms', value: NUMBER } },
    act: { purpose: 'access', resource: 'Intranet' },
  });
  assert.equal(opened.status, 201, opened.text);
  await arriving;
  const code = world.handsets.lastCode(NUMBER);
  const { id, session } = opened.body as { id: string; session: { secret: string } };
  const verified = await call('POST', `/v1/confirmations/${id}/verification`, {
    session: session.secret,
    code,
  });
  assert.equal(verified.status, 200, verified.text);

  const receipt = await untilLogged(() => call('GET', `/v1/confirmations/${id}/receipt`));
  const types = JSON.stringify(receipt.body);
  for (const type of ['ConfirmationOpened', 'DispatchAccepted', 'ConfirmationConfirmed'])
    assert.match(types, new RegExp(type));
  assert.deepEqual((await call('GET', '/readyz')).body['status'], 'ready');
  const metrics = (await call('GET', '/metrics')).text;
  assert.match(metrics, /countersign_confirmations_total\{event="confirmed"\} 1\n/);
  assert.match(metrics, /countersign_dispatches_total\{channel="sms",outcome="accepted"\} 1\n/);
});

/** The log takes entries a moment after their commit. */
async function untilLogged(ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await ask();
    const isWhole = answer.status === 200 && answer.text.includes('DispatchAccepted');
    if (isWhole && answer.text.includes('ConfirmationConfirmed')) return answer;
    await setTimeout(50);
  }
  throw new Error('the receipt did not become whole');
}

test('P11: a server whose port is taken says so and leaves no thread behind', async () => {
  await using taken = new AsyncDisposableStack();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  taken.defer(() => void other.close());
  const address = other.address();
  assert.ok(typeof address === 'object' && address !== null);
  const world = await openThreads({ PORT: String(address.port) });
  await using _ = world.stack;
  await assert.rejects(world.open(), /already in use/);
  for (let tries = 0; world.smsc.binds > 0 && tries < 100; tries++) await setTimeout(20);
  assert.equal(world.smsc.binds, 0);
});

test('P11: what keeps the second thread from starting is what the caller is told', async () => {
  const world = await openThreads();
  await using _ = world.stack;
  await assert.rejects(world.open({ COUNTERSIGN_MASTER_KEY: 'none' }), /COUNTERSIGN_MASTER_KEY/);
});
