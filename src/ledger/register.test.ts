import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addedBy, addsOf, priceOf, RegisterSchema, type Tariff } from './register.ts';

const tariff = (more: Partial<Tariff> = {}): Tariff => ({
  unitSeconds: 60,
  rounding: 'started',
  setup: 0n,
  steps: [{ units: null, price: 15n }],
  maximum: null,
  ...more,
});

const SECONDS = 1_000;

test('P12: a duration is counted by its rounding rule', () => {
  const rows: readonly (readonly [rounding: Tariff['rounding'], seconds: number, price: bigint])[] = [
    ['started', 0, 0n],
    ['started', 0.001, 15n],
    ['started', 60, 15n],
    ['started', 60.001, 30n],
    ['completed', 59.999, 0n],
    ['completed', 60, 15n],
    ['completed', 119, 15n],
    ['nearest', 29, 0n],
    ['nearest', 30, 15n],
    ['nearest', 89, 15n],
    ['nearest', 90, 30n],
    // 15 for a minute is a quarter for a second.
    ['exact', 1, 0n],
    ['exact', 2, 1n],
    ['exact', 61, 15n],
    ['exact', 62, 16n],
  ];
  for (const [rounding, seconds, price] of rows)
    assert.equal(priceOf(tariff({ rounding }), seconds * SECONDS), price, `${rounding} ${seconds} s`);
});

test('P12: a tariff has a price to begin with, steps, and an end', () => {
  const stepped = tariff({
    setup: 100n,
    steps: [
      { units: 2, price: 50n },
      { units: 3, price: 20n },
      { units: null, price: 1n },
    ],
    maximum: 270n,
  });
  const minutes = [0, 1, 2, 3, 5, 6, 15, 16, 1_000];
  assert.deepEqual(
    minutes.map((each) => priceOf(stepped, each * 60 * SECONDS)),
    [100n, 150n, 200n, 220n, 260n, 261n, 270n, 270n, 270n],
  );
});

test('P12: a longer session never costs less, and never more than one unit beyond its time', () => {
  const anyTariff = fc.record({
    unitSeconds: fc.integer({ min: 1, max: 3_600 }),
    rounding: fc.constantFrom('started', 'completed', 'nearest', 'exact'),
    setup: fc.bigInt({ min: 0n, max: 500n }),
    steps: fc.bigInt({ min: 0n, max: 500n }).map((price) => [{ units: null, price }]),
    maximum: fc.constant(null),
  });
  const duration = fc.integer({ min: 0, max: 100_000_000 });
  fc.assert(
    fc.property(anyTariff, duration, duration, (each, a, b) => {
      const rule = each as Tariff;
      const [short, long] = a < b ? [a, b] : [b, a];
      assert(priceOf(rule, short) <= priceOf(rule, long));
      const [step] = rule.steps;
      const units = BigInt(Math.ceil(long / (rule.unitSeconds * 1000)));
      assert(priceOf(rule, long) <= rule.setup + units * (step?.price ?? 0n));
    }),
  );
});

test('P12: an act adds its amount in the currency of the register, or a fixed value', () => {
  const eur = { amount: { minor: 31240n, currency: 'EUR' } };
  const amount = { currency: 'EUR', adds: { kind: 'amount' } } as const;
  assert.equal(addedBy(amount, eur, 5), 31240n);
  assert.equal(addedBy(amount, { amount: { minor: 1n, currency: 'USD' } }, 5), 0n);
  assert.equal(addedBy(amount, { amount: null }, 5), 0n);
  assert.equal(addedBy({ currency: 'EUR', adds: { kind: 'fixed', value: 20n } }, { amount: null }, 5), 20n);
});

test('a rule is read as it was written, and what is none is refused', () => {
  const written = {
    name: 'minutes',
    purpose: 'access',
    currency: 'EUR',
    adds: { kind: 'duration', steps: [{ price: '0.15' }] },
  };
  const rule = RegisterSchema.parse(written);
  assert.deepEqual(addsOf(rule), { kind: 'duration', ...tariff() });
  const wrong: readonly object[] = [
    { currency: 'XXQ' },
    { purpose: 'leisure' },
    { name: 'Minutes' },
    { adds: { kind: 'fixed', value: '0.001' } },
    { adds: { kind: 'fixed', value: '-1' } },
    { adds: { kind: 'duration', steps: [] } },
    { adds: { kind: 'duration', steps: [{ price: '1', units: 5 }] } },
    { adds: { kind: 'duration', steps: [{ price: '1' }, { price: '2' }] } },
    { adds: { kind: 'duration', steps: [{ price: '1' }], unitSeconds: 0 } },
    { counted: 'later' },
    { balance: '5' },
  ];
  for (const more of wrong)
    assert.equal(RegisterSchema.safeParse({ ...written, ...more }).success, false, JSON.stringify(more));
});
