import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseSmppUrl, type SmppUrl } from './url.ts';

function parse(text: string): SmppUrl {
  const parsed = parseSmppUrl(text);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.detail);
  return parsed.value;
}

function detail(text: string): string {
  const parsed = parseSmppUrl(text);
  return parsed.ok ? 'ok' : `${parsed.refusal}: ${parsed.detail}`;
}

test('a URL is read with its options and defaults', () => {
  const plain = parse('smpp://gate:secret@smsc.example');
  assert.deepEqual(
    { ...plain, password: plain.password.reveal() },
    {
      tls: false,
      host: 'smsc.example',
      port: 2775,
      systemId: 'gate',
      password: 'secret',
      systemType: '',
      binds: 1,
      window: 50,
      ratePerSecond: null,
      source: { ton: 0, npi: 0, addr: '' },
      name: '',
    },
  );
  const full = parse(
    'smpps://g%40te:p%23w@[::1]:4000/?binds=4&window=10&rate=30&systemType=VMA&name=north&sourceAddr=Bank',
  );
  assert.equal(full.systemId, 'g@te');
  assert.equal(full.password.reveal(), 'p#w');
  assert.deepEqual(
    [full.tls, full.host, full.port, full.binds, full.window, full.ratePerSecond],
    [true, '::1', 4000, 4, 10, 30],
  );
  assert.deepEqual([full.systemType, full.name], ['VMA', 'north']);
  assert.equal(parse('smpps://a:b@h').port, 3550);
});

test('the sender gets its type of number and numbering plan', () => {
  const cases: [string, number, number, string][] = [
    ['Countersign', 5, 0, 'Countersign'],
    ['%2B41790000000', 1, 1, '41790000000'],
    ['+41790000000', 1, 1, '41790000000'],
    ['4711', 3, 0, '4711'],
    ['4711&ton=6&npi=9', 6, 9, '4711'],
  ];
  for (const [query, ton, npi, addr] of cases) {
    assert.deepEqual(parse(`smpp://a:b@h?sourceAddr=${query}`).source, { ton, npi, addr }, query);
  }
});

test('what is wrong is named, and what to write instead', () => {
  assert.match(detail('http://a:b@h'), /looks like smpp:/);
  assert.match(detail('smpp:'), /host|looks like/);
  assert.match(detail('smpp://h'), /system id/);
  assert.match(detail('smpp://a:123456789@h'), /longer than 8/);
  assert.match(detail('smpp://a:%zz@h'), /visible ASCII/);
  assert.match(detail('smpp://a:b@h/x'), /path/);
  assert.match(detail('smpp://a:b@h?bind=2'), /unknown option "bind"/);
  assert.match(detail('smpp://a:b@h?binds=0'), /binds .* 1 to 32/);
  assert.match(detail('smpp://a:b@h?window=1e3'), /window/);
  assert.match(detail('smpp://a:b@h?sourceAddr=TwelveLetter'), /sourceAddr/);
  assert.match(detail('smpp://a:b@h?name=North%20'), /name/);
});

test('S8: neither a parsed URL nor a refusal shows the password', () => {
  const url = parse('smpp://gate:hunter22@h');
  assert.ok(!inspect(url, { depth: 5 }).includes('hunter22'));
  assert.ok(!JSON.stringify(url).includes('hunter22'));
  for (const bad of ['?x=1', '/path', '?binds=99', '?sourceAddr=---', ':99999']) {
    assert.ok(!detail(`smpp://gate:hunter22@h${bad}`).includes('hunter22'), bad);
  }
});

test('S20: any text is read or refused', () => {
  const urls = fc.string().map((text) => `smpp://a:b@h?${text}`);
  fc.assert(
    fc.property(fc.oneof(fc.string(), urls), (text) => {
      assert.match(detail(text), /^ok$|^malformed_smpp_url: ./);
    }),
  );
});
