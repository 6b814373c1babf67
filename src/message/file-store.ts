import { toBase64 } from '../std/bytes.ts';
import type { Db, Tx } from '../store/connection.ts';
import { bytea, type MessageKey } from './store.ts';

/** The SQL of files and their chunks. */
export type FileRow = {
  readonly n: number;
  readonly salt: Uint8Array;
  readonly head: Uint8Array | null;
  readonly sizeBytes: number;
  readonly chunks: number;
  readonly whole: boolean;
};

export async function readFiles(db: Db, key: MessageKey): Promise<FileRow[]> {
  return db<FileRow[]>`
    select n::int as "n", salt, head, size_bytes::float8 as "sizeBytes", chunks, whole from message_file
    where home = ${key.home} and message_id = ${key.id} order by n`;
}

export type FileOfMessage = FileRow & { readonly messageId: string };

/** Of many messages, for lists. */
export async function readFilesOf(db: Db, keys: readonly MessageKey[]): Promise<FileOfMessage[]> {
  return db<FileOfMessage[]>`
    select f.message_id as "messageId", f.n::int as "n", f.salt, f.head, f.size_bytes::float8 as "sizeBytes",
      f.chunks, f.whole
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text)
    join message_file f on f.home = k."home" and f.message_id = k."id"
    where k."home" between 0 and 1023 order by f.message_id, f.n`;
}

/** Waits for a batch of an upload that is being written, which holds the row. */
export async function deleteFile(tx: Tx, key: MessageKey, n: number): Promise<boolean> {
  const gone = await tx`
    delete from message_file where home = ${key.home} and message_id = ${key.id} and n = ${n} returning 1`;
  await tx`
    delete from message_chunk where home = ${key.home} and message_id = ${key.id} and file_n = ${n}`;
  return gone.length === 1;
}

/** Takes an upload away, unless another is in its place by now. */
export async function deleteUpload(tx: Tx, upload: UploadKey): Promise<void> {
  const gone = await tx`
    delete from message_file where home = ${upload.home} and message_id = ${upload.id} and n = ${upload.n}
      and salt = ${bytea(upload.salt)}::text::bytea and not whole returning 1`;
  if (gone.length === 0) return;
  await tx`
    delete from message_chunk where home = ${upload.home} and message_id = ${upload.id} and file_n = ${upload.n}`;
}

/** A file that nothing has arrived of yet. */
export async function insertFile(tx: Tx, key: MessageKey, n: number, salt: Uint8Array): Promise<void> {
  await tx`
    insert into message_file (home, message_id, n, salt)
    values (${key.home}, ${key.id}, ${n}, ${bytea(salt)}::text::bytea)`;
}

export type UploadKey = MessageKey & { readonly n: number; readonly salt: Uint8Array };

/**
 * Writes consecutive chunks, all of full length but perhaps the last, only while this upload is the one
 * of its file; false when another took its place.
 */
export async function insertChunks(
  db: Db,
  upload: UploadKey,
  first: number,
  sealed: readonly Uint8Array[],
): Promise<boolean> {
  // Base64 is a third shorter than the hexadecimal that the driver would make of bytes, and copy thrice.
  const parts = sealed.map(toBase64).join(',');
  const rows = await db`
    insert into message_chunk (home, message_id, file_n, n, sealed)
    select f.home, f.message_id, f.n, ${first}::int + part.place - 1, decode(part.sealed, 'base64')
    from (
      select home, message_id, n from message_file
      where home = ${upload.home} and message_id = ${upload.id} and n = ${upload.n}
        and salt = ${bytea(upload.salt)}::text::bytea and not whole
      for share
    ) as f, unnest(string_to_array(${parts}::text, ',')) with ordinality as part (sealed, place)
    returning 1`;
  return rows.length === sealed.length;
}

/** The last word on an upload; false when another took its place. */
export async function finishFile(
  tx: Tx,
  upload: UploadKey,
  file: { readonly head: Uint8Array; readonly sizeBytes: number; readonly chunks: number },
): Promise<boolean> {
  const rows = await tx`
    update message_file set head = ${bytea(file.head)}::text::bytea, size_bytes = ${String(file.sizeBytes)}::bigint,
      chunks = ${file.chunks}, whole = true
    where home = ${upload.home} and message_id = ${upload.id} and n = ${upload.n}
      and salt = ${bytea(upload.salt)}::text::bytea and not whole returning 1`;
  return rows.length === 1;
}

/** Chunks from `first` on, at most `count`, in their order. */
export async function readChunks(
  db: Db,
  key: MessageKey,
  n: number,
  first: number,
  count: number,
): Promise<{ n: number; sealed: Uint8Array }[]> {
  const rows = await db<{ n: number; sealed: string }[]>`
    select n, encode(sealed, 'base64') as sealed from message_chunk
    where home = ${key.home} and message_id = ${key.id} and file_n = ${n}
      and n >= ${first} and n < ${first + count} order by n`;
  return rows.map((row) => ({ n: row.n, sealed: Buffer.from(row.sealed, 'base64') }));
}

/** Some chunks of a message whose content is gone; how many there were of them. */
export async function deleteChunks(tx: Tx, key: MessageKey, max: number): Promise<number> {
  const rows = await tx`
    delete from message_chunk where ctid in (
      select ctid from message_chunk where home = ${key.home} and message_id = ${key.id} limit ${max}::int
    ) returning 1`;
  return rows.length;
}

/** Names and types of files, and their digests, of messages whose people were erased. */
export async function eraseFileHeads(tx: Tx, keys: readonly MessageKey[]): Promise<void> {
  await tx`
    update message_file as f set head = null
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text)
    where f.home = k."home" and f.message_id = k."id" and k."home" between 0 and 1023`;
}
