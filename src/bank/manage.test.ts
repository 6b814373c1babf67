import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDatabase } from '../../test/database.ts';
import { systemRandom } from '../std/random.ts';
import { addRoute, listBanks, removeRoute, saveBank, type NewRoute } from './manage.ts';

const URL_TEXT = 'iso8583://bank.example?acquirer=1&terminal=T';

test('B6: banks and routes are written, changed and read', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const add = (route: NewRoute) => addRoute(sql, route, 0, systemRandom);
  assert.equal((await add({ bankId: 'acme', digits: '4' })).ok, false, 'there is no such bank yet');
  assert.ok((await saveBank(sql, { id: 'acme', url: URL_TEXT })).ok);
  assert.ok((await saveBank(sql, { id: 'acme', url: `${URL_TEXT}&window=7`, state: 'resting' })).ok);
  const route = await add({ bankId: 'acme', digits: '51', digitsTo: '55', rank: 3 });
  assert.ok(route.ok);
  assert.ok((await add({ bankId: 'acme', contract: 'credit-union' })).ok);
  const { hosts, routes } = await listBanks(sql);
  assert.deepEqual([...hosts], [{ id: 'acme', url: `${URL_TEXT}&window=7`, state: 'resting' }]);
  assert.deepEqual(
    routes.map(({ digitsFrom, digitsTo, contract, rank }) => [digitsFrom, digitsTo, contract, rank]),
    [
      ['51', '55', null, 3],
      [null, null, 'credit-union', 0],
    ],
  );
  assert.deepEqual(
    [await removeRoute(sql, route.value.id), await removeRoute(sql, route.value.id)],
    [true, false],
  );
});

test('what is no bank and no route is refused', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const banks = [
    { id: 'Acme', url: URL_TEXT },
    { id: 'acme', url: 'http://bank.example' },
  ];
  const refusals: string[] = [];
  for (const bank of banks) {
    const saved = await saveBank(sql, bank);
    refusals.push(saved.ok ? 'saved' : saved.refusal);
  }
  const routes: NewRoute[] = [
    { bankId: 'acme', digits: '' },
    { bankId: 'acme', digits: '51', digitsTo: '5' },
    { bankId: 'acme', digits: '55', digitsTo: '51' },
    { bankId: 'acme', digits: '4x' },
    { bankId: 'acme', contract: '' },
    { bankId: 'acme', digits: '4', rank: 1.5 },
  ];
  for (const route of routes) {
    const added = await addRoute(sql, route, 0, systemRandom);
    refusals.push(added.ok ? 'added' : added.refusal);
  }
  assert.deepEqual(refusals, [
    'malformed_bank',
    'malformed_bank_url',
    ...routes.map(() => 'malformed_route'),
  ]);
});
