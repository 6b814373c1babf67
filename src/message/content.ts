import { createHash } from 'node:crypto';
import { bytesPassed } from '../std/memory.ts';
import type { Db } from '../store/connection.ts';
import { chunkCount } from './chunks.ts';
import { readChunks, type FileRow } from './file-store.ts';
import type { FileInfo, Head, Message } from './message.ts';
import { fileKeyOf, openChunk } from './seal.ts';

/**
 * The way back of what was uploaded: chunks fetched in small batches and opened one by one. Called by the
 * handover and by the reading of a file only (hand-over.ts), which alone unwrap the key.
 */
const CHUNKS_AT_ONCE = 2;

/** What is stored is not what was sent. */
export class DamagedContent extends Error {
  override readonly name = 'DamagedContent';
}

export type Content = {
  readonly message: Message;
  readonly head: Head;
  readonly contentKey: Uint8Array;
  readonly files: readonly FileRow[];
};

/** The plaintext of one file in its order. Throws `DamagedContent`, at the first chunk that is not as it was. */
export async function* readContent(
  db: Db,
  content: Content,
  file: FileInfo,
): AsyncGenerator<Uint8Array, void> {
  const { message, contentKey, files } = content;
  const row = files.find(({ n }) => n === file.n);
  if (!row) throw new DamagedContent(`file ${file.n} of ${message.id} is gone`);
  const fileKey = fileKeyOf(contentKey, file.n, row.salt);
  const count = chunkCount(file.sizeBytes);
  for (let first = 0; first < count; first += CHUNKS_AT_ONCE) {
    const stored = await readChunks(db, message, file.n, first, Math.min(CHUNKS_AT_ONCE, count - first));
    for (let n = first; n < Math.min(first + CHUNKS_AT_ONCE, count); n++) {
      const sealed = stored.find((chunk) => chunk.n === n)?.sealed;
      const place = { messageId: message.id, file: file.n, n, last: n === count - 1 };
      const plain = sealed ? openChunk(fileKey, place, sealed) : null;
      if (plain === null) throw new DamagedContent(`chunk ${n} of file ${file.n} of ${message.id}`);
      bytesPassed(plain.length);
      yield plain;
    }
  }
}

/** Reads all of it against the digests that the sender's code was for. */
export async function isWhole(db: Db, content: Content): Promise<boolean> {
  try {
    for (const file of content.head.files) {
      const hash = createHash('sha256');
      for await (const part of readContent(db, content, file)) hash.update(part);
      if (hash.digest('hex') !== file.sha256) return false;
    }
    return true;
  } catch (error) {
    if (error instanceof DamagedContent) return false;
    throw error;
  }
}
