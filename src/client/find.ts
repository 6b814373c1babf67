/**
 * Looking up who calls and which client that is, through caches of a few seconds: a revoked key or a disabled
 * client is refused at most 5 s later on every server. Only what was found is cached; an error refuses by
 * being thrown (S17).
 */
import { hash } from 'node:crypto';
import type { FindPrincipal, Principal } from '../http/client-auth.ts';
import { monotonicMs } from '../std/clock.ts';
import type { Db } from '../store/connection.ts';
import type { Client } from './client.ts';
import { hashApiKey, isApiKey } from './key.ts';
import { findClient, findClientById, findKeyHolder, type ClientRow } from './store.ts';

const FRESH_MS = 5_000;
const ENTRIES_MAX = 10_000;

/** Answers synchronously for a key that was found in the last 5 s. */
export function createFindPrincipal(db: Db): FindPrincipal {
  const cached = createCache<Principal>();
  return (apiKey) => {
    if (!isApiKey(apiKey)) return null;
    // The cache holds digests, so that a heap dump taken later shows no keys of past calls.
    return cached(hash('sha256', apiKey, 'base64'), () => findKeyHolder(db, hashApiKey(apiKey)));
  };
}

/** The client, or null when the tenant has no such client or it is disabled. */
export async function clientOf(db: Db, tenantId: string, clientId: string): Promise<Client | null> {
  return unlessDisabled(await findClient(db, tenantId, clientId));
}

function unlessDisabled(row: ClientRow | null): Client | null {
  if (!row || row.disabledAt) return null;
  return {
    id: row.id,
    tenantId: row.tenantId,
    name: row.name,
    domain: row.domain,
    returnOrigins: row.returnOrigins,
  };
}

export type FindClient = (tenantId: string, clientId: string) => Promise<Client | null> | Client | null;

/** `clientOf` with a cache of 5 s; synchronous on a hit. */
export function createClientCache(db: Db): FindClient {
  const cached = createCache<Client>();
  return (tenantId, clientId) => cached(`${tenantId}\n${clientId}`, () => clientOf(db, tenantId, clientId));
}

/** The client whose hosted pages a person asks for, by its id alone, with a cache of 5 s. */
export type FindClientById = (clientId: string) => Promise<Client | null> | Client | null;

export function createFindClientById(db: Db): FindClientById {
  const cached = createCache<Client>();
  return (clientId) => cached(clientId, async () => unlessDisabled(await findClientById(db, clientId)));
}

type Lookup<T> = (name: string, find: () => Promise<T | null>) => Promise<T | null> | T | null;

/** Bounded; callers who ask for the same absent name at once share one lookup. */
function createCache<T>(): Lookup<T> {
  const found = new Map<string, { value: T; freshUntilMs: number }>();
  const asked = new Map<string, Promise<T | null>>();

  async function load(name: string, find: () => Promise<T | null>): Promise<T | null> {
    // Counted from before the lookup, so that an answer is never trusted for longer than it was promised.
    const freshUntilMs = monotonicMs() + FRESH_MS;
    const value = await find();
    found.delete(name);
    if (value === null) return null;
    for (const oldest of found.keys()) {
      if (found.size < ENTRIES_MAX) break;
      found.delete(oldest);
    }
    found.set(name, { value, freshUntilMs });
    return value;
  }

  return (name, find) => {
    const known = found.get(name);
    if (known && monotonicMs() < known.freshUntilMs) return known.value;
    const running = asked.get(name);
    if (running) return running;
    const loading = load(name, find).finally(() => asked.delete(name));
    asked.set(name, loading);
    return loading;
  };
}
