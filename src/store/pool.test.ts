import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '../std/timer.ts';
import { openTestDatabase } from '../../test/database.ts';
import { asOutage, isStoreOutage, openStore } from './connection.ts';
import { transaction } from './transaction.ts';

test('a connection that is lost in a transaction ends it at once, and nothing of it runs afterwards', async () => {
  await using database = await openTestDatabase();
  await using store = openStore({ database: database.address, connectionsMax: 2 });
  const { sql } = store;
  await sql`create table kept (n integer)`;
  const late: unknown[] = [];
  const cut = transaction(sql, async (tx) => {
    const rows = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
    await tx`insert into kept values (1)`;
    await database.store.sql`select pg_terminate_backend(${rows[0]?.pid ?? 0})`;
    await sleep(100);
    // The work does not know yet: its next statement must not run on the connection that came after.
    await tx`insert into kept values (2)`.catch((error: unknown) => late.push(error));
  });
  await assert.rejects(cut, isStoreOutage);
  await sleep(150);
  assert.equal(late.length, 1);
  assert.deepEqual([...(await sql`select n from kept`)], []);
  await transaction(sql, async (tx) => tx`insert into kept values (3)`);
  assert.deepEqual([...(await sql`select n from kept`)], [{ n: 3 }]);
});

test('when all connections are lost, every statement in flight is answered, and the next ones find new connections', async () => {
  await using database = await openTestDatabase();
  await using store = openStore({ database: database.address, connectionsMax: 4 });
  const { sql } = store;
  for (let round = 0; round < 5; round++) {
    const asked = Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0
        ? sql`select pg_sleep(0.05)`
        : transaction(sql, async (tx) => [await tx`select pg_sleep(0.02)`, await tx`select 1`]),
    );
    const settling = Promise.allSettled(asked);
    await sleep(30);
    await database.store.sql`
      select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    const failures = (await settling).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    for (const failure of failures) assert.ok(isStoreOutage(failure), String(failure));
    assert.deepEqual([...(await sql`select 1 as n`)], [{ n: 1 }]);
  }
});

test('a statement that fails undoes its transaction, also when the work goes on in spite of it', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  await sql`create table kept (n integer primary key)`;
  const swallowed = transaction(sql, async (tx) => {
    await tx`insert into kept values (1)`;
    await tx`insert into kept values (1)`.catch(() => undefined);
  });
  await assert.rejects(swallowed, /duplicate key/);
  assert.deepEqual([...(await sql`select n from kept`)], []);
  assert.equal(asOutage(new Error('a fault of ours')) instanceof Error, true);
});

test('LISTEN goes on after its connection is lost, and its listener is told to look', async () => {
  await using database = await openTestDatabase();
  await using store = openStore({ database: database.address });
  let told = 0;
  await store.sql.listen('pool_test', () => void told++);
  await database.store.sql`select pg_notify('pool_test', '')`;
  await until(() => told === 1);
  await database.store.sql`
    select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()`;
  await until(() => told === 2);
  await database.store.sql`select pg_notify('pool_test', '')`;
  await until(() => told === 3);
  assert.equal(told, 3);
});

async function until(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !isTrue(); i++) await sleep(20);
  assert.ok(isTrue(), 'what was waited for came');
}
