/** What the calls of registered messages take and give, written by hand so that the SDK stands alone. */
import type { Language } from './types.ts';

export type MessageState =
  | 'draft'
  /** The code of its sender is out. */
  | 'submitted'
  /** It did not come back; the message may be changed and submitted again. */
  | 'rejected'
  | 'waiting'
  /** By its addressee, where that was asked. */
  | 'accepted'
  | 'handed_over'
  | 'refused'
  | 'recalled'
  | 'expired';

/** Nothing but further readings follows these states. */
export const ENDED_MESSAGE_STATES = ['handed_over', 'refused', 'recalled', 'expired'] as const;

export type MessagePerson =
  | { id: string }
  | { identifier: { kind?: string; value: string } }
  /** `mail`: only to tell him by mail, where a channel does. */
  | { number: string; mail?: string };

export type NewMessage = {
  sender: MessagePerson;
  addressee: MessagePerson;
  /** Of a sender under no contract. */
  senderName?: string;
  /** As the sender calls him. */
  addresseeName?: string;
  /** One line, at most 140 characters. */
  subject: string;
  /** Becomes file 0. */
  text?: string;
  /** Whether the addressee must accept before he can read. */
  acceptance?: boolean;
  language?: Language;
  /** Tells the sender each step by SMS. */
  notifySender?: boolean;
  /** 1 hour to 60 days; 15 days when absent. */
  validityMs?: number;
};

/** What each side is shown of the other. */
export type MessageParty = {
  name: string;
  /** Masked. */
  number: string;
  source: 'contract' | 'number_directory' | 'caller';
  commitment: string;
};

export type MessageFile = {
  /** 0 is the text. */
  n: number;
  name: string;
  type: string;
  sizeBytes: number;
  sha256: string;
};

export type Message = {
  id: string;
  client: string;
  state: MessageState;
  reason: string | null;
  subject: string | null;
  sender: MessageParty | null;
  addressee: MessageParty | null;
  acceptance: boolean;
  language: Language;
  notifySender: boolean;
  files: (MessageFile & { whole: boolean })[];
  sizeBytes: number;
  /** SHA-256 of the manifest, from the submission on. */
  digest: string | null;
  /** Its first digits, as the message with the code shows them. */
  fingerprint: string | null;
  contentErased: boolean;
  /** The confirmation of the latest submission. */
  submission: string | null;
  readings: number;
  notices: number;
  validityMs: number;
  createdAt: string;
  acceptedAt: string | null;
  expiresAt: string | null;
  handedOverAt: string | null;
  endedAt: string | null;
};

export type MessageStoryEvent = {
  /** Such as `ContentHandover`, as in ETSI EN 319 522-1. */
  name: string;
  n: number | null;
  at: string;
  reason: string | null;
  channel: string | null;
  kind: string | null;
  confirmation: string | null;
};

export type MessageStory = Message & { events: MessageStoryEvent[] };

export type MessageQuery = {
  /** A subscriber's id, or a number as +33612345678. */
  party: string;
  box?: 'sent' | 'received' | 'waiting' | 'read';
  /** Beginnings of words. */
  q?: string;
  cursor?: string;
  limit?: number;
};

/** `reading`: the id of the confirmation that `openReading` gave; `session`: its secret. */
export type MessageReading = { reading: string; session: string };

export type HandedOverMessage = {
  id: string;
  subject: string;
  sender: MessageParty;
  files: MessageFile[];
  handedOverAt: string;
  /** Until when `download` gives its files in this reading. */
  readableUntil: string;
};

export type MessageChange = {
  state: MessageState;
  reason: string | null;
  readings: number;
  notices: number;
};
