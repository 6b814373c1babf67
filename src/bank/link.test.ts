/** What becomes of a link: against the simulated bank, over real TCP and TLS on loopback. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openBankHost, type BankHost, type BankHostOptions } from '../../sim/bank-host.ts';
import { simCard } from '../../test/bank-pair.ts';
import { createMemoryLog, until } from '../../test/smpp-pair.ts';
import { systemClock } from '../std/clock.ts';
import { sleep } from '../std/timer.ts';
import { textOf, type Message } from './iso8583/message.ts';
import { BankLink, type Answer, type LinkTiming } from './link.ts';
import { parseBankUrl } from './url.ts';

const FIXTURES = new URL('../../test/fixtures/', import.meta.url);
const FAST: Partial<LinkTiming> = { reconnectBaseMs: 20, reconnectMaxMs: 50, waitMaxMs: 5_000 };

type Pair = AsyncDisposable & {
  readonly host: BankHost;
  readonly link: BankLink;
  readonly late: Message[];
  readonly log: () => string;
  readonly ask: (more?: Message['fields']) => Promise<Answer>;
};

function openLink(url: string, options: { timing?: Partial<LinkTiming>; ca?: string } = {}) {
  const parsed = parseBankUrl(url);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.detail);
  const { log, text } = createMemoryLog();
  const late: Message[] = [];
  let stan = 900_000;
  const link = new BankLink({
    url: parsed.value,
    log,
    clock: systemClock,
    nextStan: () => Promise.resolve(String(++stan)),
    onLate: (message) => void late.push(message),
    timing: { ...FAST, ...options.timing },
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  return { link, late, text };
}

async function openPair(
  query = '',
  options: { host?: Partial<BankHostOptions>; timing?: Partial<LinkTiming>; ca?: string } = {},
): Promise<Pair> {
  const host = await openBankHost({ port: 0, cards: [simCard()], ...options.host });
  const { link, late, text } = openLink(host.url(query), options);
  let stan = 0;
  return {
    host,
    link,
    late,
    log: text,
    ask: (more = {}) => link.exchange(request(++stan, more)),
    [Symbol.asyncDispose]: async () => {
      await link[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}

function request(stan: number, more: Message['fields']): Message {
  const number = String(stan).padStart(6, '0');
  return {
    mti: '0100',
    fields: {
      2: '4970101234567890',
      3: '000000',
      4: '000000000100',
      7: '0621120000',
      11: number,
      12: '120000',
      13: '0621',
      14: '3012',
      32: '456789',
      37: `617200${number}`,
      41: 'CSIGN001',
      42: 'COUNTERSIGN    ',
      49: '978',
      ...more,
    },
  };
}

function codeOf(answer: Answer): string | null {
  return answer.kind === 'answered' ? textOf(answer.message, 39) : answer.kind;
}

test('B8: signs on, asks over several connections, and each answer finds its request', async () => {
  await using pair = await openPair('connections=3');
  pair.host.delay(20);
  const answers = await Promise.all(Array.from({ length: 30 }, () => pair.ask()));
  assert.ok(answers.every((answer) => codeOf(answer) === '00'));
  const stans = answers.map((answer) => (answer.kind === 'answered' ? textOf(answer.message, 11) : ''));
  assert.deepEqual(
    stans,
    Array.from({ length: 30 }, (_, i) => String(i + 1).padStart(6, '0')),
  );
  assert.equal(pair.host.counts.signOns, 3);
});

test('no more than the window is without an answer', async () => {
  await using pair = await openPair('window=5');
  pair.host.delay(10);
  let most = 0;
  pair.host.onMessage(
    () => (most = Math.max(most, pair.host.counts.messages + 1 - pair.host.counts.answers)),
  );
  const answers = await Promise.all(Array.from({ length: 40 }, () => pair.ask()));
  assert.ok(answers.every((answer) => codeOf(answer) === '00'));
  // The answer to the sign-on was counted too.
  assert.ok(most <= 6, `${most}`);
});

test('a sign-on that is refused is tried again, and nothing is asked before one is taken', async () => {
  await using pair = await openPair();
  pair.host.answerSignOn('05');
  pair.host.cutAll();
  await until('it was refused twice', () => pair.log().split('the sign-on was refused with 05').length > 2);
  assert.equal((await pair.ask()).kind, 'unsent');
  pair.host.answerSignOn('00');
  await until('it is up', () => pair.link.isUp);
  assert.equal(codeOf(await pair.ask()), '00');
});

test('down is told at once and for certain; up again is found without help', async () => {
  await using pair = await openPair();
  await pair.ask();
  await pair.host.down();
  await until('down is noticed', () => !pair.link.isUp);
  assert.deepEqual(await pair.ask(), { kind: 'unsent', reason: 'no connection is up' });
  await pair.host.up();
  await until('the link is up', () => pair.link.isUp);
  assert.equal(codeOf(await pair.ask()), '00');
});

test('a half-open connection is found by the echo test, cut and replaced', async () => {
  const timing = { echoMs: 100, echoTimeoutMs: 100, connectTimeoutMs: 300 };
  await using pair = await openPair('timeoutMs=400', { timing });
  await pair.ask();
  pair.host.halfOpen(true);
  assert.equal((await pair.ask()).kind, 'lost');
  await until('the link is given up', () => !pair.link.isUp);
  assert.match(pair.log(), /half open/);
  pair.host.halfOpen(false);
  await until('the link is back', () => pair.link.isUp);
  assert.equal(codeOf(await pair.ask()), '00');
});

test('echo tests keep an idle link up, and those of the bank are answered', async () => {
  await using pair = await openPair('', { timing: { echoMs: 30 } });
  await pair.ask();
  const seen: string[] = [];
  pair.host.onMessage((message) => seen.push(`${message.mti} ${textOf(message, 70)} ${textOf(message, 39)}`));
  pair.host.send({ mti: '0800', fields: { 7: '0621120000', 11: '000777', 70: '301' } });
  await until('the bank has its answer', () => seen.includes('0810 301 00'));
  await until('we asked too', () => seen.includes('0800 301 null'));
  await sleep(150);
  assert.equal(pair.link.isUp, true);
});

test('what was asked when the connection went is lost, not unsent', async () => {
  await using pair = await openPair();
  pair.host.behave({ behaviour: 'silent' });
  const asking = pair.ask();
  await until('the bank has it', () => pair.host.counts.messages === 1);
  pair.host.cutAll();
  assert.deepEqual(await asking, { kind: 'lost', reason: 'the connection was lost' });
});

test('S21: an answer that comes too late is handed over once; one that comes twice is counted', async () => {
  await using pair = await openPair('timeoutMs=500', { host: { lateMs: 1_200 } });
  pair.host.behave({ behaviour: 'twice', times: 1 });
  assert.equal(codeOf(await pair.ask()), '00');
  await until('the second is counted', () => pair.link.counts.duplicates === 1);
  pair.host.behave({ behaviour: 'late', times: 1 });
  assert.deepEqual(await pair.ask(), { kind: 'lost', reason: 'no answer within the response timeout' });
  await until('it came late', () => pair.late.length === 1);
  assert.deepEqual([textOf(pair.late[0] ?? request(0, {}), 11), pair.link.counts.late], ['000002', 1]);
});

test('what cannot be written is told with its path, and nothing leaves', async () => {
  await using pair = await openPair();
  const answer = await pair.ask({ 4: '100' });
  assert.deepEqual(answer, { kind: 'unsent', reason: '4: 3 characters of 12' });
  assert.equal((await pair.ask({ 13: undefined })).kind, 'unsent');
  assert.equal(codeOf(await pair.ask()), '00');
  assert.equal(pair.host.counts.messages, 1);
});

test('disposing waits for answers, signs off, and refuses what comes after', async () => {
  await using pair = await openPair('connections=2');
  const networks: (string | null)[] = [];
  pair.host.onMessage((message) => networks.push(textOf(message, 70)));
  await until('both are signed on', () => pair.host.counts.signOns === 2);
  pair.host.delay(100);
  const asking = Array.from({ length: 10 }, () => pair.ask());
  await until('all are there', () => pair.host.counts.messages === 10);
  await pair.link[Symbol.asyncDispose]();
  for (const answer of await Promise.all(asking)) assert.equal(codeOf(answer), '00');
  assert.equal(networks.filter((code) => code === '002').length, 2);
  assert.equal((await pair.ask()).kind, 'unsent');
});

test('over TLS, with the bank’s certificate only', async () => {
  const key = readFileSync(new URL('smsc-key.pem', FIXTURES), 'utf8');
  const cert = readFileSync(new URL('smsc-cert.pem', FIXTURES), 'utf8');
  await using pair = await openPair('', { host: { tls: { key, cert } }, ca: cert });
  assert.equal(codeOf(await pair.ask()), '00');
  await using untrusting = await openPair('', { host: { tls: { key, cert } } });
  assert.equal((await untrusting.ask()).kind, 'unsent');
  await until('the reason is logged', () => /self-signed certificate/.test(untrusting.log()));
});

test('S20: a host that speaks something else is hung up on, with the reason in the log', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on('error', () => undefined).resume();
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `iso8583://127.0.0.1:${port}?header=4&acquirer=1&terminal=T`;
  {
    const opened = openLink(url);
    await using _ = opened.link;
    await until('it tries again', () => connections >= 3);
    assert.match(opened.text(), /the length in front of a message is no number/);
  }
  await new Promise((resolve) => server.close(resolve));
});
