/**
 * How a message is sealed at rest. Pure.
 *
 *   master key ──derive──▶ wrapping key ──wraps──▶ content key (32 random bytes, one for each message)
 *              │                                     └─HMAC(file n, salt of the upload)─▶ file key ─▶ chunks
 *              └─derive──▶ head key ──seals──▶ subject, parties, names of files
 *
 * A chunk is AES-256-GCM over at most 64 KiB. Its nonce is its number and its additional data are its place:
 * message, file, number, whether it is the last; so that none can be changed, moved, left out or added to
 * unseen (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár). The salt of the upload
 * makes each file key new, so that a file that is sent again never meets a nonce under a key that had
 * it before.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { assert } from '../std/assert.ts';
import { hmacSha256, utf8 } from '../std/bytes.ts';
import type { KeyRing } from '../std/key-ring.ts';
import type { Random } from '../std/random.ts';
import { open, seal } from '../std/seal.ts';
import type { Head } from './message.ts';

const CIPHER = 'aes-256-gcm';
const WRAP = 'countersign/message-wrap/1';
const HEAD = 'countersign/message-head/1';
const FILE = 'countersign/message-file/1\n';
export const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
export const CONTENT_KEY_BYTES = 32;
export const UPLOAD_SALT_BYTES = 16;

type Owner = { readonly id: string; readonly keyId: string };

export function wrapKey(
  keys: KeyRing,
  { id, keyId }: Owner,
  contentKey: Uint8Array,
  random: Random,
): Uint8Array {
  assert(contentKey.length === CONTENT_KEY_BYTES, 'a content key has 32 bytes');
  return seal(keys.derive(keyId, WRAP), contentKey, utf8(id), random);
}

/** Null when it was wrapped for another message or altered, or when its master key is gone. */
export function unwrapKey(keys: KeyRing, { id, keyId }: Owner, wrapped: Uint8Array): Uint8Array | null {
  return keys.has(keyId) ? open(keys.derive(keyId, WRAP), wrapped, utf8(id)) : null;
}

export function sealHead(keys: KeyRing, { id, keyId }: Owner, head: Head, random: Random): Uint8Array {
  return seal(keys.derive(keyId, HEAD), utf8(JSON.stringify(head)), utf8(id), random);
}

/** Null when it was erased, or cannot be opened. */
export function openHead(keys: KeyRing, message: Owner & { readonly head: Uint8Array | null }): Head | null {
  const { id, keyId, head } = message;
  const plain = head !== null && keys.has(keyId) ? open(keys.derive(keyId, HEAD), head, utf8(id)) : null;
  return plain === null ? null : (JSON.parse(Buffer.from(plain).toString('utf8')) as Head);
}

export type FileHead = { readonly name: string; readonly type: string; readonly sha256: string };

/** The head of one file of a message, under the same key as the message's own. */
export function sealFileHead(
  keys: KeyRing,
  { id, keyId }: Owner,
  n: number,
  head: FileHead,
  random: Random,
): Uint8Array {
  return seal(keys.derive(keyId, HEAD), utf8(JSON.stringify(head)), utf8(`${id}/${n}`), random);
}

export function openFileHead(
  keys: KeyRing,
  { id, keyId }: Owner,
  n: number,
  sealed: Uint8Array,
): FileHead | null {
  const plain = keys.has(keyId) ? open(keys.derive(keyId, HEAD), sealed, utf8(`${id}/${n}`)) : null;
  return plain === null ? null : (JSON.parse(Buffer.from(plain).toString('utf8')) as FileHead);
}

/** The key of one upload of one file. `salt` is random and new with each upload. */
export function fileKeyOf(contentKey: Uint8Array, n: number, salt: Uint8Array): Uint8Array {
  assert(salt.length === UPLOAD_SALT_BYTES, 'the salt of an upload has 16 bytes');
  return hmacSha256(contentKey, FILE, `${n}\n`, salt);
}

/** Where a chunk belongs; `n` counts from 0. */
export type Place = {
  readonly messageId: string;
  readonly file: number;
  readonly n: number;
  readonly last: boolean;
};

export function sealChunk(fileKey: Uint8Array, place: Place, plaintext: Uint8Array): Uint8Array {
  assert(plaintext.length <= CHUNK_BYTES, 'a chunk has at most 64 KiB');
  const cipher = createCipheriv(CIPHER, fileKey, nonceOf(place.n));
  cipher.setAAD(placeText(place));
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Null when it is not the chunk that was sealed for this place under this key. */
export function openChunk(fileKey: Uint8Array, place: Place, sealed: Uint8Array): Uint8Array | null {
  const tagAt = sealed.length - TAG_BYTES;
  if (tagAt < 0) return null;
  const decipher = createDecipheriv(CIPHER, fileKey, nonceOf(place.n), { authTagLength: TAG_BYTES });
  decipher.setAAD(placeText(place));
  decipher.setAuthTag(sealed.subarray(tagAt));
  const plaintext = decipher.update(sealed.subarray(0, tagAt));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return plaintext;
}

function nonceOf(n: number): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(n), 4);
  return nonce;
}

function placeText({ messageId, file, n, last }: Place): Uint8Array {
  return utf8(`${messageId}\n${file}\n${n}\n${last ? 'last' : 'more'}`);
}
