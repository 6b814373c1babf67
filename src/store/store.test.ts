import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDatabase } from '../../test/database.ts';
import { migrate, pendingMigrations } from './migrate.ts';
import { transaction } from './transaction.ts';

test('a migrated database has nothing pending, and migrating again applies nothing', async () => {
  await using database = await openTestDatabase();
  assert.deepEqual(await pendingMigrations(database.store.sql), []);
  assert.deepEqual(await migrate(database.store.sql), []);
});

test('an edited migration is refused, for history is forward only', async () => {
  await using database = await openTestDatabase();
  await database.store.sql`update migration set digest = 'edited' where name = '001-clock.sql'`;
  await assert.rejects(migrate(database.store.sql), /001-clock\.sql was changed after/);
});

test('S2: the database clock can be moved in a test world and decides', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  await database.advanceClock(3_600_000);
  const rows = await sql<{ ahead: number }[]>`select extract(epoch from clock_now() - now())::int as ahead`;
  assert.equal(rows[0]?.ahead, 3600);
});

test('a transaction answers after the commit, and a throw leaves nothing behind', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  await sql`create table thing (name text primary key, bytes bytea, at timestamptz)`;
  const names = ['a"{}', "b'\\"];
  await transaction(sql, async (tx) => {
    await tx`insert into thing (name, bytes, at)
      select n, decode(b, 'hex'), t from unnest(${names}::text[], ${['00ff', '10']}::text[],
        ${['2026-01-01T00:00:00.123Z', '2026-01-01T00:00:00Z']}::timestamptz[]) as x (n, b, t)`;
  });
  await assert.rejects(
    transaction(sql, async (tx) => {
      await tx`delete from thing`;
      throw new Error('changed my mind');
    }),
    /changed my mind/,
  );
  const rows = await sql<{ name: string; bytes: Buffer; at: Date }[]>`select * from thing order by name`;
  assert.deepEqual(
    rows.map((row) => row.name),
    names,
  );
  assert.deepEqual(rows[0]?.bytes, Buffer.from([0, 255]));
  assert.equal(rows[0]?.at.toISOString(), '2026-01-01T00:00:00.123Z');
});
