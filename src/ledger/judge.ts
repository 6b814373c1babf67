/**
 * Judges instructions one after the other against accounts that the caller has locked, and says what to
 * write: every check of the ledger is here, pure, so that a model can be held against it (S17, S21).
 *
 *   locked rows ──▶ group ──all accepted──▶ staged ──▶ balances, transfers, postings, holds
 *                     └──one refused──▶ the group leaves nothing behind
 *
 * What a group stages is seen by the groups after it, so one statement can apply thousands of instructions to
 * one account.
 */
import { assert, must } from '../std/assert.ts';
import { homeOf } from '../std/id.ts';
import { ok, refuse, type Refused, type Result } from '../std/result.ts';
import { brokenLimit, changed, type Balances, type Limits, type Side } from './account.ts';
import { endId, linkOf, TRANSFER_PREFIX, transferId } from './names.ts';
import {
  expiresAtUs,
  type EndPhase,
  type Group,
  type Instruction,
  type NewTransfer,
  type Transfer,
  type TransferRefusal,
  type TransferRow,
} from './transfer.ts';

/** What is judged of an account; the rest of it is not read on the hot path. */
export type LockedAccount = Limits &
  Balances & {
    readonly home: number;
    readonly id: string;
    readonly tenantId: string;
    readonly currency: string;
    readonly normalSide: Side;
    readonly isClosed: boolean;
    /** When its latest posting was, microseconds since 1970. */
    readonly lastAtUs: number | null;
  };

/** What the caller read under its locks. */
export type Locked = {
  /** The time of everything that is staged: later than the latest posting of each of the accounts. */
  readonly atUs: number;
  readonly accounts: ReadonlyMap<string, LockedAccount>;
  /** Those that the instructions name or would make, and the ends of the pending ones. */
  readonly transfers: ReadonlyMap<string, TransferRow>;
};

/** A transfer, what it changes on each of its accounts, and the balances after it. */
export type Written = {
  readonly row: TransferRow;
  readonly change: Change;
  readonly debit: WrittenSide;
  readonly credit: WrittenSide;
};

/**
 * How the pending and the posted total change, on the debit side of one account, on the credit side of the
 * other.
 */
export type Change = { readonly pending: bigint; readonly posted: bigint };
export type WrittenSide = { readonly account: LockedAccount; readonly after: Balances };

export type Answer = Result<Transfer, TransferRefusal>;

export type Judged = {
  /** For each group, an answer for each of its instructions. */
  readonly answers: Answer[][];
  readonly written: Written[];
};

/** Instructions with the ids of the rows that they make. */
export type NamedGroup = {
  readonly tenantId: string;
  readonly items: readonly { readonly id: string; readonly instruction: Instruction }[];
};

export function nameGroup({ tenantId, instructions }: Group): NamedGroup {
  const items = instructions.map((instruction) => ({ id: idOf(tenantId, instruction), instruction }));
  return { tenantId, items };
}

export function judge(groups: readonly NamedGroup[], locked: Locked): Judged {
  const stage = createStage(locked);
  const answers = groups.map((group) => judgeGroup(stage, group));
  return { answers, written: stage.written };
}

function judgeGroup(stage: Stage, { tenantId, items }: NamedGroup): Answer[] {
  const link = items.length > 1 ? linkOf(items.map(({ id }) => id)) : null;
  const context: Context = { tenantId, link };
  const mark = stage.written.length;
  const named = new Set<string>();
  const answers: Answer[] = [];
  for (const { id, instruction } of items) {
    // The second of two with one id in a group would be answered as the first, and would move nothing.
    const answer = named.has(id)
      ? refuse('transfer_differs', { detail: 'A group names each transfer once.' })
      : judgeOne(stage, context, id, instruction);
    named.add(id);
    if (!answer.ok) {
      stage.undo(mark);
      return items.map((_, i) => (i === answers.length ? answer : refuse('linked_refused')));
    }
    answers.push(answer);
  }
  return answers;
}

