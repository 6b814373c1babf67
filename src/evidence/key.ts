/**
 * The keys of a log. The Ed25519 seed comes by HKDF-SHA-256 (RFC 5869) from a master key that never enters
 * the database, so the log's key needs no storage of its own, and a new master key makes a new log key.
 *
 * One key signs checkpoints and receipts: a note always ends with a newline and the input of a JWS never
 * holds one, so no signature of the one kind can pass for the other, and a verifier has one key to pin.
 */
import { hkdfSync } from 'node:crypto';
import { importJWK, type CryptoKey, type JWK } from 'jose';
import { assert, must } from '../std/assert.ts';
import { sha256, toBase64Url } from '../std/bytes.ts';
import type { Secret } from '../std/secret.ts';
import { createSigner, type NoteSigner, type NoteVerifier } from './note.ts';

export type MasterKey = { readonly id: string; readonly key: Secret<Uint8Array> };

/** RFC 8037, with the thumbprint of RFC 7638 as `kid`. */
export type PublicJwk = {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'EdDSA';
};

export type LogKeys = {
  /** The log's name: the origin of its checkpoints and the name of its keys. */
  readonly origin: string;
  /** Signs what is new. */
  readonly signer: NoteSigner;
  /** Signs JWS by the same key. */
  readonly jws: { readonly kid: string; readonly key: CryptoKey };
  /** All keys of this log, the current one first: old checkpoints were signed by old ones. */
  readonly verifiers: readonly NoteVerifier[];
  /** What /.well-known/jwks.json shows. */
  readonly jwks: { readonly keys: readonly PublicJwk[] };
};

const MASTER_BYTES_MIN = 32;

/** The first master key signs; the others are earlier ones, whose signatures still count. */
export async function openLogKeys(options: {
  origin: string;
  masterKeys: readonly MasterKey[];
}): Promise<LogKeys> {
  const { origin, masterKeys } = options;
  const current = must(masterKeys[0], 'a log has at least one master key');
  const signers = masterKeys.map((master) => createSigner(origin, seedOf(master, origin)));
  const signer = must(signers[0], 'there is a signer for each master key');
  const verifiers = signers.map((each) => each.verifier);
  const jwk = jwkOf(signer.verifier);
  const key = await importJWK({ ...jwk, d: toBase64Url(seedOf(current, origin)) } satisfies JWK, 'EdDSA');
  assert(!(key instanceof Uint8Array), 'an Ed25519 key is no symmetric one');
  return { origin, signer, jws: { kid: jwk.kid, key }, verifiers, jwks: { keys: verifiers.map(jwkOf) } };
}

export function jwkOf(verifier: NoteVerifier): PublicJwk {
  const x = toBase64Url(verifier.publicKey);
  const kid = toBase64Url(sha256(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`));
  return { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' };
}

function seedOf(master: MasterKey, origin: string): Uint8Array {
  const secret = master.key.reveal();
  assert(secret.length >= MASTER_BYTES_MIN, 'a master key has at least 32 bytes');
  return new Uint8Array(hkdfSync('sha256', secret, '', `countersign/log-key/1\n${master.id}\n${origin}`, 32));
}
