import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:tls';
import { test } from 'node:test';
import { createMemoryLog } from '../../../test/smpp-pair.ts';
import { mutated, seeded } from '../../../test/iso8583.ts';
import { createDeviceLine, frameOf, type DeviceLine } from '../../../sim/terminal-line.ts';
import { hmac } from '../../../sim/terminal-spec.ts';
import { systemClock } from '../../std/clock.ts';
import { systemRandom } from '../../std/random.ts';
import { Secret } from '../../std/secret.ts';
import { sleep } from '../../std/timer.ts';
import { decode } from '../../bank/iso8583/decode.ts';
import { answerMti, partsOf, textOf, type Message } from '../../bank/iso8583/message.ts';
import { LINE_TIMING, TerminalLine, type LineTiming } from './line.ts';
import { TERMINAL_SPEC } from './spec.ts';

const KEY = systemRandom(32);
const CODE = 'SHOP0001';
const OTHER = 'SHOP0002';
const GONE = 'SHOP0009';
const NONCE = '5a'.repeat(16);
const ECHO: Message = { mti: '0800', fields: { 7: '1122183000', 11: '000777', 41: CODE, 70: '301' } };

type Rig = AsyncDisposable & {
  readonly port: number;
  readonly taken: Message[];
  readonly ends: () => number;
  readonly lines: Set<TerminalLine>;
  readonly log: () => string;
  readonly device: (more?: { code?: string; key?: Uint8Array; ca?: string }) => DeviceLine;
  readonly raw: () => Promise<Raw>;
};
type Raw = { readonly socket: Socket; readonly got: () => Buffer; readonly closed: Promise<void> };

