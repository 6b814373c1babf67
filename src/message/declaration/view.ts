import type { Language } from '../../std/language.ts';
import type { WebAssets } from '../../web/assets.ts';
import type { AnswerFault } from './answers.ts';
import type { Content, Declarant } from './declaration.ts';
import type { Worded } from './form.ts';
import type { WhoFault } from './texts.ts';

/** What the pages of declarations show; each page is a function of these and nothing else. */
export type Frame = {
  readonly language: Language;
  readonly assets: WebAssets;
  readonly client: string;
  readonly formId: string;
  /** Hidden field of every form, against cross-site posts. */
  readonly formToken: string;
  /** Where a language leads; null where changing it would lose what was typed. */
  readonly path: string | null;
};

export type FormNotice = 'changed' | 'tooOld' | 'tooLong';

export type FormView = {
  readonly words: Worded;
  /** What stands in the fields, by name. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly faults: ReadonlyMap<string, AnswerFault>;
  readonly notice: FormNotice | null;
};

export type ReviewView = {
  readonly words: Worded;
  readonly content: Content;
  readonly fingerprint: string;
  /** The sealed draft, which the page carries. */
  readonly draft: string;
  readonly openToAll: boolean;
  readonly identifier: string;
  readonly refused: WhoFault | null;
};

export type DeclarationView = {
  readonly id: string;
  readonly number: string;
  readonly words: Worded;
  readonly content: Content;
  readonly fingerprint: string;
  readonly declarant: Declarant;
  readonly receivedAtMs: number;
};

export type SignInView = {
  readonly what: 'receipt' | 'inbox';
  readonly title: string;
  readonly identifier: string;
  readonly returnPath: string;
  readonly refused: WhoFault | null;
};

export type InboxRow = Pick<DeclarationView, 'id' | 'number' | 'declarant' | 'receivedAtMs'>;

export type InboxView = {
  readonly title: string;
  readonly rows: readonly InboxRow[];
  /** Where older ones are, null when there are none. */
  readonly olderPath: string | null;
};

/** A page of this form in the reader's language. */
export function declarePath({ formId, language }: Pick<Frame, 'formId' | 'language'>, below = ''): string {
  return `/declare/${formId}${below}?lang=${language}`;
}
