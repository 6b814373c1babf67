import type { Act } from '../confirmation/act.ts';
import type { Opened, OpenRefusal } from '../confirmation/open.ts';
import type { Language } from '../std/language.ts';
import type { Result } from '../std/result.ts';
import type { FileInfo, MessageState, ShownParty } from './message.ts';

/**
 * What can be done with registered messages, as types: what each verb takes, gives and refuses. Every
 * one acts inside one tenant and client, and says `not_found` of what belongs to others (S14).
 */
export type Caller = {
  readonly tenantId: string;
  readonly clientId: string;
  /**
   * `partyKeyOf` of the person who is signed in on a hosted page, and does only what is his to do; null for
   * the client itself, which acts for its people.
   */
  readonly party: Uint8Array | null;
};

/** Where a code is asked from. */
export type Asking = {
  readonly ip: string;
  /** Where the page of the code sends the person back to. */
  readonly returnUrl: string | null;
  /** For our own pages: the session is bound to the browser, and the way back is one of our pages. */
  readonly isInside?: true;
};

/** How a person is named by whoever sends. */
export type NamedPerson =
  | { readonly subscriberId: string }
  | { readonly identifier: { readonly kind?: string | undefined; readonly value: string } }
  /** Any spelling. `mail`: only to tell him by mail, where a channel does. */
  | { readonly number: string; readonly mail?: string | undefined };

export type NewMessage = {
  readonly sender: NamedPerson;
  readonly addressee: NamedPerson;
  /** What a person is called who is under no contract, one line of at most 70 characters. */
  readonly senderName: string | null;
  readonly addresseeName: string | null;
  /** One line, at most 140 characters. */
  readonly subject: string;
  /** Becomes file 0; null for files alone. */
  readonly text: string | null;
  readonly acceptance: boolean;
  /** Of what the addressee is told; null for his own. */
  readonly language: Language | null;
  readonly notifySender: boolean;
  /** From the submission until it expires. */
  readonly validityMs: number;
};

export type DraftRefusal =
  | 'unknown_client'
  | 'unknown_sender'
  | 'unknown_addressee'
  | 'address_not_allowed'
  | 'malformed_address'
  | 'file_type_not_allowed';

export type NewFile = {
  /** 1 to 20; 0 is the text. What was there under this number is replaced. */
  readonly n: number;
  readonly name: string;
  readonly type: string;
  /** As announced, or null. */
  readonly sizeBytes: number | null;
  readonly body: AsyncIterable<Uint8Array>;
};

export type FileRefusal =
  | 'not_found'
  | 'not_draft'
  | 'file_type_not_allowed'
  | 'file_too_large'
  | 'file_empty'
  | 'file_incomplete'
  /** Another upload of the same number began, or the draft ended, while this one ran. */
  | 'file_superseded';

export type SubmitRefusal =
  | OpenRefusal
  | 'not_found'
  | 'not_draft'
  | 'no_content'
  | 'file_incomplete'
  | 'content_erased'
  | 'draft_changed';

export type ReadingRefusal = OpenRefusal | 'not_found' | 'not_waiting' | 'content_erased';

/** `page` of a confirmation and its session: see `openedResource` of the room confirmation. */
export type CodeSent = { readonly opened: Opened; readonly act: Act };

/** Which reading: the confirmation, and the secret of its session. */
export type InReading = {
  readonly messageId: string;
  readonly confirmationId: string;
  readonly session: string;
};

export type InReadingRefusal =
  /** No such message or reading, another's, or another session: nobody can tell which (S14). */
  | 'not_found'
  /** The code has not come back yet. */
  | 'not_proved'
  /** More than 15 minutes ago: read again with a new code. */
  | 'reading_over'
  | 'message_recalled'
  | 'message_expired'
  | 'message_refused';

export type AnswerRefusal = InReadingRefusal | 'acceptance_not_asked' | 'already_answered';
export type HandOverRefusal = InReadingRefusal | 'acceptance_needed' | 'content_erased' | 'damaged';
export type ReadFileRefusal = InReadingRefusal | 'not_handed_over' | 'content_erased' | 'damaged';

export type HandedOver = {
  readonly messageId: string;
  readonly subject: string;
  readonly sender: ShownParty;
  readonly files: readonly FileInfo[];
  readonly handedOverAtMs: number;
  /** Until when files can be fetched in this reading. */
  readonly readableUntilMs: number;
};

export type OpenFile = {
  readonly file: FileInfo;
  /** Throws `DamagedContent` in the middle when what is stored is not what was sent. */
  readonly body: AsyncIterable<Uint8Array>;
};

export type RecallRefusal = 'not_found' | 'not_waiting' | 'already_handed_over';
export type EraseRefusal = 'not_found' | 'still_waiting';

export type Role = 'sender' | 'addressee';

