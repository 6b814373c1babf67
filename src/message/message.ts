import { hmacSha256, sha256, toBase64Url, toHex } from '../std/bytes.ts';
import type { Language } from '../std/language.ts';
import { addressHome, addressKey } from '../directory/home.ts';
import type { AddressSource } from '../directory/address.ts';
import { maskAddress } from '../directory/number.ts';
import { jcs, type JsonObject } from '../evidence/json.ts';

/**
 * A registered message (M2 to M6): handed over to nobody who has not proved, in that very session, that he is
 * its addressee; and both sides hold proof. The names of its events are those of ETSI EN 319 522-1.
 *
 *   draft ─submit─▶ submitted ─sender's code─▶ waiting ─accept─▶ accepted ─┐
 *     ▲                │                        │ │ └─(not asked)──────────┴─ handOver ─▶ handed_over
 *     └── rejected ◀───┘ locked, expired,       │ └ refuse ─▶ refused
 *         (submit       cancelled               ├ recall ─▶ recalled    also from accepted
 *          again)                               └ time ───▶ expired     also from accepted
 */
export const MESSAGE_STATES = [
  'draft',
  'submitted',
  'rejected',
  'waiting',
  'accepted',
  'handed_over',
  'refused',
  'recalled',
  'expired',
] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

type Step = { readonly from: readonly MessageState[]; readonly to: MessageState };

/** Every change of state there is. */
export const STEPS = {
  submit: { from: ['draft', 'rejected'], to: 'submitted' },
  reject: { from: ['submitted'], to: 'rejected' },
  consign: { from: ['submitted'], to: 'waiting' },
  accept: { from: ['waiting'], to: 'accepted' },
  refuse: { from: ['waiting'], to: 'refused' },
  handOver: { from: ['waiting', 'accepted'], to: 'handed_over' },
  recall: { from: ['waiting', 'accepted'], to: 'recalled' },
  expire: { from: ['waiting', 'accepted'], to: 'expired' },
} as const satisfies Readonly<Record<string, Step>>;
export type StepName = keyof typeof STEPS;

/** Whether its files may still be changed. */
export function isDraft(state: MessageState): boolean {
  return state === 'draft' || state === 'rejected';
}

/** Whether it is still to be received. */
export function isPending(state: MessageState): state is 'waiting' | 'accepted' {
  return state === 'waiting' || state === 'accepted';
}

export function isEnded(state: MessageState): boolean {
  return !isDraft(state) && !isPending(state) && state !== 'submitted';
}

export function maySubmit(state: MessageState): boolean {
  return isDraft(state);
}

/** Where acceptance is asked, only a waiting message is accepted or refused. */
export function mayAnswer(message: Pick<Message, 'state' | 'acceptance'>): boolean {
  return message.acceptance && message.state === 'waiting';
}

/** Whether the content is available to the addressee: at once, or from his acceptance on. */
export function isConsigned(message: Pick<Message, 'state' | 'acceptance'>): boolean {
  return message.state === 'accepted' || (message.state === 'waiting' && !message.acceptance);
}

/** Whether somebody who proves to be the addressee may read now. */
export function mayBeRead(message: Pick<Message, 'state' | 'acceptance'>): boolean {
  return isConsigned(message) || message.state === 'handed_over';
}

/** A row of the table. */
export type Message = {
  readonly home: number;
  readonly id: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly state: MessageState;
  readonly reason: string | null;
  /** Whether the addressee must accept before the content is available to him. */
  readonly acceptance: boolean;
  /** Of what the addressee is told. */
  readonly language: Language;
  /** Whether the sender is told of each step by SMS. */
  readonly notifySender: boolean;
  readonly senderKey: Uint8Array;
  readonly addresseeKey: Uint8Array;
  readonly keyId: string;
  /** Sealed; null once a person in it was erased. */
  readonly head: Uint8Array | null;
  /** Wrapped; null once the content was erased. */
  readonly contentKey: Uint8Array | null;
  /** SHA-256 of the manifest, from the submission on. */
  readonly digest: Uint8Array | null;
  readonly sizeBytes: number;
  readonly salt: Uint8Array | null;
  readonly submissionId: string | null;
  readonly submissions: number;
  readonly readings: number;
  readonly notices: number;
  readonly expiresAfterMs: number;
  readonly createdAtMs: number;
  /** When the sender's code made it a registered message. */
  readonly acceptedAtMs: number | null;
  readonly expiresAtMs: number | null;
  readonly handedOverAtMs: number | null;
  readonly endedAtMs: number | null;
  /** By the database's clock. */
  readonly nowMs: number;
};

/** Sender or addressee, as the server knows him; sealed in the head. */
export type Party = {
  /** Null for somebody who is known by his number only. */
  readonly subscriberId: string | null;
  /** By contract; of a stranger, as the client wrote it. */
  readonly name: string | null;
  /** E.164. */
  readonly number: string;
  /** Only to tell him by mail, where a channel does. */
  readonly mail: string | null;
  /** Who vouches for the number. */
  readonly source: AddressSource;
  /** What the other side sees as his name: nothing about him that it did not know or need not learn. */
  readonly shown: string;
};

