/** The SQL of forms and their versions. Every statement names the tenant, but for what pages look up by id. */
import type { Language } from '../../std/language.ts';
import type { Db, Tx } from '../../store/connection.ts';
import type { Form, FormState, Words } from './form.ts';
import type { Document } from './schema.ts';

export type FormKey = { readonly home: number; readonly id: string };
export type NewForm = Omit<Form, 'createdAtMs' | 'version'>;

type Row = Omit<Form, 'schema' | 'translations'> & {
  readonly schema: string;
  readonly translations: string;
};

const COLUMNS = `f.home::int as "home", f.id, f.tenant_id as "tenantId", f.client_id as "clientId", f.state,
  v.version, f.staff, f.open_to_all as "openToAll", v.title, v.introduction, v.language, v.schema, v.translations,
  extract(epoch from f.created_at)::float8 * 1000 as "createdAtMs"`;

export async function insertForm(tx: Tx, form: NewForm): Promise<void> {
  await tx`
    insert into form (home, id, tenant_id, client_id, state, version, staff, open_to_all)
    values (${form.home}, ${form.id}, ${form.tenantId}, ${form.clientId}, ${form.state}, 1, ${[...form.staff]},
      ${form.openToAll})`;
  await insertVersion(tx, form, 1, form);
}

export async function insertVersion(tx: Tx, key: FormKey, version: number, words: Words): Promise<void> {
  await tx`
    insert into form_version (home, form_id, version, title, introduction, language, schema, translations)
    values (${key.home}, ${key.id}, ${version}, ${words.title}, ${words.introduction}, ${words.language},
      ${JSON.stringify(words.schema)}, ${JSON.stringify(words.translations)})`;
}

/** In its newest version; locked, so that changes of one form come one after the other. */
export async function lockForm(tx: Tx, tenantId: string, key: FormKey): Promise<Form | null> {
  const rows = await tx<Row[]>`
    select ${tx.unsafe(COLUMNS)} from form f
    join form_version v on v.home = f.home and v.form_id = f.id and v.version = f.version
    where f.home = ${key.home} and f.id = ${key.id} and f.tenant_id = ${tenantId} for update of f`;
  return rows[0] ? formOf(rows[0]) : null;
}

export type FormChange = {
  readonly state: FormState;
  readonly version: number;
  readonly staff: readonly string[];
  readonly openToAll: boolean;
};

/** The caller holds its lock. */
export async function updateForm(tx: Tx, key: FormKey, change: FormChange): Promise<void> {
  await tx`
    update form set state = ${change.state}, version = ${change.version}, staff = ${[...change.staff]},
      open_to_all = ${change.openToAll}
    where home = ${key.home} and id = ${key.id}`;
}

/** In the version that is asked for; null stands for the newest. */
export async function readForm(db: Db, key: FormKey, version: number | null): Promise<Form | null> {
  const rows = await db<Row[]>`
    select ${db.unsafe(COLUMNS)} from form f
    join form_version v on v.home = f.home and v.form_id = f.id and v.version = coalesce(${version}::int, f.version)
    where f.home = ${key.home} and f.id = ${key.id}`;
  return rows[0] ? formOf(rows[0]) : null;
}

/** Of one client, or of the whole tenant. */
export async function listForms(
  db: Db,
  of: { tenantId: string; clientId: string | null },
  after: string,
  max: number,
): Promise<Form[]> {
  const rows = await db<Row[]>`
    select ${db.unsafe(COLUMNS)} from form f
    join form_version v on v.home = f.home and v.form_id = f.id and v.version = f.version
    where f.tenant_id = ${of.tenantId} and f.client_id = coalesce(${of.clientId}::text, f.client_id)
      and f.id > ${after}
    order by f.id limit ${max}::int`;
  return rows.map(formOf);
}

function formOf(row: Row): Form {
  return {
    ...row,
    schema: JSON.parse(row.schema) as Document,
    translations: JSON.parse(row.translations) as Partial<Record<Language, never>>,
  };
}
