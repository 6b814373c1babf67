/**
 * An entry is one leaf of the log: the canonical JSON (RFC 8785) of public facts and of commitments to
 * contents.
 *
 *   {"commitments":{"act":"<hash>"}, <facts>, "id":"cnf_...","n":2,"tenant":"...","time":"...","type":"...","v":1}
 *
 *   field salt  = HMAC-SHA-256(subject salt, "countersign/field-salt/1", type, id, n, name)
 *   commitment  = SHA-256("countersign/commitment/1", field salt, name, JCS of the value)
 *
 * The holder of a field salt can open that field of that entry, and no other; the public can open none; and
 * erasing the one salt of a subject closes all of its fields for ever, which erases the person while the log
 * stays whole.
 */
import { hash } from 'node:crypto';
import { assert } from '../std/assert.ts';
import { equalBytes } from '../std/bytes.ts';
import { isoTime } from '../std/clock.ts';
import { ok, refuse, type Refused, type Result } from '../std/result.ts';
import { fromBase64Url, HASH_BYTES, shortHmac } from './digest.ts';
import { jcs, readJson, type JsonObject, type JsonValue } from './json.ts';
import { LEAF_BYTES_MAX } from './tile.ts';

const SUBJECT_SALT_BYTES = 16;

export type EntryInput = {
  /** The name of the event, an ETSI EN 319 522 one where there is one: SubmissionAcceptance. */
  readonly type: string;
  /** The subject's id, such as cnf_... */
  readonly id: string;
  /** Tells events of one type and subject apart, such as the number of a resend. */
  readonly n?: number | undefined;
  readonly timeMs: number;
  readonly tenant: string;
  /** Public for ever: nothing about a person. */
  readonly facts: Readonly<Record<string, JsonValue>>;
  /** Committed, not shown. */
  readonly opened: Readonly<Record<string, JsonValue>>;
  /** The subject's salt, 16 bytes. */
  readonly salt: Uint8Array;
};

export type MadeEntry = {
  /** The leaf of the log. */
  readonly leaf: string;
  readonly commitments: Readonly<Record<string, string>>;
};

export type Entry = {
  readonly type: string;
  readonly id: string;
  readonly n: number | null;
  /** RFC 3339 in UTC with milliseconds. */
  readonly time: string;
  readonly tenant: string;
  readonly facts: Readonly<Record<string, JsonValue>>;
  /** base64url of 32 bytes each. */
  readonly commitments: Readonly<Record<string, string>>;
};

/** Which field of which entry a salt belongs to. */
export type Field = {
  readonly type: string;
  readonly id: string;
  readonly n: number | null;
  readonly name: string;
};

const SALT_DOMAIN = 'countersign/field-salt/1';
const COMMITMENT_DOMAIN = Buffer.from('countersign/commitment/1\n');
const RESERVED: ReadonlySet<string> = new Set(['commitments', 'id', 'n', 'tenant', 'time', 'type', 'v']);
/** None of them can hold the newline that separates them where they are hashed. */
const TYPE = /^[A-Z][A-Za-z0-9]{0,63}$/;
const NAME = /^[a-z][A-Za-z0-9]{0,63}$/;
const ID = /^[\w.:-]{1,128}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Makes a leaf. What is malformed here is our own bug, so it is asserted. */
export function makeEntry(input: EntryInput): MadeEntry {
  const { type, id, n = null, timeMs, tenant, facts, opened, salt } = input;
  assert(TYPE.test(type), 'an entry type is a name in PascalCase');
  assert(ID.test(id) && ID.test(tenant), 'ids in an entry are short and plain');
  assert(n === null || (Number.isSafeInteger(n) && n >= 0), 'n counts from 0');
  assert(salt.length === SUBJECT_SALT_BYTES, 'a subject salt has 16 bytes');
  const commitments: Record<string, string> = {};
  const committed: string[] = [];
  for (const name of Object.keys(opened).toSorted()) {
    assert(NAME.test(name), 'a committed field has a name in camelCase');
    const made = commitmentOf(fieldSalt(salt, { type, id, n, name }), name, opened[name] as JsonValue);
    commitments[name] = made;
    committed.push(`"${name}":"${made}"`);
  }
  // Names need no escaping and the quote after a name sorts below all of its characters, so sorting whole
  // members gives the order and the text of JCS, at a third of its cost.
  const members = [
    `"commitments":{${committed.join(',')}}`,
    `"id":"${id}"`,
    `"tenant":"${tenant}"`,
    `"time":"${isoTime(timeMs)}"`,
    `"type":"${type}"`,
    '"v":1',
  ];
  if (n !== null) members.push(`"n":${n}`);
  for (const name of Object.keys(facts)) {
    assert(NAME.test(name) && !RESERVED.has(name), 'a fact has a name in camelCase that is not taken');
    members.push(`"${name}":${jcs(facts[name] as JsonValue)}`);
  }
  const leaf = `{${members.toSorted().join(',')}}`;
  assert(Buffer.byteLength(leaf) <= LEAF_BYTES_MAX, 'an entry fits a leaf of 65,535 bytes');
  return { leaf, commitments };
}

