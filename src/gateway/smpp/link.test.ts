/** What becomes of a bind: the link against the simulated operator, over real TCP and TLS on loopback. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createMemoryLog, FAST, openPair, outageOf, readUrl, TO, until } from '../../../test/smpp-pair.ts';
import { sleep } from '../../std/timer.ts';
import { createSmppChannel } from './channel.ts';

const FIXTURES = new URL('../../../test/fixtures/', import.meta.url);

test('no more than the window is without an answer', async () => {
  await using pair = await openPair({ query: 'window=5', timing: { waitMaxMs: 20_000 } });
  pair.smsc.delay(10);
  let answered = 0;
  let most = 0;
  pair.smsc.onMessage(() => {
    most = Math.max(most, pair.smsc.counts.taken - answered);
  });
  const deliveries = Array.from({ length: 40 }, async () => {
    const delivery = await pair.deliver('x');
    answered++;
    return delivery.outcome;
  });
  assert.deepEqual(new Set(await Promise.all(deliveries)), new Set(['accepted']));
  assert.equal(most, 5);
});

test('down is an Outage at once, up again is found without help', async () => {
  await using pair = await openPair();
  await pair.deliver('x');
  await pair.smsc.down();
  await until('down is noticed', () => !pair.channel.isUp());
  assert.match((await outageOf(pair.deliver('y'))).message, /no bind/);
  await pair.smsc.up();
  await until('the bind is up', () => pair.channel.isUp());
  assert.equal((await pair.deliver('z')).outcome, 'accepted');
  assert.deepEqual(
    pair.messages.map(({ text }) => text),
    ['x', 'z'],
  );
});

test('a half-open connection is found by enquire_link, cut and replaced', async () => {
  const timing = { responseTimeoutMs: 400, enquireLinkMs: 100, enquireTimeoutMs: 100, connectTimeoutMs: 300 };
  await using pair = await openPair({ timing });
  await pair.deliver('x');
  pair.smsc.halfOpen(true);
  assert.equal((await pair.deliver('y')).outcome, 'unknown');
  await until('the link is given up', () => !pair.channel.isUp());
  assert.match(pair.log(), /half open/);
  pair.smsc.halfOpen(false);
  await until('the link is back', () => pair.channel.isUp());
  assert.equal((await pair.deliver('z')).outcome, 'accepted');
});

test('disposing waits for answers, unbinds, and refuses what comes after', async () => {
  await using pair = await openPair({ query: 'binds=2' });
  await until('both binds are up', () => pair.smsc.binds === 2);
  pair.smsc.delay(100);
  const deliveries = Array.from({ length: 10 }, () => pair.deliver('x'));
  await until('all are taken', () => pair.smsc.counts.taken === 10);
  await pair.channel[Symbol.asyncDispose]();
  for (const delivery of await Promise.all(deliveries)) assert.equal(delivery.outcome, 'accepted');
  await until('the operator has no bind', () => pair.smsc.binds === 0);
  assert.match((await outageOf(pair.deliver('y'))).message, /closed/);
});

test('either side may ask enquire_link, and the operator may leave and be found again', async () => {
  await using pair = await openPair({ timing: { enquireLinkMs: 40 } });
  await pair.deliver('x');
  assert.equal(await pair.smsc.enquire(), true);
  await sleep(200);
  assert.equal(pair.channel.isUp(), true);
  pair.smsc.unbindAll();
  await until('the bind is gone and back', () => pair.log().split('smpp bind is up').length === 3);
  assert.equal((await pair.deliver('y')).outcome, 'accepted');
});

test('an operator that has forgotten the bind is bound to again', async () => {
  await using pair = await openPair();
  await pair.deliver('x');
  pair.smsc.refuse(TO, 'ESME_RINVBNDSTS');
  assert.match((await outageOf(pair.deliver('y'))).message, /ESME_RINVBNDSTS/);
  assert.equal(pair.channel.isUp(), false);
  pair.smsc.refuse(TO, 'ESME_ROK');
  await until('a new bind', () => pair.channel.isUp());
  assert.equal((await pair.deliver('z')).outcome, 'accepted');
  assert.equal(pair.log().split('smpp bind is up').length, 3);
});

test('a refused bind is tried again and again; S8: the log names the status, never the password', async () => {
  await using pair = await openPair({ smsc: { accounts: [{ systemId: 'gate', password: 'other' }] } });
  const url = readUrl(pair.smsc.url().replace(':other@', ':hunter22@'));
  const { log, text } = createMemoryLog();
  await using channel = createSmppChannel({ urls: [url], log, timing: FAST });
  await until('it was tried twice', () => text().split('ESME_RINVPASWD').length > 2);
  assert.equal(channel.isUp(), false);
  assert.ok(!text().includes('hunter22'));
});

test('over TLS, with the operator’s certificate only', async () => {
  const key = readFileSync(new URL('smsc-key.pem', FIXTURES), 'utf8');
  const cert = readFileSync(new URL('smsc-cert.pem', FIXTURES), 'utf8');
  await using pair = await openPair({ smsc: { tls: { key, cert } }, channel: { ca: cert } });
  assert.equal((await pair.deliver('x')).outcome, 'accepted');
  await using untrusting = await openPair({ smsc: { tls: { key, cert } } });
  assert.match((await outageOf(untrusting.deliver('x'))).message, /no bind/);
  await until('the reason is logged', () => /self-signed certificate/.test(untrusting.log()));
  assert.equal(untrusting.messages.length, 0);
});

test('S20: an operator that speaks something else is hung up on, with the reason in the log', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on('error', () => undefined).resume();
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { log, text } = createMemoryLog();
  const urls = [readUrl(`smpp://gate:secret@127.0.0.1:${port}`)];
  {
    await using channel = createSmppChannel({
      urls,
      log,
      timing: FAST,
    });
    await until('it tries again', () => connections >= 3);
    const message = { dispatchId: 'dsp_1', to: TO, text: 'x', validityMs: 1000 };
    await outageOf(channel.deliver(message, new AbortController().signal));
  }
  assert.match(text(), /command_length is 1213486160/);
  await new Promise((resolve) => server.close(resolve));
});
