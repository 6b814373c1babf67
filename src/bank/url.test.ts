import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseBankUrl } from './url.ts';

function detail(text: string): string {
  const parsed = parseBankUrl(text);
  return parsed.ok ? 'ok' : `${parsed.refusal}: ${parsed.detail}`;
}

test('a URL is read with its options and defaults', () => {
  assert.deepEqual(parseBankUrl('iso8583://bank.example?acquirer=456789&terminal=T1'), {
    ok: true,
    value: {
      tls: false,
      host: 'bank.example',
      port: 8583,
      spec: 'ascii87',
      header: 2,
      connections: 1,
      window: 50,
      timeoutMs: 15_000,
      acquirer: '456789',
      terminal: 'T1      ',
      merchant: 'COUNTERSIGN    ',
    },
  });
  const full =
    'iso8583s://[::1]:4000/?spec=bcd87&header=4&connections=4&window=10&timeoutMs=900&acquirer=1&terminal=CSIGN001&merchant=M';
  assert.deepEqual(parseBankUrl(full), {
    ok: true,
    value: {
      tls: true,
      host: '::1',
      port: 4000,
      spec: 'bcd87',
      header: 4,
      connections: 4,
      window: 10,
      timeoutMs: 900,
      acquirer: '1',
      terminal: 'CSIGN001',
      merchant: 'M              ',
    },
  });
});

test('what is wrong is named, and what to write instead', () => {
  const good = 'acquirer=1&terminal=T';
  assert.match(detail('http://h'), /looks like iso8583:/);
  assert.match(detail('iso8583:'), /host|looks like/);
  assert.match(detail(`iso8583://a:b@h?${good}`), /user or a password/);
  assert.match(detail(`iso8583://h/x?${good}`), /path/);
  assert.match(detail(`iso8583://h?${good}&spec=xml`), /ascii87, bcd87/);
  assert.match(detail(`iso8583://h?${good}&spec=constructor`), /ascii87, bcd87/);
  assert.match(detail(`iso8583://h?${good}&header=3`), /header .* is 2/);
  assert.match(detail(`iso8583://h?${good}&window=0`), /window .* 1 to 1000/);
  assert.match(detail(`iso8583://h?${good}&connections=99`), /connections .* 1 to 32/);
  assert.match(detail(`iso8583://h?${good}&timeoutMs=5`), /timeoutMs/);
  assert.match(detail(`iso8583://h?${good}&bind=2`), /unknown option "bind"/);
  assert.match(detail('iso8583://h?terminal=T'), /acquirer .* needed/);
  assert.match(detail('iso8583://h?acquirer=1'), /terminal .* 1 to 8/);
  assert.match(detail('iso8583://h?acquirer=1&terminal=TOO-LONG-1'), /terminal/);
  assert.match(detail(`iso8583://h?${good}&merchant=a%20b`), /merchant/);
});

test('any text is read or refused', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl().map((url) => url.replace(/^https?/, 'iso8583')),
      ),
      (text) => {
        assert.equal(typeof parseBankUrl(text).ok, 'boolean');
      },
    ),
  );
});
