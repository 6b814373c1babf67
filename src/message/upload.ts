import { createHash } from 'node:crypto';
import { must } from '../std/assert.ts';
import { sha256, toHex } from '../std/bytes.ts';
import { bytesPassed } from '../std/memory.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import type { Tx } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { BodyTooLarge } from '../http/body-limit.ts';
import { chunksOf, type Chunk } from './chunks.ts';
import {
  ALLOWED_TYPES,
  checkHead,
  contentTypeOf,
  createTextCheck,
  headerOf,
  type ContentType,
} from './content-type.ts';
import type { Context } from './context.ts';
import {
  deleteFile,
  deleteUpload,
  finishFile,
  insertChunks,
  insertFile,
  readFiles,
  type UploadKey,
} from './file-store.ts';
import { CONTENT_MAX_BYTES, isDraft, type FileInfo, type Message } from './message.ts';
import { lockOwned } from './owned.ts';
import { fileKeyOf, sealChunk, sealFileHead, unwrapKey, UPLOAD_SALT_BYTES } from './seal.ts';
import type { MessageKey } from './store.ts';
import type { Caller, FileRefusal, NewFile } from './verbs.ts';

/**
 * Takes a file while it arrives: each chunk is hashed, sealed and written in batches, and the stream waits
 * meanwhile, so that never more than some 100 kB of it are here.
 *
 *   (nothing) ─begin─▶ arriving ─last chunk─▶ whole
 *                         └─ broken off, refused, killed ─▶ not whole: no submission takes it, a new PUT replaces it
 */
const CHUNKS_AT_ONCE = 2;

type Begun = { upload: UploadKey; row: Message; contentKey: Uint8Array; roomBytes: number };

/** The client's stream broke; everything else that is thrown is an outage or our fault. */
class BrokenUpload extends Error {
  override readonly name = 'BrokenUpload';
}

export function createPutFile(context: Context) {
  const { store, keys, random } = context;

  async function begin(caller: Caller, id: string, file: NewFile): Promise<Result<Begun, FileRefusal>> {
    return transaction(store.sql, async (tx) => {
      const row = await lockOwned(tx, caller, id, 'sender');
      if (!row) return refuse('not_found');
      if (!isDraft(row.state) || row.contentKey === null) return refuse('not_draft');
      const roomBytes = await roomFor(tx, row, file.n);
      if (file.sizeBytes !== null && file.sizeBytes > roomBytes) return tooLarge();
      const upload = { home: row.home, id, n: file.n, salt: random(UPLOAD_SALT_BYTES) };
      await deleteFile(tx, row, file.n);
      await insertFile(tx, row, file.n, upload.salt);
      const contentKey = must(unwrapKey(keys, row, row.contentKey), `the key of ${id} cannot be unwrapped`);
      return ok({ upload, row, contentKey, roomBytes });
    });
  }

  async function receive(
    begun: Begun,
    type: ContentType,
    file: NewFile,
  ): Promise<Result<{ sizeBytes: number; sha256: string; chunks: number }, FileRefusal>> {
    const { upload, contentKey, roomBytes } = begun;
    const fileKey = fileKeyOf(contentKey, upload.n, upload.salt);
    const hash = createHash('sha256');
    const text = createTextCheck(type);
    let sealed: Uint8Array[] = [];
    let sizeBytes = 0;
    let chunks = 0;
    for await (const chunk of chunksOf(unbroken(file.body))) {
      const judged = judgeChunk(chunk, type, text);
      if (!judged.ok) return judged;
      sizeBytes += chunk.bytes.length;
      if (sizeBytes > roomBytes) return tooLarge();
      bytesPassed(chunk.bytes.length);
      hash.update(chunk.bytes);
      sealed.push(sealChunk(fileKey, { messageId: upload.id, file: upload.n, ...chunk }, chunk.bytes));
      chunks++;
      if (sealed.length < CHUNKS_AT_ONCE && !chunk.last) continue;
      // Nobody is told that these are there; the last commit, which waits for the disk, makes them durable
      // too.
      if (!(await insertChunks(store.relaxed, upload, chunks - sealed.length, sealed))) {
        return refuse('file_superseded');
      }
      sealed = [];
    }
    if (sizeBytes === 0) return refuse('file_empty');
    if (file.sizeBytes !== null && file.sizeBytes !== sizeBytes) return refuse('file_incomplete');
    return ok({ sizeBytes, sha256: hash.digest('hex'), chunks });
  }

  async function finish(
    caller: Caller,
    begun: Begun,
    file: { name: string; type: string; sizeBytes: number; sha256: string; chunks: number },
  ): Promise<Result<FileInfo, FileRefusal>> {
    const { upload } = begun;
    const { name, type, sizeBytes, chunks } = file;
    return transaction(store.sql, async (tx) => {
      const row = await lockOwned(tx, caller, upload.id, 'sender');
      if (!row || !isDraft(row.state)) return refuse('file_superseded');
      if (sizeBytes > (await roomFor(tx, row, upload.n))) return tooLarge();
      const head = sealFileHead(keys, row, upload.n, { name, type, sha256: file.sha256 }, random);
      if (!(await finishFile(tx, upload, { head, sizeBytes, chunks }))) return refuse('file_superseded');
      return ok({ n: upload.n, name, type, sizeBytes, sha256: file.sha256 });
    });
  }

  return async (caller: Caller, id: string, file: NewFile): Promise<Result<FileInfo, FileRefusal>> => {
    const type = contentTypeOf(file.type);
    if (type === null) {
      return refuse('file_type_not_allowed', {
        detail: `One of these is taken: ${ALLOWED_TYPES.join(', ')}.`,
      });
    }
    const begun = await begin(caller, id, file);
    if (!begun.ok) return begun;
    let done: Result<FileInfo, FileRefusal> | null = null;
    try {
      const received = await receive(begun.value, type, file);
      done = received.ok
        ? await finish(caller, begun.value, {
            ...received.value,
            name: plainName(file.name, file.n),
            type: headerOf(type),
          })
        : received;
    } catch (error) {
      if (!(error instanceof BrokenUpload)) throw error;
      done = error.cause instanceof BodyTooLarge ? tooLarge() : refuse('file_incomplete');
    } finally {
      if (!done?.ok) await transaction(store.sql, (tx) => deleteUpload(tx, begun.value.upload));
    }
    return done;
  };
}

