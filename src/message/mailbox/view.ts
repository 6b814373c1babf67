import type { Language } from '../../std/language.ts';
import type { WebAssets } from '../../web/assets.ts';
import type { FileInfo, ShownParty } from '../message.ts';
import type { MessageList, MessageStory } from '../verbs.ts';

/** What the pages of registered messages show; each page is a function of these and nothing else. */
export type Frame = {
  readonly language: Language;
  readonly assets: WebAssets;
  readonly client: { readonly id: string; readonly name: string };
  /** How the person who is signed in is called; null for a stranger. */
  readonly person: string | null;
  /** Hidden field of every form, against cross-site posts. */
  readonly formToken: string;
  /** The page itself, where a language leads. */
  readonly path: string;
};

export const SHOWN_BOXES = ['waiting', 'read', 'sent'] as const;
export type ShownBox = (typeof SHOWN_BOXES)[number];

export type SignInRefusal = 'unknown' | 'no_address' | 'wait' | 'unavailable';

export type SignInView = {
  readonly identifier: string;
  /** One of our paths, to come to after signing in. */
  readonly returnPath: string;
  readonly refused: SignInRefusal | null;
};

export type MailboxView = {
  readonly box: ShownBox;
  readonly query: string;
  readonly list: MessageList;
  readonly isFirstPage: boolean;
};

export type ComposeFields = {
  readonly to: string;
  /** For an addressee who is in no contract. */
  readonly number: string;
  readonly subject: string;
  readonly text: string;
  readonly validDays: number;
  /** Empty for the addressee's own. */
  readonly language: Language | '';
  readonly acceptance: boolean;
  readonly notifySender: boolean;
};

export const VALID_DAYS = [7, 15, 30] as const;

/** What is wrong with a message that somebody writes, and at which field it is said. */
export const COMPOSE_PROBLEMS = {
  to_missing: 'to',
  to_unknown: 'to',
  number_malformed: 'number',
  subject_missing: 'subject',
  subject_malformed: 'subject',
  text_too_long: 'text',
  text_malformed: 'text',
  no_content: 'text',
  file_type: 'files',
  file_empty: 'files',
  file_lost: 'files',
  too_large: 'files',
  wait: 'page',
  unavailable: 'page',
} as const satisfies Record<string, ComposePlace>;
export type ComposePlace = 'to' | 'number' | 'subject' | 'text' | 'files' | 'page';
export type ComposeProblemKind = keyof typeof COMPOSE_PROBLEMS;
export type ComposeProblem = { readonly kind: ComposeProblemKind; readonly file?: string | undefined };

export type ComposeView = {
  readonly fields: ComposeFields;
  readonly problem: ComposeProblem | null;
  /** Whether files were chosen that must be chosen again, because the page was sent and came back. */
  readonly filesLost: boolean;
};

export type MessageNotice = 'wait' | 'unavailable' | 'too_late' | 'not_yet_logged';

export type MessagePageView = {
  readonly story: MessageStory;
  /** The page asks whether to recall it, and has done nothing yet. */
  readonly asksRecall: boolean;
  readonly notice: MessageNotice | null;
};

export type ReadingPageView = {
  readonly messageId: string;
  readonly readingId: string;
  readonly sender: ShownParty | null;
  readonly fingerprint: string | null;
} & ReadingStep;

/** What comes next in a reading. */
export type ReadingStep =
  | { readonly step: 'answer' | 'open' | 'refused' | 'over' | 'damaged' }
  | {
      readonly step: 'content';
      readonly subject: string;
      readonly text: string | null;
      /** Beside the text. */
      readonly files: readonly FileInfo[];
      readonly untilMs: number;
    };

/** The pages of one client, below one path. */
export function mailPath(clientId: string, below = ''): string {
  return `/mail/${clientId}${below}`;
}

export function messagePath(clientId: string, id: string, below = ''): string {
  return mailPath(clientId, `/messages/${id}${below}`);
}

export type ReadingKey = { readonly messageId: string; readonly readingId: string };

export function readingPath(clientId: string, key: ReadingKey, below = ''): string {
  return messagePath(clientId, key.messageId, `/readings/${key.readingId}${below}`);
}
