import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '../std/bytes.ts';
import { isFormToken, isOwnPost, makeFormToken } from './form-token.ts';

const KEY = utf8('a key of thirty-two bytes, exactly');
const OWN = 'https://confirm.example';

test('S18: a form token fits its own session, scope and key only', () => {
  const token = makeFormToken(KEY, 'session-1', 'cnf_1');
  assert.equal(isFormToken(KEY, 'session-1', 'cnf_1', token), true);
  assert.equal(isFormToken(KEY, 'session-2', 'cnf_1', token), false);
  assert.equal(isFormToken(KEY, 'session-1', 'cnf_2', token), false);
  assert.equal(isFormToken(utf8('another key'), 'session-1', 'cnf_1', token), false);
});

test('S18: no token, a cut token, a token without a session are refused', () => {
  const token = makeFormToken(KEY, '', 'cnf_1');
  assert.equal(isFormToken(KEY, '', 'cnf_1', token), false);
  for (const wrong of [undefined, null, '', 7, [], token.slice(1), `${token}a`])
    assert.equal(isFormToken(KEY, 'session-1', 'cnf_1', wrong), false);
});

test('S18: the border between session and scope is part of the token', () => {
  assert.notEqual(makeFormToken(KEY, 'ab', 'c'), makeFormToken(KEY, 'a', 'bc'));
});

test('S18: a post is our own only where the browser says so, or cannot say', () => {
  const rows = [
    ['same-origin', OWN, true],
    ['same-origin', 'null', true],
    ['same-site', OWN, false],
    ['cross-site', OWN, false],
    ['none', OWN, false],
    [undefined, OWN, true],
    [undefined, 'null', true],
    [undefined, undefined, true],
    [undefined, 'https://evil.example', false],
    [undefined, 'http://confirm.example', false],
    [undefined, `${OWN}.evil.example`, false],
  ] as const;
  for (const [secFetchSite, origin, expected] of rows)
    assert.equal(isOwnPost({ secFetchSite, origin }, OWN), expected, `${secFetchSite} ${origin}`);
});
