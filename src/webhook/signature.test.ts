import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemRandom } from '../std/random.ts';
import { newSigningKey, signedHeaders, signingSecretText } from './signature.ts';

test('the example of Standard Webhooks is signed as there', () => {
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  const headers = signedHeaders([key], {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestampS: 1_614_265_330,
    body: '{"test": 2432232314}',
  });
  assert.deepEqual(headers, {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('any text is signed as node:crypto does it, once for each secret', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(), (body, timestampS) => {
      const keys = [newSigningKey(systemRandom), newSigningKey(systemRandom)];
      const headers = signedHeaders(keys, { id: 'evt_1', timestampS, body });
      const expected = keys.map(
        (key) => `v1,${createHmac('sha256', key).update(`evt_1.${timestampS}.${body}`).digest('base64')}`,
      );
      assert.equal(headers['webhook-signature'], expected.join(' '));
    }),
    { numRuns: 50 },
  );
});

test('S1: a secret is whsec_ and the base64 of 24 to 64 random bytes', () => {
  const text = signingSecretText(newSigningKey(systemRandom));
  assert.match(text, /^whsec_[A-Za-z0-9+/]+=*$/);
  const { length } = Buffer.from(text.slice('whsec_'.length), 'base64');
  assert(length >= 24 && length <= 64);
  assert.notEqual(text, signingSecretText(newSigningKey(systemRandom)));
});
