/**
 * Claims and answers of requests with an Idempotency-Key. Answers may hold secrets (a session's, an API key),
 * so they are sealed with AES-256-GCM under a key that comes from the master key and from the
 * Idempotency-Key, of which the database holds only a digest (S8).
 *
 * `home between 0 and 1023` holds for every row; it makes the planner expect one, and look it up by its key
 * whatever the size of the table was when the plan was made.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Claim, IdempotencyStore, IdempotentRequest, StoredAnswer } from '../http/idempotency.ts';
import { assert, must } from '../std/assert.ts';
import { createBatch } from '../std/batch.ts';
import { equalBytes, hmacSha256, sha256, toHex, utf8 } from '../std/bytes.ts';
import { base32 } from '../std/id.ts';
import type { KeyRing } from '../std/key-ring.ts';
import { systemRandom } from '../std/random.ts';
import type { Db, Sql, Store } from '../store/connection.ts';

export type IdempotencyStoreOptions = {
  /**
   * Claims are made on its relaxed pool: a claim that a crash of the database loses had no work committed
   * after it.
   */
  readonly store: Pick<Store, 'sql' | 'relaxed'>;
  readonly keyRing: KeyRing;
};

/** A batch says which rows are new by a claim id of its own for each. */
type ToClaim = { readonly keyHash: Buffer; readonly requestHash: Uint8Array; readonly claimId: string };
type ClaimRow = {
  claimId: string;
  requestHash: Buffer;
  status: number | null;
  sealed: Buffer | null;
};
type ToComplete = {
  readonly keyHash: Buffer;
  readonly claimId: string;
  readonly status: number;
  readonly sealed: Uint8Array;
};

const SEAL_USE = 'countersign/idempotency/1';
const REQUEST_USE = 'countersign/idempotency-request/1';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function createIdempotencyStore({ store, keyRing }: IdempotencyStoreOptions): IdempotencyStore {
  const claims = createBatch<ToClaim, ClaimRow>({
    run: (items) => claimRows(store.relaxed, items),
    keyOf: (item) => toHex(item.keyHash),
  });
  const completions = createBatch<ToComplete, undefined>({
    run: async (items) => {
      await completeRows(store.sql, items);
      return items.map(() => undefined);
    },
  });

  return {
    claim: async (request): Promise<Claim> => {
      const keyHash = keyHashOf(request);
      const claimId = base32(systemRandom(10));
      const requestHash = keyedHash(keyRing, keyRing.currentId, request);
      const row = await claims.add({ keyHash, requestHash, claimId });
      if (row.claimId === claimId) return { kind: 'claimed', claimId };
      const isSame = keyRing.ids.some((id) => equalBytes(row.requestHash, keyedHash(keyRing, id, request)));
      if (!isSame) return { kind: 'mismatch' };
      if (row.status === null || row.sealed === null) return { kind: 'running' };
      return { kind: 'answered', answer: open(keyRing, request, row.sealed) };
    },
    complete: async (request, claimId, answer) => {
      const sealed = seal(keyRing, request, answer);
      await completions.add({ keyHash: keyHashOf(request), claimId, status: answer.status, sealed });
    },
    release: async (request, claimId) => {
      const keyHash = keyHashOf(request);
      await store.sql`
        delete from idempotency
        where home = ${homeOf(keyHash)} and key_hash = ${keyHash} and claim_id = ${claimId} and status is null`;
    },
  };
}

/**
 * Bodies may hold what can be guessed, such as the number of a card, so that a plain digest of one would tell
 * it (PCI DSS 3.5.1.1).
 */
function keyedHash(keyRing: KeyRing, keyId: string, { key, requestHash }: IdempotentRequest): Uint8Array {
  return hmacSha256(keyRing.derive(keyId, REQUEST_USE), utf8(`${key}\n`), requestHash);
}

/**
 * Forgets answers older than 24 hours, at most `rowsMax` in one statement; gives how many. For the jobs role.
 */
export async function purgeIdempotency(sql: Sql, rowsMax = 10_000): Promise<number> {
  const purged = await sql`
    delete from idempotency where (home, key_hash) in (
      select home, key_hash from idempotency
      where created_at < clock_now() - interval '24 hours' order by created_at limit ${rowsMax}
    )`;
  return purged.count;
}

/**
 * Wins each free key, once: an absent row, one older than 24 hours, or one whose claimant died 60 s ago with
 * the same request. Gives the row that stands afterwards, in the order of the items, whose keys differ from
 * each other.
 */
