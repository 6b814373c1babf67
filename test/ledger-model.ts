/**
 * The ledger as one would explain it on paper, to hold the real one against: a list of what happened, and
 * every balance a sum over the whole of it. It shares no code with the room but its types.
 */
import fc from 'fast-check';
import type { NewAccount } from '../src/ledger/accounts.ts';
import type { Instruction } from '../src/ledger/transfer.ts';

/** Instructions by names instead of ids: `from` and `to` are codes, `of` is an external id. */
export type Asked =
  | {
      readonly do: 'transfer';
      readonly as: string;
      readonly from: string;
      readonly to: string;
      readonly amount: number;
      readonly currency: string;
      readonly pendingHours: number | null | undefined;
      readonly reference: string | null;
    }
  | { readonly do: 'post'; readonly of: string; readonly amount: number | null }
  | { readonly do: 'void'; readonly of: string };

export type Totals = { dp: bigint; d: bigint; cp: bigint; c: bigint };

type Done = {
  readonly as: string;
  readonly content: string;
  readonly asked: Asked & { do: 'transfer' };
  readonly expiresAtHours: number | null;
  end: {
    readonly state: 'posted' | 'voided' | 'expired';
    readonly amount: bigint;
    readonly content: string;
  } | null;
};

export type Model = ReturnType<typeof createModel>;

