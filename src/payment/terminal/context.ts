/** What the verbs of terminals share. */
import type { Clock } from '../../std/clock.ts';
import type { KeyRing } from '../../std/key-ring.ts';
import type { Log } from '../../std/log.ts';
import type { Random } from '../../std/random.ts';
import type { Bank } from '../../bank/host.ts';
import type { Confirmations } from '../../confirmation/confirmations.ts';
import type { CountryCode } from '../../directory/number.ts';
import type { Directory } from '../../directory/resolve.ts';
import type { Sql } from '../../store/connection.ts';
import type { Caller, PaymentVerbs } from '../verbs.ts';
import type { TerminalCode } from './answer-code.ts';
import type { Terminal } from './terminal.ts';

export type Context = {
  readonly sql: Sql;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly payments: Pick<PaymentVerbs, 'create' | 'find' | 'begin' | 'cancel' | 'refund'>;
  readonly bank: Pick<Bank, 'holder'>;
  readonly confirmations: Pick<Confirmations, 'verify' | 'find'>;
  readonly directory: Directory;
  /** For numbers that a bank writes without their country. */
  readonly defaultCountry: CountryCode | undefined;
};

/** What a message is answered with, beside what the answer says again. Kept as JSON, to be said again. */
export type Answer = {
  /** Field 39: ours, or the bank's own no. */
  readonly code: string;
  readonly authCode?: string;
  readonly rrn?: string;
  /** Field 48. */
  readonly elements?: Readonly<Record<string, string>>;
  /** Field 63. */
  readonly ticket?: string;
};

export function answer(code: TerminalCode): Answer {
  return { code };
}

/** Nothing is kept of it: the message is said again, and looked into again. */
export const UNDER_WAY: Answer = answer('09');

export function callerOf({ tenantId, clientId }: Terminal): Caller {
  return { tenantId, clientId };
}

/** When and where it was paid, for the ticket. */
export type AtTerminal = {
  readonly terminal: Terminal;
  /** MMDD and hhmmss. */
  readonly localDate: string;
  readonly localTime: string;
};
