import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Command } from 'commander';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createFindPrincipal } from '../client/find.ts';
import { Mistake } from './fail.ts';
import { registerKeys } from './keys.ts';
import { registerSubscribers } from './subscribers.ts';

type Printed = { out: string; err: string };

/** Runs one command against the test's database and gives what it printed. */
function createRun(
  t: TestContext,
  database: TestDatabase,
): ((...words: string[]) => Promise<Printed>) & { readonly printed: Printed } {
  const printed: Printed = { out: '', err: '' };
  t.mock.method(console, 'log', (text: string) => (printed.out += `${text}\n`));
  t.mock.method(console, 'error', (text: string) => (printed.err += `${text}\n`));
  const open = async () => ({ sql: database.store.sql, [Symbol.asyncDispose]: () => Promise.resolve() });
  const run = async (...words: string[]): Promise<Printed> => {
    printed.out = '';
    printed.err = '';
    const program = new Command('countersign').exitOverride();
    registerKeys(program, open);
    registerSubscribers(program, open);
    await program.parseAsync(words, { from: 'user' });
    return { ...printed };
  };
  return Object.assign(run, { printed });
}

test('the first key of an empty database is made by one command; later ones rotate', async (t) => {
  await using database = await openTestDatabase();
  const run = createRun(t, database);
  await assert.rejects(run('keys', 'create'), /There are no clients yet/);
  assert.match((await run('keys', 'list')).out, /no clients yet/);
  await assert.rejects(run('keys', 'create', '--new-client', 'Acme'), /needs --domain/);
  await assert.rejects(run('keys', 'create', '--new-client', 'Acme', '--domain', 'https://x'), /host name/);

  const first = await run('keys', 'create', '--new-client', 'Acme', '--domain', 'shop.example');
  assert.match(first.out, /^csk_[0-9a-z]{32}\n$/);
  const find = createFindPrincipal(database.store.sql);
  const principal = await find(first.out.trim());
  assert.equal(principal?.scope, 'client');

  const second = await run('keys', 'create', '--label', 'next');
  assert.notEqual(second.out, first.out);
  await assert.rejects(
    run('keys', 'create'),
    (error) => error instanceof Mistake && /Revoke one first/.test(error.message),
  );
  assert.equal((await run('keys', 'create', '--scope', 'admin')).out.startsWith('csk_'), true);

  const listed = (await run('keys', 'list')).out;
  assert.equal(listed.match(/key_/g)?.length, 3);
  assert(!listed.includes('csk_'), 'S8: the list shows no key');
  await run('keys', 'revoke', principal?.keyId ?? '');
  assert.equal(await createFindPrincipal(database.store.sql)(first.out.trim()), null);
  assert.match((await run('keys', 'list')).out, /revoked/);
  await assert.rejects(run('keys', 'revoke', 'key_nonsense'), /There is no key/);
});

test('with several clients the command asks which', async (t) => {
  await using database = await openTestDatabase();
  const run = createRun(t, database);
  await run('keys', 'create', '--new-client', 'One', '--domain', 'one.example');
  await run('keys', 'create', '--new-client', 'Two', '--domain', 'two.example');
  await assert.rejects(run('keys', 'create'), /several clients/);
  const listed = (await run('keys', 'list')).out;
  assert.equal(listed.match(/^ten_/gm)?.length, 1);
  const two = /(cli_\w+) {2}"Two"/.exec(listed)?.[1] ?? '';
  assert.match((await run('keys', 'create', '--client', two)).err, /"Two"/);
  await assert.rejects(run('keys', 'create', '--client', 'cli_nonsense'), /There is no client/);
});

test('subscribers are imported from a file, or its bad lines are named and nothing is', async (t) => {
  await using database = await openTestDatabase();
  const run = createRun(t, database);
  const folder = await mkdtemp(join(tmpdir(), 'countersign-import-'));
  t.after(() => rm(folder, { recursive: true }));
  const good = join(folder, 'good.csv');
  const bad = join(folder, 'bad.csv');
  await writeFile(good, 'identifier,phone,name,language\n1,06 12 34 56 78,Marie,fr\n2,+33612345679,,\n');
  await writeFile(bad, `identifier,phone,name,language\n1,06 12 34 56 78,Marie,fr\n${'3,12,,\n'.repeat(60)}`);

  await assert.rejects(run('subscribers', 'import', good, '--country', 'FR'), /There is no tenant yet/);
  await run('keys', 'create', '--new-client', 'Acme', '--domain', 'shop.example');
  await assert.rejects(
    run('subscribers', 'import', join(folder, 'none.csv'), '--country', 'FR'),
    /There is no file/,
  );
  await assert.rejects(run('subscribers', 'import', folder, '--country', 'FR'), /is not a file/);
  await assert.rejects(run('subscribers', 'import', good, '--country', 'ZZ'), /ISO 3166/);

  const imported = await run('subscribers', 'import', good, '--country', 'fr');
  assert.equal(imported.out, '2 subscribers created, 0 updated.\n');
  await assert.rejects(
    run('subscribers', 'import', bad, '--country', 'FR'),
    (error) => error instanceof Mistake && /60 problems.*Nothing was imported/.test(error.message),
  );
  assert.match(run.printed.err, /bad\.csv:3: phone: "12" cannot be used/);
  assert.match(run.printed.err, /and 10 more/);
  const again = await run('subscribers', 'import', good, '--country', 'FR');
  assert.equal(again.out, '0 subscribers created, 2 updated.\n');
});
