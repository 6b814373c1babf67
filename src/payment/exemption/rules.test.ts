import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { homeOfPayer, payeeKeyOf, type Facts, type History } from './facts.ts';
import { parsePaymentPolicy, type PaymentPolicy, type PaymentPolicyInput } from './policy.ts';
import { EXEMPTIONS, judgePayment, type Exemption, type Judged } from './rules.ts';

const NOW_MS = Date.UTC(2026, 9, 15, 12);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const money = (minor: number, currency = 'EUR') => ({ minor: BigInt(minor), currency });

const FACTS: Facts = {
  means: 'card_on_file',
  amount: money(10_00),
  payeeKey: 'acme',
  instrument: 'card',
  series: null,
  payerCountry: 'FR',
  ipCountry: 'FR',
};

/** A payer whose last code was right yesterday. */
const HISTORY: History = {
  nowMs: NOW_MS,
  codeAtMs: NOW_MS - DAY_MS,
  payments: 0,
  sumMinor: 0n,
  currency: null,
  recentMs: [],
  isMeansProved: true,
  isPayeePaid: true,
  isPayeeTrusted: false,
  series: null,
  largestMinor: 200_00n,
};

function policyOf(document: PaymentPolicyInput): PaymentPolicy {
  const policy = parsePaymentPolicy(document);
  assert.ok(policy.ok, policy.ok ? '' : policy.detail);
  return policy.value;
}

function whyOf({ considered }: Judged, rule: Exemption): string {
  const found = considered.find((one) => one.rule === rule);
  assert.ok(found);
  return found.verdict === 'code' ? found.why : found.verdict;
}

/** One case a line: amount in cents, payments and sum since the code, and what is said. */
const LOW_VALUE = `
  amount  payments   sum   said
      1          0     0   exempt
   3000          0     0   exempt
   3001          0     0   The limit is EUR 30.00.
   3000          2  7000   exempt
   3000          2  7001   EUR 70.01 were paid since the last code; the limit of the sum is EUR 100.00.
     10          4    40   exempt
     10          5    50   5 payments were made since the last code; the limit is 5.
`;

test('RTS 16: low value, up to the limits of each, of the sum and of how many', () => {
  const policy = policyOf({ rules: { lowValue: {} } });
  let cases = 0;
  for (const line of LOW_VALUE.trim().split('\n').slice(1)) {
    const [, amount, payments, sum, said] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    const facts = { ...FACTS, amount: money(Number(amount)) };
    const since = { payments: Number(payments), sumMinor: BigInt(sum ?? ''), currency: 'EUR' };
    const judged = judgePayment(policy, 'c', facts, { ...HISTORY, ...since });
    assert.equal(whyOf(judged, 'low_value'), said, line);
    assert.equal(judged.exempt, said === 'exempt', line);
    cases++;
  }
  assert.equal(cases, 7);
});

test('RTS 16: one of the two bounds is enough where policy says so', () => {
  const since = { ...HISTORY, payments: 7, sumMinor: 95_00n, currency: 'EUR' };
  const judge = (bound: 'sum' | 'payments', history: History) =>
    judgePayment(
      policyOf({ rules: { lowValue: { bound } } }),
      'c',
      { ...FACTS, amount: money(5_00) },
      history,
    );
  assert.equal(judge('sum', since).exempt, true);
  assert.equal(judge('payments', since).exempt, false);
  assert.equal(judge('payments', { ...since, payments: 4, sumMinor: 900_00n }).exempt, true);
});

test('S17: what cannot be judged demands the code', () => {
  const policy = policyOf({ rules: { lowValue: {}, risk: {} } });
  const why = (rule: Exemption, facts: Partial<Facts>, history: Partial<History> = {}) =>
    whyOf(judgePayment(policy, 'c', { ...FACTS, ...facts }, { ...HISTORY, ...history }), rule);
  assert.equal(why('low_value', { amount: money(1, 'USD') }), 'There is no limit in USD.');
  assert.match(why('low_value', {}, { payments: 1, sumMinor: 1n, currency: 'USD' }), /there is no sum/);
  assert.match(why('low_value', {}, { payments: 2, sumMinor: 2n, currency: null }), /there is no sum/);
  assert.match(why('low_value', {}, { codeAtMs: null }), /never confirmed/);
  assert.match(why('low_value', {}, { isMeansProved: false }), /never confirmed/);
  assert.equal(why('low_risk', {}), 'No fraud rate is stated in EUR.');
});

