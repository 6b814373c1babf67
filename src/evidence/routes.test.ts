import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { openTestDatabase } from '../../test/database.ts';
import { openTestLog, testKeys } from '../../test/evidence.ts';
import { openCheckpoint } from './checkpoint.ts';
import { foldRange, leafHash, subtreesOf, verifyConsistency, verifyInclusion } from './merkle.ts';
import { logRoutes } from './routes.ts';
import { decodeBundle, hashesOf, tileHashReader, tilePath } from './tile.ts';

function bytesOf(base64: string[]): Buffer[] {
  return base64.map((text) => Buffer.from(text, 'base64'));
}

test('a monitor rebuilds the log from /log/checkpoint, tiles and entries alone', async () => {
  await using database = await openTestDatabase();
  const log = await openTestLog(database.store.sql);
  const app = logRoutes({ sql: database.store.sql, keys: log.keys });
  const get = async (path: string, headers: Record<string, string> = {}) => app.request(path, { headers });
  assert.equal((await get('/log/checkpoint')).status, 404);
  for (const count of [200, 400]) {
    await log.append(count);
    await log.integrate();
  }
  const answer = await get('/log/checkpoint');
  assert.equal(answer.headers.get('Content-Type'), 'text/plain; charset=utf-8');
  assert.equal(answer.headers.get('Access-Control-Allow-Origin'), '*');
  const checkpoint = openCheckpoint(await answer.text(), log.keys.verifiers);
  assert.ok(checkpoint.ok);
  const { size, root } = checkpoint.value;
  assert.equal(size, 600);

  const leaves: Uint8Array[] = [];
  for (const path of ['000', '001', '002.p/88']) {
    const entries = await get(`/log/tile/entries/${path}`);
    assert.equal(entries.headers.get('Content-Type'), 'application/octet-stream');
    const bundle = decodeBundle(new Uint8Array(await entries.arrayBuffer()));
    assert.ok(bundle.ok);
    const tile = new Uint8Array(await (await get(`/log/tile/0/${path}`)).arrayBuffer());
    assert.deepEqual(
      bundle.value.map((leaf) => leafHash(leaf)),
      hashesOf(tile).map((hash) => Buffer.from(hash)),
    );
    leaves.push(...bundle.value);
  }
  const reader = tileHashReader(async (tiles) => {
    const answers = tiles.map(async (tile) => (await get(`/log/${tilePath(tile)}`)).arrayBuffer());
    return (await Promise.all(answers)).map((buffer) => new Uint8Array(buffer));
  }, size);
  assert.deepEqual(foldRange(await reader(subtreesOf(0, size))), root);
  assert.equal(leaves.length, 600);

  const full = await get('/log/tile/0/000');
  assert.match(full.headers.get('Cache-Control') ?? '', /immutable/);
  assert.match((await get('/log/tile/0/002.p/88')).headers.get('Cache-Control') ?? '', /max-age=60/);
  // A narrower partial tile of an earlier checkpoint is still served, although the tile grew since.
  const early = await get('/log/tile/0/000.p/200');
  assert.equal((await early.arrayBuffer()).byteLength, 200 * 32);
  const packed = await get('/log/tile/entries/000', { 'Accept-Encoding': 'gzip' });
  assert.equal(packed.headers.get('Content-Encoding'), 'gzip');
});

test('proofs over HTTP verify against the signed root', async () => {
  await using database = await openTestDatabase();
  const log = await openTestLog(database.store.sql);
  const app = logRoutes({ sql: database.store.sql, keys: log.keys });
  const roots = new Map<number, Uint8Array>();
  for (const count of [5, 300]) {
    await log.append(count);
    await log.integrate();
    const checkpoint = openCheckpoint(
      await (await app.request('/log/checkpoint')).text(),
      log.keys.verifiers,
    );
    assert.ok(checkpoint.ok);
    roots.set(checkpoint.value.size, checkpoint.value.root);
  }
  const oldRoot = roots.get(5) ?? new Uint8Array();
  const newRoot = roots.get(305) ?? new Uint8Array();
  type Inclusion = { index: number; size: number; leafHash: string; path: string[] };
  for (const [query, root] of [
    ['index=3&size=5', oldRoot],
    ['index=300', newRoot],
  ] as const) {
    const answer = (await (await app.request(`/log/proof/inclusion?${query}`)).json()) as Inclusion;
    const { index, size, path } = answer;
    const leaf = Buffer.from(answer.leafHash, 'base64');
    assert.equal(verifyInclusion({ leaf, index, size, proof: bytesOf(path), root }), true);
  }
  type Consistency = { from: number; to: number; path: string[] };
  const answer = (await (await app.request('/log/proof/consistency?from=5')).json()) as Consistency;
  const { from, to, path } = answer;
  assert.equal(verifyConsistency({ from, to, proof: bytesOf(path), oldRoot, newRoot }), true);
  for (const [query, status] of [
    ['inclusion?index=305', 404],
    ['inclusion?index=0&size=306', 404],
    ['inclusion?index=05', 400],
    ['inclusion', 400],
    ['consistency?from=6&to=5', 404],
    ['consistency?from=1&to=306', 404],
    ['consistency?from=1&to=9007199254740993', 400],
    ['consistency?from=-1', 400],
  ] as const) {
    const refused = await app.request(`/log/proof/${query}`);
    assert.equal(refused.status, status, query);
    assert.equal(refused.headers.get('Content-Type'), 'application/problem+json');
  }
});

test('S20: tile paths in any other spelling, and tiles that are not there, are refused', async () => {
  await using database = await openTestDatabase();
  const log = await openTestLog(database.store.sql);
  const app = logRoutes({ sql: database.store.sql, keys: log.keys });
  await log.append(300);
  await log.integrate();
  for (const [path, status] of [
    ['0/000', 200],
    ['0/001.p/44', 200],
    ['1/000.p/1', 200],
    ['0/001.p/45', 404],
    ['0/001', 404],
    ['0/002.p/1', 404],
    ['2/000.p/1', 404],
    ['63/x999/x999/x999/x999/x999/999', 400],
    ['entries/001', 404],
    ['entries/x001/000', 404],
    ['0/0', 400],
    ['0/%3000', 400],
    ['0/000.p/256', 400],
    ['0/000/', 400],
    ['64/000', 400],
    ['', 400],
  ] as const) {
    assert.equal((await app.request(`/log/tile/${path}`)).status, status, path);
  }
});

test('the keys are published as verifier keys and as a JWK set', async () => {
  await using database = await openTestDatabase();
  const keys = await testKeys();
  const app = logRoutes({ sql: database.store.sql, keys });
  assert.equal(await (await app.request('/log/key')).text(), `${keys.signer.verifier.text}\n`);
  const answer = await app.request('/.well-known/jwks.json');
  assert.equal(answer.headers.get('Content-Type'), 'application/jwk-set+json');
  const jwks = (await answer.json()) as JSONWebKeySet;
  const key = await createLocalJWKSet(jwks)({ alg: 'EdDSA', kid: keys.jws.kid });
  assert.equal(key.type, 'public');
});
