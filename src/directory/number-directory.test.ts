import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openNumberDirectory, type Behaviour } from '../../sim/number-directory.ts';
import { createOutbound } from '../http/outbound.ts';
import { Outage } from '../std/outage.ts';
import { Secret } from '../std/secret.ts';
import { createNumberDirectory } from './number-directory.ts';

const operator = await openNumberDirectory({ token: 'token_canary' });
const outbound = createOutbound({ allowPrivate: true });
after(async () => {
  await outbound[Symbol.asyncDispose]();
  await operator[Symbol.asyncDispose]();
});
operator.listings.set('4711', { number: '+33612345678', language: 'fr' });
operator.listings.set('4712', { number: '+4915123456789' });
operator.listings.set('klingon', { number: '+4915123456789', language: 'tlh' });

const numberDirectory = createNumberDirectory({
  url: operator.url,
  token: new Secret('token_canary'),
  outbound,
  timeoutMs: 300,
});

function lookup(value: string) {
  return numberDirectory.lookup({ tenantId: 'ten_a', kind: 'subscriber_number', value });
}

test('P3: the operator says which number belongs to an identifier', async () => {
  assert.deepEqual(await lookup('4711'), { value: '+33612345678', language: 'fr' });
  assert.deepEqual(await lookup('4712'), { value: '+4915123456789', language: null });
  assert.deepEqual(await lookup('klingon'), { value: '+4915123456789', language: null });
  assert.equal(await lookup('nobody'), null);
  assert.deepEqual(operator.asked[0], {
    tenant: 'ten_a',
    identifier: { kind: 'subscriber_number', value: '4711' },
  });
});

test('S17: down, silent, slow, cut, garbled, lying, redirecting or endless is an outage and never an answer', async () => {
  const bad: Behaviour[] = [
    'down',
    'silent',
    'slow',
    'hangup',
    'garbage',
    'lying',
    'redirecting',
    'flooding',
  ];
  for (const behaviour of bad) {
    operator.behave(behaviour, 2_000);
    const before = operator.asked.length;
    await assert.rejects(lookup('4711'), (error) => {
      assert(error instanceof Outage, behaviour);
      assert(!error.message.includes('canary') && !error.message.includes('336'), error.message);
      return true;
    });
    // S16: the redirect is not followed, and nothing is asked twice.
    assert.equal(operator.asked.length, before + 1, behaviour);
  }
  operator.behave('slow', 20);
  assert.deepEqual(await lookup('4711'), { value: '+33612345678', language: 'fr' });
  operator.behave('well');
  assert.deepEqual(await lookup('4711'), { value: '+33612345678', language: 'fr' });
});

test('a wrong token is an outage, for nobody is known to be unknown', async () => {
  const wrong = createNumberDirectory({ url: operator.url, token: new Secret('wrong'), outbound });
  await assert.rejects(wrong.lookup({ tenantId: 'ten_a', kind: null, value: '4711' }), Outage);
});

test('S16: a directory on a private address is not asked unless configured', async () => {
  await using guarded = createOutbound({ allowPrivate: false });
  const before = operator.asked.length;
  for (const url of [
    operator.url,
    operator.url.replace('http:', 'https:'),
    operator.url.replace('127.0.0.1', 'localhost'),
  ]) {
    const directory = createNumberDirectory({ url, token: new Secret('token_canary'), outbound: guarded });
    await assert.rejects(directory.lookup({ tenantId: 'ten_a', kind: null, value: '4711' }), Outage);
  }
  assert.equal(operator.asked.length, before);
});
