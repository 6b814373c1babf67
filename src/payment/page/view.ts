/** What the hosted payment page shows; pages are functions of this and nothing else. No card data is in it. */
import type { Language } from '../../std/language.ts';
import type { PaymentId, PaymentState } from '../payment.ts';

export type PayView = {
  readonly id: PaymentId;
  readonly language: Language;
  readonly state: PaymentState;
  readonly reason: string | null;
  readonly clientName: string;
  readonly payee: string;
  readonly amount: ShownAmount;
  readonly completed: ShownAmount | null;
  /** Null while nothing was given back. */
  readonly refunded: ShownAmount | null;
  readonly description: string | null;
  readonly reference: string | null;
  /** How it is or was paid: "Visa ···· 1234". */
  readonly card: string | null;
  readonly onBill: boolean;
  readonly authCode: string | null;
  /** Why no code was demanded. */
  readonly exemption: string | null;
  /** The page of the code, where this browser may go on to it. */
  readonly codePath: string | null;
  /** Where to go back to at the merchant, with payment and state in it; null when it named no place. */
  readonly returnUrl: string | null;
  readonly form: PayForm;
  readonly formToken: string;
};

/** Major units, "312.40". */
export type ShownAmount = { readonly value: string; readonly currency: string };

export type OfferedCard = {
  readonly token: string;
  /** "Visa ···· 1234". */
  readonly text: string;
  /** "03/29". */
  readonly expires: string;
};

/** What a payer may choose from. Cards are listed only where the merchant said who pays. */
export type Offers = {
  readonly payer: 'named' | 'asked';
  readonly cards: readonly OfferedCard[];
  readonly bill: boolean;
  /** Whether he may say that this merchant needs no code any more (RTS 2018/389 art. 13). */
  readonly trust: boolean;
  /** Whether policy knows payments that no code is demanded for. */
  readonly mayBeExempt: boolean;
};

export type PayForm = Offers & {
  /** As they were typed; card data never come back into a page. */
  readonly typed: TypedFields;
  readonly errors: FieldErrors;
  /** What the last post met, when it is no matter of one field. */
  readonly notice: NoticeName | null;
};

/** `card` for one that is typed, `bill`, or the token of a card on file. */
export type TypedFields = {
  readonly identifier: string;
  readonly means: string;
  readonly keep: boolean;
  readonly trust: boolean;
};

export const NOTHING_TYPED: TypedFields = { identifier: '', means: '', keep: false, trust: false };

export type FieldName = 'who' | 'number' | 'expiry' | 'code';
export type FieldError =
  | 'missing'
  | 'malformed'
  /** Of a card: its time is over. */
  | 'expired'
  /** Of a payer: nobody by that name. */
  | 'unknown'
  | 'no_phone';
export type FieldErrors = Readonly<Partial<Record<FieldName, FieldError>>>;

export const NOTICES = [
  'bank_declined',
  'bank_unreachable',
  'card_of_another',
  'unknown_card',
  'no_contract',
  'contract_limit',
  'wait',
  'unavailable',
  'check_fields',
] as const;
export type NoticeName = (typeof NOTICES)[number];

export function payPath(id: string, below = ''): string {
  return `/p/${id}${below}`;
}
