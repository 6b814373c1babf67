import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../std/random.ts';
import { isBoundSession, isSessionSecret, newSessionSecret } from './session.ts';

test('S9: the mark of a session that is bound to its browser cannot be taken off or put on', () => {
  const bound = newSessionSecret(systemRandom, true);
  const free = newSessionSecret(systemRandom);
  const text = bound.secret.reveal();
  assert.ok(isBoundSession(text) && isSessionSecret(text, bound.hash));
  assert.ok(!isBoundSession(free.secret.reveal()));
  assert.ok(!isSessionSecret(text.replace(/^own\./, ''), bound.hash));
  assert.ok(!isSessionSecret(`own.${free.secret.reveal()}`, free.hash));
});
