import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../src/std/clock.ts';
import { newId } from '../src/std/id.ts';
import { systemRandom } from '../src/std/random.ts';
import { checkInvariants } from './invariants.ts';
import {
  addClient,
  isRefused,
  numberOf,
  open,
  openPolicy,
  readGuards,
  verify,
  wrongFor,
} from './security-kit.ts';
import { makeTenant } from './tenant.ts';
import { openWorld, type Answer } from './world.ts';

test('S5: a wrong code, an unknown session or confirmation and a barred address are answered alike', async () => {
  const limits = { ...openPolicy().limits, failures: { inARowMax: 2, inAllMax: 5 } };
  await using world = await openWorld({ policy: openPolicy({}, limits) });
  const stranger = await makeTenant(world.database.store.sql, 'Another Bank');
  const other = await addClient(world);
  const answers = new Map<string, Answer>();
  let n = 0;
  const fresh = () => open(world, { number: numberOf(n++) });

  const first = await fresh();
  const unknownId = newId('cnf', 77, systemClock.nowMs(), systemRandom);
  answers.set('wrong code', await verify(world, { ...first, code: wrongFor(first.code) }));
  answers.set('code with letters', await verify(world, { ...(await fresh()), code: 'abcdefgh' }));
  answers.set('shorter code', await verify(world, { ...(await fresh()), code: '1' }));
  const second = await fresh();
  answers.set('unknown session', await verify(world, { ...second, secret: 'x'.repeat(32) }));
  answers.set("another one's session", await verify(world, { ...second, secret: first.secret }));
  answers.set('unknown confirmation', await verify(world, { ...second, id: unknownId }));
  answers.set('no confirmation at all', await verify(world, { ...second, id: 'cnf_nonsense' }));
  answers.set('of another prefix', await verify(world, { ...second, id: world.clientId }));
  answers.set('of another client', await verify(world, second, other.key));
  answers.set('of another tenant', await verify(world, second, stranger.client));
  assert.equal(
    (await verify(world, second)).status,
    200,
    'what was guessed at elsewhere is still right here',
  );
  const third = await fresh();
  for (let i = 0; i < 2; i++) await verify(world, { ...third, code: wrongFor(third.code, i) });
  answers.set('blocked, right code', await verify(world, third));
  answers.set('blocked, wrong code', await verify(world, { ...third, code: wrongFor(third.code) }));
  const disabled = numberOf(n++);
  for (let i = 0; i < 5; i++) {
    const opened = await open(world, { number: disabled });
    assert(isRefused(await verify(world, { ...opened, code: wrongFor(opened.code) })));
    await world.database.advanceClock(120_000);
  }
  answers.set('disabled', await verify(world, await open(world, { number: disabled })));

  const faces = [...answers].map(([name, answer]) => [name, faceOf(answer)] as const);
  const [, expected] = faces[0] ?? assert.fail('there is a first answer');
  assert.equal(expected.status, 422);
  for (const [name, face] of faces) assert.deepEqual(face, expected, name);
  await checkInvariants(world, new Map([[second.id, 'confirmed']]));
});

test('S5, S9: a session that must be connected and is not is answered like a wrong code', async () => {
  // Nobody ends it here, so that what answers is the judging of the try.
  await using world = await openWorld({ policy: openPolicy(), roles: ['api', 'gateway', 'log'] });
  const plain = await open(world, { number: numberOf(1) });
  const wrong = await verify(world, { ...plain, code: wrongFor(plain.code) });
  const connected = await open(world, { number: numberOf(2), more: { connected: true } });
  await world.database.advanceClock(16_000);
  assert.deepEqual(faceOf(await verify(world, connected)), faceOf(wrong));
  assert.equal((await verify(world, plain)).status, 200);
  await checkInvariants(world);
});

test('S5: an end is told to who holds the session, and to nobody else', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const opened = await open(world);
  assert.equal((await verify(world, opened)).status, 200);
  const wrong = await verify(world, { ...opened, code: wrongFor(opened.code) });
  assert.deepEqual(faceOf(await verify(world, opened)), faceOf(wrong));
  assert.equal(wrong.status, 409);
  assert(isRefused(await verify(world, { ...opened, secret: 'y'.repeat(32) })));
  await checkInvariants(world);
});

test('S15: only the whole code is right, in any spelling of its digits', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  let n = 0;
  const codes: readonly [string, (code: string) => string][] = [
    ['a prefix', (code) => code.slice(0, -1)],
    ['a suffix', (code) => code.slice(1)],
    ['one digit more', (code) => `${code}0`],
    ['a zero before', (code) => `0${code}`],
    ['twice', (code) => code + code],
    ['an exponent', (code) => `${code}e0`],
    ['a sign', (code) => `+${code}`],
    ['a letter within', (code) => `${code.slice(0, 5)}O${code.slice(6)}`],
    ['a zero byte after', (code) => `${code}\u0000`],
    ['Arabic-Indic digits', (code) => shifted(code, 0x660)],
    ['Devanagari digits', (code) => shifted(code, 0x966)],
  ];
  for (const [name, change] of codes) {
    const opened = await open(world, { number: numberOf(n++) });
    assert(isRefused(await verify(world, { ...opened, code: change(opened.code) })), name);
    assert.equal((await verify(world, opened)).status, 200, `the right code after ${name}`);
  }
  const spellings: readonly [string, (code: string) => string][] = [
    ['full-width', (code) => shifted(code, 0xff10)],
    ['mathematical', (code) => shifted(code, 0x1d7ce)],
    ['in groups', (code) => `${code.slice(0, 3)} ${code.slice(3, 6)}-${code.slice(6)}`],
    ['with the spaces of a copy', (code) => ` \u00a0${code}\n`],
  ];
  for (const [name, change] of spellings) {
    const opened = await open(world, { number: numberOf(n++) });
    assert.equal((await verify(world, { ...opened, code: change(opened.code) })).status, 200, name);
  }
  const wrongTries = (await readGuards(world)).map(({ inAll }) => inAll);
  assert.equal(
    wrongTries.reduce((sum, count) => sum + count, 0),
    codes.length,
    'each of them was counted',
  );
  await checkInvariants(world);
});

/** All that a caller sees of an answer but what tells one request from another by design. */
function faceOf(answer: Answer) {
  const headers = [...answer.headers].filter(([name]) => name !== 'x-request-id' && name !== 'date');
  return { status: answer.status, text: answer.text, headers };
}

function shifted(code: string, zero: number): string {
  return Array.from(code, (digit) => String.fromCodePoint(zero + Number(digit))).join('');
}
