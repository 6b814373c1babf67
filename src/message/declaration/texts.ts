import type { Language } from '../../std/language.ts';
import type { AnswerFault } from './answers.ts';
import { DE } from './texts-de.ts';
import { EN } from './texts-en.ts';
import { ES } from './texts-es.ts';
import { FR } from './texts-fr.ts';

/** Why no code was sent to who wants to declare, or to sign in. */
export const WHO_FAULTS = ['missing', 'unknown', 'no_address', 'wait', 'unavailable'] as const;
export type WhoFault = (typeof WHO_FAULTS)[number];

/** Every sentence of the pages of declarations: the compiler refuses a language with a gap. */
export type DeclareTexts = {
  readonly skip: string;
  readonly languages: string;
  readonly required: string;
  readonly requiredNote: string;
  readonly pleaseChoose: string;
  readonly upTo: (characters: number) => string;
  readonly next: string;
  readonly nextHint: string;
  readonly problems: (count: number) => string;
  readonly problemsLead: string;
  readonly error: string;
  readonly fault: Readonly<Record<AnswerFault, string>>;
  readonly changed: readonly [string, string];
  readonly tooOld: readonly [string, string];
  readonly tooLong: readonly [string, string];
  readonly closed: readonly [string, string];
  readonly review: {
    readonly title: string;
    readonly lead: string;
    readonly answers: string;
    readonly none: string;
    readonly yes: string;
    readonly no: string;
    readonly fingerprint: string;
    readonly fingerprintHint: string;
    readonly who: string;
    readonly identifier: string;
    readonly identifierHint: string;
    readonly identifierHintAll: string;
    readonly button: string;
    readonly buttonHint: string;
    readonly change: string;
    readonly refusedTitle: string;
    readonly refused: Readonly<Record<WhoFault, string>>;
  };
  readonly number: string;
  readonly receipt: {
    readonly title: string;
    readonly lead: (client: string) => string;
    readonly at: string;
    readonly by: string;
    readonly form: string;
    readonly proof: string;
    readonly proofText: string;
    readonly json: string;
    readonly pdf: string;
    readonly later: string;
    readonly missing: readonly [string, string];
    readonly again: string;
  };
  readonly signIn: {
    readonly title: string;
    readonly receipt: string;
    readonly inbox: string;
    readonly button: string;
  };
  readonly inbox: {
    readonly title: string;
    readonly none: string;
    readonly older: string;
    readonly back: string;
    readonly signOut: string;
    readonly stranger: readonly [string, string];
  };
};

export const DECLARE_TEXTS: Readonly<Record<Language, DeclareTexts>> = { en: EN, fr: FR, de: DE, es: ES };