/** What each side is shown of the other, and what the manifest says; `commitment` binds the whole record. */
export type ShownParty = {
  readonly name: string;
  /** Masked. */
  readonly number: string;
  readonly source: AddressSource;
  readonly commitment: string;
};

export type Head = {
  readonly subject: string;
  readonly sender: Party;
  readonly addressee: Party;
  /** base64url of 16 bytes: makes the digest of the manifest say nothing of what is in it. */
  readonly nonce: string;
  /** base64url of 16 bytes: blinds the commitments to the parties. */
  readonly blind: string;
  /** From the submission on. */
  readonly files: readonly FileInfo[];
};

export type FileInfo = {
  readonly n: number;
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
};

/** 100 MB in all, in 20 files beside the text. */
export const CONTENT_MAX_BYTES = 100 * 1024 * 1024;
export const FILES_MAX = 20;
/** Where the text stands that was written on the page. */
export const TEXT_FILE = { n: 0, name: 'message.txt', type: 'text/plain; charset=utf-8' } as const;
export const TEXT_MAX_CHARACTERS = 20_000;
export const SUBJECT_MAX = 140;
export const NAME_MAX = 70;

const DAY_MS = 24 * 60 * 60_000;
export const VALIDITY_MS = { min: 60 * 60_000, usual: 15 * DAY_MS, max: 60 * DAY_MS } as const;
/** An unsubmitted draft, or the content of a rejected one, is deleted after this. */
export const DRAFT_LIFE_MS = DAY_MS;
/** After the addressee's code, he may be handed the content and fetch its files for so long. */
export const READING_MS = 15 * 60_000;

/** 16 bytes that stand for a person in the tables. */
export function partyKeyOf(tenantId: string, person: Pick<Party, 'subscriberId' | 'number'>): Uint8Array {
  const { subscriberId, number } = person;
  return subscriberId === null
    ? addressKey(tenantId, 'sms', number)
    : addressKey(tenantId, 'subscriber', subscriberId);
}

export function partyHomeOf(tenantId: string, person: Pick<Party, 'subscriberId' | 'number'>): number {
  const { subscriberId, number } = person;
  return subscriberId === null
    ? addressHome(tenantId, 'sms', number)
    : addressHome(tenantId, 'subscriber', subscriberId);
}

/** Key and home come from one digest, so that the key alone tells the home. */
export function homeOfPartyKey(key: Uint8Array): number {
  return ((key[0] ?? 0) << 2) | ((key[1] ?? 0) >> 6);
}

/** The canonical record that a party's commitment binds, and that only his own receipt opens. */
export function recordOf(party: Party): JsonObject {
  const { subscriberId, name, number } = party;
  return { subscriberId, name, number };
}

export function shownParty(head: Pick<Head, 'blind'>, party: Party): ShownParty {
  const commitment = hmacSha256(Buffer.from(head.blind, 'base64url'), jcs(recordOf(party)));
  const { shown, number, source } = party;
  return { name: shown, number: maskAddress(number), source, commitment: toBase64Url(commitment) };
}

/** What the sender's code binds, the evidence commits to, and the addressee is handed over. */
export type Manifest = JsonObject & { readonly v: 1 };

export function manifestOf(message: Pick<Message, 'id' | 'acceptance'>, head: Head): Manifest {
  return {
    v: 1,
    id: message.id,
    acceptance: message.acceptance,
    nonce: head.nonce,
    subject: head.subject,
    sender: shownParty(head, head.sender),
    addressee: shownParty(head, head.addressee),
    files: head.files.map(({ name, type, sizeBytes, sha256: digest }) => ({
      name,
      type,
      sizeBytes,
      sha256: digest,
    })),
  };
}

export function digestOf(manifest: Manifest): Uint8Array {
  return sha256(jcs(manifest));
}

/** What people compare, as the message with the code shows it: "3f9a-01c2-77de". */
export function fingerprintOf(digest: Uint8Array): string {
  return toHex(digest.subarray(0, 6)).replace(/(.{4})(?=.)/g, '$1-');
}

const FIRST_REMINDER_MS = DAY_MS;
const REMINDER_EVERY_MS = 3 * DAY_MS;
const LAST_REMINDER_BEFORE_MS = DAY_MS;
/** Two reminders within this time would be one too many. */
const REMINDER_GAP_MS = DAY_MS / 4;

/**
 * How long after its acceptance, in milliseconds, a message that has been there for `sinceMs` must be
 * looked at again: for a reminder (after 1 day, then every 3, and one day before the end), or for its
 * end.
 */
export function nextLookMs(sinceMs: number, expiresAfterMs: number): number {
  const last = expiresAfterMs - LAST_REMINDER_BEFORE_MS;
  const regular: number[] = [];
  for (let at = FIRST_REMINDER_MS; at < last - REMINDER_GAP_MS; at += REMINDER_EVERY_MS) regular.push(at);
  const reminders = [...regular, ...(last >= REMINDER_GAP_MS ? [last] : [])];
  return reminders.find((at) => at > sinceMs) ?? expiresAfterMs;
}

/** What tells a message from others in a short text: "K7M1-Q9R6". */
export function shortIdOf(id: string): string {
  const end = id.slice(-8).toUpperCase();
  return `${end.slice(0, 4)}-${end.slice(4)}`;
}
