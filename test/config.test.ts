import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig, VARIABLES } from '../src/config.ts';

const KEY = `k1:${Buffer.from('a master key only for test worlds').subarray(0, 32).toString('base64')}`;

function detailOf(settings: Record<string, string>): string | undefined {
  const config = readConfig({ COUNTERSIGN_MASTER_KEY: KEY, ...settings });
  return config.ok ? undefined : config.detail;
}

test('with nothing but a key everything has its default', () => {
  const config = readConfig({ COUNTERSIGN_MASTER_KEY: KEY });
  assert.ok(config.ok);
  assert.equal(config.value.port, 8080);
  assert.equal(config.value.publicUrl, 'http://localhost:8080');
  assert.equal(config.value.databaseUrl, null);
});

const BROKEN: readonly [name: string, settings: Record<string, string>, says: RegExp][] = [
  ['a port that is none', { PORT: '70000' }, /^PORT .*70000/],
  ['a database of another kind', { DATABASE_URL: 'mysql://a/b' }, /^DATABASE_URL must begin with postgres/],
  ['a database without a host', { DATABASE_URL: 'postgres://' }, /^DATABASE_URL must/],
  ['an operator without a name', { SMPP_URL: 'smpp://host' }, /^SMPP_URL, number 1: /],
  ['a page address with a path', { PUBLIC_URL: 'https://a.example/b' }, /^PUBLIC_URL must be only/],
  ['a directory without its token', { NUMBER_DIRECTORY_URL: 'https://a.example' }, /NUMBER_DIRECTORY_TOKEN/],
  ['a token without its directory', { NUMBER_DIRECTORY_TOKEN: 'abc' }, /^NUMBER_DIRECTORY_URL is missing/],
  ['a token that no header carries', { METRICS_TOKEN: 'schlüssel' }, /^METRICS_TOKEN must be visible ASCII/],
  ['an authority by no URL', { TSA_URL: 'tsa.example' }, /^TSA_URL must be an http or https URL/],
  ['terminals at no port', { TERMINAL_PORT: '70000' }, /^TERMINAL_PORT must be a number/],
  ['TLS of terminals without their port', { TERMINAL_TLS: 'a.pem' }, /^TERMINAL_PORT is missing/],
  [
    'TLS of terminals without a key',
    { TERMINAL_PORT: '0', TERMINAL_TLS: 'package.json' },
    /^TERMINAL_TLS: package\.json must hold/,
  ],
  ['a CA without its authority', { TSA_CA: 'ca.pem' }, /^TSA_URL is missing/],
  [
    'a CA that is not there',
    { TSA_URL: 'http://tsa.example', TSA_CA: 'nowhere.pem' },
    /^TSA_CA: nowhere\.pem .*\(ENOENT\)/,
  ],
  [
    'a CA that is something else',
    { TSA_URL: 'http://tsa.example', TSA_CA: 'package.json' },
    /^TSA_CA: package\.json holds no certificate/,
  ],
  [
    'time-stamps without a pause',
    { TSA_URL: 'http://tsa.example', TSA_INTERVAL_MS: '1' },
    /^TSA_INTERVAL_MS/,
  ],
  ['a country that is none', { DEFAULT_COUNTRY: 'XX' }, /^DEFAULT_COUNTRY must be an ISO 3166 code/],
  ['a level that is none', { LOG_LEVEL: 'loud' }, /^LOG_LEVEL must be trace, debug/],
];

for (const [name, settings, says] of BROKEN) {
  test(`one line says what to do about ${name}`, () => {
    const detail = detailOf(settings);
    assert.match(detail ?? '', says);
    assert.ok(!detail?.includes('\n'));
  });
}

test('S16: an authority may be at a private address when that is written as a number, or when all may', () => {
  const cases: [Record<string, string>, boolean][] = [
    [{ TSA_URL: 'http://tsa.example/' }, false],
    [{ TSA_URL: 'http://localhost:8000/' }, false],
    [{ TSA_URL: 'http://127.0.0.1:8000/' }, true],
    [{ TSA_URL: 'http://[::1]:8000/' }, true],
    [{ TSA_URL: 'http://tsa.example/', ALLOW_PRIVATE_ADDRESSES: 'true' }, true],
  ];
  for (const [settings, expected] of cases) {
    const config = readConfig({ COUNTERSIGN_MASTER_KEY: KEY, ...settings });
    assert.ok(config.ok);
    assert.equal(config.value.timeStamps?.allowPrivate, expected, settings['TSA_URL']);
  }
});

test('S8: a setting that holds a secret is not repeated when it is wrong', () => {
  for (const name of ['DATABASE_URL', 'SMPP_URL', 'COUNTERSIGN_MASTER_KEY', 'METRICS_TOKEN']) {
    assert.ok(name in VARIABLES);
    const detail = detailOf({ [name]: 'canary schlüssel' });
    assert.ok(detail !== undefined, name);
    assert.ok(!detail.includes('canary'), detail);
  }
});