/** A small file that is here already, in the transaction that makes its draft. */
export async function writeWhole(
  tx: Tx,
  { keys, random }: Pick<Context, 'keys' | 'random'>,
  row: MessageKey & { readonly keyId: string },
  contentKey: Uint8Array,
  file: { readonly n: number; readonly name: string; readonly type: string; readonly bytes: Uint8Array },
): Promise<void> {
  const { n, name, type, bytes } = file;
  const upload = { home: row.home, id: row.id, n, salt: random(UPLOAD_SALT_BYTES) };
  const fileKey = fileKeyOf(contentKey, n, upload.salt);
  const sealed: Uint8Array[] = [];
  for await (const chunk of chunksOf(only(bytes))) {
    sealed.push(sealChunk(fileKey, { messageId: row.id, file: n, ...chunk }, chunk.bytes));
  }
  const head = sealFileHead(keys, row, n, { name, type, sha256: toHex(sha256(bytes)) }, random);
  await insertFile(tx, row, n, upload.salt);
  await insertChunks(tx, upload, 0, sealed);
  await finishFile(tx, upload, { head, sizeBytes: bytes.length, chunks: sealed.length });
}

export function createRemoveFile({ store }: Context) {
  return (caller: Caller, id: string, n: number): Promise<Result<undefined, 'not_found' | 'not_draft'>> =>
    transaction(store.sql, async (tx) => {
      const row = await lockOwned(tx, caller, id, 'sender');
      if (!row) return refuse('not_found');
      if (!isDraft(row.state)) return refuse('not_draft');
      return (await deleteFile(tx, row, n)) ? ok() : refuse('not_found');
    });
}

/** What the other files of a message leave of the 100 MB. */
async function roomFor(tx: Tx, row: Message, n: number): Promise<number> {
  const others = (await readFiles(tx, row)).filter((each) => each.n !== n && each.whole);
  return CONTENT_MAX_BYTES - others.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function judgeChunk(
  chunk: Chunk,
  type: ContentType,
  text: ReturnType<typeof createTextCheck>,
): Result<undefined, 'file_type_not_allowed'> {
  // The first chunk of an empty file has no beginning to look at; the file is refused for being empty.
  const first = chunk.n === 0 && chunk.bytes.length > 0;
  const head = first ? checkHead(type, chunk.bytes) : ok();
  if (!head.ok || text.isText(chunk.bytes, chunk.last)) return head;
  return refuse('file_type_not_allowed', { detail: 'The file is no text in UTF-8.' });
}

async function* unbroken(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const parts = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const part = await parts.next().catch((error: unknown) => {
        throw new BrokenUpload('the upload broke off', { cause: error });
      });
      if (part.done) return;
      yield part.value;
    }
  } finally {
    await parts.return?.();
  }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield await Promise.resolve(bytes);
}

const FILE_NAME_MAX = 150;

/** Without folders, and without what a name could hide or break with. */
function plainName(name: string, n: number): string {
  const last = name.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const plain = last.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}"<>|:*?]/gu, '_').trim();
  const letters = Array.from(plain);
  const kept = letters.length <= FILE_NAME_MAX ? plain : letters.slice(-FILE_NAME_MAX).join('');
  return kept === '' || /^\.+$/.test(kept) ? `file-${n}` : kept;
}

function tooLarge() {
  return refuse('file_too_large', { detail: 'A message has at most 100 MB in all its files.' });
}
