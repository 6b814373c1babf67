import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as check, asyncProperty, constantFrom } from 'fast-check';
import { checkInvariants } from './invariants.ts';
import {
  addClient,
  isRefused,
  nextCode,
  NUMBER,
  open,
  openBody,
  openedOf,
  openPolicy,
  readGuards,
  until,
  verify,
  wrongFor,
  type Opened,
} from './security-kit.ts';
import { openWorld, type World } from './world.ts';

const HOUR_MS = 3_600_000;
/**
 * Ways to write NUMBER; those that are no number to us are refused, and the others must be the same address.
 */
const SPELLINGS = [
  '+33 6 12 34 56 78',
  '+33-6-12-34-56-78',
  '+33.612.345.678',
  '+33 (0)6 12 34 56 78',
  ' +33612345678 ',
  'tel:+33612345678',
  '＋３３６１２３４５６７８',
  '+３３ 6 12 34 56 78',
  '+33\u00a06\u200912\u00a034\u00a056\u00a078',
  '0033612345678',
  '0612345678',
  '+33612345678;ext=1',
];

test('S4: the block is 30 s and twice as long each time, up to an hour; the subscriber is told; 100 in all disable', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const alerts: string[] = [];
  world.handsets.subscribe(NUMBER, ({ text }) => {
    if (!/#\d+$/.test(text)) alerts.push(text);
  });
  let opened = await open(world);
  for (let n = 1; n <= 5; n++) assert(isRefused(await verify(world, wrongTry(opened, n))));
  for (let failures = 5; failures < 100; failures++) {
    const blockMs = Math.min(HOUR_MS, 30_000 * 2 ** (failures - 5));
    const [guard] = await readGuards(world);
    assert.deepEqual([guard?.inRow, guard?.inAll], [failures, failures]);
    // What is left of the block can only be less than the whole; a shorter rung of the ladder would be half
    // of it.
    const leftMs = guard?.blockedForMs ?? 0;
    assert(leftMs > blockMs / 2 && leftMs <= blockMs, `after ${failures} it is blocked for ${leftMs} ms`);
    opened = await open(world);
    assert(isRefused(await verify(world, opened)), 'the right code is refused while the block lasts');
    // An alert lives an hour, so it must be out before the clock moves on.
    await until('the alert', () => (alerts.length >= failures - 4 ? alerts : null));
    await world.database.advanceClock(blockMs);
    opened = await open(world);
    assert(isRefused(await verify(world, wrongTry(opened, failures))));
  }
  await until('an alert for each block', () => (alerts.length >= 96 ? alerts : null));
  await world.database.advanceClock(30 * 24 * HOUR_MS);
  opened = await open(world);
  assert(isRefused(await verify(world, opened)), 'a disabled address stays disabled');
  assert.equal((await readGuards(world))[0]?.inAll, 100);
  assert.equal(alerts.length, 96);
  assert(alerts.slice(0, -1).every((text) => /Too many wrong codes.*blocked/.test(text)));
  assert(alerts.some((text) => /takes no more codes until it is registered again/.test(text)));
  await checkInvariants(world);
});

test('S4: a success ends the row and not the sum; four wrong tries and a success may go on', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  for (let round = 1; round <= 3; round++) {
    const opened = await open(world);
    for (let n = 0; n < 4; n++) assert(isRefused(await verify(world, wrongTry(opened, n))));
    assert.equal((await verify(world, opened)).status, 200);
    assert.deepEqual(await readGuards(world), [{ inRow: 0, inAll: 4 * round, blockedForMs: null }]);
  }
  await checkInvariants(world);
});

test('S4, S12: no spelling of the number makes another address', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  let accepted = 0;
  for (const spelling of SPELLINGS) {
    const arriving = nextCode(world, NUMBER);
    const answer = await world.call('POST', '/v1/confirmations', openBody(spelling));
    if (answer.status === 422) {
      assert.equal(answer.body['type'], '/problems/malformed_address', spelling);
      continue;
    }
    accepted++;
    await arriving;
    const tried = await verify(world, { ...openedOf(answer), code: '00000000001' });
    assert(isRefused(tried));
  }
  assert(accepted >= 5, `${accepted} spellings were accepted`);
  assert.equal((await readGuards(world)).length, 1);
  const bound = await verify(world, await open(world));
  assert(isRefused(bound), 'five wrong tries in five spellings block the sixth');
  await checkInvariants(world);
});

