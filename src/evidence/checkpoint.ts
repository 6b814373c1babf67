/**
 * A checkpoint (C2SP tlog-checkpoint) is the signed promise of a whole log: its origin, its size and its
 * root.
 *
 *   example.org/log            origin, also the name of the key
 *   20852163                   size in decimal
 *   CsUYapGG...jqxY2o=         base 64 of the RFC 6962 root
 *   (extension lines)          none of ours; others' are kept
 */
import { toBase64 } from '../std/bytes.ts';
import { assert } from '../std/assert.ts';
import { ok, refuse, type Refused, type Result } from '../std/result.ts';
import { fromBase64, HASH_BYTES } from './digest.ts';
import { openNote, signNote, type NoteRefusal, type NoteSigner, type NoteVerifier } from './note.ts';

export type Checkpoint = {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly extensions: readonly string[];
};

export type CheckpointRefusal = NoteRefusal | 'malformed_checkpoint';

const SIZE = /^(?:0|[1-9]\d{0,15})$/;

/** The note text, without signatures. */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { origin, size, root, extensions } = checkpoint;
  assert(Number.isSafeInteger(size) && size >= 0, 'a log has a whole number of entries');
  assert(root.length === HASH_BYTES, 'a root has 32 bytes');
  const lines = [origin, String(size), toBase64(root), ...extensions];
  assert(
    lines.every((line) => line !== '' && !line.includes('\n')),
    'a checkpoint has no empty lines',
  );
  return lines.map((line) => `${line}\n`).join('');
}

/** Reads the note text of a checkpoint. */
export function parseCheckpoint(text: string): Result<Checkpoint, 'malformed_checkpoint'> {
  if (!text.endsWith('\n')) return bad('The last line of the checkpoint does not end with a newline.');
  const [origin = '', size = '', rootText = '', ...extensions] = text.slice(0, -1).split('\n');
  if (origin === '') return bad('Line 1 of the checkpoint, its origin, is empty.');
  if (!SIZE.test(size) || !Number.isSafeInteger(Number(size))) {
    return bad('Line 2 of the checkpoint is not a size in decimal digits.');
  }
  const root = fromBase64(rootText);
  if (!root || root.length !== HASH_BYTES)
    return bad('Line 3 of the checkpoint is not the base 64 of 32 bytes.');
  const empty = extensions.indexOf('');
  if (empty >= 0) return bad(`Line ${empty + 4} of the checkpoint is empty.`);
  return ok({ origin, size: Number(size), root, extensions });
}

export function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): string {
  return signNote(formatCheckpoint(checkpoint), signer);
}

export type OpenCheckpoint = Checkpoint & { readonly signedBy: readonly NoteVerifier[] };

/**
 * Reads a signed checkpoint; only signatures of keys that carry the checkpoint's own origin as their name
 * count.
 */
export function openCheckpoint(
  note: string,
  verifiers: readonly NoteVerifier[],
): Result<OpenCheckpoint, CheckpointRefusal> {
  const opened = openNote(note, verifiers);
  if (!opened.ok) return opened;
  const parsed = parseCheckpoint(opened.value.text);
  if (!parsed.ok) return parsed;
  const { origin } = parsed.value;
  const signedBy = opened.value.signedBy.filter((verifier) => verifier.name === origin);
  if (signedBy.length === 0) {
    return refuse('unknown_signer', { detail: `No key of the log "${origin}" has signed its checkpoint.` });
  }
  return ok({ ...parsed.value, signedBy });
}

function bad(detail: string): Refused<'malformed_checkpoint'> {
  return refuse('malformed_checkpoint', { detail });
}
