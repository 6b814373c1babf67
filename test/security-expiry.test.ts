import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PURPOSES } from '../src/confirmation/act.ts';
import { checkInvariants } from './invariants.ts';
import { inParallel, nextCode, numberOf, open, openPolicy, until, verify } from './security-kit.ts';
import { openWorld, type World } from './world.ts';

async function stateOf(world: World, id: string): Promise<string> {
  return String((await world.call('GET', `/v1/confirmations/${id}`)).body['state']);
}

test("S2: a code lives 5 minutes by default, by the database's clock", async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const early = await open(world, { number: numberOf(1) });
  const late = await open(world, { number: numberOf(2) });
  const [row] = await world.database.store.sql<{ ms: number }[]>`
    select (extract(epoch from expires_at - created_at) * 1000)::float8 as ms from confirmation where id = ${late.id}`;
  assert.equal(row?.ms, 300_000);
  await world.database.advanceClock(240_000);
  assert.equal((await verify(world, early)).status, 200);
  await world.database.advanceClock(60_000);
  // This process's clock has hardly moved, and nobody needs to have swept it: it is over for who brings the
  // code.
  const answer = await verify(world, late);
  assert.equal(answer.body['type'], '/problems/ended', answer.text);
  await until('its end', async () => ((await stateOf(world, late.id)) === 'expired' ? true : null));
  await checkInvariants(world, new Map([[early.id, 'confirmed']]));
});

test('S2, S9: an expired code stays dead when the clock is set back, and a resend does not wake it', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const opened = await open(world);
  await world.database.advanceClock(301_000);
  await until('its end', async () => ((await stateOf(world, opened.id)) === 'expired' ? true : null));
  await world.database.advanceClock(-301_000);
  assert.equal((await verify(world, opened)).body['type'], '/problems/ended');
  const path = `/v1/confirmations/${opened.id}/resend`;
  const resent = await world.call('POST', path, { session: opened.secret });
  assert.equal(resent.body['type'], '/problems/ended');
  await checkInvariants(world);
});

test('S2: a resent code lives its own time and no longer, and resends come to an end', async () => {
  await using world = await openWorld({ policy: openPolicy({ resendsMax: 2 }) });
  const opened = await open(world);
  const path = `/v1/confirmations/${opened.id}/resend`;
  let { code } = opened;
  for (let n = 0; n < 2; n++) {
    await world.database.advanceClock(290_000);
    const arriving = nextCode(world, opened.number);
    assert.equal((await world.call('POST', path, { session: opened.secret })).status, 200);
    code = await arriving;
  }
  const third = await world.call('POST', path, { session: opened.secret });
  assert.equal(third.body['type'], '/problems/resends_used_up');
  await world.database.advanceClock(300_000);
  assert.equal((await verify(world, { ...opened, code })).body['type'], '/problems/ended');
  await checkInvariants(world);
});

test('S1, S2, S4: no policy makes codes shorter than 6 digits, longer lived than 10 minutes, or the tries more than 5', async () => {
  await using world = await openWorld();
  const authorization = `Bearer ${world.adminKey}`;
  const rules: object[] = [
    { digits: 5 },
    { digits: 0 },
    { digits: 11 },
    { digits: 6.5 },
    { validityMs: 600_001 },
    { validityMs: 0 },
    { attemptsMax: 6 },
    { resendsMax: 6 },
    { minimumAssurance: 'high' },
    { state: 'confirmed' },
  ];
  for (const rule of rules) {
    for (const purpose of PURPOSES) {
      const document = { purposes: { [purpose]: rule } };
      const answer = await world.call('PUT', '/v1/policy', document, { authorization });
      assert.equal(answer.status, 400, `${purpose} ${JSON.stringify(rule)}: ${answer.text}`);
    }
  }
  const failures: object[] = [{ inARowMax: 6 }, { inAllMax: 101 }, { blockFirstMs: 0 }, { blockMaxMs: 0 }];
  for (const each of failures) {
    const answer = await world.call('PUT', '/v1/policy', { limits: { failures: each } }, { authorization });
    assert.equal(answer.status, 400, JSON.stringify(each));
  }
  for (const rule of [{ secured: 'never' }, { normalUpTo: { EUR: '1.00' } }]) {
    const document = { purposes: { bind_address: rule } };
    assert.equal((await world.call('PUT', '/v1/policy', document, { authorization })).status, 400);
  }
  const forbidden = await world.call('PUT', '/v1/policy', {});
  assert.equal(forbidden.status, 403, "a client's key changes no policy");
});

test('S1: codes of one act to one number are as different as random ones, and have the digits that policy says', async () => {
  await using world = await openWorld({ policy: openPolicy({ digits: 6 }) });
  const opened = await inParallel(400, 20, (n) => open(world, { number: numberOf(n) }));
  assert(opened.every(({ code }) => /^\d{6}$/.test(code)));
  // 400 of a million: about 0.08 pairs are expected to be alike, and four would be one chance in a million.
  const repeated = opened.length - new Set(opened.map(({ code }) => code)).size;
  assert(repeated < 4, `${repeated} codes came twice`);
  const counts = Array.from({ length: 10 }, (_, digit) =>
    opened.reduce((sum, { code }) => sum + code.split(String(digit)).length - 1, 0),
  );
  // 2,400 digits, 240 of each expected; the statistic exceeds 50 with 9 degrees of freedom once in ten
  // million.
  const statistic = counts.reduce((sum, count) => sum + (count - 240) ** 2 / 240, 0);
  assert(statistic < 50, `chi-squared ${statistic.toFixed(1)}`);
  await checkInvariants(world);
});
