import type { Language } from '../std/language.ts';
import type { Act } from './act.ts';

/** What the hosted page shows of a confirmation; pages are functions of this and nothing else. */
export type ConfirmationState = 'opened' | 'sent' | 'confirmed' | 'locked' | 'expired' | 'cancelled';

export type ConfirmationView = {
  readonly id: string;
  readonly language: Language;
  readonly state: ConfirmationState;
  readonly act: Act;
  /** The name of the client that asks, such as "Acme Bank". */
  readonly clientName: string;
  /** "+33 6 •• •• •• 12"; null when nothing was sent because the act is exempt. */
  readonly sentTo: string | null;
  readonly digits: number;
  /** Both by the database's clock, in epoch milliseconds; the page counts down their difference. */
  readonly nowMs: number;
  readonly expiresAtMs: number;
  /** When the next resend is allowed, null when none is left. */
  readonly resendAtMs: number | null;
  /** What the last form post met, if anything. */
  readonly notice: 'refused' | 'wait' | 'resent' | null;
  /** Whole seconds to wait, with the notice `wait`. */
  readonly waitSeconds: number | null;
  /** Where to go back to at the client; null when it named no place. */
  readonly returnUrl: string | null;
  /** Hidden field of every form, against cross-site posts. */
  readonly formToken: string;
};