function idOf(tenantId: string, instruction: Instruction): string {
  if (instruction.do === 'transfer') return transferId(tenantId, instruction.externalId);
  // What is no id at all names nothing: it is refused as unknown when it is looked up.
  const { pendingId } = instruction;
  return homeOf(TRANSFER_PREFIX, pendingId) === null ? pendingId : endId(pendingId);
}

type Context = { readonly tenantId: string; readonly link: string | null };

function judgeOne(stage: Stage, context: Context, id: string, instruction: Instruction): Answer {
  if (instruction.do === 'transfer') return judgeTransfer(stage, context, id, instruction);
  return judgeEnd(stage, context, id, instruction);
}

function judgeTransfer(stage: Stage, context: Context, id: string, asked: NewTransfer): Answer {
  const { minor, currency } = asked.amount;
  const { debitAccountId, creditAccountId, kind, reference = null, details = null, pending = null } = asked;
  const row: TransferRow = {
    home: must(homeOf(TRANSFER_PREFIX, id), 'a name gives an id'),
    id,
    tenantId: context.tenantId,
    phase: pending === null ? 'single' : 'pending',
    debitAccountId,
    creditAccountId,
    amount: minor,
    currency,
    kind,
    externalId: asked.externalId,
    pendingId: null,
    link: context.link,
    timeoutMs: pending?.timeoutMs ?? null,
    reference,
    details,
    atUs: stage.atUs,
    n: stage.written.length,
  };
  const known = stage.transfer(id);
  if (known) return sameContent(known, row) ? ok(stage.view(known)) : refuse('transfer_differs');
  if (minor <= 0n) return refuse('amount_not_positive');
  if (debitAccountId === creditAccountId) return refuse('same_account');
  const debit = accountFor(stage, context, debitAccountId, currency);
  if (!debit.ok) return debit;
  const credit = accountFor(stage, context, creditAccountId, currency);
  if (!credit.ok) return credit;
  const change = pending === null ? { pending: 0n, posted: minor } : { pending: minor, posted: 0n };
  return stage.add(row, change, debit.value, credit.value) ?? ok({ row, end: null });
}

function accountFor(
  stage: Stage,
  { tenantId }: Context,
  id: string,
  currency: string,
): Result<LockedAccount, TransferRefusal> {
  const account = stage.account(id);
  if (account?.tenantId !== tenantId)
    return refuse('unknown_account', { detail: `There is no account ${id}.` });
  if (account.isClosed) return refuse('account_closed', { detail: `${id} is closed.` });
  if (account.currency !== currency) {
    return refuse('currency_mismatch', { detail: `${id} is in ${account.currency}, not in ${currency}.` });
  }
  return ok(account);
}

/** Everything that the caller decided, with nothing that the ledger did. */
function sameContent(a: TransferRow, b: TransferRow): boolean {
  return (
    a.phase === b.phase &&
    a.debitAccountId === b.debitAccountId &&
    a.creditAccountId === b.creditAccountId &&
    a.amount === b.amount &&
    a.currency === b.currency &&
    a.kind === b.kind &&
    a.link === b.link &&
    a.timeoutMs === b.timeoutMs &&
    a.reference === b.reference &&
    a.details === b.details
  );
}

const PHASES = { post: 'posting', void: 'voiding', expire: 'expiry' } as const satisfies Record<
  Exclude<Instruction['do'], 'transfer'>,
  EndPhase
>;

const ALREADY = {
  posting: 'already_posted',
  voiding: 'already_voided',
  expiry: 'already_expired',
} as const satisfies Record<EndPhase, TransferRefusal>;

