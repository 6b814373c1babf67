/** The SQL of the rules of registers. */
import type { Db } from '../store/connection.ts';
import type { RegisterDocument } from './register.ts';

export type RegisterRow = {
  readonly id: string;
  readonly tenantId: string;
  readonly document: RegisterDocument;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
};

const COLUMNS = `id, tenant_id as "tenantId", document, created_at as "createdAt", ended_at as "endedAt"`;

/** Makes it when there is none of this id yet; gives the one that is there. */
export async function insertRegister(
  db: Db,
  tenantId: string,
  id: string,
  document: RegisterDocument,
): Promise<RegisterRow | null> {
  await db`
    insert into register (tenant_id, id, name, purpose, counted, currency, document, created_at)
    values (${tenantId}, ${id}, ${document.name}, ${document.purpose}, ${document.counted}, ${document.currency},
      ${JSON.stringify(document)}::text::jsonb, clock_now())
    on conflict (tenant_id, id) do nothing`;
  return findRegister(db, tenantId, id);
}

export async function findRegister(db: Db, tenantId: string, id: string): Promise<RegisterRow | null> {
  const rows = await db<RegisterRow[]>`
    select ${db.unsafe(COLUMNS)} from register where tenant_id = ${tenantId} and id = ${id}`;
  return rows[0] ?? null;
}

/** In the order of their ids, from after `cursor` on; those that have ended too. */
export async function listRegisters(
  db: Db,
  tenantId: string,
  cursor: string,
  max: number,
): Promise<RegisterRow[]> {
  return db<RegisterRow[]>`
    select ${db.unsafe(COLUMNS)} from register
    where tenant_id = ${tenantId} and id > ${cursor} order by id limit ${max}::int`;
}

export async function endRegisterOnce(db: Db, tenantId: string, id: string): Promise<boolean> {
  const rows = await db`
    update register set ended_at = coalesce(ended_at, clock_now())
    where tenant_id = ${tenantId} and id = ${id} returning 1`;
  return rows.length === 1;
}
