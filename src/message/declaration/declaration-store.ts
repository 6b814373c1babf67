/** The SQL of declarations. Function names say the race that they win. */
import { must } from '../../std/assert.ts';
import { toHex } from '../../std/bytes.ts';
import type { Db, Tx } from '../../store/connection.ts';
import type { Declaration } from './declaration.ts';

const bytea = (bytes: Uint8Array): string => `\\x${toHex(bytes)}`;

export type ConfirmationKey = { readonly home: number; readonly id: string };

/** What waits for its code, at the home of the confirmation. */
export type Opening = Pick<
  Declaration,
  'id' | 'formId' | 'version' | 'confirmationId' | 'digest' | 'keyId' | 'sealed' | 'salt' | 'browserHash'
> & { readonly home: number };

export async function insertOpening(tx: Tx, row: Opening): Promise<void> {
  await tx`
    insert into declaration_opening (home, confirmation_id, declaration_id, form_id, version, digest, key_id, sealed,
      salt, browser_hash)
    values (${row.home}, ${row.confirmationId}, ${row.id}, ${row.formId}, ${row.version},
      ${bytea(row.digest)}::text::bytea, ${row.keyId}, ${bytea(row.sealed)}::text::bytea,
      ${bytea(row.salt)}::text::bytea, ${bytea(row.browserHash)}::text::bytea)`;
}

/** Gives each opening once, to the one transaction that ends its confirmation. */
export async function takeOpenings(tx: Tx, keys: readonly ConfirmationKey[]): Promise<Opening[]> {
  return tx<Opening[]>`
    delete from declaration_opening as o
    using json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text)
    where o.home = k."home" and o.confirmation_id = k."id" and k."home" between 0 and 1023
    returning o.home::int as "home", o.confirmation_id as "confirmationId", o.declaration_id as "id",
      o.form_id as "formId", o.version, o.digest, o.key_id as "keyId", o.sealed, o.salt,
      o.browser_hash as "browserHash"`;
}

export type DeclarationKey = { readonly home: number; readonly id: string; readonly formId: string };

/**
 * Puts those who declare on one form in an order, and gives the ids of the declarations that were received
 * before.
 */
export async function lockForms(tx: Tx, keys: readonly DeclarationKey[]): Promise<Set<string>> {
  const parameter = JSON.stringify(keys);
  await tx`
    select 1 from form f
    where (f.home, f.id) in (
      select k."home", k."formId" from json_to_recordset(${parameter}::text::json) as k ("home" smallint, "formId" text)
    ) order by f.home, f.id for update of f`;
  const rows = await tx<{ id: string }[]>`
    select d.id from json_to_recordset(${parameter}::text::json) as k ("home" smallint, "id" text)
    join declaration d on d.home = k."home" and d.id = k."id"
    where k."home" between 0 and 1023`;
  return new Set(rows.map(({ id }) => id));
}

export type Numbered = { readonly year: number; readonly number: number; readonly receivedAtMs: number };

/**
 * The next number of a form in this year; whoever else wants one waits until this transaction ends, and gets
 * the same one if it is rolled back.
 */
export async function takeNumber(tx: Tx, home: number, formId: string): Promise<Numbered> {
  const rows = await tx<Numbered[]>`
    insert into declaration_counter as c (home, form_id, year, last)
    values (${home}, ${formId}, extract(year from clock_now() at time zone 'UTC')::smallint, 1)
    on conflict (home, form_id, year) do update set last = c.last + 1
    returning c.year::int as "year", c.last::float8 as "number",
      extract(epoch from clock_now())::float8 * 1000 as "receivedAtMs"`;
  return must(rows[0], 'an upsert returns its row');
}

export async function insertDeclarations(tx: Tx, rows: readonly Declaration[]): Promise<void> {
  const parameter = JSON.stringify(
    rows.map((row) => ({
      ...row,
      digest: bytea(row.digest),
      sealed: bytea(row.sealed),
      salt: bytea(row.salt),
      browserHash: bytea(row.browserHash),
    })),
  );
  await tx`
    insert into declaration (home, id, tenant_id, client_id, form_id, version, year, number, confirmation_id, digest,
      key_id, sealed, salt, browser_hash, received_at)
    select "home", "id", "tenantId", "clientId", "formId", "version", "year", "number", "confirmationId", "digest",
      "keyId", "sealed", "salt", "browserHash", to_timestamp("receivedAtMs" / 1000.0)
    from json_to_recordset(${parameter}::text::json) as r ("home" smallint, "id" text, "tenantId" text,
      "clientId" text, "formId" text, "version" int, "year" smallint, "number" bigint, "confirmationId" text,
      "digest" bytea, "keyId" text, "sealed" bytea, "salt" bytea, "browserHash" bytea, "receivedAtMs" float8)`;
}

const COLUMNS = `d.home::int as "home", d.id, d.tenant_id as "tenantId", d.client_id as "clientId",
  d.form_id as "formId", d.version, d.year::int as "year", d.number::float8 as "number",
  d.confirmation_id as "confirmationId", d.digest, d.key_id as "keyId", d.sealed, d.salt,
  d.browser_hash as "browserHash", extract(epoch from d.received_at)::float8 * 1000 as "receivedAtMs"`;

export async function readDeclaration(db: Db, key: ConfirmationKey): Promise<Declaration | null> {
  const rows = await db<Declaration[]>`
    select ${db.unsafe(COLUMNS)} from declaration d where d.home = ${key.home} and d.id = ${key.id}`;
  return rows[0] ?? null;
}

/** A place in the list of a form's declarations: the year and the number. */
export type Place = Pick<Declaration, 'year' | 'number'>;

/** The newest first, those before `before`; and of those received since `fromMs` only. */
export async function listDeclarations(
  db: Db,
  form: { readonly home: number; readonly id: string },
  options: { before: Place | null; fromMs: number; max: number },
): Promise<Declaration[]> {
  const { before, fromMs, max } = options;
  return db<Declaration[]>`
    select ${db.unsafe(COLUMNS)} from declaration d
    where d.home = ${form.home} and d.form_id = ${form.id}
      and (d.year, d.number) < (${before?.year ?? 32_767}::smallint, ${String(before?.number ?? 0)}::bigint)
      and d.received_at >= to_timestamp(${fromMs}::float8 / 1000.0)
    order by d.year desc, d.number desc limit ${max}::int`;
}