type Step = 'wrong' | 'right' | 'resend' | 'again' | 'client' | 'spelling' | 'purpose' | 'cancel' | 'replay';
const STEPS: readonly Step[] = [
  'wrong',
  'wrong',
  'right',
  'resend',
  'again',
  'client',
  'spelling',
  'purpose',
  'cancel',
  'replay',
];

test('S4: whatever a client does between two tries, the count is what a model says', async () => {
  await using world = await openWorld({ policy: openPolicy({ resendsMax: 5 }) });
  const other = await addClient(world);
  let n = 0;
  await check(
    asyncProperty(array(constantFrom(...STEPS), { minLength: 6, maxLength: 14 }), async (steps) => {
      await runSteps(world, other.key, `+336125${String(++n).padStart(5, '0')}`, steps);
    }),
    { seed: 4, numRuns: 25, endOnFailure: true },
  );
  assert.equal(n, 25, 'every row of steps was run');
  await checkInvariants(world);
});

/** Takes the steps on a number of its own, each wrong try on whatever confirmation there is then. */
async function runSteps(world: World, otherKey: string, number: string, steps: readonly Step[]) {
  let key = world.apiKey;
  let opened = await open(world, { number });
  let tried = 0;
  const model = { inRow: 0, inAll: 0 };
  const reopen = async (more: Parameters<typeof open>[1] = {}) => {
    opened = await open(world, { number, key, ...more });
    tried = 0;
  };
  for (const step of steps) {
    if (step === 'resend') opened = await resend(world, opened, key);
    if (step === 'again') await reopen();
    if (step === 'client') {
      key = key === otherKey ? world.apiKey : otherKey;
      await reopen();
    }
    if (step === 'spelling') {
      const spelled = number.replace(/^\+33/, '+33 (0)');
      await reopen({ more: openBody(spelled) });
    }
    if (step === 'purpose') await reopen({ act: { purpose: 'access', resource: 'the intranet' } });
    if (step === 'cancel') {
      const path = `/v1/confirmations/${opened.id}/cancellation`;
      await world.call('POST', path, {}, { authorization: `Bearer ${key}` });
      await reopen();
    }
    const isBlocked = model.inRow >= 5;
    if (step === 'right') {
      const answer = await verify(world, opened, key);
      assert.equal(answer.status === 200, !isBlocked && tried < 5, `${answer.text} after ${steps.join()}`);
      if (answer.status === 200) {
        model.inRow = 0;
        await reopen();
      }
      continue;
    }
    const headers = step === 'replay' ? { 'idempotency-key': `${opened.id} ${model.inAll}` } : {};
    const answer = await verify(world, wrongTry(opened, model.inAll), key, headers);
    assert(isRefused(answer) || answer.status === 409, answer.text);
    if (step === 'replay')
      assert.notEqual((await verify(world, wrongTry(opened, model.inAll), key, headers)).status, 200);
    if (isBlocked || tried === 5) continue;
    tried++;
    model.inRow++;
    model.inAll++;
  }
  assert.deepEqual(await readGuard(world, opened.id), model);
}

async function resend(world: World, opened: Opened, key: string): Promise<Opened> {
  const arriving = nextCode(world, opened.number);
  const path = `/v1/confirmations/${opened.id}/resend`;
  const before = await world.database.store.sql`select issue from confirmation where id = ${opened.id}`;
  const answer = await world.call(
    'POST',
    path,
    { session: opened.secret },
    { authorization: `Bearer ${key}` },
  );
  const after = await world.database.store.sql`select issue from confirmation where id = ${opened.id}`;
  if (answer.status !== 200 || before[0]?.['issue'] === after[0]?.['issue']) return opened;
  const code = await arriving;
  assert.notEqual(code, opened.code);
  return { ...opened, code };
}

async function readGuard(world: World, id: string): Promise<{ inRow: number; inAll: number }> {
  const [row] = await world.database.store.sql<{ inRow: number; inAll: number }[]>`
    select g.failures_in_row as "inRow", g.failures_in_all as "inAll"
    from confirmation c join guard g on g.home = c.home and g.key = c.guard_key where c.id = ${id}`;
  assert(row);
  return { ...row };
}

function wrongTry(opened: Opened, n: number): Opened {
  return { ...opened, code: wrongFor(opened.code, n) };
}
