import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEndpointUrl, parseTypes, URL_MAX } from './endpoint.ts';

test('S16: only https to what can be public, unless private addresses are configured', () => {
  const cases: [url: string, strict: string, configured: string][] = [
    ['https://shop.example/hooks?a=1', 'ok', 'ok'],
    ['https://shop.example2:8443/', 'ok', 'ok'],
    ['http://shop.example/', 'url_not_allowed', 'ok'],
    ['http://8.8.8.8/', 'url_not_allowed', 'url_not_allowed'],
    ['https://8.8.8.8/', 'ok', 'ok'],
    ['https://127.0.0.1/', 'url_not_allowed', 'ok'],
    ['https://127.1/', 'url_not_allowed', 'ok'],
    ['https://2130706433/', 'url_not_allowed', 'ok'],
    ['https://0x7f000001/', 'url_not_allowed', 'ok'],
    ['https://10.1.2.3/', 'url_not_allowed', 'ok'],
    ['https://169.254.169.254/latest', 'url_not_allowed', 'ok'],
    ['https://[::1]/', 'url_not_allowed', 'ok'],
    ['https://[::ffff:10.0.0.1]/', 'url_not_allowed', 'ok'],
    ['https://[fd00::1]/', 'url_not_allowed', 'ok'],
    ['https://[64:ff9b::7f00:1]/', 'url_not_allowed', 'ok'],
    ['https://[2606:4700:4700::1111]/', 'ok', 'ok'],
    ['https://localhost/', 'url_not_allowed', 'ok'],
    ['https://LOCALHOST./', 'url_not_allowed', 'ok'],
    ['https://a.localhost/', 'url_not_allowed', 'ok'],
    ['http://127.0.0.1:8080/', 'url_not_allowed', 'ok'],
    ['ftp://shop.example/', 'malformed_url', 'malformed_url'],
    ['file:///etc/passwd', 'malformed_url', 'malformed_url'],
    ['javascript:alert(1)', 'malformed_url', 'malformed_url'],
    ['https://me:password@shop.example/', 'malformed_url', 'malformed_url'],
    ['https://shop.example/#part', 'malformed_url', 'malformed_url'],
    ['shop.example', 'malformed_url', 'malformed_url'],
    [`https://shop.example/${'a'.repeat(URL_MAX)}`, 'malformed_url', 'malformed_url'],
    // It grows when it is encoded.
    [`https://shop.example/${'é'.repeat(400)}`, 'malformed_url', 'malformed_url'],
  ];
  for (const [url, strict, configured] of cases) {
    for (const [allowPrivate, expected] of [
      [false, strict],
      [true, configured],
    ] as const) {
      const parsed = parseEndpointUrl(url, allowPrivate);
      assert.equal(parsed.ok ? 'ok' : parsed.refusal, expected, `${url} ${allowPrivate}`);
    }
  }
});

test('types are names, beginnings of names, or everything', () => {
  const types = ['*', 'message.*', 'message.ContentHandover', 'confirmation.confirmed', 'message.*'];
  const parsed = parseTypes(types);
  assert.deepEqual(parsed.ok && parsed.value, types.slice(0, 4));
  for (const type of [
    '',
    '*.message',
    'mess*',
    'message.',
    '.message',
    'a..b',
    'a b',
    'a.*.b',
    'x'.repeat(101),
  ]) {
    assert.equal(parseTypes(['message.*', type]).ok, false, type);
  }
});
