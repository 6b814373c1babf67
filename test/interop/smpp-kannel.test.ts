/**
 * Kannel's bearerbox and smsbox as the ESME of our simulated operator: two programs that share no code with
 * us.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSmsc, type Smsc, type SmscMessage } from '../../sim/smsc.ts';
import { freePorts } from '../free-port.ts';
import { startPeer, until, type Peer } from './process.ts';

const TO = '+41791234567';

/** Blank lines part the groups; Kannel reads a group to its blank line. */
function configuration(smscPort: number, adminPort: number, boxPort: number, sendPort: number): string {
  return `group = core
admin-port = ${adminPort}
admin-interface = 127.0.0.1
admin-password = admin
smsbox-port = ${boxPort}
smsbox-interface = 127.0.0.1
sms-resend-freq = 1
log-level = 0

group = smsc
smsc = smpp
smsc-id = sim
host = 127.0.0.1
port = ${smscPort}
transceiver-mode = true
smsc-username = gate
smsc-password = secret
system-type = ""
interface-version = 34
enquire-link-interval = 1
reconnect-delay = 1
max-pending-submits = 10

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${sendPort}
sendsms-interface = 127.0.0.1
global-sender = 4711
log-level = 0

group = sendsms-user
username = tester
password = tester
concatenation = true
max-messages = 9
`;
}

type Kannel = AsyncDisposable & {
  readonly bearerbox: Peer;
  /** Asks smsbox to send a text; its receipts come to `dlrUrl`. */
  readonly send: (text: string, dlrUrl: string) => Promise<void>;
};

async function startKannel(smscPort: number): Promise<Kannel> {
  await using starting = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'countersign-kannel-'));
  starting.defer(() => rmSync(folder, { recursive: true, force: true }));
  const [adminPort = 0, boxPort = 0, sendPort = 0] = await freePorts(3);
  const file = join(folder, 'kannel.conf');
  writeFileSync(file, configuration(smscPort, adminPort, boxPort, sendPort));
  const bearerbox = starting.use(startPeer('/usr/sbin/bearerbox', ['-v', '0', file]));
  await until(
    'bearerbox is up',
    () => bearerbox.lines.some((line) => line.includes('Start-up done')),
    bearerbox,
  );
  const smsbox = starting.use(startPeer('/usr/sbin/smsbox', ['-v', '0', file]));
  const heard = (text: string): boolean => smsbox.lines.some((line) => line.includes(text));
  await until('smsbox is up', () => heard('Connected to bearerbox'), smsbox);
  const url = `http://127.0.0.1:${sendPort}/cgi-bin/sendsms`;
  const running = starting.move();
  return {
    bearerbox,
    send: async (text, dlrUrl) => {
      const query = new URLSearchParams({
        username: 'tester',
        password: 'tester',
        to: TO,
        text,
        charset: 'UTF-8',
      });
      query.set('dlr-mask', '3');
      query.set('dlr-url', dlrUrl);
      if (/[\u0400-\u04ff]/.test(text)) query.set('coding', '2');
      const response = await fetch(`${url}?${query}`);
      assert.equal(response.status, 202, await response.text());
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Where Kannel reports what became of a text: 1 is delivered, 2 is not. */
async function openReports(): Promise<AsyncDisposable & { url: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function openOperator(messages: SmscMessage[]): Promise<Smsc> {
  const smsc = await openSmsc({ port: 0, accounts: [{ systemId: 'gate', password: 'secret' }] });
  smsc.onMessage((message) => messages.push(message));
  return smsc;
}

test('Kannel binds to the simulated operator, and its texts arrive whole: GSM, UCS-2, several segments', async () => {
  const messages: SmscMessage[] = [];
  await using smsc = await openOperator(messages);
  await using kannel = await startKannel(smsc.port);
  await using reports = await openReports();
  await until('the bind', () => smsc.binds === 1, kannel.bearerbox);
  const texts = [
    'Pay EUR 312.40 to Acme: {48291377} €',
    'Заказ 312.40 EUR',
    `${'a long text é '.repeat(30)}.`,
    'ж'.repeat(150),
  ];
  for (const text of texts) {
    const before = messages.length;
    await kannel.send(text, `${reports.url}/?state=%d`);
    await until('the text', () => messages.length > before, kannel.bearerbox);
  }
  assert.deepEqual(
    messages.map(({ text }) => text),
    texts,
  );
  assert.deepEqual(
    messages.map(({ segments }) => segments),
    [1, 1, 3, 3],
  );
  assert.deepEqual(new Set(messages.map(({ to }) => to)), new Set([TO]));
  // Of a long text Kannel asks one segment only for its receipt.
  await until('its reports', () => reports.seen.length === texts.length, kannel.bearerbox);
  assert.deepEqual(new Set(reports.seen), new Set(['/?state=1']));
  assert.equal(await smsc.enquire(), true);
});

test('Kannel reads our receipts of failure, waits when throttled, and comes back after the operator was down', async () => {
  const messages: SmscMessage[] = [];
  await using smsc = await openOperator(messages);
  await using kannel = await startKannel(smsc.port);
  await using reports = await openReports();
  await until('the bind', () => smsc.binds === 1, kannel.bearerbox);
  smsc.receiptOutcome(() => 'UNDELIV');
  await kannel.send('lost', `${reports.url}/?state=%d`);
  await until('the failure is reported', () => reports.seen.includes('/?state=2'), kannel.bearerbox);

  smsc.throttle(2);
  for (let i = 0; i < 6; i++) await kannel.send(`throttled ${i}`, `${reports.url}/?state=%d`);
  await until('all texts in the end', () => messages.length === 7, kannel.bearerbox);
  assert.ok(smsc.counts.submits > smsc.counts.taken, 'some were throttled');
  smsc.throttle(Infinity);

  await smsc.down();
  await smsc.up();
  await until('Kannel is back', () => smsc.binds === 1, kannel.bearerbox);
  await kannel.send('again', `${reports.url}/?state=%d`);
  await until('the text after it', () => messages.some(({ text }) => text === 'again'), kannel.bearerbox);
  assert.equal(new Set(messages.map(({ text }) => text)).size, 8);
});
