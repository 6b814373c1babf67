/**
 * A tlog-proof (C2SP tlog-proof): everything that shows offline that one entry is in a log.
 *
 *   c2sp.org/tlog-proof@v1
 *   index 73894
 *   gSKyXoYZ...PlQ=            the audit path, from the leaf's sibling up
 *
 *   (the checkpoint, a signed note, verbatim)
 */
import { ok, refuse, type Refused, type Result } from '../std/result.ts';
import { toBase64 } from '../std/bytes.ts';
import { fromBase64, HASH_BYTES } from './digest.ts';

export type TlogProof = {
  readonly index: number;
  readonly path: readonly Uint8Array[];
  /** The signed note of the checkpoint. */
  readonly checkpoint: string;
};

const HEADER = 'c2sp.org/tlog-proof@v1';
/** A tree of 2^53 leaves has 53 levels. */
const PATH_LENGTH_MAX = 64;
const INDEX = /^index (0|[1-9]\d{0,15})$/;

export function formatProof(proof: TlogProof): string {
  const path = proof.path.map((hash) => `${toBase64(hash)}\n`).join('');
  return `${HEADER}\nindex ${proof.index}\n${path}\n${proof.checkpoint}`;
}

/** Reads a proof without judging it. We write no extra data, so a line of it is refused. */
export function parseProof(text: string): Result<TlogProof, 'malformed_proof'> {
  const end = text.indexOf('\n\n');
  if (end < 0) return bad('There is no blank line between the proof and its checkpoint.');
  const [header, indexLine = '', ...hashLines] = text.slice(0, end).split('\n', 3 + PATH_LENGTH_MAX);
  if (header !== HEADER) return bad(`Line 1 is not ${HEADER}.`);
  const match = INDEX.exec(indexLine);
  const index = Number(match?.[1]);
  if (!match || !Number.isSafeInteger(index)) return bad('Line 2 is not "index" and a number.');
  if (hashLines.length > PATH_LENGTH_MAX) return bad(`The path has more than ${PATH_LENGTH_MAX} hashes.`);
  const path: Uint8Array[] = [];
  for (const [i, line] of hashLines.entries()) {
    const hash = fromBase64(line);
    if (!hash || hash.length !== HASH_BYTES) return bad(`Line ${i + 3} is not the base 64 of a hash.`);
    path.push(hash);
  }
  return ok({ index, path, checkpoint: text.slice(end + 2) });
}

function bad(detail: string): Refused<'malformed_proof'> {
  return refuse('malformed_proof', { detail });
}
