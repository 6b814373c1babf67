import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PURPOSES } from './act.ts';
import {
  assuranceSuffices,
  decide,
  DEFAULT_POLICY,
  parsePolicy,
  type Decision,
  type Policy,
  type PolicyInput,
} from './policy.ts';

const eur = (minor: bigint) => ({ minor, currency: 'EUR' });

function policyOf(document: PolicyInput): Policy {
  const policy = parsePolicy(document);
  assert.ok(policy.ok, policy.ok ? '' : policy.detail);
  return policy.value;
}

function detailOf(document: unknown): string {
  const policy = parsePolicy(document);
  return policy.ok ? 'accepted' : (policy.detail ?? '');
}

function securedOf(decision: Decision): Extract<Decision, { secured: true }> {
  assert.ok(decision.secured);
  return decision;
}

test('P10: without a document every act is secured, with 6 digits for access and 8 for payments', () => {
  for (const purpose of PURPOSES) {
    const decision = securedOf(decide(DEFAULT_POLICY, { purpose, clientId: 'cli_1', amount: eur(1n) }));
    assert.equal(decision.digits, purpose === 'access' || purpose === 'bind_address' ? 6 : 8);
    assert.equal(decision.validityMs, 300_000);
    assert.deepEqual(decision.channels, ['sms']);
    assert.equal(decision.resendsMax, 3);
    assert.equal(decision.attemptsMax, 5);
    assert.equal(decision.callerAddress, false);
  }
});

test('P10: an amount up to the limit is normal, one cent above it is secured', () => {
  const policy = policyOf({ purposes: { payment: { normalUpTo: { EUR: '30.00', JPY: '5000' } } } });
  const pay = (minor: bigint, currency = 'EUR') =>
    decide(policy, { purpose: 'payment', clientId: 'cli_1', amount: { minor, currency } });
  assert.deepEqual(pay(3000n), { secured: false, reason: 'within_limit' });
  assert.equal(pay(3001n).reason, 'above_limit');
  assert.deepEqual(pay(5000n, 'JPY'), { secured: false, reason: 'within_limit' });
  assert.equal(pay(5001n, 'JPY').secured, true);
});

test('S17: no amount, no limit and a currency without a limit are secured', () => {
  const policy = policyOf({ purposes: { payment: { normalUpTo: { EUR: '30.00' } } } });
  const reasonOf = (purpose: 'payment' | 'transfer', amount: { minor: bigint; currency: string } | null) => {
    const decision = decide(policy, { purpose, clientId: 'cli_1', amount });
    return [decision.secured, decision.reason];
  };
  assert.deepEqual(reasonOf('payment', { minor: 1n, currency: 'USD' }), [true, 'no_limit_in_currency']);
  assert.deepEqual(reasonOf('payment', null), [true, 'no_amount']);
  assert.deepEqual(reasonOf('transfer', eur(1n)), [true, 'no_limit']);
});

test('P10: the rule of a client lies over the rule of the tenant, and touches nobody else', () => {
  const policy = policyOf({
    purposes: { payment: { normalUpTo: { EUR: '30.00' }, validityMs: 120_000 } },
    clients: {
      cli_shop: { payment: { normalUpTo: { EUR: '50.00' } } },
      cli_strict: { payment: { secured: 'always', digits: 10, connected: true } },
      cli_open: { access: { secured: 'never' } },
    },
  });
  const pay = (clientId: string) => decide(policy, { purpose: 'payment', clientId, amount: eur(4000n) });
  assert.equal(pay('cli_shop').secured, false);
  assert.equal(pay('cli_other').secured, true);
  const strict = securedOf(pay('cli_strict'));
  assert.deepEqual([strict.digits, strict.connected, strict.validityMs], [10, true, 120_000]);
  const access = (clientId: string) => decide(policy, { purpose: 'access', clientId, amount: null });
  assert.deepEqual(access('cli_open'), { secured: false, reason: 'never_secured' });
  for (const clientId of ['cli_shop', 'constructor', '__proto__', '']) {
    assert.deepEqual(access(clientId).reason, 'always_secured', clientId);
  }
});

test('S17: whatever the limits are, an act is normal only when its own currency has a limit at or above it', () => {
  const currency = fc.constantFrom('EUR', 'USD', 'JPY', 'KWD');
  const limits = fc.dictionary(currency, fc.nat({ max: 1000 }));
  fc.assert(
    fc.property(limits, currency, fc.nat({ max: 1_000_000 }), (map, currency, minor) => {
      const normalUpTo = Object.fromEntries(Object.entries(map).map(([key, value]) => [key, String(value)]));
      const policy = policyOf({ purposes: { order: { normalUpTo } } });
      const amount = { minor: BigInt(minor), currency };
      const exponent = { EUR: 2, USD: 2, JPY: 0, KWD: 3 }[currency] ?? 2;
      const limit = Object.hasOwn(map, currency) ? (map[currency] ?? 0) * 10 ** exponent : -1;
      assert.equal(decide(policy, { purpose: 'order', clientId: 'c', amount }).secured, minor > limit);
    }),
  );
});

test('S1 S2 S4 S11: a document cannot weaken what must hold, and says where it is wrong', () => {
  assert.match(detailOf({ purposes: { access: { digits: 5 } } }), /^purposes\.access\.digits: /);
  assert.match(detailOf({ purposes: { access: { validityMs: 600_001 } } }), /validityMs/);
  assert.match(detailOf({ purposes: { access: { attemptsMax: 6 } } }), /attemptsMax/);
  assert.match(detailOf({ purposes: { access: { channels: [] } } }), /channels/);
  assert.match(detailOf({ purposes: { access: { channels: ['sms', 'sms'] } } }), /twice/);
  assert.match(detailOf({ purposes: { bind_address: { secured: 'never' } } }), /bind_address/);
  assert.match(detailOf({ clients: { c: { bind_address: { normalUpTo: {} } } } }), /bind_address/);
  assert.match(detailOf({ purposes: { payment: { normalUpTo: { EUR: '1.005' } } } }), /normalUpTo\.EUR/);
  assert.match(detailOf({ purposes: { payment: { normalUpTo: { EURO: '1' } } } }), /EURO/);
  assert.match(detailOf({ purposes: { payment: { normalUpto: {} } } }), /normalUpto/);
  assert.match(detailOf({ purposes: { paiement: {} } }), /purposes/);
  assert.match(detailOf({ limits: { failures: { inARowMax: 6 } } }), /inARowMax/);
  assert.match(detailOf({ limits: { failures: { inAllMax: 101 } } }), /inAllMax/);
  assert.match(detailOf({ limits: { failures: { blockMaxMs: 2000 } } }), /blockMaxMs/);
  assert.match(detailOf([]), /^policy: /);
});

test('S13: the sending limits have their defaults, and each can be set alone', () => {
  const { limits } = policyOf({ limits: { address: { spacingMs: 0 }, country: { byCountry: { FR: 0 } } } });
  assert.deepEqual(limits.address, { perHourMax: 10, perDayMax: 50, spacingMs: 0 });
  assert.equal(limits.country.byCountry['FR'], 0);
  assert.equal(DEFAULT_POLICY.limits.address.spacingMs, 60_000);
  assert.equal(DEFAULT_POLICY.limits.recordOnly, false);
});

test('S10: a channel below the demanded assurance does not suffice', () => {
  assert.equal(assuranceSuffices('none', 'restricted'), false);
  assert.equal(assuranceSuffices('restricted', 'restricted'), true);
  assert.equal(assuranceSuffices('none', 'none'), true);
});
