import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256, toHex } from '../std/bytes.ts';
import { must } from '../std/assert.ts';
import type { Sql } from './connection.ts';

const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations/', import.meta.url));

/**
 * Any number that no other user of the same database takes; two servers starting at once migrate one after
 * the other.
 */
const LOCK = 7_217_339_021n;

export type Migration = { readonly name: string; readonly text: string; readonly digest: string };

export async function readMigrations(folder = MIGRATIONS_FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{3}-[a-z0-9-]+\.sql$/.test(name)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8');
      return { name, text, digest: toHex(sha256(text)) };
    }),
  );
}

/**
 * Brings the database forward, each migration in a transaction of its own; returns the names it applied.
 * Throws when an applied migration was edited afterwards: history is forward only.
 */
export async function migrate(
  sql: Sql,
  onApplied: (name: string) => void = () => undefined,
): Promise<string[]> {
  const migrations = await readMigrations();
  const connection = await sql.reserve();
  const applied: string[] = [];
  try {
    // A migration of a large table takes as long as it takes.
    await connection`set statement_timeout = 0`;
    await connection`select pg_advisory_lock(${LOCK})`;
    await connection`
      create table if not exists migration (
        name text primary key, digest text not null, applied_at timestamptz not null default now()
      )`;
    const rows = await connection<{ name: string; digest: string }[]>`select name, digest from migration`;
    const known = new Map(rows.map((row) => [row.name, row.digest]));
    for (const migration of migrations) {
      const digest = known.get(migration.name);
      if (digest === migration.digest) continue;
      if (digest !== undefined) {
        throw new Error(
          `Migration ${migration.name} was changed after it had been applied to this database. ` +
            'Restore the file and put the change into a new migration.',
        );
      }
      await connection.unsafe(`begin;\n${migration.text}\n;insert into migration (name, digest) values
        ('${migration.name}', '${migration.digest}'); commit;`);
      applied.push(migration.name);
      onApplied(migration.name);
    }
  } catch (error) {
    await connection.unsafe('rollback').catch(() => undefined);
    throw error;
  } finally {
    await connection`select pg_advisory_unlock(${LOCK})`.catch(() => undefined);
    await connection`reset statement_timeout`.catch(() => undefined);
    connection.release();
  }
  return applied;
}

/** The migrations this database still lacks; empty when it is up to date. */
export async function pendingMigrations(sql: Sql): Promise<string[]> {
  const migrations = await readMigrations();
  const exists = await sql<{ found: boolean }[]>`select to_regclass('migration') is not null as found`;
  if (!must(exists[0], 'to_regclass gives a row').found) return migrations.map((migration) => migration.name);
  const rows = await sql<{ name: string }[]>`select name from migration`;
  const known = new Set(rows.map((row) => row.name));
  return migrations.filter((migration) => !known.has(migration.name)).map((migration) => migration.name);
}
