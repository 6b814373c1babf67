/**
 * Verifies a receipt with nothing but its text: no network, no database, no clock. It says in words, line by
 * line, what holds and what does not; a receipt holds when no line fails. It tolerates nothing: unknown
 * members, doubled names, records out of order or other spellings are refused with the place.
 *
 * Without trusted keys it can only say that the receipt agrees with the keys inside of it, and it says so:
 * anyone can make a log. Give it the log's key from another source to know whose log it is.
 */
import { compactVerify, importJWK } from 'jose';
import { equalBytes } from '../std/bytes.ts';
import { isoTime } from '../std/clock.ts';
import { refuse, type Refused, type Result } from '../std/result.ts';
import { checkTimeStamp, type VerifiedTimeStamp } from './check-time-stamp.ts';
import { openCheckpoint, type OpenCheckpoint } from './checkpoint.ts';
import { fromBase64Url } from './digest.ts';
import { entryOf, openCommitment, type Entry } from './entry.ts';
import { jcs, type JsonObject, type JsonValue } from './json.ts';
import { jwkOf } from './key.ts';
import { leafHash, verifyInclusion } from './merkle.ts';
import { parseVerifier, type NoteVerifier } from './note.ts';
import { parseProof, type TlogProof } from './proof.ts';
import { digestOf, parseClaim, parseReceipt, SIGNATURE_TYPE, type Claim, type Receipt } from './receipt.ts';
import type { Certificate } from './time-stamp/token.ts';

/**
 * What is checked: that it can be read, the log's signed checkpoint, what each entry is about, that it is
 * in the log, that the contents shown are those committed to, the issuer's signature, the time-stamp, and
 * whose keys they are.
 */
export type Check =
  | 'form'
  | 'checkpoint'
  | 'entry'
  | 'inclusion'
  | 'contents'
  | 'issuer'
  | 'timestamp'
  | 'keys';

export type Line = {
  /** Which of the checks it belongs to, for readers that say it in their own words. */
  readonly about: Check;
  /** `note` is neither: what the reader should know, such as that a key was not pinned. */
  readonly verdict: 'holds' | 'fails' | 'note';
  readonly says: string;
};

export type VerifiedRecord = {
  readonly index: number;
  readonly entry: Entry;
  /** The contents whose commitments were opened. */
  readonly opened: Readonly<Record<string, JsonValue>>;
};

export type VerifiedReceipt = {
  readonly ok: true;
  readonly subject: string;
  readonly origin: string;
  readonly records: readonly VerifiedRecord[];
  /**
   * Whether every signature is by a key that the caller trusts; otherwise the keys are only those in the
   * receipt.
   */
  readonly pinned: boolean;
  /** RFC 3161; what it shows, and whether a trusted CA stands behind it. */
  readonly timeStamp: VerifiedTimeStamp;
  readonly lines: readonly Line[];
};

export type Verification =
  | VerifiedReceipt
  | (Refused<'malformed_receipt' | 'malformed_key' | 'malformed_ca' | 'receipt_does_not_hold'> & {
      readonly lines: readonly Line[];
    });

type ReadRecord = {
  entry: Entry;
  raw: JsonObject;
  opened: { name: string; value: JsonValue; salt: Uint8Array }[];
  proof: TlogProof;
};

/**
 * `trustedKeys` are verifier keys (name+hash+base64) that the caller has from elsewhere; `tsaCas` are
 * certificates in PEM of CAs, of which one must stand behind the authority that made the time-stamp.
 */
export async function verifyReceipt(
  json: string,
  options: { trustedKeys?: readonly string[]; tsaCas?: string } = {},
): Promise<Verification> {
  const receipt = parseReceipt(json);
  if (!receipt.ok) return refused('malformed_receipt', receipt.detail);
  const own = readKeys(receipt.value.keys.log, 'keys.log');
  if (!own.ok) return refused('malformed_receipt', own.detail);
  const trusted = options.trustedKeys ? readKeys(options.trustedKeys, 'trusted key') : null;
  if (trusted && !trusted.ok) return refused('malformed_key', trusted.detail);
  const cas = options.tsaCas === undefined ? null : await readCas(options.tsaCas);
  if (cas && !cas.ok) return refused('malformed_ca', cas.detail);
  const records = readRecords(receipt.value);
  if (!records.ok) return refused('malformed_receipt', records.detail);
  const verifiers = trusted ? trusted.value : own.value;
  const lines: Line[] = [];
  const checkpoint = checkCheckpoint(records.value, verifiers, lines);
  for (const [i, record] of records.value.entries()) {
    checkRecord(`Record ${i + 1}`, record, receipt.value.subject, checkpoint, lines);
  }
  checkKeySet(receipt.value, own.value, lines);
  const claim = await checkSignature(receipt.value, checkpoint?.origin ?? null, verifiers, lines);
  const { timeStamp, ...stamp } = await checkTimeStamp({
    timestamp: receipt.value.timestamp,
    claimed: claim?.timestamp ?? null,
    checkpoint: records.value[0]?.proof.checkpoint ?? '',
    entryTimes: records.value.map(({ entry }) => entry.time),
    cas: cas && cas.value,
  });
  lines.push(...stamp.lines);
  lines.push(trusted ? PINNED : unpinned(own.value));
  const failed = lines.filter((line) => line.verdict === 'fails');
  if (failed.length > 0 || !checkpoint || !timeStamp) {
    return { ...refuse('receipt_does_not_hold', { detail: failed[0]?.says ?? 'Nothing holds.' }), lines };
  }
  return {
    ok: true,
    subject: receipt.value.subject,
    origin: checkpoint.origin,
    pinned: trusted !== null,
    timeStamp,
    lines,
    records: records.value.map(({ entry, opened, proof }) => ({
      index: proof.index,
      entry,
      opened: Object.fromEntries(opened.map(({ name, value }) => [name, value])),
    })),
  };
}

