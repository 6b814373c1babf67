import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig, VARIABLES } from './config.ts';

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

test('S8: a setting that holds a secret is not repeated when it is wrong', () => {
  for (const name of ['DATABASE_URL', 'SMPP_URL', 'COUNTERSIGN_MASTER_KEY', 'METRICS_TOKEN']) {
    assert.ok(name in VARIABLES);
    const detail = detailOf({ [name]: 'canary schlüssel' });
    assert.ok(detail !== undefined, name);
    assert.ok(!detail.includes('canary'), detail);
  }
});