async function openRig(
  timing: Partial<LineTiming> = {},
  delayMs = 0,
  tls: { key: string; cert: string } | null = null,
): Promise<Rig> {
  const { log, text } = createMemoryLog();
  const taken: Message[] = [];
  const lines = new Set<TerminalLine>();
  let ends = 0;
  const accept = (socket: Socket): void => {
    const line: TerminalLine = new TerminalLine(socket, {
      host: {
        take: async (_, message) => {
          taken.push(message);
          if (delayMs > 0) await sleep(delayMs);
          const { 11: stan, 41: code } = message.fields;
          return { mti: answerMti(message.mti), fields: { 11: stan, 39: '00', 41: code } };
        },
      },
      find: async (code) =>
        code === CODE || code === OTHER || code === GONE ? { key: KEY, isDisabled: code === GONE } : null,
      log,
      random: systemRandom,
      timing: { ...LINE_TIMING, ...timing },
      onEnd: () => {
        ends++;
        lines.delete(line);
      },
    });
    lines.add(line);
  };
  const server = tls === null ? createServer(accept) : createTlsServer(tls, accept);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stack = new AsyncDisposableStack();
  stack.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return {
    port,
    taken,
    ends: () => ends,
    lines,
    log: text,
    device: ({ code = CODE, key = KEY, ca } = {}) =>
      stack.use(
        createDeviceLine({
          port,
          code,
          key: new Secret(key),
          clock: systemClock,
          random: systemRandom,
          answerWithinMs: 2_000,
          ...(ca === undefined ? {} : { ca }),
        }),
      ),
    raw: async () => {
      const socket = connect({ port, host: '127.0.0.1' });
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('error', () => undefined);
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      await new Promise<void>((resolve) => socket.once('connect', resolve));
      stack.defer(() => void socket.destroy());
      return { socket, got: () => Buffer.concat(chunks), closed };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function sale(line: DeviceLine, code = CODE): Message {
  return {
    mti: '0200',
    fields: { 3: '000000', 4: '000000031240', 7: '1122183000', 11: line.nextStan(), 41: code, 49: '978' },
  };
}

test('B3: a terminal signs on and asks; the answer is under its own session', async () => {
  await using rig = await openRig();
  const line = rig.device();
  const answer = await line.ask(sale(line));
  assert.equal(answer && textOf(answer, 39), '00');
  assert.equal((await line.ask(ECHO))?.mti, '0810');
  assert.equal(rig.taken.length, 1);
  assert.equal(rig.ends(), 0);
  const off = await line.ask({ ...ECHO, fields: { ...ECHO.fields, 11: '000778', 70: '002' } });
  assert.equal(off && textOf(off, 39), '00');
  assert.equal(await line.ask(sale(line)), null, 'after a sign-off nothing is taken');
  assert.match(rig.log(), /has not signed on/);
});

for (const [what, ask] of [
  ['a wrong key', (rig: Rig) => rig.device({ key: systemRandom(32) })],
  ['an unknown terminal', (rig: Rig) => rig.device({ code: 'SHOP0404' })],
  ['a disabled terminal', (rig: Rig) => rig.device({ code: GONE })],
] as const) {
  test(`S17: ${what} signs on in vain, and nothing of it is taken`, async () => {
    await using rig = await openRig();
    const line = ask(rig);
    assert.equal(await line.ask(sale(line)), null);
    assert.equal(rig.taken.length, 0);
  });
}

/** What a line has said so far, once there are so many messages. */
async function said(raw: Raw, count: number): Promise<Message[]> {
  for (;;) {
    const messages: Message[] = [];
    for (let bytes = raw.got(); bytes.length > 2 && bytes.length >= 2 + bytes.readUInt16BE(0);) {
      const size = bytes.readUInt16BE(0);
      const read = decode(bytes.subarray(2, 2 + size), TERMINAL_SPEC);
      assert.ok(read.ok);
      messages.push(read.value);
      bytes = bytes.subarray(2 + size);
    }
    if (messages.length >= count) return messages;
    await sleep(5);
  }
}

function signOn(code: string, stan: string): Buffer {
  const fields = { 7: '1122183000', 11: stan, 41: code, 48: { '01': NONCE }, 70: '001' };
  return frameOf({ mti: '0800', fields }, hmac(KEY, 'countersign/terminal-sign-on/1'));
}

test('several terminals share a connection, each with a session of its own', async () => {
  await using rig = await openRig();
  const raw = await rig.raw();
  raw.socket.write(Buffer.concat([signOn(CODE, '000001'), signOn(OTHER, '000002')]));
  const answers = await said(raw, 2);
  const told = answers.map((answer) => [answer.mti, textOf(answer, 41), textOf(answer, 39)]);
  assert.deepEqual(told, [
    ['0810', CODE, '00'],
    ['0810', OTHER, '00'],
  ]);
  const nonces = answers.map((answer) => partsOf(answer, 48)?.['02']);
  assert.notEqual(nonces[0], nonces[1]);
  assert.equal(rig.lines.size, 1);
});

test('S17: a message whose MAC is wrong ends the line, and what was overheard is worth nothing on another', async () => {
  await using rig = await openRig();
  const fields = { 3: '000000', 4: '000000031240', 7: '1122183000', 11: '000003', 41: CODE, 49: '978' };
  const first = await rig.raw();
  first.socket.write(signOn(CODE, '000001'));
  const [answer] = await said(first, 1);
  const theirs = (answer && partsOf(answer, 48)?.['02']) ?? '';
  const session = hmac(KEY, `countersign/terminal-session/1 ${CODE} ${NONCE} ${theirs}`);
  const overheard = frameOf({ mti: '0200', fields }, session);
  first.socket.write(overheard);
  await said(first, 2);
  assert.equal(rig.taken.length, 1);
  const second = await rig.raw();
  second.socket.write(signOn(CODE, '000001'));
  await said(second, 1);
  second.socket.write(overheard);
  await second.closed;
  first.socket.write(frameOf({ mti: '0200', fields }, hmac(KEY, 'any')));
  await first.closed;
  assert.equal(rig.taken.length, 1);
  assert.match(rig.log(), /a MAC is wrong/);
});

test('a line is closed when no terminal signs on, and when nothing comes for too long', async () => {
  await using rig = await openRig({ signOnWithinMs: 60, idleMs: 120 });
  const raw = await rig.raw();
  await raw.closed;
  const line = rig.device();
  assert.ok(await line.ask(sale(line)));
  while (rig.ends() < 2) await sleep(10);
  assert.match(rig.log(), /no terminal signed on/);
  assert.match(rig.log(), /nothing came for too long/);
});

test('a server that stops answers what is in hand', async () => {
  await using rig = await openRig({}, 100);
  const line = rig.device();
  const asking = line.ask(sale(line));
  while (rig.taken.length === 0) await sleep(5);
  for (const one of rig.lines) one.leave();
  assert.equal((await asking)?.mti, '0210');
  while (rig.ends() === 0) await sleep(5);
});

test('S20: mutated messages and streams end their line and nothing else', async () => {
  await using rig = await openRig();
  const random = seeded(0x0200);
  const device = rig.device();
  const key = hmac(KEY, 'countersign/terminal-sign-on/1');
  const whole = frameOf(sale(device), key);
  for (let i = 0; i < 300; i++) {
    const raw = await rig.raw();
    raw.socket.end(mutated(whole, random));
    await raw.closed;
  }
  const long = await rig.raw();
  long.socket.write(Buffer.concat([Buffer.of(0xff, 0xff), Buffer.alloc(70_000)]));
  await long.closed;
  assert.match(rig.log(), /the length in front of a message/);
  assert.equal(rig.taken.length, 0);
  assert.ok(await device.ask(sale(device)), 'the others go on');
});

test('over TLS, with the certificate of our host only', async () => {
  const fixture = (name: string): string =>
    readFileSync(new URL(`../../../test/fixtures/${name}`, import.meta.url), 'utf8');
  const cert = fixture('smsc-cert.pem');
  await using rig = await openRig({}, 0, { key: fixture('smsc-key.pem'), cert });
  const line = rig.device({ ca: cert });
  assert.ok(await line.ask(sale(line)));
  const untrusting = rig.device({ ca: '' });
  assert.equal(await untrusting.ask(sale(untrusting)), null);
  const plain = rig.device();
  assert.equal(await plain.ask(sale(plain)), null);
  assert.equal(rig.taken.length, 1);
});
