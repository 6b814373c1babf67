import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import canonicalize from 'canonicalize';
import { must } from '../std/assert.ts';
import { parseKeyRing } from '../std/key-ring.ts';
import { Secret } from '../std/secret.ts';
import { bindingText, deriveCode, normaliseCode, sameCode, type Issue } from './code.ts';

const ring = parseKeyRing(`k1:${Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64')}`);
assert.ok(ring.ok);
const keys = ring.value;

const issue: Issue = {
  binding: {
    tenantId: 'ten_a',
    clientId: 'cli_a',
    subscriberId: 'sub_a',
    channel: 'sms',
    address: '+33612345678',
    act: '{"amount":{"currency":"EUR","value":"312.40"},"payee":{"name":"Acme"},"purpose":"transfer"}',
    direction: 'forward',
    nonce: new Uint8Array(16),
  },
  sessionNumber: 42n,
  issuedAtMs: Date.parse('2026-01-01T00:00:30Z'),
  digits: 10,
  keyId: 'k1',
};
const code = deriveCode(keys, issue).reveal();

test('S6, S9: a change of any part of the binding, the session number or the minute makes another code', () => {
  const { binding } = issue;
  const others: Issue[] = [
    { ...issue, binding: { ...binding, act: binding.act.replace('312.40', '312.41') } },
    { ...issue, binding: { ...binding, act: binding.act.replace('EUR', 'USD') } },
    { ...issue, binding: { ...binding, act: binding.act.replace('Acme', 'Acne') } },
    { ...issue, binding: { ...binding, act: binding.act.replace('transfer', 'payment') } },
    { ...issue, binding: { ...binding, tenantId: 'ten_b' } },
    { ...issue, binding: { ...binding, clientId: 'cli_b' } },
    { ...issue, binding: { ...binding, subscriberId: 'sub_b' } },
    { ...issue, binding: { ...binding, subscriberId: null } },
    { ...issue, binding: { ...binding, address: '+33612345679' } },
    { ...issue, binding: { ...binding, nonce: new Uint8Array(16).fill(1) } },
    { ...issue, sessionNumber: 43n },
    { ...issue, issuedAtMs: issue.issuedAtMs + 60_000 },
  ];
  for (const other of others) assert.notEqual(deriveCode(keys, other).reveal(), code);
  assert.equal(deriveCode(keys, { ...issue, issuedAtMs: issue.issuedAtMs + 10_000 }).reveal(), code);
});

test('S1: a code has as many digits as were asked for, and another master key gives another code', () => {
  for (const digits of [6, 7, 8, 9, 10]) {
    assert.match(deriveCode(keys, { ...issue, digits }).reveal(), new RegExp(`^\\d{${digits}}$`));
  }
  const other = parseKeyRing(`k1:${Buffer.from('another-master-key-of-32-bytes!!').toString('base64')}`);
  assert.ok(other.ok);
  assert.notEqual(deriveCode(other.value, issue).reveal(), code);
});

test('the text of the binding is its JCS form', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.string(),
      fc.option(fc.string()),
      (address, tenantId, subscriberId) => {
        const text = bindingText({ ...issue.binding, address, tenantId, subscriberId });
        assert.equal(text, must(canonicalize(JSON.parse(text)), 'it is JSON'));
      },
    ),
  );
});

test('S15: spacing and full-width digits are folded; letters, signs and other lengths are wrong', () => {
  assert.equal(normaliseCode(' 12 34-56 '), '123456');
  assert.equal(normaliseCode('１２３４５６'), '123456');
  for (const typed of ['', '12345a', '+123456', '1e5', '12345６x', '9'.repeat(65)])
    assert.equal(normaliseCode(typed), null);
  const expected = new Secret('123456');
  assert.ok(sameCode(expected, '123456'));
  for (const typed of ['12345', '1234567', '123457', '', null]) assert.ok(!sameCode(expected, typed));
});

test('S8: a derived code prints as [secret]', () => {
  assert.equal(String(deriveCode(keys, issue)), '[secret]');
  assert.equal(JSON.stringify({ code: deriveCode(keys, issue) }), '{"code":"[secret]"}');
});
