import type { Language } from '../../std/language.ts';
import { DE } from './texts-de.ts';
import { EN } from './texts-en.ts';
import { ES } from './texts-es.ts';
import { FR } from './texts-fr.ts';
import type { MessageState } from '../message.ts';
import type { Role } from '../verbs.ts';
import type { ComposeProblemKind, MessageNotice, ShownBox, SignInRefusal } from './view.ts';

/** Every sentence of the pages of registered messages: the compiler refuses a language with a gap. */
export type MailTexts = {
  readonly skip: string;
  readonly languages: string;
  readonly product: string;
  readonly signedInAs: (person: string) => string;
  readonly pages: string;
  readonly mailbox: string;
  readonly write: string;
  readonly signOut: string;
  readonly signIn: {
    readonly title: string;
    readonly lead: string;
    readonly points: readonly (readonly [string, string])[];
    readonly form: string;
    readonly who: string;
    readonly whoHint: string;
    readonly button: string;
    readonly refusedTitle: string;
    readonly refused: Readonly<Record<SignInRefusal, string>>;
  };
  readonly list: {
    readonly boxes: Readonly<Record<ShownBox, string>>;
    readonly boxesLabel: string;
    readonly search: string;
    readonly searchHint: string;
    readonly searchButton: string;
    readonly clear: string;
    readonly found: (query: string) => string;
    readonly none: Readonly<Record<ShownBox, readonly [string, string]>>;
    readonly noneFound: readonly [string, (query: string) => string];
    readonly from: string;
    readonly to: string;
    readonly unread: string;
    /** Stands for the subject until the content was handed over. */
    readonly sealed: string;
    readonly erased: string;
    readonly files: (count: number) => string;
    readonly older: string;
    readonly newest: string;
  };
  readonly state: Readonly<Record<Role, Readonly<Record<MessageState, readonly [string, string, string]>>>>;
  readonly compose: ComposeTexts;
  readonly message: MessageTexts;
  readonly events: Readonly<Record<Role, Readonly<Record<string, EventText>>>>;
  /** Why something ended, after an event that failed. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly reading: ReadingTexts;
  readonly size: readonly [bytes: string, kilo: string, mega: string];
};

export type EventText = string | ((n: number) => string);

type ComposeTexts = {
  readonly title: string;
  readonly lead: string;
  readonly to: string;
  readonly toHint: string;
  readonly stranger: string;
  readonly strangerHint: string;
  readonly number: string;
  readonly subject: string;
  readonly subjectHint: string;
  readonly text: string;
  readonly files: string;
  readonly filesHint: string;
  readonly drop: string;
  readonly choose: string;
  readonly remove: string;
  readonly how: string;
  readonly valid: string;
  readonly days: (count: number) => string;
  readonly language: string;
  readonly languageOwn: string;
  readonly acceptance: string;
  readonly acceptanceHint: string;
  readonly notify: string;
  readonly notifyHint: string;
  readonly button: string;
  readonly next: string;
  readonly sending: string;
  readonly sendingFile: string;
  readonly sent: string;
  readonly failed: string;
  readonly problemTitle: string;
  readonly filesLost: string;
  readonly problems: Readonly<Record<ComposeProblemKind, string>>;
};

type MessageTexts = {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly number: string;
  readonly fingerprint: string;
  readonly fingerprintHint: string;
  readonly until: string;
  readonly story: string;
  readonly storyNone: string;
  readonly files: string;
  readonly text: string;
  readonly proof: string;
  readonly proofText: Readonly<Record<Role, string>>;
  readonly receipt: string;
  readonly certificate: string;
  readonly proofLater: string;
  readonly read: string;
  readonly readAgain: string;
  readonly readHint: string;
  readonly readAgainHint: string;
  readonly submit: string;
  readonly recall: string;
  readonly recallHint: string;
  readonly recallAsk: string;
  readonly recallAskText: (addressee: string) => string;
  readonly recallYes: string;
  readonly recallNo: string;
  readonly live: string;
  readonly notice: Readonly<Record<MessageNotice, readonly [string, string]>>;
};

type ReadingTexts = {
  readonly title: string;
  readonly proved: string;
  readonly answer: readonly [string, string];
  readonly accept: string;
  readonly refuse: string;
  readonly open: readonly [string, string];
  readonly openButton: string;
  readonly refused: readonly [string, string];
  readonly over: readonly [string, string];
  readonly damaged: readonly [string, string];
  readonly again: string;
  readonly files: string;
  readonly download: string;
  readonly image: (name: string) => string;
  readonly until: string;
  readonly toMessage: string;
  readonly noText: string;
};

export const MAIL_TEXTS: Readonly<Record<Language, MailTexts>> = { en: EN, fr: FR, de: DE, es: ES };
