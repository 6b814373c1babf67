/**
 * `npm run openapi`: writes docs/openapi.json as a running server serves it. It is checked in so that clients
 * can be made from it without a server, and so that a change of the API is seen in review.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { openWorld } from './world.ts';

const FILE = new URL('../docs/openapi.json', import.meta.url);

/** The document as text, in the form in which it is checked in. */
export async function servedDocument(): Promise<string> {
  await using world = await openWorld();
  const answer = await world.call('GET', '/openapi.json');
  assert.equal(answer.status, 200, answer.text);
  return `${JSON.stringify(answer.body, null, 2)}\n`;
}

export async function checkedInDocument(): Promise<string> {
  return readFile(FILE, 'utf8');
}

if (import.meta.main) await writeFile(FILE, await servedDocument());