/** The salt of one field, which a receipt may disclose without opening any other. 32 bytes. */
export function fieldSalt(subjectSalt: Uint8Array, field: Field): Uint8Array {
  const { type, id, n, name } = field;
  return shortHmac(subjectSalt, `${SALT_DOMAIN}\n${type}\n${id}\n${n ?? ''}\n${name}`);
}

/** Whether `value`, under its field salt, is what the entry committed to. */
export function openCommitment(entry: Entry, name: string, value: JsonValue, salt: Uint8Array): boolean {
  const commitment = Object.hasOwn(entry.commitments, name) ? entry.commitments[name] : undefined;
  if (commitment === undefined || salt.length !== HASH_BYTES) return false;
  return equalBytes(Buffer.from(commitment), Buffer.from(commitmentOf(salt, name, value)));
}

/**
 * Reads a leaf. Only the canonical text of an entry is one: the same facts in other words are another leaf.
 */
export function parseEntry(leaf: string): Result<Entry, 'malformed_entry'> {
  const read = readJson(leaf);
  if (!read.ok) return malformed(read.detail ?? 'The entry is no JSON.');
  const entry = entryOf(read.value);
  if (entry.ok && jcs(read.value) !== leaf)
    return malformed('The entry is not in canonical form (RFC 8785).');
  return entry;
}

/** Reads an entry that is already a JSON value; `jcs` of that value is its leaf. */
export function entryOf(value: JsonValue): Result<Entry, 'malformed_entry'> {
  if (!isObject(value)) return malformed('The entry is not an object.');
  const { v, type, id, n = null, time, tenant, commitments, ...facts } = value;
  if (v !== 1) return malformed('"v", the version of the entry, is not 1.');
  if (typeof type !== 'string' || !TYPE.test(type)) return malformed('"type" is not the name of an event.');
  if (typeof id !== 'string' || !ID.test(id)) return malformed('"id" is not an id.');
  if (typeof tenant !== 'string' || !ID.test(tenant)) return malformed('"tenant" is not an id.');
  if (typeof time !== 'string' || !TIME.test(time)) return malformed('"time" is not a time in UTC.');
  if (n !== null && (typeof n !== 'number' || !Number.isSafeInteger(n) || n < 0)) {
    return malformed('"n" is not a count.');
  }
  if (n === null && Object.hasOwn(value, 'n')) return malformed('"n" is null instead of absent.');
  if (commitments === undefined || !isObject(commitments))
    return malformed('"commitments" is not an object.');
  const hashes: Record<string, string> = {};
  for (const [name, text] of Object.entries(commitments)) {
    if (!NAME.test(name) || typeof text !== 'string' || fromBase64Url(text)?.length !== HASH_BYTES) {
      return malformed(`The commitment ${JSON.stringify(name)} is not the base64url of 32 bytes.`);
    }
    hashes[name] = text;
  }
  const badFact = Object.keys(facts).find((name) => !NAME.test(name));
  if (badFact !== undefined) return malformed(`${JSON.stringify(badFact)} is not the name of a fact.`);
  return ok({ type, id, n, time, tenant, facts, commitments: hashes });
}

function commitmentOf(salt: Uint8Array, name: string, value: JsonValue): string {
  const text = `${name}\n${jcs(value)}`;
  const input = Buffer.allocUnsafe(COMMITMENT_DOMAIN.length + HASH_BYTES + Buffer.byteLength(text));
  input.set(COMMITMENT_DOMAIN);
  input.set(salt, COMMITMENT_DOMAIN.length);
  input.write(text, COMMITMENT_DOMAIN.length + HASH_BYTES);
  return hash('sha256', input, 'base64url');
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(detail: string): Refused<'malformed_entry'> {
  return refuse('malformed_entry', { detail });
}
