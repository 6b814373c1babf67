/** The administrator's verbs: tenants, clients, and the API keys that clients call with. */
import { systemClock } from '../std/clock.ts';
import { newId } from '../std/id.ts';
import { systemRandom, type Random } from '../std/random.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import type { Secret } from '../std/secret.ts';
import type { Db, Sql } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { parseDomain, parseReturnOrigin, RETURN_ORIGINS_MAX, type ClientRefusal } from './client.ts';
import { hashApiKey, makeApiKey, type KeyScope } from './key.ts';
import {
  countLiveKeys,
  disableClientOnce,
  insertClient,
  insertKey,
  insertTenant,
  listKeysOfClient,
  lockClient,
  revokeKeyOnce,
  updateClient,
  type ClientRow,
  type KeyRow,
} from './store.ts';

/** Rotation needs the old key and the new one; a third is a key that somebody forgot. */
export const LIVE_KEYS_MAX = 2;
/** These few rows have no home of their own. */
const NO_HOME = 0;

export type KeyRefusal = 'unknown_client' | 'too_many_keys';

export type ClientFields = {
  readonly name: string;
  readonly domain: string;
  readonly returnOrigins: readonly string[];
};

export async function createTenant(db: Db, name: string): Promise<{ id: string; name: string }> {
  const tenant = { id: idOf('ten'), name };
  await insertTenant(db, tenant);
  return tenant;
}

export async function createClient(
  db: Db,
  tenantId: string,
  fields: ClientFields,
): Promise<Result<ClientRow, ClientRefusal>> {
  const parsed = parseFields(fields);
  if (!parsed.ok) return parsed;
  return ok(await insertClient(db, { id: idOf('cli'), tenantId, ...fields, ...parsed.value }));
}

export async function changeClient(
  db: Db,
  tenantId: string,
  clientId: string,
  fields: Partial<ClientFields>,
): Promise<Result<ClientRow, ClientRefusal | 'unknown_client'>> {
  const parsed = parseFields(fields);
  if (!parsed.ok) return parsed;
  const row = await updateClient(db, tenantId, clientId, { ...fields, ...parsed.value });
  return row ? ok(row) : refuse('unknown_client');
}

/** Refuses all keys of the client within 5 s. False when the tenant has no such client. */
export async function disableClient(db: Db, tenantId: string, clientId: string): Promise<boolean> {
  return disableClientOnce(db, tenantId, clientId);
}

/** Makes a key. Its text is in this answer and nowhere else, ever again. */
export async function createKey(
  sql: Sql,
  asked: { tenantId: string; clientId: string; scope: KeyScope; label: string },
  random: Random = systemRandom,
): Promise<Result<{ row: KeyRow; key: Secret<string> }, KeyRefusal>> {
  const { tenantId, clientId, scope, label } = asked;
  return transaction(sql, async (tx) => {
    if (!(await lockClient(tx, tenantId, clientId))) return refuse('unknown_client');
    if ((await countLiveKeys(tx, clientId, scope)) >= LIVE_KEYS_MAX) return refuse('too_many_keys');
    const key = makeApiKey(random);
    const hash = hashApiKey(key.reveal());
    const row = await insertKey(tx, { id: idOf('key'), tenantId, clientId, scope, hash, label });
    return ok({ row, key });
  });
}

export async function listKeys(db: Db, tenantId: string, clientId: string): Promise<KeyRow[]> {
  return listKeysOfClient(db, tenantId, clientId);
}

/** Every server refuses the key within 5 s. False when the client has no such key. */
export async function revokeKey(db: Db, tenantId: string, clientId: string, keyId: string): Promise<boolean> {
  return revokeKeyOnce(db, tenantId, clientId, keyId);
}

function parseFields(
  fields: Partial<ClientFields>,
): Result<Partial<Pick<ClientFields, 'domain' | 'returnOrigins'>>, ClientRefusal> {
  const parsed: { domain?: string; returnOrigins?: string[] } = {};
  if (fields.domain !== undefined) {
    const domain = parseDomain(fields.domain);
    if (!domain.ok) return domain;
    parsed.domain = domain.value;
  }
  if (fields.returnOrigins !== undefined) {
    const origins = new Set<string>();
    for (const text of fields.returnOrigins) {
      const origin = parseReturnOrigin(text);
      if (!origin.ok) return origin;
      origins.add(origin.value);
    }
    if (origins.size > RETURN_ORIGINS_MAX) {
      return refuse('malformed_origin', {
        detail: `A client has at most ${RETURN_ORIGINS_MAX} return origins.`,
      });
    }
    parsed.returnOrigins = [...origins];
  }
  return ok(parsed);
}

function idOf<const P extends string>(prefix: P) {
  return newId(prefix, NO_HOME, systemClock.nowMs(), systemRandom);
}
