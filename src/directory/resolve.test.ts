import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openTestDatabase } from '../../test/database.ts';
import { createDirectory } from './resolve.ts';

const database = await openTestDatabase();
after(() => database[Symbol.asyncDispose]());
const { sql } = database.store;
const directory = createDirectory({ sql, defaultCountry: 'FR' });
const allow = { callerAddress: false, numberDirectory: false };

test('P3: an unknown subscriber is refused', async () => {
  const answer = await directory.resolve({
    tenantId: 'ten_x',
    to: { subscriberId: 'sub_x' },
    allow,
    channel: 'sms',
  });
  assert.equal(answer.ok, false);
  const other = await directory.resolve({
    tenantId: 'ten_x',
    to: { identifier: { value: '0612345678' } },
    allow,
    channel: 'sms',
  });
  assert.equal(other.ok, false);
});