test('P10: at a terminal, and without any rule, nothing is exempt', () => {
  const all = policyOf({ rules: { lowValue: {}, trustedPayees: true } });
  const history = { ...HISTORY, isPayeeTrusted: true };
  const terminal = judgePayment(all, 'c', { ...FACTS, means: 'terminal' }, history);
  assert.deepEqual([terminal.exempt, terminal.reason], [false, 'not_remote']);
  assert.equal(whyOf(terminal, 'low_value'), 'The payment is not remote.');
  const none = judgePayment(policyOf({}), 'c', FACTS, history);
  assert.deepEqual([none.exempt, none.reason], [false, 'no_rule']);
  assert.deepEqual(
    none.considered.map(({ rule, verdict }) => [rule, verdict]),
    EXEMPTIONS.map((rule) => [rule, 'off']),
  );
});

test('RTS 13: a trusted payee is exempt at any amount, from a card that the payer proved', () => {
  const policy = policyOf({ rules: { trustedPayees: true } });
  const facts = { ...FACTS, amount: money(9_999_99) };
  const trusted = { ...HISTORY, isPayeeTrusted: true };
  assert.equal(judgePayment(policy, 'c', facts, trusted).reason, 'trusted_payee');
  assert.equal(judgePayment(policy, 'c', facts, HISTORY).exempt, false);
  assert.equal(judgePayment(policy, 'c', facts, { ...trusted, isMeansProved: false }).exempt, false);
});

test('RTS 14: the next payment of a series is the same in all that the first one was', () => {
  const policy = policyOf({ rules: { recurring: { daysBetweenMin: 7 } } });
  const series = {
    payeeKey: 'acme',
    amount: money(10_00),
    instrument: 'card',
    lastAtMs: NOW_MS - 7 * DAY_MS,
  };
  const why = (facts: Partial<Facts>, change: Partial<typeof series> = {}) =>
    whyOf(
      judgePayment(
        policy,
        'c',
        { ...FACTS, series: 's', ...facts },
        { ...HISTORY, series: { ...series, ...change } },
      ),
      'recurring',
    );
  assert.equal(why({}), 'exempt');
  assert.equal(why({ series: null }), 'The payment belongs to no series.');
  assert.equal(why({ payeeKey: 'other' }), 'The series has another payee.');
  assert.equal(why({ amount: money(9_99) }), 'The amount of the series is EUR 10.00.');
  assert.equal(why({ amount: money(10_00, 'USD') }), 'The amount of the series is EUR 10.00.');
  assert.equal(why({ instrument: 'new' }), 'The series is paid from another card or contract.');
  assert.match(why({}, { lastAtMs: NOW_MS - 7 * DAY_MS + 1 }), /less than 7 days/);
});

/** Fraud rate in basis points, how many days ago it was stated, the amount in euro; whether that is exempt. */
const BANDS = `
     bp   days  amount  exempt
      1      0     500  yes
      1      0     501  no
    1.1      0     500  no
    1.1      0     250  yes
      6      0     250  yes
      6      0     251  no
    6.5      0     101  no
     13      0     100  yes
   13.1      0       1  no
      0     92     500  yes
      0     93       1  no
      0     -1       1  no
`;

test('RTS 18: the fraud rate says how much is exempt, and is old after a quarter', () => {
  let cases = 0;
  for (const line of BANDS.trim().split('\n').slice(1)) {
    const [bp, days, amount, exempt] = line.trim().split(/\s+/);
    const midnightMs = Date.UTC(2026, 9, 15);
    const statedOn = new Date(midnightMs - Number(days) * DAY_MS).toISOString().slice(0, 10);
    const policy = policyOf({ rules: { risk: {} }, fraudRates: { EUR: { bp: Number(bp), statedOn } } });
    const facts = { ...FACTS, amount: money(Number(amount) * 100) };
    const history = { ...HISTORY, nowMs: midnightMs, largestMinor: 500_00n };
    assert.equal(judgePayment(policy, 'c', facts, history).exempt, exempt === 'yes', line);
    cases++;
  }
  assert.equal(cases, 12);
});

