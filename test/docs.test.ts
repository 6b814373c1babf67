/**
 * The documents tell the truth about where things are: every link leads somewhere, every file that is named
 * exists.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { VARIABLES } from '../src/config.ts';
import { PolicySchema } from '../src/confirmation/policy.ts';
import { createMetrics } from '../src/std/metrics.ts';

const TOP = fileURLToPath(new URL('..', import.meta.url));
const PAGES = ['*.md', '{docs,bench,examples,src,test,sim}/**/*.md'];
const SOURCE_MAP = 'docs/source-map.md';

type Link = { readonly page: string; readonly path: string; readonly fragment: string };

function pages(): string[] {
  return globSync(PAGES, { cwd: TOP }).map((path) => path.replaceAll('\\', '/'));
}

function read(path: string): string {
  return readFileSync(join(TOP, path), 'utf8');
}

/** What stands in fences and code spans is no link, and no heading. */
function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
}

function linksOf(page: string): Link[] {
  const found = withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g);
  return Array.from(found, ([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/i.test(target))
    .map((target) => {
      const [path = '', fragment = ''] = target.split('#');
      return { page, path: path === '' ? page : join(dirname(page), path), fragment };
    });
}

/** The fragments that GitHub gives to headings. */
function fragmentsOf(page: string): string[] {
  const headings = read(page)
    .replace(/^```[\s\S]*?^```/gm, '')
    .matchAll(/^#+ (.+)$/gm);
  return Array.from(headings, ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Files that are named in code spans, such as `src/main.ts`; patterns and folders are left out. */
function filesNamedIn(text: string): string[] {
  const spans = text.matchAll(/`((?:src|test|sim|migrations|bench|examples|docs)\/[\w./-]+\.\w+)`/g);
  return Array.from(spans, ([, path = '']) => path);
}

/** "S4", and "I3 to I7" for each of them. */
function names(text: string, id: string): boolean {
  if (new RegExp(`\\b${id}\\b`).test(text)) return true;
  const letter = id.slice(0, 1);
  const number = Number(id.slice(1));
  return Array.from(text.matchAll(new RegExp(`\\b${letter}(\\d+) to ${letter}(\\d+)\\b`, 'g'))).some(
    ([, from, to]) => Number(from) <= number && number <= Number(to),
  );
}

test('every relative link in a document leads to a file, and to a heading in it', () => {
  const links = pages().flatMap(linksOf);
  assert.ok(links.length > 20, 'the documents link to each other');
  const broken = links.filter(({ path, fragment }) => {
    if (!existsSync(join(TOP, path))) return true;
    if (fragment === '' || statSync(join(TOP, path)).isDirectory()) return false;
    return !fragmentsOf(path).includes(fragment);
  });
  assert.deepEqual(broken, []);
});

test('every file that a document names exists', () => {
  const named = pages().flatMap((page) => filesNamedIn(read(page)).map((path) => ({ page, path })));
  const absent = named.filter(({ path }) => !existsSync(join(TOP, path)));
  assert.deepEqual(absent, []);
});

test('operating names every variable and every metric of ours', () => {
  const page = read('docs/operating.md');
  const metrics = createMetrics().registry.getMetricsAsArray();
  const own = metrics.map(({ name }) => name).filter((name) => !/^countersign_(process|nodejs)_/.test(name));
  const absent = [...Object.keys(VARIABLES), ...own].filter((name) => !page.includes(`\`${name}`));
  assert.deepEqual(absent, []);
});

test('the API guide names every problem that is answered, and every field of the policy', () => {
  const page = read('docs/api-guide.md');
  const answered = read('docs/openapi.json').matchAll(/\/problems\/(\w+)/g);
  const problems = new Set(Array.from(answered, ([, name = '']) => name));
  const fields = fieldsOf(z.toJSONSchema(PolicySchema, { io: 'input', unrepresentable: 'any' }));
  assert.ok(problems.size > 20 && fields.size > 20);
  const absent = [...problems, ...fields].filter((name) => !new RegExp(`[\`.]${name}\\b`).test(page));
  assert.deepEqual(absent, []);
});

/** The names of all properties of a JSON schema, at any depth. */
function fieldsOf(schema: unknown): Set<string> {
  if (typeof schema !== 'object' || schema === null) return new Set();
  const { properties } = schema as { properties?: object };
  const inner = Object.values(schema).flatMap((part) => [...fieldsOf(part)]);
  return new Set([...Object.keys(properties ?? {}), ...inner]);
}

test('each test in the source map names the id that it stands for, in a title', () => {
  const rows = Array.from(read(SOURCE_MAP).matchAll(/^\| ([A-Z]\d+) \|.*\| ([^|]*) \|$/gm));
  assert.ok(rows.length > 30, 'the map has a row for each id');
  const silent = rows.flatMap(([, id = '', tests = '']) =>
    filesNamedIn(tests)
      .filter((path) => !titlesOf(path).some((title) => names(title, id)))
      .map((path) => `${id}: ${path}`),
  );
  assert.deepEqual(silent, []);
});

function titlesOf(path: string): string[] {
  const titles = read(path).matchAll(/\btest\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g);
  return Array.from(titles, ([, , title = '']) => title);
}