export function createModel(accounts: readonly NewAccount[]) {
  let done: Done[] = [];
  let hours = 0;
  const closed = new Set<string>();

  /** Every balance is the sum of everything, counted anew each time. */
  function totals(code: string, list: readonly Done[] = done): Totals {
    const sum: Totals = { dp: 0n, d: 0n, cp: 0n, c: 0n };
    for (const { asked, end } of list) {
      const isPending = asked.pendingHours !== undefined && end === null;
      const pending = isPending ? BigInt(asked.amount) : 0n;
      const posted = asked.pendingHours === undefined ? BigInt(asked.amount) : (end?.amount ?? 0n);
      if (asked.from === code) {
        sum.dp += pending;
        sum.d += posted;
      }
      if (asked.to === code) {
        sum.cp += pending;
        sum.c += posted;
      }
    }
    return sum;
  }

  function broken(account: NewAccount, list: readonly Done[]): string | null {
    const { dp, d, cp, c } = totals(account.code, list);
    if (account.debitsWithinCredits === true && dp + d > c) return 'debits_exceed_credits';
    if (account.creditsWithinDebits === true && cp + c > d) return 'credits_exceed_debits';
    const isCredit = account.normalSide === 'credit';
    const worst = isCredit ? c - d - dp : d - c - cp;
    const best = isCredit ? c - d + cp : d - c + dp;
    if (account.minimum !== undefined && account.minimum !== null && worst < account.minimum)
      return 'below_minimum';
    if (account.maximum !== undefined && account.maximum !== null && best > account.maximum)
      return 'above_maximum';
    return null;
  }

  function transfer(list: Done[], asked: Asked & { do: 'transfer' }, link: string): string {
    const content = JSON.stringify([asked, link]);
    const known = list.find(({ as }) => as === asked.as);
    if (known) return known.content === content ? answerOf(known) : 'transfer_differs';
    if (asked.amount <= 0) return 'amount_not_positive';
    if (asked.from === asked.to) return 'same_account';
    for (const code of [asked.from, asked.to]) {
      const account = accounts.find((each) => each.code === code);
      if (!account) return 'unknown_account';
      if (closed.has(code)) return 'account_closed';
      if (account.currency !== asked.currency) return 'currency_mismatch';
    }
    const expiresAtHours = typeof asked.pendingHours === 'number' ? hours + asked.pendingHours : null;
    const made: Done = { as: asked.as, content, asked, expiresAtHours, end: null };
    for (const code of [asked.from, asked.to]) {
      const account = accounts.find((each) => each.code === code);
      const limit = account ? broken(account, [...list, made]) : 'unknown_account';
      if (limit !== null) return limit;
    }
    list.push(made);
    return answerOf(made);
  }

  function finish(list: Done[], asked: Exclude<Asked, { do: 'transfer' }>, link: string): string {
    const at = list.findIndex(({ as }) => as === asked.of);
    const found = list[at];
    if (!found) return 'unknown_transfer';
    if (found.asked.pendingHours === undefined) return 'not_pending';
    // Amounts of postings are always in euros here.
    const isOfOther = asked.do === 'post' && asked.amount !== null && found.asked.currency !== 'EUR';
    if (isOfOther) return 'currency_mismatch';
    const whole = found.asked.amount;
    const amount = asked.do === 'post' ? (asked.amount ?? whole) : whole;
    if (amount <= 0) return 'amount_not_positive';
    const state = asked.do === 'post' ? 'posted' : 'voided';
    const content = JSON.stringify([state, amount, link]);
    if (found.end) return found.end.content === content ? answerOf(found) : `already_${found.end.state}`;
    if (found.expiresAtHours !== null && found.expiresAtHours <= hours) return 'already_expired';
    if (amount > whole) return 'exceeds_pending';
    const ended = {
      ...found,
      end: { state, amount: state === 'posted' ? BigInt(amount) : 0n, content },
    } as const;
    list[at] = ended;
    return answerOf(ended);
  }

  return {
    totals,
    /** The answers of one group: `state amount`, or the refusal. */
    apply: (group: readonly Asked[]): string[] => {
      const list = [...done];
      const names = group.map((asked) => (asked.do === 'transfer' ? asked.as : `end of ${asked.of}`));
      const link = group.length > 1 ? names.join('+') : '';
      const answers: string[] = [];
      for (const [i, asked] of group.entries()) {
        const isRepeated = names.indexOf(names[i] ?? '') < i;
        const act = () => (asked.do === 'transfer' ? transfer(list, asked, link) : finish(list, asked, link));
        const answer = isRepeated ? 'transfer_differs' : act();
        if (!/^(pending|posted|voided|expired) /.test(answer)) {
          return group.map((_, other) => (other === i ? answer : 'linked_refused'));
        }
        answers.push(answer);
      }
      done = list;
      return answers;
    },
    close: (code: string): void => void closed.add(code),
    /** Time passes, and what is overdue ends. */
    wait: (forHours: number): void => {
      hours += forHours;
      done = done.map((each) =>
        each.asked.pendingHours !== undefined &&
        each.end === null &&
        each.expiresAtHours !== null &&
        each.expiresAtHours <= hours
          ? { ...each, end: { state: 'expired', amount: 0n, content: 'expired' } }
          : each,
      );
    },
  };
}

function answerOf({ asked, end }: Done): string {
  if (asked.pendingHours === undefined) return `posted ${asked.amount}`;
  return end === null ? 'pending 0' : `${end.state} ${end.amount}`;
}

/** Few accounts with every kind of limit, so that random transfers meet each of them. */
export const MODEL_ACCOUNTS: readonly NewAccount[] = [
  { code: 'cash', kind: 'cash', currency: 'EUR', normalSide: 'debit' },
  { code: 'buyer', kind: 'buyer', currency: 'EUR', normalSide: 'credit', debitsWithinCredits: true },
  { code: 'shop', kind: 'merchant', currency: 'EUR', normalSide: 'credit', minimum: -20n, maximum: 150n },
  { code: 'loan', kind: 'loan', currency: 'EUR', normalSide: 'debit', creditsWithinDebits: true },
  { code: 'float', kind: 'float', currency: 'EUR', normalSide: 'debit', minimum: -90n, maximum: 90n },
  { code: 'tokyo', kind: 'cash', currency: 'JPY', normalSide: 'debit' },
  { code: 'osaka', kind: 'merchant', currency: 'JPY', normalSide: 'credit' },
];

