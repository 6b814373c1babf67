import { LANGUAGES } from '../std/language.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWebAssets } from './assets.ts';
import { PROBLEM_STATUS, problemPage, type ProblemKind } from './problem-page.ts';

const assets = openWebAssets();
const KINDS = Object.keys(PROBLEM_STATUS) as ProblemKind[];

test('every problem has a page of its own in every language', () => {
  const titles = new Set<string>();
  for (const language of LANGUAGES) {
    for (const kind of KINDS) {
      const page = problemPage({ kind, language, assets, requestId: null, back: null }).toString();
      assert.match(page, new RegExp(`<html lang="${language}">`));
      titles.add(/<h1>(.+?)<\/h1>/.exec(page)?.[1] ?? '');
    }
  }
  assert.equal(titles.size, LANGUAGES.length * KINDS.length);
});

test('what comes from outside is escaped', () => {
  const page = problemPage({
    kind: 'not_found',
    language: 'en',
    assets,
    requestId: '<img src=x>',
    back: { href: '/demo?"><script>', label: 'Back & forth' },
  }).toString();
  assert.ok(page.includes('&lt;img src=x&gt;'));
  assert.ok(page.includes('Back &amp; forth'));
  assert.doesNotMatch(page, /<img|"><script>/);
});
