/**
 * Fills one person's mailbox with messages as the room writes them: heads, names of files and tokens are
 * sealed and keyed with the server's own keys, items are written by the room's own statement. Only their
 * stories are not in the log.
 */
import type { Context } from '../../src/message/context.ts';
import { finishItems, insertItems, type NewItem } from '../../src/message/mailbox-store.ts';
import {
  digestOf,
  homeOfPartyKey,
  manifestOf,
  partyKeyOf,
  TEXT_FILE,
  type Head,
  type Party,
} from '../../src/message/message.ts';
import { textsOfParty, tokensOf, wordsOf } from '../../src/message/search.ts';
import {
  CONTENT_KEY_BYTES,
  sealFileHead,
  sealHead,
  UPLOAD_SALT_BYTES,
  wrapKey,
} from '../../src/message/seal.ts';
import { bytea } from '../../src/message/store.ts';
import { toBase64Url } from '../../src/std/bytes.ts';
import { newId } from '../../src/std/id.ts';
import type { Tx } from '../../src/store/connection.ts';
import { transaction } from '../../src/store/transaction.ts';

export type Filling = {
  readonly tenantId: string;
  readonly clientId: string;
  /** Whose mailbox it is, E.164; and who wrote, or was written to, in each. */
  readonly person: string;
  readonly others: readonly string[];
  readonly box: 'sent' | 'received';
  readonly count: number;
  readonly subjectOf: (n: number) => string;
  /** Whether there is nothing left to receive of it. */
  readonly isDone: (n: number) => boolean;
};

const BATCH = 1_000;
const MINUTE_MS = 60_000;
const VALIDITY_MS = 15 * 24 * 60 * MINUTE_MS;

type Tokens = (mailbox: Uint8Array, texts: readonly string[]) => bigint[];

/** The tokens of the room, those of a word that came before not made again. */
function createTokens({ keys }: Context): Tokens {
  const known = new Map<string, readonly bigint[]>();
  return (mailbox, texts) => {
    const all = texts.flatMap(wordsOf).flatMap((word) => {
      const place = `${bytea(mailbox)} ${word}`;
      const tokens = known.get(place) ?? tokensOf(keys, keys.currentId, mailbox, [word]);
      known.set(place, tokens);
      return tokens;
    });
    return [...new Set(all)];
  };
}

/** Number 0 is the newest, each further one is a minute older. Gives their ids in this order. */
export async function fillMailbox(context: Context, filling: Filling): Promise<string[]> {
  const nowMs = Date.now();
  const ids: string[] = [];
  const tokens = createTokens(context);
  for (let from = 0; from < filling.count; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, filling.count - from) }, (_, i) =>
      makeMessage(context, tokens, filling, from + i, nowMs),
    );
    ids.push(...batch.map(({ row }) => row.id));
    await transaction(context.store.sql, (tx) => write(tx, batch));
  }
  return ids;
}

function makeMessage({ keys, random }: Context, tokens: Tokens, filling: Filling, n: number, nowMs: number) {
  const { tenantId, clientId, person, others, box } = filling;
  const own = partyOf(person, 'Maximilian Mailbox');
  const other = partyOf(others[n % others.length] ?? '', `Correspondent ${n % others.length}`);
  const [sender, addressee] = box === 'sent' ? [own, other] : [other, own];
  const senderKey = partyKeyOf(tenantId, sender);
  const addresseeKey = partyKeyOf(tenantId, addressee);
  const home = homeOfPartyKey(senderKey);
  const atMs = nowMs - (n + 1) * MINUTE_MS;
  const owner = { id: newId('msg', home, atMs, random), keyId: keys.currentId };
  const file = { ...TEXT_FILE, sizeBytes: 100, sha256: 'a'.repeat(64) };
  const head: Head = {
    subject: filling.subjectOf(n),
    sender,
    addressee,
    nonce: toBase64Url(random(16)),
    blind: toBase64Url(random(16)),
    files: [file],
  };
  const isDone = filling.isDone(n);
  const row = {
    ...owner,
    home,
    tenantId,
    clientId,
    state: isDone ? 'handed_over' : 'waiting',
    senderKey: bytea(senderKey),
    addresseeKey: bytea(addresseeKey),
    head: bytea(sealHead(keys, owner, head, random)),
    contentKey: bytea(wrapKey(keys, owner, random(CONTENT_KEY_BYTES), random)),
    digest: bytea(digestOf(manifestOf({ id: owner.id, acceptance: false }, head))),
    salt: bytea(random(16)),
    submissionId: newId('cnf', home, atMs, random),
    atMs,
    isDone,
    fileSalt: bytea(random(UPLOAD_SALT_BYTES)),
    fileHead: bytea(sealFileHead(keys, owner, 0, file, random)),
  };
  const told = [head.subject, ...textsOfParty(addressee)];
  const items: NewItem[] = [
    {
      box: 'sent',
      partyHome: home,
      home,
      id: owner.id,
      tokens: tokens(senderKey, told),
    },
    {
      box: 'received',
      partyHome: homeOfPartyKey(addresseeKey),
      home,
      id: owner.id,
      tokens: tokens(addresseeKey, [...(isDone ? [head.subject] : []), ...textsOfParty(sender)]),
    },
  ];
  return { row, items, addresseeHome: homeOfPartyKey(addresseeKey) };
}

async function write(tx: Tx, batch: readonly ReturnType<typeof makeMessage>[]): Promise<void> {
  const rows = JSON.stringify(batch.map(({ row }) => row));
  await tx`
    insert into message (home, id, tenant_id, client_id, state, acceptance, language, notify_sender, sender_key,
      addressee_key, key_id, head, content_key, digest, size_bytes, salt, submission_id, submissions, readings,
      expires_after_ms, created_at, accepted_at, expires_at, handed_over_at, ended_at)
    select r."home", r."id", r."tenantId", r."clientId", r."state", false, 'en', false, r."senderKey",
      r."addresseeKey", r."keyId", r."head", r."contentKey", r."digest", 100, r."salt", r."submissionId", 1,
      case when r."isDone" then 1 else 0 end, ${String(VALIDITY_MS)}::bigint, at, at,
      at + interval '15 days', case when r."isDone" then at end, case when r."isDone" then at end
    from json_to_recordset(${rows}::text::json) as r ("home" smallint, "id" text, "tenantId" text, "clientId" text,
      "state" text, "senderKey" bytea, "addresseeKey" bytea, "keyId" text, "head" bytea, "contentKey" bytea,
      "digest" bytea, "salt" bytea, "submissionId" text, "atMs" float8, "isDone" boolean),
      to_timestamp(r."atMs" / 1000.0) as at`;
  await tx`
    insert into message_file (home, message_id, n, salt, head, size_bytes, chunks, whole)
    select r."home", r."id", 0, r."fileSalt", r."fileHead", 100, 1, true
    from json_to_recordset(${rows}::text::json) as r ("home" smallint, "id" text, "fileSalt" bytea,
      "fileHead" bytea)`;
  await insertItems(
    tx,
    batch.flatMap(({ items }) => items),
  );
  await finishItems(
    tx,
    batch.flatMap(({ row: { home, id, isDone }, addresseeHome }) =>
      isDone ? [{ home, id, partyHome: addresseeHome, tokens: null }] : [],
    ),
  );
}

function partyOf(number: string, name: string): Party {
  return { subscriberId: null, name, number, mail: null, source: 'caller', shown: name };
}
