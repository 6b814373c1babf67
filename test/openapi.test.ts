import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedInDocument, servedDocument } from './openapi.ts';

test('docs/openapi.json is what the server serves; after a change of the API run: npm run openapi', async () => {
  assert.deepEqual(JSON.parse(await servedDocument()), JSON.parse(await checkedInDocument()));
});
