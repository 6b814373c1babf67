import { CHUNK_BYTES } from './seal.ts';

/** One chunk of a file in its order. */
export type Chunk = { readonly n: number; readonly last: boolean; readonly bytes: Uint8Array };

/**
 * Cuts a stream into chunks of 64 KiB, of which only the last is shorter; at least one, which is empty for an
 * empty stream. One full chunk is held back until it is known whether more follows.
 */
export async function* chunksOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Chunk, void> {
  let held = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  let n = 0;
  for await (const part of stream) {
    for (let at = 0; at < part.length;) {
      if (filled === CHUNK_BYTES) {
        yield { n, last: false, bytes: held };
        n++;
        held = Buffer.allocUnsafe(CHUNK_BYTES);
        filled = 0;
      }
      const taken = Math.min(CHUNK_BYTES - filled, part.length - at);
      held.set(part.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
    }
  }
  yield { n, last: true, bytes: held.subarray(0, filled) };
}

/** How many chunks a file of so many bytes has. */
export function chunkCount(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / CHUNK_BYTES));
}
