/**
 * The Merkle tree of RFC 6962 section 2.1: hashes, roots, inclusion and consistency proofs and their
 * verification.
 *
 * Proofs are made in two steps, so that the arithmetic stays pure: a plan names the ranges of leaves whose
 * hashes the proof consists of; a hash reader fetches the perfect subtrees that each range is made of;
 * folding joins them.
 *
 *   [0, 7) = [0, 4) [4, 6) [6, 7)      three perfect subtrees, folded from the right
 *
 * Sizes and indexes are integers up to 2^53, so halves are taken by division, never by 32-bit shifts.
 */
import { assert, must } from '../std/assert.ts';
import { equalBytes } from '../std/bytes.ts';
import { digest, HASH_BYTES } from './digest.ts';

/** MTH({}) = SHA-256 of the empty string. */
export const EMPTY_ROOT: Uint8Array = digest('');

/** The root of the perfect subtree over leaves [index * 2^level, (index + 1) * 2^level). */
export type Node = { readonly level: number; readonly index: number };

/** Gives the hashes of the nodes asked for, in their order. */
export type HashReader = (nodes: readonly Node[]) => Promise<readonly Uint8Array[]>;

/** Leaves [start, end). */
type Range = { readonly start: number; readonly end: number };

export function leafHash(leaf: Uint8Array | string): Buffer {
  const length = typeof leaf === 'string' ? Buffer.byteLength(leaf) : leaf.length;
  const input = Buffer.allocUnsafe(1 + length);
  input[0] = 0x00;
  if (typeof leaf === 'string') input.write(leaf, 1);
  else input.set(leaf, 1);
  return digest(input);
}

/** One scratch buffer for all nodes: nothing is awaited between filling and hashing it. */
const pair = Buffer.alloc(1 + 2 * HASH_BYTES, 0x01);

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  assert(left.length === HASH_BYTES && right.length === HASH_BYTES, 'a tree node has two hashes of 32 bytes');
  pair.set(left, 1);
  pair.set(right, 1 + HASH_BYTES);
  return digest(pair);
}

/** Joins the perfect subtrees of a range, given from left to right. */
export function foldRange(hashes: readonly Uint8Array[]): Uint8Array {
  let root = must(hashes.at(-1), 'a range has at least one subtree');
  for (let i = hashes.length - 2; i >= 0; i--) root = nodeHash(hashes[i] as Uint8Array, root);
  return root;
}

/** Joins 2^k neighbouring hashes into the root above them. */
export function foldPerfect(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes;
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < row.length; i += 2)
      above.push(nodeHash(row[i] as Uint8Array, row[i + 1] as Uint8Array));
    row = above;
  }
  return must(row[0], 'a perfect subtree has at least one hash');
}

/** The perfect subtrees that make up a range of a proof, largest first. */
export function subtreesOf(start: number, end: number): Node[] {
  const nodes: Node[] = [];
  let at = start;
  while (at < end) {
    let level = 0;
    let width = 1;
    while (at % (width * 2) === 0 && at + width * 2 <= end) {
      width *= 2;
      level++;
    }
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}

/** MTH(D[0:size]). */
export async function rootAt(reader: HashReader, size: number): Promise<Uint8Array> {
  if (size === 0) return EMPTY_ROOT;
  return foldRange(await reader(subtreesOf(0, size)));
}

/** PATH(index, D[size]): the audit path from the leaf's sibling up. Needs 0 <= index < size. */
export async function inclusionProof(reader: HashReader, index: number, size: number): Promise<Uint8Array[]> {
  assert(
    isCount(index) && isCount(size) && index < size,
    'an inclusion proof is asked for a leaf of the tree',
  );
  const ranges: Range[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return readRanges(reader, ranges.toReversed());
}

/** PROOF(from, D[to]); empty when both are equal or `from` is 0. Needs 0 <= from <= to. */
export async function consistencyProof(reader: HashReader, from: number, to: number): Promise<Uint8Array[]> {
  assert(
    isCount(from) && isCount(to) && from <= to,
    'a consistency proof goes from a smaller to a larger tree',
  );
  if (from === 0 || from === to) return [];
  const ranges: Range[] = [];
  let start = 0;
  let end = to;
  // Descends to the largest subtree that ends exactly at `from`; SUBPROOF of RFC 6962 section 2.1.2.
  while (end !== from) {
    const middle = start + splitOf(end - start);
    if (from <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  // When that subtree is the whole old tree, the verifier has its hash already.
  if (start > 0) ranges.push({ start, end });
  return readRanges(reader, ranges.toReversed());
}

/** RFC 9162 section 2.1.3.2. */
export function verifyInclusion(claim: {
  leaf: Uint8Array;
  index: number;
  size: number;
  proof: readonly Uint8Array[];
  root: Uint8Array;
}): boolean {
  const { leaf, index, size, proof, root } = claim;
  if (!isCount(index) || !isCount(size) || index >= size || !areHashes([leaf, root, ...proof])) return false;
  let at = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(sibling, hash);
      while (at % 2 === 0 && at !== 0) {
        at = half(at);
        last = half(last);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    at = half(at);
    last = half(last);
  }
  return last === 0 && equalBytes(hash, root);
}

/** RFC 9162 section 2.1.4.2. An empty old tree is consistent with every tree, and so are equal trees. */
export function verifyConsistency(claim: {
  from: number;
  to: number;
  proof: readonly Uint8Array[];
  oldRoot: Uint8Array;
  newRoot: Uint8Array;
}): boolean {
  const { from, to, proof, oldRoot, newRoot } = claim;
  if (!isCount(from) || !isCount(to) || from > to || !areHashes([oldRoot, newRoot, ...proof])) return false;
  if (from === to) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  if (from === 0) return proof.length === 0 && equalBytes(oldRoot, EMPTY_ROOT);
  let at = from - 1;
  let last = to - 1;
  while (at % 2 === 1) {
    at = half(at);
    last = half(last);
  }
  // An old tree that is a power of two is itself the first node of the path.
  const path = at === 0 ? [oldRoot, ...proof] : proof;
  const first = path[0];
  if (first === undefined) return false;
  let older = first;
  let newer = first;
  for (const hash of path.slice(1)) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      older = nodeHash(hash, older);
      newer = nodeHash(hash, newer);
      while (at % 2 === 0 && at !== 0) {
        at = half(at);
        last = half(last);
      }
    } else {
      newer = nodeHash(newer, hash);
    }
    at = half(at);
    last = half(last);
  }
  return last === 0 && equalBytes(older, oldRoot) && equalBytes(newer, newRoot);
}

/** The largest power of two smaller than a size of at least 2. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** Fetches the subtrees of all ranges in one call and folds each range into its hash. */
async function readRanges(reader: HashReader, ranges: readonly Range[]): Promise<Uint8Array[]> {
  const plans = ranges.map((range) => subtreesOf(range.start, range.end));
  const hashes = await reader(plans.flat());
  let at = 0;
  return plans.map((nodes) => foldRange(hashes.slice(at, (at += nodes.length))));
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === HASH_BYTES);
}