/** One line of a message's story: an entry of the log. */
export type StoryEvent = {
  /** ContentHandover, DispatchAccepted... */
  readonly name: string;
  readonly n: number | null;
  readonly atMs: number;
  readonly reason: string | null;
  readonly channel: string | null;
  /** Of a dispatch: `notice` to the addressee or `news` to the sender. */
  readonly kind: string | null;
  /** The confirmation that proved the person, where one did. */
  readonly confirmationId: string | null;
};

export type MessageView = {
  readonly id: string;
  readonly clientId: string;
  readonly state: MessageState;
  /** attempts_used_up, time_passed, not_me, cancelled, session_closed, erased; null while there is none. */
  readonly reason: string | null;
  /** Of the signed-in person; null for the client. */
  readonly role: Role | null;
  /** Null once erased, and for the addressee until it was handed over to him. */
  readonly subject: string | null;
  readonly sender: ShownParty | null;
  readonly addressee: ShownParty | null;
  readonly acceptance: boolean;
  readonly language: Language;
  readonly notifySender: boolean;
  /** Empty for the addressee until it was handed over to him; whole and unfinished ones in a draft. */
  readonly files: readonly (FileInfo & { readonly whole: boolean })[];
  readonly sizeBytes: number;
  /** 64 hex digits, from the submission on. */
  readonly digest: string | null;
  readonly fingerprint: string | null;
  readonly contentErased: boolean;
  /** The confirmation of the latest submission. */
  readonly submissionId: string | null;
  readonly readings: number;
  readonly notices: number;
  readonly validityMs: number;
  readonly createdAtMs: number;
  readonly acceptedAtMs: number | null;
  readonly expiresAtMs: number | null;
  readonly handedOverAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly nowMs: number;
};

export type MessageStory = MessageView & { readonly events: readonly StoryEvent[] };

/** waiting and read are the two halves of what was received; sent is in one. */
export type Box = 'sent' | 'received' | 'waiting' | 'read';

export type ListInput = {
  readonly box: Box;
  /** Beginnings of words; null for all. */
  readonly q: string | null;
  /** `nextCursor` of the page before. */
  readonly cursor: string | null;
  /** 1 to 100. */
  readonly limit: number;
};

export type MessageList = { readonly items: readonly MessageView[]; readonly nextCursor: string | null };

export type ReceiptRefusal = 'not_found' | 'not_yet_logged' | 'person_erased';
export type CertificateRefusal = ReceiptRefusal | 'not_submitted';

export type Messages = {
  readonly createDraft: (caller: Caller, input: NewMessage) => Promise<Result<MessageView, DraftRefusal>>;
  /** Streams; never holds more than about 1 MB. */
  readonly putFile: (caller: Caller, id: string, file: NewFile) => Promise<Result<FileInfo, FileRefusal>>;
  readonly removeFile: (
    caller: Caller,
    id: string,
    n: number,
  ) => Promise<Result<undefined, 'not_found' | 'not_draft'>>;
  /** Sends the sender his code; when he brings it back, the message is registered. */
  readonly submit: (caller: Caller, id: string, asking: Asking) => Promise<Result<CodeSent, SubmitRefusal>>;
  /** Sends the addressee his code; when he brings it back, he may accept, refuse or be handed over. */
  readonly openReading: (
    caller: Caller,
    id: string,
    asking: Asking,
  ) => Promise<Result<CodeSent, ReadingRefusal>>;
  readonly accept: (caller: Caller, reading: InReading) => Promise<Result<MessageView, AnswerRefusal>>;
  readonly refuse: (caller: Caller, reading: InReading) => Promise<Result<MessageView, AnswerRefusal>>;
  readonly handOver: (caller: Caller, reading: InReading) => Promise<Result<HandedOver, HandOverRefusal>>;
  /** Consumes nothing, and gives only what was handed over in this reading. */
  readonly readFile: (
    caller: Caller,
    reading: InReading,
    n: number,
  ) => Promise<Result<OpenFile, ReadFileRefusal>>;
  readonly recall: (caller: Caller, id: string) => Promise<Result<MessageView, RecallRefusal>>;
  /** Erases the content for ever; who, what and when stay. A draft is deleted as a whole. */
  readonly eraseContent: (caller: Caller, id: string) => Promise<Result<undefined, EraseRefusal>>;
  /** With its story, oldest event first. */
  readonly view: (caller: Caller, id: string) => Promise<MessageStory | null>;
  /** Newest first, of the caller's party or, for a client, of the one that it names. */
  readonly list: (caller: Caller, party: Uint8Array, input: ListInput) => Promise<MessageList>;
  /** The JSON file; `role` decides whose number it opens. A signed-in person gets that of his own role. */
  readonly receipt: (caller: Caller, id: string, role: Role) => Promise<Result<string, ReceiptRefusal>>;
  /** The PDF, with the receipt inside. */
  readonly certificate: (
    caller: Caller,
    id: string,
    role: Role,
  ) => Promise<Result<Uint8Array, CertificateRefusal>>;
};
