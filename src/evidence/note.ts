/**
 * Signed notes (C2SP signed-note): a text, a blank line, and lines of the form "— name base64(key id,
 * signature)". Ed25519 only (signature type 0x01). A note says nothing until a trusted key's signature has
 * been checked.
 *
 *   key id = SHA-256(name, newline, 0x01, public key)[:4]
 *   verifier key, as text: name+hex(key id)+base64(0x01, public key)
 */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { assert } from '../std/assert.ts';
import { equalBytes, sha256, toBase64, toHex, utf8 } from '../std/bytes.ts';
import { ok, refuse, type Refused, type Result } from '../std/result.ts';
import { fromBase64 } from './digest.ts';

export type NoteVerifier = {
  readonly name: string;
  /** Eight hexadecimal digits. */
  readonly keyId: string;
  readonly publicKey: Uint8Array;
  /** name+hash+base64, as published. */
  readonly text: string;
  readonly verifies: (text: string, signature: Uint8Array) => boolean;
};

export type NoteSigner = { readonly verifier: NoteVerifier; readonly sign: (text: string) => Uint8Array };

type NoteSignature = {
  readonly name: string;
  readonly keyId: string;
  readonly signature: Uint8Array;
};
export type Note = { readonly text: string; readonly signatures: readonly NoteSignature[] };

const TYPE_ED25519 = 0x01;
const KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const NOTE_LENGTH_MAX = 1_000_000;
const SIGNATURES_MAX = 100;
/** The DER before the 32 bytes of an Ed25519 seed (RFC 8410 section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const KEY_NAME = /^[^\s+\p{White_Space}]+$/u;
/**
 * The ASCII control characters below a space, but for the newline: the others of `Cc` may stand in a note.
 */
const CONTROL = /[^\n\P{Cc}\u007f-\u009f]/u;

function createVerifier(name: string, publicKey: Uint8Array): NoteVerifier {
  assert(KEY_NAME.test(name), 'a note key name has no spaces and no plus');
  assert(publicKey.length === KEY_BYTES, 'an Ed25519 public key has 32 bytes');
  const typed = Buffer.concat([Buffer.of(TYPE_ED25519), publicKey]);
  const keyId = toHex(sha256(name, '\n', typed).subarray(0, KEY_ID_BYTES));
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') },
    format: 'jwk',
  });
  return {
    name,
    keyId,
    publicKey,
    text: `${name}+${keyId}+${toBase64(typed)}`,
    verifies: (text, signature) => verify(null, utf8(text), key, signature),
  };
}

