/** The laws of the house, held against the tree itself and against small trees that break them. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LONG_FILES, STORE_GUESTS, WORDS } from './tidy/house.ts';
import {
  exportsByName,
  forbiddenWords,
  FUNCTION_LINES_MAX,
  functionLengths,
  lengths,
  lockIsWhole,
  LINES_MAX,
  migrationsBeginWithProse,
  namesNoMachine,
  nothingIsSwitchedOff,
  orderOfRooms,
  storesAreOwn,
} from './tidy/laws.ts';
import { blank, importsOf, readTree, type Finding, type SourceFile } from './tidy/source.ts';

type Law = (files: readonly SourceFile[]) => Finding[];
type Case = {
  readonly title: string;
  readonly law: Law;
  /** Path and text of files that break the law, each once. */
  readonly broken: readonly (readonly [path: string, text: string])[];
};

const MANY_LINES = '    work();\n'.repeat(FUNCTION_LINES_MAX + 1);

const CASES: readonly Case[] = [
  {
    title: 'a room uses only rooms above it, and the SDK none',
    law: orderOfRooms,
    broken: [
      ['src/std/batch.ts', "import { openStore } from '../store/connection.ts';"],
      ['src/http/app.ts', "import type { Page } from '../web/layout.ts';"],
      ['src/web/layout.ts', "const { app } = await import('../main.ts');"],
      ['src/sdk/types.ts', "import type { Act } from '../confirmation/act.ts';"],
      ['src/confirmation/open.ts', "import { createCountersign } from '../sdk/countersign.ts';"],
      ['src/gateway/smpp/link.ts', "import { openSmsc } from '../../../sim/smsc.ts';"],
      ['src/cellar/wine.ts', 'export const bottles = 12;'],
    ],
  },
  {
    title: 'time, randomness, settings and signals are read only where the house says',
    law: forbiddenWords,
    broken: [
      ['src/confirmation/open.ts', 'const now = Date.now();'],
      ['src/confirmation/code.ts', 'const text = `${new Date().toISOString()}`;'],
      ['src/gateway/gateway.ts', "import { randomBytes } from 'node:crypto';"],
      ['src/gateway/route.ts', 'const ms = Math.random() * 10;'],
      ['src/http/server.ts', "const port = process.env['PORT'];"],
      ['sim/smsc.ts', "import { setTimeout as wait } from 'node:timers/promises';"],
      ['src/store/pool.ts', 'process.exit(1);'],
    ],
  },
  {
    title: 'no barrels, no default exports',
    law: exportsByName,
    broken: [
      ['src/web/all.ts', "export * from './layout.ts';"],
      ['src/web/some.ts', "export { page } from './layout.ts';"],
      ['src/web/index.ts', 'export const one = 1;'],
      ['src/web/layout.ts', 'export default function page() {}'],
    ],
  },
  {
    title: "only a room's own files use its store",
    law: storesAreOwn,
    broken: [
      ['src/cli/log.ts', "import { listTenants } from '../client/store.ts';"],
      ['sim/handset.ts', "import { writePolicy } from '../src/confirmation/policy-store.ts';"],
    ],
  },
  {
    title: 'files, and lines, are short enough to be read',
    law: lengths,
    broken: [
      ['src/std/long.ts', 'const one = 1;\n'.repeat(LINES_MAX + 1)],
      ['src/std/wide.ts', `// ${'word '.repeat(30)}`],
      ['migrations/060-wide.sql', `-- ${'word '.repeat(30)}`],
      ['docs/wide.md', 'word '.repeat(30)],
    ],
  },
  {
    title: 'functions are short enough to be read',
    law: functionLengths,
    broken: [
      ['src/std/named.ts', `function named(a: { b: string }): Promise<{ c: 1 }> {\n${MANY_LINES}}`],
      ['src/std/arrow.ts', `const arrow = () => {\n${MANY_LINES}};`],
      ['src/std/method.ts', `class Link {\n  async open(at: number): Promise<void> {\n${MANY_LINES}  }\n}`],
      ['src/std/inner.ts', `function factory() {\n  return () => {\n${MANY_LINES}  };\n}`],
    ],
  },
  {
    title: 'every migration begins with prose',
    law: migrationsBeginWithProse,
    broken: [
      ['migrations/070-ledger.sql', 'create table account (id text primary key);'],
      ['migrations/071-ledger.sql', '-- ledger\ncreate table account (id text primary key);'],
      [
        'migrations/ledger.sql',
        "-- The ledger's accounts and transfers, kept as rows that nobody changes, not even us, ever.\n",
      ],
    ],
  },
  {
    title: 'no file names a machine',
    law: namesNoMachine,
    broken: [['docs/operating.md', `See ${['', 'home', 'somebody', 'countersign'].join('/')}.`]],
  },
  {
    title: 'the lock file has the packages of every platform, and names no registry',
    law: lockIsWhole,
    broken: [
      ['package-lock.json', '{"packages":{"node_modules/a":{"optionalDependencies":{"a-linux":"1.0.0"}}}}'],
      ['package-lock.json', '{"packages":{"node_modules/a":{"resolved":"https://registry.example/a.tgz"}}}'],
    ],
  },
  {
    title: 'no check is switched off, and nothing is left for later',
    law: nothingIsSwitchedOff,
    broken: [
      ['src/std/id.ts', `// ${['ts', 'ignore'].join('-').replace('ts', '@ts')}`],
      ['src/std/money.ts', `// ${['TO', 'DO'].join('')}: round`],
    ],
  },
];

