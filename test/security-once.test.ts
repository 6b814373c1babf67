import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkInvariants } from './invariants.ts';
import {
  inParallel,
  isRefused,
  numberOf,
  open,
  openPolicy,
  readGuards,
  verify,
  wrongFor,
} from './security-kit.ts';
import { openWorld } from './world.ts';

test('S3: of 1,000 parallel submissions of the right code exactly one succeeds', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const opened = await open(world);
  const answers = await inParallel(1000, 200, () => verify(world, opened));
  const statuses = answers.map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 200).length, 1);
  assert.equal(statuses.filter((status) => status === 409).length, 999);
  await checkInvariants(world, new Map([[opened.id, 'confirmed']]));
});

test('S3: the right code among wrong ones succeeds at most once, and never after the last try', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const outcomes = await inParallel(40, 8, async (n) => {
    const opened = await open(world, { number: numberOf(n) });
    const answers = await inParallel(25, 25, (i) =>
      verify(world, i % 5 === 4 ? opened : { ...opened, code: wrongFor(opened.code, i) }),
    );
    assert(answers.every(({ status }) => [200, 409, 422].includes(status)));
    return { id: opened.id, successes: answers.filter(({ status }) => status === 200).length };
  });
  assert(outcomes.every(({ successes }) => successes <= 1));
  const confirmed = outcomes.filter(({ successes }) => successes === 1);
  await checkInvariants(world, new Map(confirmed.map(({ id }) => [id, 'confirmed'])));
});

test('S4: of 1,000 parallel wrong codes five are counted, and the right code is refused after them', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const opened = await open(world);
  const answers = await inParallel(1000, 200, (n) =>
    verify(world, { ...opened, code: wrongFor(opened.code, n) }),
  );
  assert(answers.every((answer) => isRefused(answer) || answer.body['type'] === '/problems/ended'));
  assert.deepEqual(
    (await readGuards(world)).map(({ inRow, inAll }) => ({ inRow, inAll })),
    [{ inRow: 5, inAll: 5 }],
  );
  const [row] = await world.database.store.sql<{ state: string; attempts: number }[]>`
    select state, attempts from confirmation`;
  assert.deepEqual(row, { state: 'locked', attempts: 5 });
  assert.notEqual((await verify(world, opened)).status, 200);
  await checkInvariants(world);
});

test('S4: confirmations of one address that are tried all at once give five wrong tries, and the sixth is not heard', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const opened = [];
  for (let n = 0; n < 60; n++) opened.push(await open(world));
  // In one turn of the event loop, so that all of them are judged in one batch; the right code stands last in
  // it.
  const within = { tenantId: world.tenantId, clientId: world.clientId };
  const verified = await Promise.all(
    opened.map(({ id, secret, code }, n) =>
      world.server.confirmations.verify({
        id,
        session: secret,
        code: n === opened.length - 1 ? code : wrongFor(code),
        within,
      }),
    ),
  );
  assert(verified.every(({ ok }) => !ok));
  assert.deepEqual(
    (await readGuards(world)).map(({ inRow, inAll }) => ({ inRow, inAll })),
    [{ inRow: 5, inAll: 5 }],
  );
  await checkInvariants(world);
});
