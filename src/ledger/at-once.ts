/**
 * Single transfers in one statement and without a lock before: what an account was after its last transfer of
 * this process is remembered, transfers are judged by that, and the statement that writes them does so only
 * if it is still true. Whatever else is the case (another process moved money, an id comes a second time, a
 * transfer is refused) is left to the way with locks, which alone may say no.
 *
 *   remember ──▶ judge ──▶ (the batch before is written) ──▶ write, if all is as remembered ──▶ remember
 *                  │                                             │
 *                  └────────────── null: to be done with locks ◀─┴─ forget
 *
 * A batch is judged and made ready while the one before it is written, by what that one will leave behind.
 */
import { createRecent } from '../std/recent.ts';
import { isFault, type Sql } from '../store/connection.ts';
import type { Balances } from './account.ts';
import { judge, type Answer, type LockedAccount, type NamedGroup } from './judge.ts';
import { lookAtAccounts, prepareAtOnce, type Believed, type WriteAtOnce } from './store.ts';
import { ok } from '../std/result.ts';

/** Of the accounts that moved last; about 80 MB when there are so many. */
const REMEMBERED_MAX = 200_000;
/** After so many batches at the most it is tried again, where others move the same money. */
const REST_MAX = 64;

export type AtOnce = {
  /** Null: nothing was done. Rejects where it is not known. */
  readonly apply: (groups: readonly NamedGroup[]) => Promise<Answer[][] | null>;
  /** Something else was done to them. */
  readonly forget: (accountIds: Iterable<string>) => void;
};

/** When the latest posting was; shared by the accounts of a batch, and known when it is written. */
type Posted = { atUs: number };
type Remembered = { readonly account: LockedAccount; readonly posted: Posted };
type Ready = {
  readonly answers: Answer[][];
  readonly write: WriteAtOnce;
  readonly before: readonly Posted[];
  readonly posted: Posted;
  readonly belief: number;
};

export function createAtOnce(sql: Sql): AtOnce {
  let remembered = createRecent<Remembered>(REMEMBERED_MAX);
  /** Counts how often all was forgotten: what was judged before is judged by what is not so. */
  let belief = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let rests = 0;
  let restsNext = 1;

  function forgetAll(): void {
    remembered = createRecent(REMEMBERED_MAX);
    belief++;
  }

  function rest(): void {
    forgetAll();
    rests = restsNext;
    restsNext = Math.min(REST_MAX, restsNext * 2);
  }

  async function look(ids: readonly string[]): Promise<void> {
    const missing = ids.filter((id) => !remembered.get(id));
    if (missing.length === 0) return;
    for (const account of await lookAtAccounts(sql, missing)) {
      // One that was written meanwhile is remembered already, and better.
      if (remembered.get(account.id)) continue;
      remembered.set(account.id, { account, posted: { atUs: account.lastAtUs ?? 0 } });
    }
  }

  /** Without a pause in it, so that batches are made ready in the order in which they are written. */
  function makeReady(groups: readonly NamedGroup[], ids: readonly string[]): Ready | null {
    const accounts = new Map<string, LockedAccount>();
    const before = new Set<Posted>();
    for (const id of ids) {
      const known = remembered.get(id);
      if (!known) return null;
      accounts.set(id, known.account);
      before.add(known.posted);
    }
    const { answers, written } = judge(groups, { atUs: 0, accounts, transfers: new Map() });
    const isAll = answers.every((group) => group.every((answer) => answer.ok));
    if (!isAll || written.length !== groups.reduce((sum, { items }) => sum + items.length, 0)) return null;
    const last = new Map<string, Believed>();
    for (const { debit, credit } of written) last.set(debit.account.id, debit).set(credit.account.id, credit);
    const posted = { atUs: 0 };
    for (const { account, after } of last.values()) {
      remembered.set(account.id, { account: { ...account, ...totalsOf(after) }, posted });
    }
    return {
      answers,
      write: prepareAtOnce(sql, written, inOrder(last)),
      before: [...before],
      posted,
      belief,
    };
  }

  async function write(ready: Ready): Promise<Answer[][] | null> {
    if (ready.belief !== belief) return null;
    const { before, posted } = ready;
    const latestUs = before.reduce((latest, { atUs }) => Math.max(latest, atUs), 0);
    try {
      posted.atUs = await ready.write(latestUs);
    } catch (error) {
      rest();
      if (isFault(error)) return null;
      throw error;
    }
    restsNext = 1;
    return ready.answers.map((group) => group.map((answer) => timed(answer, posted.atUs)));
  }

  return {
    apply: async (groups) => {
      const ids = accountIdsOf(groups);
      if (ids === null) return null;
      if (rests > 0) {
        rests--;
        return null;
      }
      await look(ids);
      const ready = makeReady(groups, ids);
      if (ready === null) return null;
      const writing = turn.then(() => write(ready));
      turn = writing.catch(() => undefined);
      return writing;
    },
    forget: (accountIds) => {
      for (const id of accountIds) remembered.delete(id);
    },
  };
}

/** Null where there is something else than single transfers. */
function accountIdsOf(groups: readonly NamedGroup[]): string[] | null {
  const ids = new Set<string>();
  for (const { items } of groups) {
    for (const { instruction } of items) {
      if (instruction.do !== 'transfer' || instruction.pending) return null;
      ids.add(instruction.debitAccountId).add(instruction.creditAccountId);
    }
  }
  return [...ids];
}

function totalsOf({ debitsPending, debitsPosted, creditsPending, creditsPosted }: Balances): Balances {
  return { debitsPending, debitsPosted, creditsPending, creditsPosted };
}

/** That in which everybody locks accounts, so that nobody waits in a circle. */
function inOrder(last: ReadonlyMap<string, Believed>): Believed[] {
  return [...last.values()].toSorted(
    ({ account: a }, { account: b }) => a.home - b.home || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}

function timed(answer: Answer, atUs: number): Answer {
  return answer.ok ? ok({ ...answer.value, row: { ...answer.value.row, atUs } }) : answer;
}