/** `seed` is the 32-byte private key of RFC 8032. */
export function createSigner(name: string, seed: Uint8Array): NoteSigner {
  const key = privateKeyOf(seed);
  return { verifier: createVerifier(name, publicKeyOf(key)), sign: (text) => sign(null, utf8(text), key) };
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  assert(seed.length === KEY_BYTES, 'an Ed25519 seed has 32 bytes');
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

function publicKeyOf(privateKey: KeyObject): Uint8Array {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return Buffer.from(String(x), 'base64url');
}

/** Reads name+hash+base64. Refuses a hash that is not the key's, so that a slip of the pen is noticed. */
export function parseVerifier(text: string): Result<NoteVerifier, 'malformed_key'> {
  const [name = '', keyId = '', encoded = ''] = splitKey(text);
  if (!KEY_NAME.test(name) || !name.isWellFormed() || !/^[0-9a-f]{8}$/.test(keyId)) {
    return badKey('A verifier key is written name+hash+base64, the hash in eight hexadecimal digits.');
  }
  const typed = fromBase64(encoded);
  if (!typed || typed.length !== 1 + KEY_BYTES || typed[0] !== TYPE_ED25519) {
    return badKey(`The last part of the key of "${name}" is not the base 64 of 0x01 and 32 bytes (Ed25519).`);
  }
  const verifier = createVerifier(name, typed.subarray(1));
  return verifier.keyId === keyId
    ? ok(verifier)
    : badKey(`The hash ${keyId} is not the one of the key of "${name}".`);
}

/** Signs a text that ends in a newline, and gives the whole note. */
export function signNote(text: string, signer: NoteSigner): string {
  assert(text.endsWith('\n') && text.isWellFormed() && !CONTROL.test(text), 'a note is lines of plain text');
  const { name, keyId } = signer.verifier;
  const signature = Buffer.concat([Buffer.from(keyId, 'hex'), signer.sign(text)]);
  return `${text}\n— ${name} ${toBase64(signature)}\n`;
}

/** Takes a note apart without judging its signatures. */
export function parseNote(note: string): Result<Note, 'malformed_note'> {
  if (note.length > NOTE_LENGTH_MAX) return badNote(`The note has more than ${NOTE_LENGTH_MAX} characters.`);
  const control = CONTROL.exec(note);
  if (control) return badNote(`Line ${lineAt(note, control.index)} holds a control character.`);
  if (!note.isWellFormed()) return badNote('The note is not well-formed Unicode.');
  const blank = note.lastIndexOf('\n\n');
  if (blank < 0) return badNote('There is no blank line before the signatures.');
  if (!note.endsWith('\n')) return badNote(`Line ${lineAt(note, note.length)} does not end with a newline.`);
  const text = note.slice(0, blank + 1);
  const lines = note.slice(blank + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX) return badNote(`There are more than ${SIGNATURES_MAX} signatures.`);
  const signatures: NoteSignature[] = [];
  const first = lineAt(note, blank + 2);
  for (const [i, line] of lines.entries()) {
    const place = `Line ${first + i}`;
    const [dash, name, encoded, ...rest] = line.split(' ');
    if (dash !== '—' || name === undefined || encoded === undefined || rest.length > 0) {
      return badNote(`${place} is not a signature: an em dash, a key name and base 64.`);
    }
    if (!KEY_NAME.test(name)) return badNote(`${place} has an impossible key name.`);
    const bytes = fromBase64(encoded);
    if (!bytes || bytes.length <= KEY_ID_BYTES)
      return badNote(`${place} has a signature that is not base 64.`);
    signatures.push({
      name,
      keyId: toHex(bytes.subarray(0, KEY_ID_BYTES)),
      signature: bytes.subarray(KEY_ID_BYTES),
    });
  }
  return ok({ text, signatures });
}

export type OpenNote = { readonly text: string; readonly signedBy: readonly NoteVerifier[] };
export type NoteRefusal = 'malformed_note' | 'unknown_signer' | 'bad_signature';

/**
 * Gives the text when a known key has signed it. Signatures of unknown keys are passed over, as the
 * specification demands; one bad signature of a known key condemns the note.
 */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): Result<OpenNote, NoteRefusal> {
  const parsed = parseNote(note);
  if (!parsed.ok) return parsed;
  const signedBy: NoteVerifier[] = [];
  for (const { name, keyId, signature } of parsed.value.signatures) {
    const verifier = verifiers.find((known) => known.name === name && known.keyId === keyId);
    if (!verifier) continue;
    if (!verifier.verifies(parsed.value.text, signature)) {
      return refuse('bad_signature', {
        detail: `The signature by ${name} (key ${keyId}) does not belong to this text.`,
      });
    }
    if (!signedBy.includes(verifier)) signedBy.push(verifier);
  }
  if (signedBy.length === 0) {
    const names = parsed.value.signatures.map(({ name, keyId }) => `${name} (key ${keyId})`).join(', ');
    return refuse('unknown_signer', {
      detail: `The note is signed by ${names}, which is no key known here.`,
    });
  }
  return ok({ text: parsed.value.text, signedBy });
}

export function isSameKey(a: NoteVerifier, b: NoteVerifier): boolean {
  return a.name === b.name && equalBytes(a.publicKey, b.publicKey);
}

/** The base 64 may itself hold a plus, the name and the hash may not. */
function splitKey(text: string): string[] {
  const first = text.indexOf('+');
  const second = text.indexOf('+', first + 1);
  if (first < 0 || second < 0) return [];
  return [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)];
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function badKey(detail: string): Refused<'malformed_key'> {
  return refuse('malformed_key', { detail });
}

function badNote(detail: string): Refused<'malformed_note'> {
  return refuse('malformed_note', { detail });
}
