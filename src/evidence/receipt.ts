/**
 * A receipt (format countersign-receipt/1): one JSON file that proves, offline and alone, what the log says
 * about one subject. It holds each entry, the contents that its commitments hide with the salts that open
 * them, the proof that the entry is in the log, the keys, and the issuer's signature over all of that.
 *
 *   digest     = SHA-256 over the JCS of the receipt without `signature` and `timestamp`
 *   signature  = JWS (EdDSA, compact) by the log's key over { format, iss, iat, subject, digest, timestamp }
 *
 * The time-stamp (RFC 3161) is one of the checkpoint in the records, so it covers every entry up to that size
 * and stands outside of the digest. The signature says whether one was asked for or was there, so that none
 * can be taken away unseen:
 *
 *   claim       in the receipt
 *   none        none
 *   requested   pending; or stamped, when a token of this checkpoint was put in later
 *   stamped     stamped
 */
import { CompactSign } from 'jose';
import { z } from 'zod';
import { sha256, toBase64Url, utf8 } from '../std/bytes.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { jcs, readJson, type JsonObject, type JsonValue } from './json.ts';
import { jwkOf, type LogKeys } from './key.ts';
import type { NoteVerifier } from './note.ts';

const RECEIPT_FORMAT = 'countersign-receipt/1';
/** 64 kB in base64. */
const TOKEN_MAX_CHARS = 87_384;
export const SIGNATURE_TYPE = 'countersign-receipt+jws';

/** Values inside were read by `readJson`, so they are JSON; only their shape is checked here. */
const jsonValue = z.custom<JsonValue>((value) => value !== undefined);
const text = z.string().min(1);

const receiptShape = z.strictObject({
  format: z.literal(RECEIPT_FORMAT),
  subject: text,
  records: z
    .array(
      z.strictObject({
        entry: z.custom<JsonObject>(
          (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
        ),
        opened: z.record(text, z.strictObject({ value: jsonValue, salt: text })),
        proof: text,
      }),
    )
    .min(1)
    .max(1000),
  keys: z.strictObject({
    /** Verifier keys as in signed notes. */
    log: z.array(text).min(1).max(16),
    /** The same keys as a JWK set, for any JOSE library. */
    jwks: z.strictObject({
      keys: z.array(
        z.strictObject({
          kty: z.literal('OKP'),
          crv: z.literal('Ed25519'),
          x: text,
          kid: text,
          use: z.literal('sig'),
          alg: z.literal('EdDSA'),
        }),
      ),
    }),
  }),
  timestamp: z.discriminatedUnion('status', [
    /** None was asked for. */
    z.strictObject({ status: z.literal('none') }),
    /** One was, and has not come yet. */
    z.strictObject({ status: z.literal('pending') }),
    z.strictObject({
      status: z.literal('stamped'),
      /** TimeStampToken in DER, base64. */
      token: text.max(TOKEN_MAX_CHARS),
      /** Told from the token for who reads along: its time in UTC with milliseconds, and the authority's name. */
      time: text,
      tsa: text,
    }),
  ]),
  signature: text,
});

const claimShape = z.strictObject({
  format: z.literal(RECEIPT_FORMAT),
  /** The origin of the log. */
  iss: text,
  /** Seconds since 1970. */
  iat: z.int().min(0).max(253_402_300_799),
  subject: text,
  /** base64url. */
  digest: text,
  timestamp: z.enum(['none', 'requested', 'stamped']),
});

export type Receipt = z.infer<typeof receiptShape>;
export type ReceiptRecord = Receipt['records'][number];
export type ReceiptTimeStamp = Receipt['timestamp'];
export type Claim = z.infer<typeof claimShape>;

/** Reads a receipt and checks its shape, nothing else; a refusal says where. */
export function parseReceipt(json: string): Result<Receipt, 'malformed_receipt'> {
  const read = readJson(json);
  return read.ok ? shaped(receiptShape, read.value, 'the receipt') : malformed(read.detail);
}

/** Reads what the issuer signed. */
export function parseClaim(json: string): Result<Claim, 'malformed_receipt'> {
  const read = readJson(json);
  return read.ok ? shaped(claimShape, read.value, 'the signed claim') : malformed(read.detail);
}

export function digestOf(receipt: Omit<Receipt, 'signature' | 'timestamp'>): string {
  const { format, subject, records, keys } = receipt;
  return toBase64Url(sha256(jcs({ format, subject, records, keys })));
}

/** Signs a receipt and gives its text, indented for people. `issuedMs` is epoch milliseconds. */
export async function signReceipt(options: {
  subject: string;
  records: ReceiptRecord[];
  /** The keys that signed the checkpoint and that sign this. */
  verifiers: readonly NoteVerifier[];
  keys: LogKeys;
  issuedMs: number;
  timestamp: ReceiptTimeStamp;
}): Promise<string> {
  const { subject, records, verifiers, keys, issuedMs, timestamp } = options;
  const body = {
    format: RECEIPT_FORMAT,
    subject,
    records,
    keys: { log: verifiers.map((verifier) => verifier.text), jwks: { keys: verifiers.map(jwkOf) } },
  } as const;
  const claim: Claim = {
    format: RECEIPT_FORMAT,
    iss: keys.origin,
    iat: Math.floor(issuedMs / 1000),
    subject,
    digest: digestOf({ ...body, keys: { ...body.keys, jwks: { keys: [...body.keys.jwks.keys] } } }),
    timestamp: timestamp.status === 'pending' ? 'requested' : timestamp.status,
  };
  const signature = await new CompactSign(utf8(jcs(claim)))
    .setProtectedHeader({ alg: 'EdDSA', kid: keys.jws.kid, typ: SIGNATURE_TYPE })
    .sign(keys.jws.key);
  return `${JSON.stringify({ ...body, timestamp, signature }, null, 2)}\n`;
}

function shaped<T>(shape: z.ZodType<T>, value: unknown, what: string): Result<T, 'malformed_receipt'> {
  const checked = shape.safeParse(value);
  if (checked.success) return ok(checked.data);
  const issue = checked.error.issues[0];
  const place = placeOf(issue?.path ?? []);
  return malformed(`${place === '' ? what : place}: ${issue?.message ?? 'another shape was expected'}.`);
}

/** records[0].entry, as a person would write it. */
function placeOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((place, part) => {
    if (typeof part === 'number') return `${place}[${part}]`;
    return place === '' ? String(part) : `${place}.${String(part)}`;
  }, '');
}

function malformed(detail = 'The receipt cannot be read.'): Result<never, 'malformed_receipt'> {
  return refuse('malformed_receipt', { detail });
}