function judgeEnd(
  stage: Stage,
  context: Context,
  id: string,
  asked: Exclude<Instruction, { do: 'transfer' }>,
): Answer {
  const pending = stage.transfer(asked.pendingId);
  // The rows of ends are no transfers of their own: their ids lead nowhere.
  if (pending?.tenantId !== context.tenantId || pending.pendingId !== null) return refuse('unknown_transfer');
  if (pending.phase !== 'pending') return refuse('not_pending');
  const money = asked.do === 'post' ? asked.amount : undefined;
  if (money !== undefined && money.currency !== pending.currency) return refuse('currency_mismatch');
  const amount = money?.minor ?? pending.amount;
  if (amount <= 0n) return refuse('amount_not_positive');
  const row: TransferRow = {
    ...pending,
    id,
    phase: PHASES[asked.do],
    amount,
    externalId: null,
    pendingId: pending.id,
    link: context.link,
    timeoutMs: null,
    reference: asked.do === 'expire' ? null : (asked.reference ?? null),
    details: null,
    atUs: stage.atUs,
    n: stage.written.length,
  };
  const known = stage.transfer(id);
  if (known) {
    const isSame = known.phase === row.phase && sameContent(known, row);
    return isSame ? ok({ row: pending, end: known }) : refuse(ALREADY[known.phase as EndPhase]);
  }
  const deadlineUs = expiresAtUs(pending);
  // Its time has passed though no job has ended it yet: nothing is posted late.
  if (asked.do !== 'expire' && deadlineUs !== null && deadlineUs <= stage.atUs)
    return refuse('already_expired');
  if (amount > pending.amount) return refuse('exceeds_pending');
  const change = { pending: -pending.amount, posted: row.phase === 'posting' ? amount : 0n };
  const broken = stage.add(row, change, stage.held(row.debitAccountId), stage.held(row.creditAccountId));
  assert(broken === null, 'the end of a pending transfer broke a limit');
  return ok({ row: pending, end: row });
}

type Stage = ReturnType<typeof createStage>;

function createStage({ atUs, accounts, transfers }: Locked) {
  const balances = new Map<string, Balances>();
  const staged = new Map<string, TransferRow>();
  const written: Written[] = [];
  const transfer = (id: string): TransferRow | undefined => staged.get(id) ?? transfers.get(id);

  /** Both sides, or neither. */
  function add(row: TransferRow, change: Change, debit: LockedAccount, credit: LockedAccount) {
    const debited = changed(balances.get(debit.id) ?? debit, 'debit', change);
    const credited = changed(balances.get(credit.id) ?? credit, 'credit', change);
    const ofDebit = brokenLimit(debit, debited);
    if (ofDebit !== null) return limitRefused(debit, ofDebit);
    const ofCredit = brokenLimit(credit, credited);
    if (ofCredit !== null) return limitRefused(credit, ofCredit);
    balances.set(debit.id, debited).set(credit.id, credited);
    staged.set(row.id, row);
    written.push({
      row,
      change,
      debit: { account: debit, after: debited },
      credit: { account: credit, after: credited },
    });
    return null;
  }

  return {
    atUs,
    written,
    transfer,
    add,
    account: (id: string) => accounts.get(id),
    /** An account of a transfer that is known to be right. */
    held: (id: string) => must(accounts.get(id), 'the accounts of what is pending are locked'),
    /** A transfer with its end. */
    view: (row: TransferRow): Transfer => ({
      row,
      end: row.phase === 'pending' ? (transfer(endId(row.id)) ?? null) : null,
    }),
    /** Takes back everything but the first so many. */
    undo: (mark: number): void => {
      const touched = new Set<string>();
      for (const { row, debit, credit } of written.splice(mark)) {
        staged.delete(row.id);
        touched.add(debit.account.id).add(credit.account.id);
      }
      if (touched.size === 0) return;
      for (const id of touched) balances.delete(id);
      // Each has the balances after it, so the last one that is left has those of now.
      for (const { account, after } of written.flatMap(({ debit, credit }) => [debit, credit])) {
        if (touched.has(account.id)) balances.set(account.id, after);
      }
    },
  };
}

function limitRefused(account: LockedAccount, broken: TransferRefusal): Refused<TransferRefusal> {
  return refuse(broken, { detail: `${account.id} has a limit that this would break.` });
}
