/**
 * Issues the receipt of a subject: all of its entries, opened as far as the caller can and will, and proved
 * in the oldest time-stamped checkpoint that has them all. While there is none and the log asks for
 * time-stamps, they are proved in the newest checkpoint and the receipt says that its time-stamp is pending.
 */
import type { Db } from '../store/connection.ts';
import { must } from '../std/assert.ts';
import { toBase64, toBase64Url } from '../std/bytes.ts';
import { isoTime } from '../std/clock.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { openCheckpoint } from './checkpoint.ts';
import { entryOf, fieldSalt, openCommitment, type Entry } from './entry.ts';
import { readJson, type JsonObject, type JsonValue } from './json.ts';
import type { LogKeys } from './key.ts';
import { inclusionProof, leafHash, verifyInclusion } from './merkle.ts';
import { formatProof } from './proof.ts';
import { readCheckpoint, readSubject, readTiles } from './read-store.ts';
import { signReceipt, type ReceiptRecord, type ReceiptTimeStamp } from './receipt.ts';
import { readState } from './store.ts';
import { tileHashReader } from './tile.ts';
import { readStampFrom, type StoredStamp } from './time-stamp/store.ts';

/** The contents behind an entry's commitments, and the subject's salt. */
export type Opening = {
  readonly opened: Readonly<Record<string, JsonValue>>;
  readonly salt: Uint8Array;
};

export type ReceiptRefusal =
  /** There is no entry about this subject. */
  | 'unknown_subject'
  /** An entry was committed a moment ago and has no place in the log yet; see `retryAfterMs`. */
  | 'not_yet_logged'
  /** What the database holds is not what the log has. */
  | 'altered_record';

export type ReceiptOptions = {
  keys: LogKeys;
  home: number;
  subjectId: string;
  /** What to show of an entry; null when its salt was erased or nothing is to be shown. */
  open: (entry: Entry) => Opening | null;
  nowMs: number;
};

const RETRY_AFTER_MS = 100;

/** Gives the text of the receipt file. Nothing leaves that its own verifier would not accept. */
export async function receiptOf(db: Db, options: ReceiptOptions): Promise<Result<string, ReceiptRefusal>> {
  const { keys, home, subjectId, open, nowMs } = options;
  const state = await readState(db);
  const rows = await readSubject(db, home, subjectId, state.size);
  if (rows.length === 0) return refuse('unknown_subject');
  if (rows.some((row) => row.index === null)) {
    return refuse('not_yet_logged', {
      detail: 'The last events are being written into the log.',
      retryAfterMs: RETRY_AFTER_MS,
    });
  }
  const places = rows.map((row) => must(row.index, 'all entries have their place'));
  const { wanted, stamp } = await readStampFrom(db, must(places.at(-1), 'there is an entry') + 1);
  const size = stamp?.size ?? state.size;
  const { note } = must(await readCheckpoint(db, size), `the checkpoint of size ${size} is missing`);
  const checkpoint = openCheckpoint(note, keys.verifiers);
  if (!checkpoint.ok) return altered(`the checkpoint of size ${size}: ${checkpoint.detail ?? ''}`);
  const reader = tileHashReader((tiles) => readTiles(db, tiles), size);
  const paths = await Promise.all(places.map((index) => inclusionProof(reader, index, size)));
  const records: ReceiptRecord[] = [];
  for (const [i, row] of rows.entries()) {
    const index = must(places[i], 'each entry has its place');
    const path = must(paths[i], 'each entry has its path');
    const claim = { leaf: leafHash(row.leaf), index, size, proof: path, root: checkpoint.value.root };
    if (!verifyInclusion(claim)) return altered(`entry ${index} is not the one that was logged`);
    const read = readJson(row.leaf);
    const entry = read.ok ? entryOf(read.value) : read;
    if (!read.ok || !entry.ok) return altered(`entry ${index} cannot be read`);
    const opened = openFields(entry.value, open(entry.value));
    if (!opened.ok) return altered(`entry ${index}: ${opened.detail ?? ''}`);
    const proof = formatProof({ index, path, checkpoint: note });
    records.push({ entry: read.value as JsonObject, opened: opened.value, proof });
  }
  const verifiers = [...new Set([keys.verifiers[0] ?? keys.signer.verifier, ...checkpoint.value.signedBy])];
  const timestamp = timestampOf(wanted, stamp);
  return ok(await signReceipt({ subject: subjectId, records, verifiers, keys, issuedMs: nowMs, timestamp }));
}

function timestampOf(wanted: boolean, stamp: StoredStamp | null): ReceiptTimeStamp {
  if (!stamp) return { status: wanted ? 'pending' : 'none' };
  const { token, timeMs, tsa } = stamp;
  return { status: 'stamped', time: isoTime(timeMs), tsa, token: toBase64(token) };
}

function openFields(entry: Entry, opening: Opening | null): Result<ReceiptRecord['opened'], ReceiptRefusal> {
  const fields: ReceiptRecord['opened'] = {};
  if (!opening) return ok(fields);
  const { type, id, n } = entry;
  for (const [name, value] of Object.entries(opening.opened)) {
    const salt = fieldSalt(opening.salt, { type, id, n, name });
    if (!openCommitment(entry, name, value, salt)) {
      return altered(`the ${name} on record is not the one committed in the log`);
    }
    fields[name] = { value, salt: toBase64Url(salt) };
  }
  return ok(fields);
}

function altered(what: string): Result<never, 'altered_record'> {
  return refuse('altered_record', { detail: `The record and the log disagree: ${what}.` });
}