test('RTS 18: each signal demands the code alone, and can be put out alone', () => {
  const judge = (signals: object, facts: Partial<Facts>, history: Partial<History>) =>
    judgePayment(
      policyOf({ rules: { risk: { signals } }, fraudRates: { EUR: { bp: 1, statedOn: '2026-10-01' } } }),
      'c',
      { ...FACTS, ...facts },
      { ...HISTORY, ...history },
    ).exempt;
  const recent = (count: number, agoMs: number) => Array.from({ length: count }, () => NOW_MS - agoMs);
  const cases: [signals: object, facts: Partial<Facts>, history: Partial<History>, exempt: boolean][] = [
    [{}, {}, {}, true],
    [{}, {}, { isMeansProved: false }, false],
    [{ newMeans: false }, {}, { isMeansProved: false }, true],
    [{}, {}, { isPayeePaid: false }, false],
    [{ newPayee: false }, {}, { isPayeePaid: false }, true],
    [{}, {}, { recentMs: recent(2, HOUR_MS - 1) }, true],
    [{}, {}, { recentMs: recent(3, HOUR_MS - 1) }, false],
    [{ perHourMax: 4 }, {}, { recentMs: recent(3, HOUR_MS - 1) }, true],
    [{}, {}, { recentMs: recent(9, HOUR_MS + 1) }, true],
    [{}, {}, { recentMs: recent(10, DAY_MS - 1) }, false],
    [{}, {}, { recentMs: recent(10, DAY_MS) }, true],
    [{}, { amount: money(400_00) }, {}, true],
    [{}, { amount: money(400_01) }, {}, false],
    [{ usualTimesMax: 3 }, { amount: money(400_01) }, {}, true],
    [{}, {}, { largestMinor: null }, false],
    [{}, { ipCountry: 'GB' }, {}, false],
    [{}, { ipCountry: null }, {}, false],
    [{}, { payerCountry: null }, {}, false],
    [{ country: 'must_not_differ' }, { ipCountry: null }, {}, true],
    [{ country: 'must_not_differ' }, { ipCountry: 'GB' }, {}, false],
    [{ country: 'ignored' }, { ipCountry: 'GB' }, {}, true],
    [{}, { means: 'trustee' }, {}, false],
  ];
  for (const [signals, facts, history, exempt] of cases) {
    assert.equal(judge(signals, facts, history), exempt, JSON.stringify([signals, facts.means], null, 1));
  }
});

/** The counter as the store keeps it, beside a list of what was really paid. */
test('RTS 16: no order of payments and codes ever passes the limits since the last code', () => {
  const policy = policyOf({ rules: { lowValue: {}, trustedPayees: true } });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('code' as const) }),
    fc.record({
      kind: fc.constant('pay' as const),
      minor: fc.integer({ min: 1, max: 35_00 }),
      currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD'),
      isPayeeTrusted: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let history: History = { ...HISTORY, codeAtMs: null, isMeansProved: false };
      let paid: { minor: bigint; currency: string }[] = [];
      for (const one of steps) {
        if (one.kind === 'code') {
          history = { ...HISTORY };
          paid = [];
          continue;
        }
        const amount = money(one.minor, one.currency);
        const asked = { ...history, isPayeeTrusted: one.isPayeeTrusted };
        const judged = judgePayment(policy, 'c', { ...FACTS, amount }, asked);
        if (!judged.exempt) continue;
        paid.push(amount);
        history = afterExempt(history, amount);
        if (judged.reason !== 'low_value') continue;
        assert.ok(paid.length <= 5);
        assert.ok(paid.every(({ currency }) => currency === 'EUR'));
        assert.ok(paid.reduce((sum, { minor }) => sum + minor, 0n) <= 100_00n);
      }
    }),
    { numRuns: 2_000 },
  );
});

function afterExempt(history: History, amount: { minor: bigint; currency: string }): History {
  const isSame = history.payments === 0 || history.currency === amount.currency;
  return {
    ...history,
    payments: history.payments + 1,
    sumMinor: history.sumMinor + amount.minor,
    currency: isSame ? amount.currency : null,
  };
}

test('a payee is the same in another spelling, and a payer has one home', () => {
  assert.equal(payeeKeyOf('  ACME\u00a0 Shop '), 'acme shop');
  assert.equal(payeeKeyOf('\uff21cme'), 'acme');
  assert.notEqual(payeeKeyOf('Acme'), payeeKeyOf('Acme.'));
  assert.equal(homeOfPayer('sub_00123456789abcdefghjkmnpqr'), 0);
  assert.equal(homeOfPayer('000003ff000000000000000000000000'), 1023);
});
