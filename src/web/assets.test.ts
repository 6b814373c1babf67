import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openAssets, openWebAssets } from './assets.ts';

const SHEET = new URL('./assets/countersign.css', import.meta.url);

test('an asset is served under a name with its hash, to be kept for ever', async () => {
  const assets = openWebAssets();
  const path = assets.href('confirm.js');
  assert.match(path, /^\/assets\/confirm-[0-9a-f]{12}\.js$/);
  const answer = await assets.routes.request(path);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('Content-Type'), 'text/javascript; charset=utf-8');
  assert.equal(answer.headers.get('Cache-Control'), 'public, max-age=31536000, immutable');
  assert.equal(answer.headers.get('X-Content-Type-Options'), 'nosniff');
  assert.equal(await answer.text(), readFileSync(new URL('./assets/confirm.js', import.meta.url), 'utf8'));
});

test('a name with another hash, or without one, is not there', async () => {
  const { routes } = openWebAssets();
  for (const path of ['/assets/confirm.js', '/assets/confirm-000000000000.js', '/assets/../assets.ts'])
    assert.equal((await routes.request(path)).status, 404, path);
});

test('a stylesheet names drawings by their hashed names', async () => {
  const assets = openWebAssets();
  const answer = await assets.routes.request(assets.href('countersign.css'));
  const sheet = await answer.text();
  assert.ok(sheet.includes(`url(${assets.href('rosette.svg')})`));
  assert.doesNotMatch(sheet, /url\([^/]/);
});

test('a stylesheet that uses a drawing which is no asset stops the start', () => {
  assert.throws(() => openAssets('/assets', { 'countersign.css': SHEET }), /rosette\.svg, which is no asset/);
});

test('S18: nothing in the stylesheet or the scripts comes from elsewhere', () => {
  for (const name of ['countersign.css', 'mail.css', 'confirm.js', 'mail.js', 'compose.js']) {
    const text = readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');
    assert.doesNotMatch(text, /https?:|@import|innerHTML|eval\(/, name);
  }
});
