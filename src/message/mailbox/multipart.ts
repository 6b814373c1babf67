import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import { CONTENT_MAX_BYTES, FILES_MAX, TEXT_MAX_CHARACTERS } from '../message.ts';

/**
 * A form with files, as it arrives (RFC 7578): fields first, as the page has them, then each file as a
 * stream, one after the other; none is ever held whole.
 */
export type FormFile = {
  readonly name: string;
  readonly type: string;
  readonly body: AsyncIterable<Uint8Array>;
};

export type FormEnd =
  /** All of it arrived. */
  | 'whole'
  /** It is no such form, or it broke off. */
  | 'malformed';

const FIELDS_MAX = 20;
const FIELD_MAX_BYTES = 4 * TEXT_MAX_CHARACTERS + 1024;
const HEADER_PAIRS_MAX = 20;

/**
 * Calls `onFile` for each file with the fields that came before it, and waits for it before the next; a file
 * that it leaves unread is passed over.
 */
export async function readForm(
  request: { readonly contentType: string | undefined; readonly body: ReadableStream<Uint8Array> | null },
  fields: Map<string, string>,
  onFile: (file: FormFile) => Promise<void>,
): Promise<FormEnd> {
  const { contentType = '', body } = request;
  const parser = /^multipart\/form-data\s*;/i.test(contentType) ? open(contentType) : null;
  if (parser === null || body === null) return 'malformed';
  let last: Promise<void> = Promise.resolve();
  let current: Readable | null = null;
  const failures: unknown[] = [];
  parser.on('field', (name, value, _, isCut) => {
    if (!isCut) fields.set(name, value);
  });
  parser.on('file', (_, stream, name: string | undefined, __, type) => {
    // What becomes of it is seen by who reads it; unread, its error would end the process.
    stream.on('error', () => undefined);
    last = takeAfter(last, async () => {
      current = stream;
      // In a field where no file was chosen there is no name either.
      const isFile = name !== undefined && name !== '' && failures.length === 0;
      if (isFile) await onFile({ name, type, body: stream }).catch((error: unknown) => failures.push(error));
      stream.resume();
    });
  });
  const source = Readable.from(body as AsyncIterable<Uint8Array>, { objectMode: false });
  const end = await pipeline(source, parser).then(
    () => 'whole' as const,
    (error: unknown): FormEnd => {
      // Whoever waits for the rest of a file hears that there is none.
      current?.destroy(error instanceof Error ? error : new Error('the form broke off'));
      return 'malformed';
    },
  );
  await last;
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  return end;
}

async function takeAfter(before: Promise<void>, take: () => Promise<void>): Promise<void> {
  await before;
  await take();
}

function open(type: string): InstanceType<typeof Busboy> | null {
  try {
    return new Busboy({
      headers: { 'content-type': type },
      limits: {
        fields: FIELDS_MAX,
        fieldSize: FIELD_MAX_BYTES,
        // One more than may be, so that too many and too much are told from what is allowed.
        files: FILES_MAX + 1,
        fileSize: CONTENT_MAX_BYTES + 1,
        headerPairs: HEADER_PAIRS_MAX,
      },
    });
  } catch {
    return null;
  }
}
