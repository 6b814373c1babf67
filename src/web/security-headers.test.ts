import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hono } from 'hono';
import { allowFormTargets, contentSecurityPolicy, originOf, securityHeaders } from './security-headers.ts';

function pages(https: boolean): Hono {
  const app = new Hono();
  app.use(securityHeaders({ https }));
  app.get('/plain', (c) => c.html('<p>plain</p>'));
  app.get('/cached', (c) => c.html('<p>kept</p>', 200, { 'Cache-Control': 'public' }));
  app.get('/back', (c) => {
    allowFormTargets(c, ['https://bank.example/back?x=1', 'javascript:alert(1)', null, 'no address; *']);
    return c.html('<p>back</p>');
  });
  return app;
}

test('S18: a page has a strict policy, no frame, no copy, no referrer', async () => {
  const { headers } = await pages(false).request('/plain');
  const policy = headers.get('Content-Security-Policy') ?? '';
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors 'none'",
  ])
    assert.ok(policy.split('; ').includes(rule), rule);
  assert.doesNotMatch(policy, /unsafe|\*|nonce|sha256/);
  assert.equal(headers.get('Cache-Control'), 'no-store');
  assert.equal(headers.get('Referrer-Policy'), 'no-referrer');
  assert.equal(headers.get('X-Frame-Options'), 'DENY');
  assert.equal(headers.get('X-Content-Type-Options'), 'nosniff');
  assert.equal(headers.get('Cross-Origin-Opener-Policy'), 'same-origin');
  assert.equal(headers.get('Cross-Origin-Resource-Policy'), 'same-origin');
  assert.match(headers.get('Permissions-Policy') ?? '', /otp-credentials=\(self\)/);
});

test('S18: no page may be kept, whatever its handler says', async () => {
  const { headers } = await pages(false).request('/cached');
  assert.equal(headers.get('Cache-Control'), 'no-store');
});

test('S18: the browser is told to insist on https, where there is https', async () => {
  const plain = await pages(false).request('/plain');
  assert.equal(plain.headers.get('Strict-Transport-Security'), null);
  const secure = await pages(true).request('/plain');
  assert.match(
    secure.headers.get('Strict-Transport-Security') ?? '',
    /^max-age=31536000; includeSubDomains$/,
  );
});

test('S18: forms lead to ourselves, and to the origin of a named way back only', async () => {
  assert.ok(contentSecurityPolicy().includes("form-action 'self';"));
  const { headers } = await pages(false).request('/back');
  const policy = headers.get('Content-Security-Policy') ?? '';
  assert.ok(policy.includes("form-action 'self' https://bank.example;"), policy);
  assert.doesNotMatch(policy, /javascript|no address/);
});

test('an origin is that of http or https and nothing else', () => {
  assert.equal(originOf('https://a.example:8443/x?y#z'), 'https://a.example:8443');
  assert.equal(originOf('http://127.0.0.1:8080/'), 'http://127.0.0.1:8080');
  for (const wrong of ['', 'a.example', 'data:text/html,x', 'file:///etc/passwd', 'javascript:1'])
    assert.equal(originOf(wrong), null, wrong);
});