const PINNED: Line = { about: 'keys', verdict: 'holds', says: 'Every signature is by a key that you trust.' };

function unpinned(keys: readonly NoteVerifier[]): Line {
  const names = keys.map((key) => key.text).join(', ');
  return {
    about: 'keys',
    verdict: 'note',
    says: `The keys come from the receipt itself. Compare them with those that the log publishes: ${names}`,
  };
}

function readKeys(texts: readonly string[], place: string): Result<NoteVerifier[], 'malformed_key'> {
  const keys: NoteVerifier[] = [];
  for (const [i, text] of texts.entries()) {
    const key = parseVerifier(text);
    if (!key.ok) return { ...key, detail: `${place}[${i}]: ${key.detail ?? ''}` };
    keys.push(key.value);
  }
  return { ok: true, value: keys };
}

/** Loaded only when somebody trusts a CA, for it brings a library. */
async function readCas(pem: string): Promise<Result<Certificate[], 'malformed_ca'>> {
  const certificates = await import('./time-stamp/certificate.ts');
  return certificates.readCas(pem);
}

/** Reads entries, salts and proofs of all records; the order of the records must be that of the log. */
function readRecords(receipt: Receipt): Result<ReadRecord[], 'malformed_receipt'> {
  const records: ReadRecord[] = [];
  for (const [i, record] of receipt.records.entries()) {
    const place = `records[${i}]`;
    const entry = entryOf(record.entry);
    if (!entry.ok) return refuse('malformed_receipt', { detail: `${place}.entry: ${entry.detail ?? ''}` });
    const proof = parseProof(record.proof);
    if (!proof.ok) return refuse('malformed_receipt', { detail: `${place}.proof: ${proof.detail ?? ''}` });
    const before = records.at(-1);
    if (before && before.proof.index >= proof.value.index) {
      return refuse('malformed_receipt', {
        detail: `${place}: the records are not in the order of the log.`,
      });
    }
    if (before && before.proof.checkpoint !== proof.value.checkpoint) {
      return refuse('malformed_receipt', {
        detail: `${place}.proof: the records have different checkpoints.`,
      });
    }
    const opened: ReadRecord['opened'] = [];
    for (const [name, { value, salt }] of Object.entries(record.opened)) {
      const bytes = fromBase64Url(salt);
      if (!bytes)
        return refuse('malformed_receipt', { detail: `${place}.opened.${name}.salt: no base64url.` });
      opened.push({ name, value, salt: bytes });
    }
    records.push({ entry: entry.value, raw: record.entry, opened, proof: proof.value });
  }
  return { ok: true, value: records };
}

function checkCheckpoint(
  records: readonly ReadRecord[],
  verifiers: readonly NoteVerifier[],
  lines: Line[],
): OpenCheckpoint | null {
  const opened = openCheckpoint(records[0]?.proof.checkpoint ?? '', verifiers);
  if (!opened.ok) {
    lines.push({
      about: 'checkpoint',
      verdict: 'fails',
      says: `The checkpoint of the log does not hold. ${opened.detail ?? ''}`,
    });
    return null;
  }
  const { origin, size, signedBy } = opened.value;
  const by = signedBy.map((key) => key.keyId).join(', ');
  lines.push({
    about: 'checkpoint',
    verdict: 'holds',
    says: `The log ${origin} has signed its checkpoint of ${size} entries (key ${by}).`,
  });
  return opened.value;
}

