import type { Language } from '../../std/language.ts';
import type { PaymentState } from '../payment.ts';
import { DE } from './texts-de.ts';
import { EN } from './texts-en.ts';
import { ES } from './texts-es.ts';
import { FR } from './texts-fr.ts';
import type { FieldError, FieldName, NoticeName } from './view.ts';

/** Every sentence of the hosted payment page, in every language: the compiler refuses a table with a gap. */
export type PayTexts = {
  readonly skip: string;
  readonly languages: string;
  readonly title: (amount: string, payee: string) => string;
  readonly asks: (client: string) => string;
  readonly verb: string;
  readonly toPayee: (payee: string) => string;
  readonly purpose: string;
  readonly reference: string;
  readonly pay: string;
  readonly who: string;
  readonly whoHint: string;
  readonly how: string;
  readonly expires: (month: string) => string;
  readonly anotherCard: string;
  readonly newCard: string;
  readonly bill: string;
  readonly billHint: string;
  readonly number: string;
  readonly expiry: string;
  readonly expiryHint: string;
  readonly code: string;
  readonly codeHint: string;
  readonly keep: string;
  readonly keepHint: string;
  readonly trust: (payee: string) => string;
  readonly trustHint: string;
  readonly button: (amount: string) => string;
  readonly next: string;
  /** Where policy knows payments without a code. */
  readonly nextOrNone: string;
  readonly safe: (client: string) => string;
  readonly asking: string;
  readonly cancel: string;
  readonly errors: Readonly<Record<FieldName, Readonly<Partial<Record<FieldError, string>>>>>;
  /** Where a field has nothing of its own to say. */
  readonly anyError: string;
  readonly notice: Readonly<Record<NoticeName, readonly [title: string, text: string]>>;
  readonly errorTitle: (title: string) => string;
  readonly state: Readonly<Record<Exclude<PaymentState, 'created'>, readonly [title: string, text: string]>>;
  /** Of a merchant who takes the amount later. */
  readonly authorised: (payee: string) => string;
  readonly reasons: Readonly<Record<string, string>>;
  readonly enterCode: string;
  readonly back: (client: string) => string;
  readonly close: string;
  readonly paidWith: string;
  readonly onBill: string;
  readonly debited: string;
  readonly refunded: string;
  readonly authCode: string;
  readonly paymentNumber: string;
  readonly exempt: string;
  readonly live: string;
};

export const PAY_TEXTS: Readonly<Record<Language, PayTexts>> = { en: EN, fr: FR, de: DE, es: ES };