async function claimRows(db: Db, items: readonly ToClaim[]): Promise<ClaimRow[]> {
  const sorted = items.toSorted((a, b) => Buffer.compare(a.keyHash, b.keyHash));
  const homes = sorted.map((item) => homeOf(item.keyHash));
  const keyHashes = sorted.map((item) => toHex(item.keyHash));
  const won = await db<{ claimId: string }[]>`
    insert into idempotency as held (home, key_hash, request_hash, claim_id, claimed_until)
    select w.home, decode(w.key_hash, 'hex'), decode(w.request_hash, 'hex'), w.claim_id,
      clock_now() + interval '60 seconds'
    from unnest(
      ${homes}::smallint[], ${keyHashes}::text[], ${sorted.map((item) => toHex(item.requestHash))}::text[],
      ${sorted.map((item) => item.claimId)}::text[]
    ) as w (home, key_hash, request_hash, claim_id)
    on conflict (home, key_hash) do update
    set request_hash = excluded.request_hash, claim_id = excluded.claim_id,
      claimed_until = excluded.claimed_until, created_at = clock_now(), status = null, sealed = null
    where held.created_at < clock_now() - interval '24 hours'
      or (held.status is null and held.claimed_until < clock_now()
        and held.request_hash = excluded.request_hash)
    returning claim_id as "claimId"`;
  const winners = new Set(won.map((row) => row.claimId));
  const standing =
    winners.size === items.length ? new Map<string, ClaimRow>() : await standingRows(db, homes, keyHashes);
  return items.map((item) => {
    if (winners.has(item.claimId)) {
      return {
        claimId: item.claimId,
        requestHash: Buffer.from(item.requestHash),
        status: null,
        sealed: null,
      };
    }
    // The row may have been released or purged since: then it was running a moment ago, and the caller tries
    // again.
    return (
      standing.get(toHex(item.keyHash)) ?? {
        claimId: '',
        requestHash: Buffer.from(item.requestHash),
        status: null,
        sealed: null,
      }
    );
  });
}

async function standingRows(
  db: Db,
  homes: readonly number[],
  keyHashes: readonly string[],
): Promise<Map<string, ClaimRow>> {
  const rows = await db<(ClaimRow & { keyHash: Buffer })[]>`
    select i.key_hash as "keyHash", i.claim_id as "claimId", i.request_hash as "requestHash", i.status, i.sealed
    from unnest(${[...homes]}::smallint[], ${[...keyHashes]}::text[]) as w (home, key_hash)
    join idempotency i on i.home = w.home and i.key_hash = decode(w.key_hash, 'hex')
    where w.home between 0 and 1023`;
  return new Map(rows.map((row) => [toHex(row.keyHash), row]));
}

/** Only the claimant completes; a claim that was taken over meanwhile is left to whom it belongs now. */
async function completeRows(db: Db, items: readonly ToComplete[]): Promise<void> {
  const sorted = items.toSorted((a, b) => Buffer.compare(a.keyHash, b.keyHash));
  await db`
    update idempotency as held set status = w.status, sealed = decode(w.sealed, 'hex')
    from unnest(
      ${sorted.map((item) => homeOf(item.keyHash))}::smallint[],
      ${sorted.map((item) => toHex(item.keyHash))}::text[],
      ${sorted.map((item) => item.claimId)}::text[],
      ${sorted.map((item) => item.status)}::smallint[],
      ${sorted.map((item) => toHex(item.sealed))}::text[]
    ) as w (home, key_hash, claim_id, status, sealed)
    where held.home = w.home and held.key_hash = decode(w.key_hash, 'hex') and held.claim_id = w.claim_id
      and held.status is null and w.home between 0 and 1023`;
}

/** The scope is part of it: a client's key is never shown what an administrator's was answered. */
function keyHashOf({ principal, key }: IdempotentRequest): Buffer {
  return sha256(`${principal.tenantId}\n${principal.clientId}\n${principal.scope}\n${key}`);
}

function homeOf(keyHash: Uint8Array): number {
  return ((keyHash[0] ?? 0) << 2) | ((keyHash[1] ?? 0) >> 6);
}

function sealingKey(keyRing: KeyRing, keyId: string, request: IdempotentRequest): Buffer {
  const { principal, key } = request;
  return hmacSha256(keyRing.derive(keyId, SEAL_USE), `${principal.tenantId}\n${principal.clientId}\n${key}`);
}

/**
 * `<key id>:` in ASCII, 12 bytes of nonce, 16 of tag, and the sealed JSON; it opens for the same request
 * only.
 */
function seal(keyRing: KeyRing, request: IdempotentRequest, answer: StoredAnswer): Uint8Array {
  const nonce = systemRandom(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, sealingKey(keyRing, keyRing.currentId, request), nonce);
  cipher.setAAD(request.requestHash);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(answer), 'utf8'), cipher.final()]);
  return Buffer.concat([utf8(`${keyRing.currentId}:`), nonce, cipher.getAuthTag(), sealed]);
}

function open(keyRing: KeyRing, request: IdempotentRequest, sealed: Uint8Array): StoredAnswer {
  const colon = sealed.indexOf(':'.charCodeAt(0));
  assert(colon > 0, 'a sealed answer begins with the id of its key');
  const keyId = Buffer.from(sealed.subarray(0, colon)).toString('latin1');
  const nonceAt = colon + 1;
  const tagAt = nonceAt + NONCE_BYTES;
  const decipher = createDecipheriv(
    CIPHER,
    sealingKey(keyRing, keyId, request),
    sealed.subarray(nonceAt, tagAt),
    { authTagLength: TAG_BYTES },
  );
  decipher.setAAD(request.requestHash);
  decipher.setAuthTag(sealed.subarray(tagAt, tagAt + TAG_BYTES));
  const text = Buffer.concat([decipher.update(sealed.subarray(tagAt + TAG_BYTES)), decipher.final()]);
  return must(JSON.parse(text.toString('utf8')) as StoredAnswer | null, 'a sealed answer is an object');
}
