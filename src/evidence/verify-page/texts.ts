import type { Language } from '../../std/language.ts';
import { DE } from './texts-de.ts';
import { EN } from './texts-en.ts';
import { ES } from './texts-es.ts';
import { FR } from './texts-fr.ts';

/**
 * Every sentence of the public verification page, in every language. Each says what was checked and no more:
 * that a receipt holds is not that somebody is who he says, nor a legal standing.
 */
export type VerifyTexts = {
  readonly skip: string;
  readonly languages: string;
  readonly title: string;
  readonly lead: string;
  readonly form: string;
  readonly again: string;
  readonly file: string;
  readonly fileHint: string;
  readonly or: string;
  readonly paste: string;
  readonly pasteHint: string;
  readonly button: string;
  readonly stored: string;
  readonly offlineTitle: string;
  readonly offlineText: string;
  readonly ownKey: (origin: string) => string;
  readonly verdict: {
    readonly own: readonly [title: string, text: (origin: string) => string];
    readonly other: readonly [title: string, text: (origin: string, own: string) => string];
    readonly fails: readonly [title: string, text: string];
    readonly impostor: readonly [title: string, text: (origin: string) => string];
    readonly unreadable: readonly [title: string, text: string];
    readonly nothing: readonly [title: string, text: string];
    readonly tooLarge: readonly [title: string, text: string];
  };
  readonly ofPdf: string;
  readonly checks: string;
  readonly marks: Readonly<Record<'holds' | 'fails' | 'note', string>>;
  readonly issuer: Readonly<Record<'holds' | 'fails', string>>;
  readonly checkpoint: Readonly<Record<'holds' | 'fails', string>>;
  readonly inclusion: Readonly<Record<'holds' | 'fails', string>>;
  readonly contents: Readonly<Record<'holds' | 'fails' | 'note', string>>;
  readonly keys: Readonly<Record<'own' | 'other' | 'fails', string>>;
  readonly timestamp: Readonly<Record<'none' | 'pending' | 'fails', string>> & {
    readonly stamped: (authority: string, at: string) => string;
    readonly certified: string;
    readonly uncertified: string;
  };
  readonly says: (subject: string) => string;
  readonly entry: (index: string) => string;
  readonly fields: Readonly<Record<string, string>>;
  readonly facts: string;
  readonly none: string;
  readonly more: (count: number) => string;
  readonly words: string;
};

export const VERIFY_TEXTS: Readonly<Record<Language, VerifyTexts>> = { en: EN, fr: FR, de: DE, es: ES };