const CODES = [...MODEL_ACCOUNTS.map(({ code }) => code), 'nobody'];
const usually = <T>(value: T, sometimes: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: fc.constant(value), weight: 6 }, { arbitrary: sometimes, weight: 1 });

/** A pool of names so small that the same one comes again, with the same content and with another. */
const name = fc.integer({ min: 0, max: 30 }).map((n) => `t${n}`);
const pendingHours = fc.oneof(
  { arbitrary: fc.constant(undefined), weight: 3 },
  { arbitrary: fc.constant(null), weight: 1 },
  { arbitrary: fc.constantFrom(1, 2, 5), weight: 2 },
);

/** Each name has one usual content, so that repeats are often true ones. */
const transfer: fc.Arbitrary<Asked> = fc
  .record({
    as: name,
    from: fc.constantFrom(...CODES),
    to: fc.constantFrom(...CODES),
    amount: fc.oneof(
      { arbitrary: fc.integer({ min: 1, max: 60 }), weight: 20 },
      { arbitrary: fc.constant(0), weight: 1 },
    ),
    currency: usually('EUR', fc.constant('JPY')),
    pendingHours,
    reference: usually<string | null>(null, fc.constant('Invoice 7')),
  })
  .map((asked) => ({ do: 'transfer', ...asked }));

const asked: fc.Arbitrary<Asked> = fc.oneof(
  { arbitrary: transfer, weight: 5 },
  {
    arbitrary: fc.record({
      do: fc.constant('post' as const),
      of: name,
      amount: fc.option(fc.integer({ min: 1, max: 60 }), { freq: 2 }),
    }),
    weight: 2,
  },
  { arbitrary: fc.record({ do: fc.constant('void' as const), of: name }), weight: 1 },
);

export type Step =
  | { readonly kind: 'apply'; readonly groups: readonly (readonly Asked[])[] }
  /** The same groups as some steps ago, as after a lost answer. */
  | { readonly kind: 'repeat'; readonly back: number }
  | { readonly kind: 'wait'; readonly hours: number }
  | { readonly kind: 'close'; readonly code: string };

const groups = fc.array(
  fc.oneof(
    { arbitrary: fc.array(asked, { minLength: 1, maxLength: 1 }), weight: 4 },
    { arbitrary: fc.array(asked, { minLength: 2, maxLength: 4 }), weight: 1 },
  ),
  { minLength: 1, maxLength: 8 },
);

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { arbitrary: fc.record({ kind: fc.constant('apply' as const), groups }), weight: 20 },
    {
      arbitrary: fc.record({ kind: fc.constant('repeat' as const), back: fc.integer({ min: 1, max: 5 }) }),
      weight: 3,
    },
    {
      arbitrary: fc.record({ kind: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 4 }) }),
      weight: 3,
    },
    {
      arbitrary: fc.record({ kind: fc.constant('close' as const), code: fc.constantFrom('loan', 'osaka') }),
      weight: 1,
    },
  ),
  { minLength: 1, maxLength: 30, size: 'max' },
);

/** By what names mean in this tenant, the instruction that the room takes. */
export function instructionOf(
  asked: Asked,
  ids: { account: (code: string) => string; transfer: (externalId: string) => string },
): Instruction {
  if (asked.do === 'void') return { do: 'void', pendingId: ids.transfer(asked.of) };
  if (asked.do === 'post') {
    const amount = asked.amount === null ? {} : { amount: { minor: BigInt(asked.amount), currency: 'EUR' } };
    return { do: 'post', pendingId: ids.transfer(asked.of), ...amount };
  }
  const { as, from, to, amount, currency, pendingHours: hours, reference } = asked;
  return {
    do: 'transfer',
    externalId: as,
    debitAccountId: ids.account(from),
    creditAccountId: ids.account(to),
    amount: { minor: BigInt(amount), currency },
    kind: 'payment',
    reference,
    ...(hours === undefined ? {} : { pending: { timeoutMs: hours === null ? null : hours * 3_600_000 } }),
  };
}
