import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { World } from './world.ts';

/** Where a canary scan looks (S8): the database as text and as bytes, its files on the disk, and the logs. */
export type Place = { readonly name: string; readonly text: string };

export function createSink(): { stream: Writable; text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      chunks.push(chunk.toString('utf8'));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

/** Every table of the database as text, bytes in hexadecimal. */
export async function dump(world: World): Promise<Place[]> {
  const { sql } = world.database.store;
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`;
  assert(tables.length >= 15, `${tables.length} tables`);
  return Promise.all(
    tables.map(async ({ name }) => {
      const rows = await sql<{ row: string }[]>`select t::text as row from ${sql(name)} as t`;
      return { name: `table ${name}`, text: rows.map(({ row }) => row).join('\n') };
    }),
  );
}

/** Bytes columns may hold text that hexadecimal hides. */
export async function dumpBytes(world: World): Promise<Place[]> {
  const { sql } = world.database.store;
  const columns = await sql<{ table: string; column: string }[]>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = 'public' and data_type = 'bytea'`;
  return Promise.all(
    columns.map(async ({ table, column }) => {
      const rows = await sql<{ bytes: Buffer | null }[]>`select ${sql(column)} as bytes from ${sql(table)}`;
      const text = rows.map(({ bytes }) => bytes?.toString('latin1') ?? '').join('\n');
      return { name: `${table}.${column}`, text };
    }),
  );
}

/**
 * The write-ahead log and the heap and index files of this database, as they lie on the disk, and the
 * server's log: their paths.
 */
export async function listDisk(world: World): Promise<string[]> {
  const { sql } = world.database.store;
  const { host } = world.database.address;
  const [row] = await sql<
    { oid: number }[]
  >`select oid::int as oid from pg_database where datname = current_database()`;
  await sql`checkpoint`;
  const paths = [join(host, 'server.log')];
  for (const folder of [join(host, 'data', 'pg_wal'), join(host, 'data', 'base', String(row?.oid))]) {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      await unlessGone(async () => void ((await stat(path)).isFile() && paths.push(path)));
    }
  }
  return paths;
}

/** What is in them. */
export async function readDisk(world: World): Promise<Place[]> {
  const places: Place[] = [];
  for (const name of await listDisk(world)) {
    await unlessGone(async () => void places.push({ name, text: await readFile(name, 'latin1') }));
  }
  return places;
}

/** The server removes files at any moment, such as its cache of the catalogue: what is gone leaks nothing. */
export async function unlessGone(read: () => Promise<void>): Promise<void> {
  await read().catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  });
}
