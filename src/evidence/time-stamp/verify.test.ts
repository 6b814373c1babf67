import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerQuery, makeAuthority, rejection, type Flaw } from '../../../sim/tsa-token.ts';
import type { AuthorityInput, AuthorityKeys } from '../../../sim/tsa-token.ts';
import { must } from '../../std/assert.ts';
import { utf8 } from '../../std/bytes.ts';
import { systemRandom } from '../../std/random.ts';
import { readCas } from './certificate.ts';
import { NONCE_BYTES, nonceOf, openReply, timeStampQuery } from './protocol.ts';
import { verifyTimeStamp } from './verify.ts';

const MESSAGE = utf8('log.example\n5\nroot\n');
const NOW_MS = Date.UTC(2026, 5, 1, 12);
const DAY_MS = 86_400_000;
const START_MS = NOW_MS - DAY_MS;

function authorityOf(more: Partial<AuthorityInput> = {}): Promise<AuthorityKeys> {
  return makeAuthority({ notBeforeMs: START_MS, ...more });
}

/** Asks and opens the answer, at NOW_MS unless another time is given. */
async function ask(authority: AuthorityKeys, more: { flaw?: Flaw; timeMs?: number; caPem?: string } = {}) {
  const nonce = nonceOf(systemRandom(NONCE_BYTES));
  const query = timeStampQuery(MESSAGE, nonce);
  const reply = await answerQuery(authority, query, more.timeMs ?? NOW_MS, more.flaw ?? null);
  const cas = more.caPem === undefined ? {} : { cas: casOf(more.caPem) };
  return openReply(reply, { message: MESSAGE, nonce, ...cas });
}

function casOf(pem: string) {
  const cas = readCas(pem);
  assert.ok(cas.ok, cas.ok ? '' : cas.detail);
  return cas.value;
}

test('a token says when, by whom, and holds for this message alone', async () => {
  const authority = await authorityOf({ name: 'Example TSA', caName: 'Example CA' });
  const granted = await ask(authority, { timeMs: NOW_MS + 123 });
  assert.ok(granted.ok, granted.ok ? '' : granted.detail);
  const { token, timeStamp } = granted.value;
  const { timeMs, accuracyMs, tsa, issuer, ca } = timeStamp;
  assert.deepEqual(
    { timeMs, accuracyMs, tsa, issuer, ca },
    { timeMs: NOW_MS + 123, accuracyMs: 1000, tsa: 'CN=Example TSA', issuer: 'CN=Example CA', ca: null },
  );
  assert.ok(verifyTimeStamp(token, MESSAGE).ok);
  const other = verifyTimeStamp(token, utf8('log.example\n6\nroot\n'));
  assert.match(detailOf(other), /made over something else/);
});

test('an answer counts only when every part of it fits what was asked', async () => {
  const authority = await authorityOf();
  const cases: [Flaw, RegExp][] = [
    ['wrong_nonce', /answers another request/],
    ['no_nonce', /answers another request/],
    ['wrong_imprint', /made over something else/],
    ['wrong_key', /signature of the time-stamp does not hold/],
    ['no_certificate', /lacks the certificate/],
    ['no_certificate_id', /name no certificate/],
    ['wrong_certificate_id', /lacks the certificate/],
    ['wrong_content_type', /not about a TSTInfo/],
    ['wrong_digest', /not the one that was signed/],
  ];
  for (const [flaw, expected] of cases) {
    assert.match(detailOf(await ask(authority, { flaw })), expected, flaw);
  }
});

test('a refusal of the authority is told in its words', () => {
  const refused = openReply(rejection(), { message: MESSAGE, nonce: Uint8Array.of(64) });
  assert.ok(!refused.ok && refused.refusal === 'not_granted');
  assert.match(refused.detail ?? '', /status 2.*its source of time is not available/);
});

test('only a certificate for time-stamping and nothing else may stamp, while it is valid', async () => {
  const stamping = '1.3.6.1.5.5.7.3.8';
  const cases: [Partial<AuthorityInput>, RegExp][] = [
    [{ purposes: [] }, /no certificate for time-stamping/],
    [{ purposes: ['1.3.6.1.5.5.7.3.1'] }, /no certificate for time-stamping/],
    [{ purposes: [stamping, '1.3.6.1.5.5.7.3.1'] }, /no certificate for time-stamping/],
    [{ purposesCritical: false }, /no certificate for time-stamping/],
    [{ keyUsage: 0x20 }, /not for signing/],
    [{ notBeforeMs: NOW_MS + 1000 }, /not valid at the time/],
    [{ notAfterMs: NOW_MS - 1000 }, /not valid at the time/],
  ];
  for (const [more, expected] of cases) {
    assert.match(detailOf(await ask(await authorityOf(more))), expected, JSON.stringify(more));
  }
  assert.ok((await ask(await authorityOf({ keyUsage: 0x40 }))).ok, 'nonRepudiation signs, too');
});

test('with a CA, the certificate must lead to it; a namesake or one that is no CA is not enough', async () => {
  const authority = await authorityOf();
  const trusted = await ask(authority, { caPem: authority.caPem });
  assert.ok(trusted.ok, trusted.ok ? '' : trusted.detail);
  assert.equal(trusted.value.timeStamp.ca, 'CN=Test CA');
  const namesake = await authorityOf();
  assert.match(detailOf(await ask(authority, { caPem: namesake.caPem })), /leads to no CA that you trust/);
  assert.ok((await ask(authority, { caPem: `${namesake.caPem}${authority.caPem}` })).ok, 'one of several');
  const noCa = await authorityOf({ caIsCa: false });
  // Given in so many words it is trusted as what it is, and that is no issuer.
  assert.match(detailOf(await ask(noCa, { caPem: noCa.caPem })), /leads to no CA that you trust/);
});

test('a file of CAs is read certificate by certificate, and refused with the place', async () => {
  const { caPem } = await authorityOf();
  assert.equal(casOf(`Our CA:\n${caPem}\n# and the next\n${caPem}`).length, 2);
  const cases: [string, RegExp][] = [
    ['', /no certificate in PEM/],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', /^Certificate 1 is no DER, byte/],
    [`${caPem}-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----`, /^Certificate 2 is malformed/],
  ];
  for (const [pem, expected] of cases) {
    const read = readCas(pem);
    assert.ok(!read.ok && read.refusal === 'malformed_ca');
    assert.match(read.detail ?? '', expected);
  }
});

test('S1: each query has a number of its own, positive and in its shortest form', () => {
  const nonces = Array.from({ length: 100 }, () => nonceOf(systemRandom(NONCE_BYTES)));
  assert.equal(new Set(nonces.map((nonce) => Buffer.from(nonce).toString('hex'))).size, 100);
  for (const nonce of nonces) {
    assert.equal(nonce.length, 16);
    const first = must(nonce[0], 'a nonce has a first byte');
    assert.ok(first >= 0x40 && first < 0x80);
  }
});

function detailOf(result: { ok: boolean; detail?: string }): string {
  assert.equal(result.ok, false);
  return result.detail ?? '';
}
