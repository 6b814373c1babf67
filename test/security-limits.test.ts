import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyInput } from '../src/confirmation/policy.ts';
import { checkInvariants } from './invariants.ts';
import { addClient, open, openBody, openPolicy, until, verify } from './security-kit.ts';
import { openWorld, type Answer, type World } from './world.ts';

type Limits = NonNullable<PolicyInput['limits']>;
const HOUR_S = 3600;

/** All limits out of the way but the given ones. */
function limitsOf(limits: Limits): Limits {
  return { ...openPolicy().limits, ...limits };
}

/** A French number by its prefix of ten characters and its last two digits. */
const at = (prefix: string, last: number) => `${prefix}${String(last).padStart(2, '0')}`;

function ask(world: World, number: string, headers = {}): Promise<Answer> {
  return world.call('POST', '/v1/confirmations', openBody(number), headers);
}

function assertLimited(answer: Answer, secondsMax: number, secondsMin = 1): void {
  assert.deepEqual([answer.status, answer.body['type']], [429, '/problems/sending_limit'], answer.text);
  const seconds = Number(answer.headers.get('retry-after'));
  assert(
    Number.isInteger(seconds) && seconds >= secondsMin && seconds <= secondsMax,
    `retry after ${seconds} s`,
  );
  assert.equal(answer.headers.get('ratelimit'), `"sending_limit";r=0;t=${seconds}`);
}

async function recordedLimits(world: World): Promise<string[]> {
  const rows = await world.database.store.sql<{ leaf: string }[]>`
    select leaf from entry where leaf::json->>'type' = 'ConfirmationRefused' order by seq`;
  return rows.map(({ leaf }) => String((JSON.parse(leaf) as { limit?: unknown }).limit));
}

test('S13: by default one code a minute goes to an address, ten an hour and fifty a day', async () => {
  await using world = await openWorld({ policy: openPolicy({}, {}) });
  const number = '+33612345678';
  let sent = 0;
  const askAfter = async (ms: number) => {
    await world.database.advanceClock(ms);
    return ask(world, number);
  };
  assert.equal((await ask(world, number)).status, 201);
  assertLimited(await ask(world, number), 60);
  sent = 1;
  for (let n = 2; n <= 9; n++) {
    assert.equal((await askAfter(60_000)).status, 201, `code ${n} of this hour`);
    sent++;
  }
  assertLimited(await askAfter(60_000), HOUR_S, 1);
  // The asking that was refused for its spacing counted too, so that the tenth of the hour was the eleventh
  // asking.
  for (let hour = 0; sent < 48 && hour < 10; hour++) {
    await world.database.advanceClock(HOUR_S * 1000);
    for (let n = 0; n < 10; n++) {
      const answer = await askAfter(n === 0 ? 0 : 60_000);
      if (answer.status !== 201) break;
      sent++;
    }
  }
  await world.database.advanceClock(HOUR_S * 1000);
  const last = await ask(world, number);
  assertLimited(last, 24 * HOUR_S, HOUR_S);
  assert(sent <= 50, `${sent} in a day`);
  await world.database.advanceClock(24 * HOUR_S * 1000);
  assert.equal((await ask(world, number)).status, 201, 'a new day');
  const limits = new Set(await recordedLimits(world));
  assert.deepEqual([...limits].toSorted(), ['address_day', 'address_hour', 'spacing']);
  await checkInvariants(world);
});

test('S13: the numbers of a prefix share a limit, and those of another do not', async () => {
  const limits = limitsOf({ prefix: { perHourMax: 3, lastDigits: 3 } });
  await using world = await openWorld({ policy: openPolicy({}, limits) });
  for (let n = 1; n <= 3; n++) assert.equal((await ask(world, at('+336123456', n))).status, 201);
  assertLimited(await ask(world, at('+336123456', 4)), HOUR_S);
  assertLimited(await ask(world, at('+336123459', 5)), HOUR_S);
  assert.equal((await ask(world, at('+336123466', 4))).status, 201);
  assert.deepEqual(await recordedLimits(world), ['prefix', 'prefix']);
  await checkInvariants(world);
});

test('S13: each client has its own limit', async () => {
  await using world = await openWorld({
    policy: openPolicy({}, limitsOf({ client: { perHourMax: 2 } })),
  });
  const other = await addClient(world);
  for (let n = 1; n <= 2; n++) assert.equal((await ask(world, at('+336123456', n))).status, 201);
  assertLimited(await ask(world, at('+336123456', 3)), HOUR_S);
  const authorization = `Bearer ${other.key}`;
  assert.equal((await ask(world, at('+336123456', 3), { authorization })).status, 201);
  await world.database.advanceClock(HOUR_S * 1000);
  assert.equal((await ask(world, at('+336123456', 3))).status, 201, 'a new hour');
  await checkInvariants(world);
});

test('S13: a country has a budget of unverified codes; what is verified no longer weighs on it', async () => {
  const country = { unverifiedPerHourMax: 2, byCountry: { DE: 0 } };
  await using world = await openWorld({ policy: openPolicy({}, limitsOf({ country })) });
  for (let n = 1; n <= 4; n++) {
    const opened = await open(world, { number: at('+336123456', n) });
    assert.equal((await verify(world, opened)).status, 200);
    await until('the budget to be given back', async () => {
      const [row] = await world.database.store.sql<{ count: number }[]>`
        select count from sending_counter where bucket like 'country:%:FR'`;
      return row?.count === 0 ? true : null;
    });
  }
  for (let n = 5; n <= 6; n++) assert.equal((await ask(world, at('+336123456', n))).status, 201);
  assertLimited(await ask(world, at('+336123456', 7)), HOUR_S);
  assertLimited(await ask(world, '+4915112345678'), HOUR_S);
  assert.equal((await ask(world, '+447400123456')).status, 201, 'another country');
  assert.deepEqual(await recordedLimits(world), ['country', 'country']);
  await checkInvariants(world);
});

