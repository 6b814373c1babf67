import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DEFAULT_PAYMENT_POLICY,
  parsePaymentPolicy,
  paymentRuleOf,
  type PaymentPolicyInput,
} from './policy.ts';

function ruleOf(document: PaymentPolicyInput, clientId = 'cli_1') {
  const policy = parsePaymentPolicy(document);
  assert.ok(policy.ok, policy.ok ? '' : policy.detail);
  return paymentRuleOf(policy.value, clientId);
}

test('P10 B5 B7: without a document nothing is exempt, the bank is asked before the code', () => {
  assert.deepEqual(paymentRuleOf(DEFAULT_PAYMENT_POLICY, 'cli_1'), {
    bankAsked: 'before',
    capture: 'automatic',
    statement: 'exempt',
    lowValue: null,
    trustedPayees: false,
    recurring: null,
    risk: null,
  });
});

test('P10: the rule of a client lies over that of the tenant, and can take an exemption away', () => {
  const document: PaymentPolicyInput = {
    rules: { lowValue: {}, bankAsked: 'after', statement: 'always' },
    clients: { cli_strict: { lowValue: null, bankAsked: 'before' }, cli_shop: { trustedPayees: true } },
  };
  const shop = ruleOf(document, 'cli_shop');
  assert.deepEqual([shop.trustedPayees, shop.bankAsked, shop.statement], [true, 'after', 'always']);
  assert.equal(shop.lowValue?.sumMax.get('EUR'), 100_00n);
  const strict = ruleOf(document, 'cli_strict');
  assert.deepEqual([strict.lowValue, strict.bankAsked, strict.statement], [null, 'before', 'always']);
  for (const clientId of ['constructor', '__proto__', '']) {
    assert.equal(ruleOf(document, clientId).trustedPayees, false, clientId);
  }
});

test('RTS 16, 18: a rule that says nothing has the limits of the law', () => {
  const { lowValue, risk } = ruleOf({ rules: { lowValue: {}, risk: {} } });
  assert.equal(lowValue?.each.get('EUR'), 30_00n);
  assert.deepEqual([lowValue.paymentsMax, lowValue.bound], [5, 'both']);
  assert.deepEqual(
    risk?.bands.map((band) => [band.rateBpMax, band.upTo.get('EUR')]),
    [
      [1, 500_00n],
      [6, 250_00n],
      [13, 100_00n],
    ],
  );
  assert.equal(risk?.signals.country, 'must_match');
});

/** What is wrong, and where the refusal says that it is. */
const WRONG: readonly (readonly [document: unknown, place: RegExp])[] = [
  [{ rules: { lowValue: { each: { EUR: '30.01' } } } }, /^rules\.lowValue\.each\.EUR: /],
  [{ rules: { lowValue: { sumMax: { EUR: '100.01' } } } }, /^rules\.lowValue\.sumMax\.EUR: /],
  [{ rules: { lowValue: { paymentsMax: 6 } } }, /^rules\.lowValue\.paymentsMax: /],
  [{ rules: { lowValue: { each: { EURO: '1' } } } }, /EURO/],
  [{ clients: { c: { lowValue: { each: { EUR: '31' } } } } }, /^clients\.c\.lowValue/],
  [{ rules: { risk: { bands: [] } } }, /^rules\.risk\.bands: /],
  [{ rules: { risk: { bands: [{ rateBpMax: 13, upTo: { EUR: '100.01' } }] } } }, /bands\.0\.upTo\.EUR: /],
  [{ rules: { risk: { bands: [{ rateBpMax: 6.1, upTo: { EUR: '250.00' } }] } } }, /bands\.0\.upTo\.EUR: /],
  [{ rules: { risk: { bands: [{ rateBpMax: 1, upTo: { EUR: '500.01' } }] } } }, /bands\.0\.upTo\.EUR: /],
  [{ rules: { risk: { bands: [{ rateBpMax: 14, upTo: { EUR: '0.01' } }] } } }, /bands\.0\.upTo\.EUR: /],
  [{ rules: { risk: { signals: { country: 'any' } } } }, /signals\.country/],
  [{ rules: { lowvalue: {} } }, /lowvalue/],
  [{ fraudRates: { EUR: { bp: 4 } } }, /^fraudRates\.EUR\.statedOn: /],
  [{ fraudRates: { EUR: { bp: -1, statedOn: '2026-09-30' } } }, /^fraudRates\.EUR\.bp: /],
  [{ fraudRates: { EUR: { bp: 4, statedOn: '30.9.2026' } } }, /^fraudRates\.EUR\.statedOn: /],
  [{ fraudRates: { euro: { bp: 4, statedOn: '2026-09-30' } } }, /^fraudRates/],
  [[], /^policy: /],
];

test('S17: a document cannot be laxer than the law, and says where it is wrong', () => {
  for (const [document, place] of WRONG) {
    const parsed = parsePaymentPolicy(document);
    assert.equal(parsed.ok, false, JSON.stringify(document));
    assert.match(parsed.ok ? '' : (parsed.detail ?? ''), place);
  }
});

test('a limit in another currency is the tenant’s own word', () => {
  const { lowValue } = ruleOf({ rules: { lowValue: { each: { JPY: '4500' }, sumMax: { JPY: '15000' } } } });
  assert.equal(lowValue?.each.get('JPY'), 4500n);
  assert.equal(lowValue.each.get('EUR'), undefined);
});