const tree = readTree();

for (const { title, law, broken } of CASES) {
  suite(title, () => {
    test('in this tree', () => {
      const found = law(tree).map(({ path, line, advice }) => `${path}:${line}: ${advice}`);
      assert.equal(found.length, 0, `\n${found.join('\n')}`);
    });
    for (const [path, text] of broken) {
      test(`and what breaks it is found: ${path}`, () => {
        assert.deepEqual(
          law([{ path, text }]).map((found) => found.path),
          [path],
        );
      });
    }
  });
}

const isLong = ({ text }: SourceFile) => text.split('\n').length - 1 > LINES_MAX;

suite('the exceptions', () => {
  test('each one is still needed', () => {
    const paths = new Set(tree.map((file) => file.path));
    const importing = (path: string) =>
      tree
        .filter((file) => file.path === path)
        .flatMap((file) => importsOf(file).map(({ target }) => target));
    assert.deepEqual(
      LONG_FILES.filter(({ path }) => !tree.some((file) => path.test(file.path) && isLong(file))),
      [],
    );
    assert.deepEqual(
      STORE_GUESTS.filter(({ path, store }) => !importing(path).includes(store)),
      [],
    );
    assert.deepEqual(
      WORDS.flatMap(({ allowed }) => allowed).filter(
        ({ path }) => ![...paths].some((found) => path.test(found)),
      ),
      [],
    );
  });
});

suite('telling code from comments and strings', () => {
  test('what is not code is blanked, and every character stays in its place', () => {
    const source = [
      'const a = "Date.now"; // Date.now',
      '/* Date.now',
      " Date.now */ const b = `Date.now ${code({ a: '}' })} Date.now`;",
      "const c = text.replace(/['`\"/]/g, '') / 2; const d = x / y; code();",
    ].join('\n');
    const blanked = blank(source, 'comments and strings');
    assert.equal(blanked.length, source.length);
    assert.doesNotMatch(blanked, /Date/);
    assert.equal(blanked.match(/code\(/g)?.length, 2);
    assert.match(blanked, /const d = x \/ y; code\(\);$/);
    assert.equal(blank('a("//"); // b', 'comments'), 'a("//");     ');
  });

  test('every kind of import is seen, in comments none', () => {
    const text = [
      "import './a.ts';",
      "import type { B } from '../b.ts';",
      "const c = await import('./c.ts');",
      "export type { D } from './d.ts';",
      "// import './e.ts';",
    ].join('\n');
    const found = importsOf({ path: 'src/std/x.ts', text }).map(({ target }) => target);
    assert.deepEqual(found, ['src/std/a.ts', 'src/b.ts', 'src/std/c.ts', 'src/std/d.ts']);
  });
});