function checkRecord(
  name: string,
  record: ReadRecord,
  subject: string,
  checkpoint: OpenCheckpoint | null,
  lines: Line[],
): void {
  const { entry, raw, opened, proof } = record;
  const say = (about: Check, holds: boolean, yes: string, no: string) =>
    lines.push({ about, verdict: holds ? 'holds' : 'fails', says: `${name}: ${holds ? yes : no}` });
  say(
    'entry',
    entry.id === subject,
    `${entry.type} of ${subject} at ${entry.time}.`,
    `the entry is about ${entry.id}, not about ${subject}.`,
  );
  if (checkpoint) {
    const { size, root } = checkpoint;
    const claim = { leaf: leafHash(jcs(raw)), index: proof.index, size, proof: proof.path, root };
    say(
      'inclusion',
      verifyInclusion(claim),
      `the entry is number ${proof.index} in the log.`,
      `the entry shown is not number ${proof.index} in the log: its proof does not lead to the signed root.`,
    );
  }
  for (const { name: field, value, salt } of opened) {
    say(
      'contents',
      openCommitment(entry, field, value, salt),
      `the ${field} shown below is the one committed in the log.`,
      `the ${field} shown is not the one committed in the log.`,
    );
  }
  const closed = Object.keys(entry.commitments).filter(
    (field) => !opened.some((each) => each.name === field),
  );
  if (closed.length > 0) {
    lines.push({
      about: 'contents',
      verdict: 'note',
      says: `${name}: committed in the log but not shown: ${closed.join(', ')}.`,
    });
  }
}

/** The JWK set repeats the keys for other tools, so it must be the very same keys. */
function checkKeySet(receipt: Receipt, keys: readonly NoteVerifier[], lines: Line[]): void {
  const same = jcs(receipt.keys.jwks) === jcs({ keys: keys.map(jwkOf) });
  if (!same)
    lines.push({
      about: 'keys',
      verdict: 'fails',
      says: 'The keys of the log and the JWK set in the receipt differ.',
    });
}

/** Gives what the issuer signed, when that holds. */
async function checkSignature(
  receipt: Receipt,
  origin: string | null,
  verifiers: readonly NoteVerifier[],
  lines: Line[],
): Promise<Claim | null> {
  const fails = (says: string): null => {
    lines.push({ about: 'issuer', verdict: 'fails', says });
    return null;
  };
  const signed = await openSignature(receipt.signature, verifiers);
  if (!signed.ok) return fails(`The issuer's signature does not hold. ${signed.detail ?? ''}`);
  const claim = parseClaim(signed.value);
  if (!claim.ok) return fails(`The issuer's signature does not hold. ${claim.detail ?? ''}`);
  const { iss, iat, subject, digest } = claim.value;
  if (origin !== null && iss !== origin)
    return fails(`The receipt was issued by ${iss}, not by the log ${origin}.`);
  if (subject !== receipt.subject || !equalBytes(Buffer.from(digest), Buffer.from(digestOf(receipt)))) {
    return fails('The receipt was altered after the issuer had signed it.');
  }
  lines.push({
    about: 'issuer',
    verdict: 'holds',
    says: `${iss} issued this receipt, as it is shown, at ${isoTime(iat * 1000)}.`,
  });
  return claim.value;
}

async function openSignature(
  jws: string,
  verifiers: readonly NoteVerifier[],
): Promise<Result<string, 'bad_signature'>> {
  const parts = jws.split('.', 4);
  if (parts.length !== 3 || parts.some((part) => fromBase64Url(part) === null)) {
    return refuse('bad_signature', { detail: 'It is not three parts of base64url.' });
  }
  try {
    const { payload } = await compactVerify(
      jws,
      ({ kid, typ }) => {
        const jwk = verifiers.map(jwkOf).find((each) => each.kid === kid);
        if (!jwk) throw new SignatureRefusal('It is by a key that is not known here.');
        if (typ !== SIGNATURE_TYPE) throw new SignatureRefusal('It is a signature of another kind.');
        return importJWK(jwk, 'EdDSA');
      },
      { algorithms: ['EdDSA'] },
    );
    return { ok: true, value: new TextDecoder('utf-8', { fatal: true }).decode(payload) };
  } catch (error) {
    // The library throws for every kind of malformed or forged input; here each of them is a refusal.
    const known = error instanceof SignatureRefusal;
    return refuse('bad_signature', {
      detail: known ? error.message : 'It is malformed, or not by the key that it names.',
    });
  }
}

/** Carries a reason out of the key look-up of the JOSE library. */
class SignatureRefusal extends Error {
  override readonly name = 'SignatureRefusal';
}

function refused(
  refusal: 'malformed_receipt' | 'malformed_key' | 'malformed_ca',
  detail = 'It cannot be read.',
): Verification {
  return { ...refuse(refusal, { detail }), lines: [{ about: 'form', verdict: 'fails', says: detail }] };
}
