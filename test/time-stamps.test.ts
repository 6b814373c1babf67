/** Receipts with time-stamps of a simulated authority, from the API to the command that verifies them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openTsa, type Tsa } from '../sim/tsa.ts';
import type { Receipt } from '../src/evidence/receipt.ts';
import { verifyReceipt } from '../src/evidence/verify.ts';
import { sleep } from '../src/std/timer.ts';
import { checkInvariants } from './invariants.ts';
import { GENEROUS, openWorld, type World } from './world.ts';

const ACT = { purpose: 'access', resource: 'Acme intranet' };
const COMMAND = fileURLToPath(new URL('../src/cli/countersign.ts', import.meta.url));

let tsa: Tsa;
let world: World;
let serial = 0;

before(async () => {
  tsa = await openTsa();
  world = await openWorld({
    policy: { ...GENEROUS, purposes: { access: { callerAddress: true } } },
    environment: { TSA_URL: tsa.url, TSA_INTERVAL_MS: '50' },
  });
});

after(async () => {
  try {
    await checkInvariants(world);
  } finally {
    await world[Symbol.asyncDispose]();
    await tsa[Symbol.asyncDispose]();
  }
});

/** Confirms an act, and gives the path of its receipt. */
async function confirm(): Promise<string> {
  const number = `+3363998${String(5000 + serial++)}`;
  const arriving = world.handsets.next(number);
  const subscriber = { address: { channel: 'sms', value: number } };
  const opened = await world.call('POST', '/v1/confirmations', { subscriber, act: ACT });
  assert.equal(opened.status, 201, opened.text);
  await arriving;
  const { secret } = opened.body['session'] as { secret: string };
  const path = `/v1/confirmations/${String(opened.body['id'])}`;
  const code = world.handsets.lastCode(number);
  const verified = await world.call('POST', `${path}/verification`, { code, session: secret });
  assert.equal(verified.status, 200, verified.text);
  return `${path}/receipt`;
}

/** The receipt, as soon as every event has its place in the log. */
async function receiptAt(path: string): Promise<string> {
  for (;;) {
    const answer = await world.call('GET', path);
    if (answer.status === 200) return answer.text;
    assert.equal(answer.status, 409, answer.text);
    await sleep(20);
  }
}

/** The receipt, fetched again until it is complete. */
async function completedAt(path: string): Promise<string> {
  for (;;) {
    const text = await receiptAt(path);
    if (statusOf(text) === 'stamped') return text;
    assert.equal(statusOf(text), 'pending', 'never silently without');
    await sleep(20);
  }
}

function statusOf(receipt: string): string {
  return (JSON.parse(receipt) as Receipt).timestamp.status;
}

function changed(text: string, change: (receipt: Receipt) => void): string {
  const receipt = JSON.parse(text) as Receipt;
  change(receipt);
  return JSON.stringify(receipt);
}

test('P13: a receipt is stamped by the authority, and whose it is can be checked', async () => {
  tsa.behave('well');
  const receipt = await completedAt(await confirm());
  const { text: key } = await world.call('GET', '/log/key');
  const trust = { trustedKeys: key.trim().split('\n'), tsaCas: await tsa.caPem() };
  const verified = await verifyReceipt(receipt, trust);
  assert.ok(verified.ok && verified.timeStamp.status === 'stamped', JSON.stringify(verified.lines));
  assert.equal(verified.timeStamp.tsa, 'CN=Simulated time-stamping authority');
  assert.equal(verified.timeStamp.ca, 'CN=Simulated CA (worth nothing)');
  assert.ok(verified.records.every(({ entry }) => Date.parse(entry.time) <= Date.now()));
});

test('P13: while the authority is down a receipt says pending, and it is complete once it is back', async () => {
  tsa.behave('down');
  const path = await confirm();
  const pending = await receiptAt(path);
  assert.equal(statusOf(pending), 'pending');
  const early = await verifyReceipt(pending);
  assert.ok(early.ok && early.timeStamp.status === 'pending');
  const asked = tsa.asked();
  while (tsa.asked() < asked + 2) await sleep(10);
  assert.equal(statusOf(await receiptAt(path)), 'pending', 'it was asked again, in vain');
  const metrics = await world.call('GET', '/metrics');
  assert.match(metrics.text, /^countersign_time_stamp_waiting_entries [1-9]/m);
  tsa.behave('well');
  const completed = await completedAt(path);
  assert.ok((await verifyReceipt(completed, { tsaCas: await tsa.caPem() })).ok);
});

test('P13: a stripped, a tampered and a borrowed time-stamp are found', async () => {
  tsa.behave('well');
  const receipt = await completedAt(await confirm());
  const later = await completedAt(await confirm());
  const { timestamp } = JSON.parse(later) as Receipt;
  assert.ok(timestamp.status === 'stamped');
  const cases: [string, string, RegExp][] = [
    [
      'stripped to none',
      changed(receipt, (each) => void (each.timestamp = { status: 'none' })),
      /state of the time-stamp is not the one that the issuer signed/,
    ],
    [
      'stripped to pending',
      changed(receipt, (each) => void (each.timestamp = { status: 'pending' })),
      /state of the time-stamp is not the one that the issuer signed/,
    ],
    [
      'borrowed from another checkpoint',
      changed(receipt, (each) => void (each.timestamp = timestamp)),
      /made over something else/,
    ],
    [
      'tampered',
      changed(receipt, (each) => {
        assert.ok(each.timestamp.status === 'stamped');
        const token = Buffer.from(each.timestamp.token, 'base64');
        token[token.length - 1] = (token.at(-1) ?? 0) ^ 1;
        each.timestamp.token = token.toString('base64');
      }),
      /signature of the time-stamp does not hold|no DER/,
    ],
  ];
  for (const [what, altered, expected] of cases) {
    const result = await verifyReceipt(altered);
    assert.ok(!result.ok, what);
    assert.match(result.detail ?? '', expected, what);
  }
});

test('P13: the command says what the time-stamp shows, and checks it against a CA', async () => {
  tsa.behave('well');
  const folder = mkdtempSync(join(tmpdir(), 'countersign-stamp-'));
  try {
    const [receipt, ca, other] = ['receipt.json', 'ca.pem', 'other.pem'].map((name) => join(folder, name));
    assert.ok(receipt && ca && other);
    await using stranger = await openTsa();
    writeFileSync(receipt, await completedAt(await confirm()));
    writeFileSync(ca, await tsa.caPem());
    writeFileSync(other, await stranger.caPem());
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [COMMAND, 'verify', receipt, ...args], { encoding: 'utf8' });
    const plain = run();
    assert.equal(plain.status, 0, plain.stdout + plain.stderr);
    assert.match(plain.stdout, /· That the time-stamp is by "CN=Simulated.*not checked against a CA/);
    const trusted = run('--tsa-ca', ca);
    assert.equal(trusted.status, 0, trusted.stdout);
    assert.match(
      trusted.stdout,
      /✔ "CN=Simulated time-stamping authority" is certified by a CA that you trust/,
    );
    const foreign = run('--tsa-ca', other);
    assert.equal(foreign.status, 1);
    assert.match(foreign.stdout, /✘ The time-stamp does not hold\. .*leads to no CA that you trust/);
    const malformed = run('--tsa-ca', receipt);
    assert.equal(malformed.status, 1);
    assert.match(malformed.stdout, /--tsa-ca is malformed/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
