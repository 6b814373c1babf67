import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { feeOf, FeesSchema, parseFees, type FeeRules, type FeesDocument } from './fee.ts';

function rules(document: Partial<FeesDocument>): FeeRules {
  const parsed = parseFees(FeesSchema.parse(document), 'EUR');
  assert.ok(typeof parsed !== 'string', 'the rules are refused');
  return parsed;
}

const STEPS = [
  { upTo: '1000.00', basisPoints: 200 },
  { upTo: '5000.00', basisPoints: 150 },
  { upTo: null, basisPoints: 100 },
];

/** gross and fee in cents. */
const CASES = `
  rules                                        gross   payments   fee
  {}                                            10000          3     0
  {"perPayment":"0.25"}                         10000          3    75
  {"perPayout":"1.00","perPayment":"0.10"}      10000          3   130
  {"minimum":"5.00"}                            10000          3   500
  {"minimum":"500.00"}                          10000          3 10000
`;

test('B4: a fee is what its rules say', () => {
  const lines = CASES.trim().split('\n').slice(1);
  for (const line of lines) {
    const [document = '', gross = '', payments = '', fee = ''] = line.trim().split(/\s+/);
    const found = feeOf(rules(JSON.parse(document) as object), {
      gross: BigInt(gross),
      payments: Number(payments),
    });
    assert.equal(found, BigInt(fee), line);
  }
});

test('each step is for its part of the volume, and nothing is rounded between them', () => {
  const all = rules({ steps: STEPS });
  assert.equal(feeOf(all, { gross: 100_000n, payments: 0 }), 2_000n);
  assert.equal(feeOf(all, { gross: 500_000n, payments: 0 }), 8_000n);
  assert.equal(feeOf(all, { gross: 700_000n, payments: 0 }), 10_000n);
  assert.equal(feeOf(rules({ steps: STEPS, maximum: '90.00' }), { gross: 700_000n, payments: 0 }), 9_000n);
  const half = (rounding: FeesDocument['rounding'], gross: bigint): bigint =>
    feeOf(rules({ steps: [{ upTo: null, basisPoints: 100 }], rounding }), { gross, payments: 0 });
  assert.deepEqual(
    (['up', 'half_up', 'half_even', 'down'] as const).map((rounding) => [
      half(rounding, 50n),
      half(rounding, 150n),
      half(rounding, 149n),
    ]),
    [
      [1n, 2n, 2n],
      [1n, 2n, 1n],
      [0n, 2n, 1n],
      [0n, 1n, 1n],
    ],
  );
});

test('a fee is never negative, never more than there is, and grows with the volume', () => {
  const some = fc.record({
    gross: fc.bigInt({ min: 1n, max: 10n ** 12n }),
    more: fc.bigInt({ min: 0n, max: 10n ** 9n }),
    payments: fc.nat(1_000),
    rounding: fc.constantFrom('up', 'half_up', 'half_even', 'down'),
  });
  fc.assert(
    fc.property(some, ({ gross, more, payments, rounding }) => {
      const own = rules({ steps: STEPS, perPayment: '0.05', minimum: '0.50', rounding });
      const fee = feeOf(own, { gross, payments });
      assert.ok(fee >= 0n && fee <= gross);
      assert.ok(feeOf(own, { gross: gross + more, payments }) >= fee);
    }),
  );
});

test('rules that contradict themselves are refused in one sentence', () => {
  const refused: Partial<FeesDocument>[] = [
    { steps: [{ upTo: '10.00', basisPoints: 1 }] },
    { steps: [STEPS[1] ?? { upTo: null, basisPoints: 0 }, ...STEPS] },
    { minimum: '5.00', maximum: '1.00' },
    { perPayment: '0.001' },
  ];
  for (const document of refused) {
    const found = parseFees(FeesSchema.parse(document), 'EUR');
    assert.ok(typeof found === 'string' && found.endsWith('.'), JSON.stringify(document));
  }
});
