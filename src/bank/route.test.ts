import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBanks, type Route } from './route.ts';

function route(bankId: string, more: Partial<Route>): Route {
  return { bankId, tenantId: null, contract: null, digitsFrom: null, digitsTo: null, rank: 0, ...more };
}

const digits = (from: string, to = from): Partial<Route> => ({ digitsFrom: from, digitsTo: to });

const ROUTES: readonly Route[] = [
  route('world', digits('0', '9')),
  route('france', digits('4970', '4979')),
  route('lyon', digits('497010')),
  route('spare', { ...digits('497010'), rank: 5 }),
  route('north', { ...digits('4970', '4979'), tenantId: 'ten_north' }),
  route('credit', { contract: 'credit-union' }),
];

const CASES: readonly (readonly [tenant: string, contract: string | null, pan: string, banks: string])[] = [
  ['ten_a', null, '4970101234567890', 'lyon spare france world'],
  ['ten_a', null, '4971101234567890', 'france world'],
  ['ten_a', null, '5100000000000000', 'world'],
  ['ten_north', null, '4970101234567890', 'north lyon spare france world'],
  ['ten_a', 'credit-union', '4970101234567890', 'credit lyon spare france world'],
  ['ten_a', 'another', '5100000000000000', 'world'],
];

test('B6: which bank to ask follows from tenant, contract and first digits, the nearest first', () => {
  for (const [tenantId, contract, pan, banks] of CASES) {
    const query = { tenantId, contract, pan };
    assert.deepEqual(findBanks(ROUTES, query), banks.split(' '), JSON.stringify(query));
    assert.deepEqual(findBanks(ROUTES.toReversed(), query), banks.split(' '), 'whatever their order');
  }
});

test('B6: without a route that fits there is no bank; a number shorter than a range is not in it', () => {
  assert.deepEqual(findBanks([], { tenantId: 'ten_a', contract: 'x', pan: '4970101234567890' }), []);
  const long = [route('long', digits('497010123456'))];
  assert.deepEqual(findBanks(long, { tenantId: 'ten_a', contract: null, pan: '49701' }), []);
  const twice = [route('one', digits('4')), route('one', digits('49'))];
  assert.deepEqual(findBanks(twice, { tenantId: 'ten_a', contract: null, pan: '4970101234567890' }), ['one']);
});
