/**
 * An account of the ledger: four totals in minor units, which only grow by postings (S21).
 *
 *                     debit side            credit side
 *   posted            debitsPosted          creditsPosted       what moved
 *   pending           debitsPending         creditsPending      what is reserved and may still move
 *
 *   open ──close──▶ closed (no new transfer; what is pending still ends)
 *
 * Limits are judged for the worst case: what is pending against a limit counts as if it were posted, what is
 * pending in its favour does not count yet. So ending a pending transfer never breaks a limit.
 */
import type { Money } from '../std/money.ts';

export type Side = 'debit' | 'credit';

export type Balances = {
  readonly debitsPending: bigint;
  readonly debitsPosted: bigint;
  readonly creditsPending: bigint;
  readonly creditsPosted: bigint;
};

export const NO_BALANCES: Balances = {
  debitsPending: 0n,
  debitsPosted: 0n,
  creditsPending: 0n,
  creditsPosted: 0n,
};

export type Limits = {
  /** Debits, the pending ones too, never exceed what is credited. */
  readonly debitsWithinCredits: boolean;
  readonly creditsWithinDebits: boolean;
  /** Of the balance on the normal side; at most zero, for every account begins there. */
  readonly minimum: bigint | null;
  /** At least zero. */
  readonly maximum: bigint | null;
};

export const NO_LIMITS: Limits = {
  debitsWithinCredits: false,
  creditsWithinDebits: false,
  minimum: null,
  maximum: null,
};

/** What an account is; none of it changes. */
export type AccountDefinition = Limits & {
  /** The tenant's own name for it, unique in the tenant: 1 to 120 printable ASCII characters. */
  readonly code: string;
  /** What sort of account it is: `merchant`, `buyer`, `fees`. */
  readonly kind: string;
  readonly currency: string;
  /** The side on which its balance grows: debit for what is owned or owed to us, credit for what we owe. */
  readonly normalSide: Side;
  /** Whose key may read it; null for the administrator's alone. */
  readonly clientId: string | null;
};

export type Account = AccountDefinition &
  Balances & {
    readonly home: number;
    readonly id: string;
    readonly tenantId: string;
    readonly createdAtUs: number;
    readonly closedAtUs: number | null;
    /** When its latest posting was, microseconds since 1970. */
    readonly lastAtUs: number | null;
  };

export type LimitRefusal =
  | 'debits_exceed_credits'
  | 'credits_exceed_debits'
  | 'below_minimum'
  | 'above_maximum'
  | 'balance_overflow';

/** What a column holds; 92 million billion euros. */
export const MINOR_MAX = 2n ** 63n - 1n;

/** Which limit these balances would break, or null. */
export function brokenLimit(limits: Limits & { normalSide: Side }, after: Balances): LimitRefusal | null {
  const debits = after.debitsPending + after.debitsPosted;
  const credits = after.creditsPending + after.creditsPosted;
  if (debits > MINOR_MAX || credits > MINOR_MAX) return 'balance_overflow';
  if (limits.debitsWithinCredits && debits > after.creditsPosted) return 'debits_exceed_credits';
  if (limits.creditsWithinDebits && credits > after.debitsPosted) return 'credits_exceed_debits';
  if (limits.minimum === null && limits.maximum === null) return null;
  const { lowest, highest } = reachOf(limits.normalSide, after);
  if (limits.minimum !== null && lowest < limits.minimum) return 'below_minimum';
  if (limits.maximum !== null && highest > limits.maximum) return 'above_maximum';
  return null;
}

/** What was posted, on the normal side; negative when the other side has more. */
export function balanceOf(side: Side, { debitsPosted, creditsPosted }: Balances): bigint {
  return side === 'credit' ? creditsPosted - debitsPosted : debitsPosted - creditsPosted;
}

/**
 * The balance when everything pending against it is posted and nothing in its favour: what is free to use.
 */
export function availableOf(side: Side, balances: Balances): bigint {
  return reachOf(side, balances).lowest;
}

function reachOf(side: Side, balances: Balances): { lowest: bigint; highest: bigint } {
  const { debitsPending, creditsPending } = balances;
  const posted = balanceOf(side, balances);
  return side === 'credit'
    ? { lowest: posted - debitsPending, highest: posted + creditsPending }
    : { lowest: posted - creditsPending, highest: posted + debitsPending };
}

/** The totals after a change on one side: four plain totals, whatever else came with them. */
export function changed(
  { debitsPending, debitsPosted, creditsPending, creditsPosted }: Balances,
  side: Side,
  { pending, posted }: { readonly pending: bigint; readonly posted: bigint },
): Balances {
  return side === 'debit'
    ? {
        debitsPending: debitsPending + pending,
        debitsPosted: debitsPosted + posted,
        creditsPending,
        creditsPosted,
      }
    : {
        debitsPending,
        debitsPosted,
        creditsPending: creditsPending + pending,
        creditsPosted: creditsPosted + posted,
      };
}

/** Whether two definitions are the same account, so that making it again is answered the same. */
export function sameDefinition(a: AccountDefinition, b: AccountDefinition): boolean {
  return (
    a.code === b.code &&
    a.kind === b.kind &&
    a.currency === b.currency &&
    a.normalSide === b.normalSide &&
    a.clientId === b.clientId &&
    a.debitsWithinCredits === b.debitsWithinCredits &&
    a.creditsWithinDebits === b.creditsWithinDebits &&
    a.minimum === b.minimum &&
    a.maximum === b.maximum
  );
}

export function moneyOf(account: { readonly currency: string }, minor: bigint): Money {
  return { minor, currency: account.currency };
}