test('S12, S13: an IP is counted by the hop that is trusted, IPv6 by its /64, however it is written', async () => {
  await using world = await openWorld({
    policy: openPolicy({}, limitsOf({ ip: { perHourMax: 1 } })),
    environment: { TRUSTED_HOPS: '1' },
  });
  let n = 0;
  const from = (hops: string) => ask(world, at('+336123456', n++), { 'x-forwarded-for': hops });
  assert.equal((await from('198.51.100.7')).status, 201);
  assertLimited(await from('198.51.100.7'), HOUR_S);
  assertLimited(await from('203.0.113.1, 198.51.100.7'), HOUR_S);
  assertLimited(await from('2001:db8::1,198.51.100.7'), HOUR_S);
  assertLimited(await from('198.51.100.8, ::ffff:198.51.100.7'), HOUR_S);
  assert.equal((await from('198.51.100.7, 198.51.100.8')).status, 201);
  assert.equal((await from('2001:db8:1:2::1')).status, 201);
  assertLimited(await from('2001:db8:1:2:ffff:ffff:ffff:ffff'), HOUR_S);
  assertLimited(await from('2001:0DB8:0001:0002:0:0:0:9'), HOUR_S);
  assert.equal((await from('2001:db8:1:3::1')).status, 201);
  // What is no address is not a fresh one each time: it counts on the peer of the connection.
  assert.equal((await from('garbage')).status, 201);
  assertLimited(await from('other garbage'), HOUR_S);
  assertLimited(await from(''), HOUR_S);
  await checkInvariants(world);
});

test('S12: without trusted hops the header of the caller is not looked at', async () => {
  await using world = await openWorld({ policy: openPolicy({}, limitsOf({ ip: { perHourMax: 1 } })) });
  assert.equal((await ask(world, '+33612345601', { 'x-forwarded-for': '198.51.100.1' })).status, 201);
  const forged = {
    'x-forwarded-for': '198.51.100.2',
    'x-real-ip': '198.51.100.3',
    forwarded: 'for=198.51.100.4',
  };
  assertLimited(await ask(world, '+33612345602', forged), HOUR_S);
  await checkInvariants(world);
});

test('S13: record only refuses nothing and records what it would have refused; wrong codes still count', async () => {
  const limits = limitsOf({ recordOnly: true, address: { perHourMax: 1, perDayMax: 1, spacingMs: 60_000 } });
  await using world = await openWorld({ policy: openPolicy({}, limits) });
  for (let n = 0; n < 3; n++) assert.equal((await ask(world, '+33612345678')).status, 201);
  const rows = await world.database.store.sql<{ leaf: string }[]>`
    select leaf from entry where leaf::json->>'type' = 'ConfirmationOpened' order by seq`;
  const exceeded = rows.map(({ leaf }) => (JSON.parse(leaf) as { limitExceeded?: string }).limitExceeded);
  assert.deepEqual(exceeded, [undefined, 'spacing', 'spacing']);
  await checkInvariants(world);
});

test('S13: a resend is a sending: it waits its spacing, weighs on the limits, and each decision is recorded', async () => {
  const limits = limitsOf({ address: { perHourMax: 2, perDayMax: 50, spacingMs: 1000 } });
  await using world = await openWorld({ policy: openPolicy({ resendsMax: 5, validityMs: 600_000 }, limits) });
  const opened = await open(world);
  const resend = () =>
    world.call('POST', `/v1/confirmations/${opened.id}/resend`, { session: opened.secret });
  await world.database.advanceClock(60_000);
  assert.equal((await resend()).status, 200);
  await world.database.advanceClock(60_000);
  assertLimited(await resend(), HOUR_S);
  assert.deepEqual(await recordedLimits(world), ['address_hour']);
  await checkInvariants(world);
});

test('S13: a resend that record only lets pass says which limit it exceeded', async () => {
  const limits = limitsOf({ recordOnly: true, address: { perHourMax: 1, perDayMax: 50, spacingMs: 1000 } });
  await using world = await openWorld({ policy: openPolicy({}, limits) });
  const opened = await open(world);
  await world.database.advanceClock(60_000);
  const path = `/v1/confirmations/${opened.id}/resend`;
  assert.equal((await world.call('POST', path, { session: opened.secret })).status, 200);
  const [row] = await world.database.store.sql<{ limit: string }[]>`
    select leaf::json->>'limitExceeded' as limit from entry where leaf::json->>'type' = 'ConfirmationResent'`;
  assert.equal(row?.limit, 'address_hour');
  await checkInvariants(world);
});

test('S13: a hundred askings at once for one address send one code', async () => {
  const limits = limitsOf({ address: { perHourMax: 10, perDayMax: 50, spacingMs: 60_000 } });
  await using world = await openWorld({ policy: openPolicy({}, limits) });
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask(world, '+33612345678')));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.equal(answers.filter(({ status }) => status === 429).length, 99);
  const [row] = await world.database.store.sql<
    { count: number }[]
  >`select count(*)::int as count from confirmation`;
  assert.equal(row?.count, 1);
  await checkInvariants(world);
});
