/**
 * Payments with a bank over TCP: each kind of message, refusals, doubles; after each scenario the bank's view
 * is ours (I8) and nobody has paid twice (I2). What happens when the bank is not well is in
 * bank-doubt.test.ts.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { transaction } from '../src/store/transaction.ts';
import { sleep } from '../src/std/timer.ts';
import {
  approved,
  assertSameView,
  card,
  closing,
  complete,
  euros,
  openBankPair,
  PAN,
  reverse,
  settledDown,
  simCard,
  TENANT,
  untilRows,
  type BankPair,
} from './bank-pair.ts';
import { until } from './smpp-pair.ts';

for (const [spec, header] of [
  ['ascii87', 4],
  ['bcd87', 2],
] as const) {
  suite(`${spec} with a header of ${header}`, () => {
    test('B5, B8: held before, taken after: 0100 and 0220', async () => {
      await using pair = await openBankPair({ host: { spec, header } });
      const held = approved(await pair.bank.authorise(pair.request()));
      assert.match(held.authCode ?? '', /^[0-9A-Z]{6}$/);
      assert.match(held.rrn, /^\d{12}$/);
      assert.deepEqual([pair.entry().state, pair.entry().heldMinor], ['authorised', 31_240n]);
      approved(await complete(pair, held.exchange, 30_000n));
      assert.deepEqual(
        [pair.entry().state, pair.entry().takenMinor, pair.entry().heldMinor],
        ['captured', 30_000n, 0n],
      );
      assert.deepEqual(
        pair.settled.map(({ kind, caller, state, original }) => [kind, caller, state, original]),
        [['complete', 'close_1', 'acknowledged', held.exchange]],
      );
      await assertSameView(pair);
    });

    test('B5, B8: taken at once: 0200; given back: 0200 with processing code 20', async () => {
      await using pair = await openBankPair({ host: { spec, header } });
      approved(await pair.bank.purchase(pair.request()));
      assert.equal(pair.host.books.leftMinor(PAN), 1_000_000n - 31_240n);
      approved(await pair.bank.refund(pair.request({ amount: euros(1_240n) })));
      assert.equal(pair.host.books.leftMinor(PAN), 1_000_000n - 30_000n);
      await assertSameView(pair);
    });

    test('B8: given back before it is taken: 0400', async () => {
      await using pair = await openBankPair({ host: { spec, header } });
      const held = approved(await pair.bank.authorise(pair.request()));
      approved(await reverse(pair, held.exchange));
      assert.equal(pair.entry().state, 'reversed');
      await assertSameView(pair);
    });

    test('B3: the bank names who holds a card, and nothing is kept of that', async () => {
      await using pair = await openBankPair({ host: { spec, header } });
      assert.deepEqual(await pair.bank.holder({ tenantId: TENANT, card: card() }), {
        outcome: 'known',
        name: 'ALICE SMITH',
        mobile: '+33612345612',
      });
      const unknown = await pair.bank.holder({ tenantId: TENANT, card: card('4970109999999999') });
      assert.deepEqual(unknown, { outcome: 'declined', code: '14', reason: 'invalid card number' });
      assert.equal((await pair.rows()).length, 0);
    });
  });
}

test('B6: what the bank refuses is declined with its code, by card and by amount', async () => {
  const cards = [
    simCard(),
    simCard({ pan: '4000000000000002', refusal: '43' }),
    simCard({ pan: '4000000000000010', expiry: '2001' }),
  ];
  await using pair = await openBankPair({ host: { cards } });
  const { bank, request, host } = pair;
  host.books.refuseAmount(666n, '05');
  const cases = [
    [request({ card: card('4000000000000002') }), '43', 'stolen card, pick up'],
    [request({ card: card('4000000000000010', { expiry: '2001' }) }), '54', 'expired card'],
    [request({ card: card('4999999999999999') }), '14', 'invalid card number'],
    [request({ amount: euros(1_000_001n) }), '51', 'not sufficient funds'],
    [request({ amount: euros(666n) }), '05', 'do not honour'],
    [request({ amount: { minor: 100n, currency: 'USD' } }), '57', 'transaction not permitted to cardholder'],
  ] as const;
  for (const [asked, code, reason] of cases) {
    const outcome = await bank.authorise(asked);
    assert.ok(outcome.outcome === 'declined');
    assert.deepEqual([outcome.code, outcome.reason, outcome.mayRetry], [code, reason, false]);
  }
  assert.ok((await pair.rows()).every((row) => row.state === 'declined' && !row.hasCard));
  await assertSameView(pair);
});

test('S17: all 100 response codes: three approve, the others do not, and what is in doubt is undone', async () => {
  await using pair = await openBankPair();
  const outcomes = new Map<string, number>();
  for (let n = 0; n < 100; n++) {
    const code = String(n).padStart(2, '0');
    pair.host.behave({ behaviour: { code }, mti: '0100', times: 1 });
    const { outcome } = await pair.bank.authorise(pair.request());
    assert.equal(outcome === 'approved', ['00', '11', '16'].includes(code), code);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  assert.deepEqual(Object.fromEntries(outcomes), { approved: 3, declined: 91, unknown: 6 });
  const rows = await settledDown(pair);
  // 6 unknown, 2 of another amount, 29 reserved.
  assert.equal(
    rows.filter(({ kind, state }) => kind === 'undo' && state === 'acknowledged').length,
    6 + 2 + 29,
  );
});

test('B6: no bank, or one that cannot be reached, is a no before anything is written', async () => {
  await using pair = await openBankPair();
  const nobody = await pair.bank.authorise(pair.request({ card: card('5100000000000000') }));
  assert.deepEqual(nobody, {
    outcome: 'declined',
    exchange: null,
    code: null,
    reason: 'no bank is known for this card',
    mayRetry: false,
  });
  await pair.host.down();
  await pair.bank.authorise(pair.request());
  await until('the link is down', () => pair.log().includes('bank connection is down'));
  const away = await pair.bank.authorise(pair.request());
  assert.ok(away.outcome === 'declined' && away.mayRetry && away.code === null);
  assert.ok((await pair.rows()).every(({ state }) => state === 'unsent'));
  await pair.host.up();
  await until('the bank is back', () => pair.host.counts.signOns > 0);
  await sleep(50);
  approved(await pair.bank.authorise(pair.request()));
});

test('I2: double answers are counted once, and the same caller’s id asks once', async () => {
  await using pair = await openBankPair();
  pair.host.behave({ behaviour: 'twice' });
  const request = pair.request();
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => pair.bank.authorise(request)));
  const [first] = outcomes.map(approved);
  assert.ok(outcomes.every((outcome) => approved(outcome).exchange === first?.exchange));
  await until('the double is noticed', () => pair.log().includes('the bank answered twice'));
  assert.equal(pair.host.books.entries().length, 1);
  const closings = await Promise.all(
    Array.from({ length: 5 }, () =>
      pair.bank.complete({ ...closing(first?.exchange ?? ''), amount: euros(31_240n) }),
    ),
  );
  assert.ok(closings.every(({ ok }) => ok));
  await settledDown(pair);
  assert.equal(pair.entry().takenMinor, 31_240n);
  await assert.rejects(pair.bank.authorise({ ...request, amount: euros(1n) }), /another amount/);
  await assertSameView(pair);
});

test('I2: what is completed is not reversed, and not completed again', async () => {
  await using pair = await openBankPair();
  const held = approved(await pair.bank.authorise(pair.request()));
  const tried = await Promise.all([
    pair.bank.complete({ ...closing(held.exchange, 'a'), amount: euros(31_240n) }),
    pair.bank.reverse(closing(held.exchange, 'b')),
    pair.bank.complete({ ...closing(held.exchange, 'c'), amount: euros(1n) }),
  ]);
  assert.equal(tried.filter(({ ok }) => ok).length, 1);
  assert.deepEqual(
    new Set(tried.map((one) => (one.ok ? 'closed' : one.refusal))),
    new Set(['closed', 'already_closed']),
  );
  const refusals = [
    await pair.bank.complete({ ...closing(held.exchange, 'd'), amount: euros(31_241n) }),
    await pair.bank.complete({ ...closing(held.exchange, 'e'), amount: { minor: 1n, currency: 'USD' } }),
    await pair.bank.complete({ ...closing('bex_none', 'f'), amount: euros(1n) }),
    await pair.bank.complete({ ...closing(held.exchange, 'g'), tenantId: 'ten_other', amount: euros(1n) }),
  ];
  assert.deepEqual(
    refusals.map((one) => (one.ok ? 'closed' : one.refusal)),
    ['amount_too_high', 'amount_too_high', 'not_found', 'not_found'],
  );
  await settledDown(pair);
  await assertSameView(pair);
});

test('a completion that the bank refuses ends as refused, and the money is given back then', async () => {
  await using pair = await openBankPair();
  const held = approved(await pair.bank.authorise(pair.request()));
  pair.host.behave({ behaviour: { code: '12' }, mti: '022', times: 1 });
  const refused = await complete(pair, held.exchange, 31_240n, 'a');
  assert.ok(refused.outcome === 'declined' && refused.code === '12');
  assert.equal(pair.settled[0]?.state, 'refused');
  approved(await reverse(pair, held.exchange, 'b'));
  assert.equal(pair.entry().state, 'reversed');
  await assertSameView(pair);
});

test('a completion and a reversal are said again until they are acknowledged: 0221 and 0401', async () => {
  for (const [mti, close] of [
    ['022', (pair: BankPair, exchange: string) => complete(pair, exchange, 31_240n)],
    ['040', (pair: BankPair, exchange: string) => reverse(pair, exchange)],
  ] as const) {
    await using pair = await openBankPair();
    const held = approved(await pair.bank.authorise(pair.request()));
    pair.host.behave({ behaviour: 'silent', mti, times: 1 });
    pair.host.behave({ behaviour: { code: '96' }, mti, times: 1 });
    pair.host.behave({ behaviour: 'lost', mti, times: 1 });
    assert.equal((await close(pair, held.exchange)).outcome, 'unknown');
    const rows = await settledDown(pair);
    assert.deepEqual([rows[1]?.state, rows[1]?.attempts], ['acknowledged', 4]);
    assert.equal(pair.host.counts.repeats, 3);
    assert.equal(pair.settled.length, 1, 'its end is told once');
    await assertSameView(pair);
  }
});

test('an advice is stored with the change of the room that asks for it, or not at all', async () => {
  await using pair = await openBankPair();
  const { sql } = pair.database.store;
  const held = approved(await pair.bank.authorise(pair.request()));
  const undone = transaction(sql, async (tx) => {
    const [enqueued] = await pair.bank.enqueueReverse(tx, [closing(held.exchange)]);
    assert.ok(enqueued?.ok);
    throw new Error('the room changed its mind');
  });
  await assert.rejects(undone, /changed its mind/);
  assert.equal((await pair.rows()).length, 1);
  const amount = euros(31_240n);
  const enqueued = await transaction(sql, (tx) =>
    pair.bank.enqueueComplete(tx, [
      { ...closing('bex_unknown'), caller: 'close_2', amount },
      { ...closing(held.exchange), amount },
      { ...closing(held.exchange), caller: 'close_3', amount },
    ]),
  );
  // In their order, each by itself: one is not there, and one closes what is held.
  assert.deepEqual(
    enqueued.map((one) => (one.ok ? 'ok' : one.refusal)),
    ['not_found', 'ok', 'already_closed'],
  );
  await settledDown(pair);
  assert.equal(pair.entry().state, 'captured');
  await assertSameView(pair);
});

test('S8: no card number, track or security code is in the database or the log; cards are erased in the end', async () => {
  await using pair = await openBankPair();
  const { sql } = pair.database.store;
  const held = approved(await pair.bank.authorise(pair.request()));
  pair.host.behave({ behaviour: 'silent', mti: '0100', times: 1 });
  await pair.bank.authorise(pair.request());
  await complete(pair, held.exchange, 31_240n);
  await settledDown(pair);
  const [dump] = await sql<
    { text: string }[]
  >`select string_agg(e::text, ' ') as text from bank_exchange as e`;
  for (const secret of [PAN, Buffer.from(PAN).toString('hex'), '737 ', '=3012']) {
    assert.ok(!dump?.text.includes(secret), secret);
    assert.ok(!pair.log().includes(secret), secret);
  }
  assert.ok(pair.log().includes('497010******7890'), 'the log shows which card it was');
  await pair.database.advanceClock(3_700_000);
  await using other = pair.openBank();
  await other.start();
  await untilRows(pair, 'the cards are erased', (rows) => rows.every(({ hasCard }) => !hasCard));
  const open = approved(await pair.bank.authorise(pair.request()));
  await pair.database.advanceClock(36 * 86_400_000);
  await using another = pair.openBank();
  await another.start();
  await untilRows(pair, 'no bank holds it any more', (rows) => rows.every(({ hasCard }) => !hasCard));
  const late = await pair.bank.reverse(closing(open.exchange, 'late'));
  assert.equal(late.ok ? 'closed' : late.refusal, 'not_approved');
});
