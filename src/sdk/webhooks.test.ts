import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { systemClock } from '../std/clock.ts';
import { CountersignWebhookInvalid, verifyWebhook, type VerifyWebhook } from './webhooks.ts';

const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString('base64')}`;
const BODY = JSON.stringify({
  type: 'confirmation.confirmed',
  timestamp: '2026-01-05T12:00:00.000Z',
  data: { id: 'cnf_1', sentTo: '•• é' },
});

/** A request signed by node:crypto, `ageSeconds` ago. */
function signed({ key = KEY, body = BODY, id = 'evt_1', ageSeconds = 0 } = {}) {
  const timestamp = String(Math.floor(systemClock.nowMs() / 1000) - ageSeconds);
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers: Record<string, string> = {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
  return { body, headers, secret: SECRET };
}

async function reasonOf(input: VerifyWebhook): Promise<string> {
  const error: unknown = await verifyWebhook(input).then(
    () => null,
    (reason: unknown) => reason,
  );
  assert(error instanceof CountersignWebhookInvalid, String(error));
  return error.reason;
}

test('a signed request is the event that was signed, from text or bytes, headers of any kind', async () => {
  const input = signed();
  const expected = { id: 'evt_1', ...(JSON.parse(BODY) as object) };
  assert.deepEqual(await verifyWebhook(input), expected);
  assert.deepEqual(await verifyWebhook({ ...input, body: Buffer.from(BODY) }), expected);
  assert.deepEqual(await verifyWebhook({ ...input, headers: new Headers(input.headers) }), expected);
  assert.deepEqual(await verifyWebhook({ ...input, secret: SECRET.slice('whsec_'.length) }), expected);
});

test('any change of body, id, time or secret is refused', async () => {
  const input = signed();
  const with1 = (name: string, value: string) => ({ ...input, headers: { ...input.headers, [name]: value } });
  assert.equal(await reasonOf({ ...input, body: BODY.replace('cnf_1', 'cnf_2') }), 'wrong_signature');
  assert.equal(await reasonOf({ ...input, body: `${BODY} ` }), 'wrong_signature');
  assert.equal(await reasonOf(with1('webhook-id', 'evt_2')), 'wrong_signature');
  const later = String(Number(input.headers['webhook-timestamp']) + 1);
  assert.equal(await reasonOf(with1('webhook-timestamp', later)), 'wrong_signature');
  const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
  assert.equal(await reasonOf({ ...input, secret: other }), 'wrong_signature');
  for (const signature of [
    'v1,',
    'v1,!!!!',
    'v2,AAAA',
    'AAAA',
    `v1a${String(input.headers['webhook-signature'])}`,
  ]) {
    assert.equal(await reasonOf(with1('webhook-signature', signature)), 'wrong_signature', signature);
  }
});

test('one right signature among several is enough, and one right secret', async () => {
  const input = signed();
  const headers = {
    ...input.headers,
    'webhook-signature': `v1,AAAA v2,BBBB ${input.headers['webhook-signature']}`,
  };
  const other = `whsec_${Buffer.alloc(24, 8).toString('base64')}`;
  assert.equal((await verifyWebhook({ ...input, headers, secret: [other, SECRET] })).id, 'evt_1');
});

test('what is older than the tolerance is refused, and what lacks a header', async () => {
  assert.equal(await reasonOf(signed({ ageSeconds: 400 })), 'outside_tolerance');
  assert.equal(await reasonOf(signed({ ageSeconds: -400 })), 'outside_tolerance');
  assert.equal((await verifyWebhook({ ...signed({ ageSeconds: 400 }), toleranceSeconds: 500 })).id, 'evt_1');
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    const input = signed();
    const { [name]: dropped, ...headers } = input.headers;
    assert(dropped);
    assert.equal(await reasonOf({ ...input, headers }), 'missing_headers', name);
  }
  const input = signed();
  const headers = { ...input.headers, 'webhook-timestamp': '1e9' };
  assert.equal(await reasonOf({ ...input, headers }), 'missing_headers');
});

test('a signed body that is no JSON is refused, and a secret that is none is a mistake of the caller', async () => {
  assert.equal(await reasonOf(signed({ body: 'not json' })), 'malformed_body');
  await assert.rejects(verifyWebhook({ ...signed(), secret: 'whsec_' }), TypeError);
  await assert.rejects(verifyWebhook({ ...signed(), secret: 'whsec_ä' }), TypeError);
});
