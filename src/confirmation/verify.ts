import { createBatch } from '../std/batch.ts';
import { toHex } from '../std/bytes.ts';
import { homeOf } from '../std/id.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { countryOf } from '../directory/number.ts';
import { appendEntries, type NewEntry } from '../evidence/append.ts';
import { enqueue } from '../gateway/gateway.ts';
import { isFault, type Tx } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { ALERT_VALIDITY_MS, alertNumber } from './alert.ts';
import { completeBinding } from './bind.ts';
import { deriveCode, normaliseCode, sameCode, type Issue } from './code.ts';
import { issueOf, judge, type EndedState, type Try, type Verdict } from './confirmation.ts';
import type { Context } from './context.ts';
import { attemptEntry, confirmedEntry, endedEntry } from './entries.ts';
import { afterSuccess, CLEAR_GUARD, type Guard } from './guard.ts';
import type { Outcome, Told } from './outcomes.ts';
import type { FailureRule } from './policy-limits.ts';
import { isSessionSecret } from './session.ts';
import {
  consumeCodes,
  lockConfirmations,
  lockGuards,
  writeGuards,
  type EndedRow,
  type GuardRow,
  type LockedRow,
} from './store.ts';

/**
 * Takes a code back (P5 to P7). In one transaction: lock, count the attempt, judge, consume with a guarded
 * update that must change one row, append the evidence, enqueue what follows. The answer is given after the
 * commit.
 */
export type VerifyInput = {
  readonly id: string;
  /** The session's secret. */
  readonly session: string;
  readonly code: string;
  /** Absent for the hosted page, whose session secret is all that it has. */
  readonly within: { readonly tenantId: string; readonly clientId: string } | null;
};

export type VerifyRefusal =
  /** Wrong code, unknown confirmation or session, barred address: nobody can tell which (S5). */
  | 'refused'
  /** It is over already; told only to who holds its session. */
  | 'ended';

export type Verified = Result<{ readonly id: string }, VerifyRefusal> & { readonly state?: EndedState };

export type Verify = (input: VerifyInput) => Promise<Verified>;

type Judged = { input: VerifyInput; row: LockedRow | null; verdict: Verdict; rule: FailureRule };

/** A fault of one try, which is thrown to its caller only. */
type Answer = Verified | { readonly fault: unknown };

const REFUSED = refuse('refused');

export function createVerify(context: Context): Verify {
  const { store, keys, clock } = context;
  const batch = createBatch<VerifyInput, Answer>({
    run: async (inputs) => {
      const { answers, told } = await transaction(store.sql, (tx) => verifyAll(tx, inputs));
      told();
      return answers;
    },
    keyOf: (input) => input.id,
    // The room of one act must not keep the others from being confirmed.
    apartAfter: isFault,
    inFlightMax: 3,
  });

  /**
   * What nobody can know the secret or the code of: an unknown id is tried against it, at the same cost (S5).
   */
  const standIn: Issue & { readonly sessionHash: Uint8Array } = {
    binding: {
      tenantId: 'none',
      clientId: 'none',
      subscriberId: null,
      channel: 'sms',
      address: '',
      act: '{}',
      direction: 'forward',
      nonce: context.random(16),
    },
    sessionNumber: 0n,
    issuedAtMs: 0,
    digits: 8,
    keyId: keys.currentId,
    sessionHash: context.random(32),
  };

  function tryInVain(input: VerifyInput): Verdict {
    isSessionSecret(input.session, standIn.sessionHash);
    sameCode(deriveCode(keys, standIn), normaliseCode(input.code));
    return { kind: 'barred', why: 'session' };
  }

  /** Both comparisons are made whatever the other gives. */
  function tryOf(input: VerifyInput, row: LockedRow): Try {
    const sessionRight = isSessionSecret(input.session, row.sessionHash) && isWithin(input, row);
    const codeRight = sameCode(deriveCode(keys, issueOf(row)), normaliseCode(input.code));
    return { sessionRight, codeRight };
  }

  async function verifyAll(tx: Tx, inputs: VerifyInput[]): Promise<{ answers: Answer[]; told: Told }> {
    const rows = await lockConfirmations(
      tx,
      keys,
      inputs.map(({ id }) => ({ home: homeOf('cnf', id) ?? 0, id })),
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    const judged: Judged[] = [];
    const faults = new Map<VerifyInput, unknown>();
    for (const input of inputs) {
      const row = byId.get(input.id) ?? null;
      try {
        const rule = (await context.policyOf(row?.tenantId ?? '')).limits.failures;
        const verdict: Verdict = row ? judge(row, row, tryOf(input, row), row.nowMs, rule) : tryInVain(input);
        judged.push({ input, row, verdict, rule });
      } catch (error) {
        // A tenant's policy that no longer reads, or a master key that is gone, is no reason to fail the
        // others.
        faults.set(input, error);
      }
    }
    const guards = await judgeFailuresAgain(tx, judged);
    const cleared = await bindAll(tx, judged);
    // A binding has the last word on its address, and a statement may write each guard once only.
    const written = new Map([...guards, ...cleared].map((row) => [toHex(row.guardKey), row]));
    await write(tx, judged, [...written.values()]);
    const told = await context.outcomes.carryOut(tx, judged.flatMap(outcomeOf));
    const own = new Map(judged.map((item) => [item.input, answerOf(item)]));
    return { answers: inputs.map((input) => own.get(input) ?? { fault: faults.get(input) }), told };
  }

  /**
   * A wrong try counts on the address, so its guard is locked, and judged again as it is under the lock. So
   * is a right one beside it in the batch: else whoever guesses on many confirmations of one address at once
   * would be heard on all.
   */
  async function judgeFailuresAgain(tx: Tx, judged: Judged[]): Promise<GuardRow[]> {
    const failing = new Set(
      judged.flatMap(({ row, verdict }) => (row && verdict.kind === 'wrong' ? [toHex(row.guardKey)] : [])),
    );
    const touching = judged.filter(
      ({ row, verdict }) => row && touchesGuard(row, verdict, failing.has(toHex(row.guardKey))),
    );
    if (touching.length === 0) {
      // A try that is barred makes the round trips of a wrong one, so that time does not tell them apart
      // (S5).
      if (judged.some(isBarred)) await lockGuards(tx, []);
      return [];
    }
    const wanted = new Map(touching.flatMap(({ row }) => (row ? [[toHex(row.guardKey), row] as const] : [])));
    const locked = await lockGuards(tx, [...wanted.values()]);
    const guards = new Map<string, GuardRow & { guard: Guard }>(
      locked.map(({ home, guardKey, ...guard }) => [toHex(guardKey), { home, guardKey, guard }]),
    );
    for (const item of touching) {
      const { row, input, rule } = item;
      const found = row && guards.get(toHex(row.guardKey));
      if (!row || !found) continue;
      item.verdict = judge(row, found.guard, tryOf(input, row), row.nowMs, rule);
      if (item.verdict.kind === 'wrong')
        guards.set(toHex(row.guardKey), { ...found, guard: item.verdict.guard });
      if (item.verdict.kind === 'confirmed') {
        guards.set(toHex(row.guardKey), { ...found, guard: afterSuccess(found.guard) });
      }
    }
    return [...guards.values()];
  }

  async function write(tx: Tx, judged: readonly Judged[], guards: readonly GuardRow[]): Promise<void> {
    const timeMs = clock.nowMs();
    const changes = judged.flatMap(({ row, verdict }) => (row ? changeOf(row, verdict) : []));
    const entries = judged.flatMap(({ input, row, verdict }) => entriesOf(input, row, verdict, timeMs));
    const alerts = judged.flatMap(({ row, verdict }) =>
      row && verdict.kind === 'wrong' && verdict.alert ? [alertDispatch(row, verdict.guard)] : [],
    );
    const writes: Promise<unknown>[] = [appendEntries(tx, entries)];
    const alike = judged.some(isBarred);
    if (alike || changes.length > 0) writes.push(consumeCodes(tx, changes));
    if (alike || guards.length > 0) writes.push(writeGuards(tx, guards));
    if (alerts.length > 0) writes.push(enqueue(tx, alerts, false));
    await Promise.all(writes);
  }

  return async (input) => {
    const verified = await batch.add(input);
    if ('fault' in verified) throw verified.fault;
    context.metrics.confirmation(verified.ok ? 'confirmed' : verified.refusal);
    if (verified.ok || verified.refusal === 'refused') context.changes.tell(input.id);
    return verified;
  };

  function answerOf({ input, row, verdict }: Judged): Verified {
    if (row && verdict.kind === 'confirmed') {
      context.admission.verified(row.tenantId, countryOf(row.address));
      return ok({ id: input.id });
    }
    if (verdict.kind === 'over') return { ...refuse('ended'), state: verdict.state };
    return REFUSED;
  }
}

/**
 * An address that is bound, also once more, begins with a clean slate: that is how a disabled one comes back
 * (S4).
 */
async function bindAll(tx: Tx, judged: readonly Judged[]): Promise<GuardRow[]> {
  const cleared: GuardRow[] = [];
  for (const { row, verdict } of judged) {
    if (!row || verdict.kind !== 'confirmed' || !(await completeBinding(tx, row))) continue;
    cleared.push({ home: row.home, guardKey: row.guardKey, guard: CLEAR_GUARD });
  }
  return cleared;
}

function isWithin({ within }: VerifyInput, row: LockedRow): boolean {
  return within === null || (within.tenantId === row.tenantId && within.clientId === row.clientId);
}

function isBarred({ verdict }: Judged): boolean {
  return verdict.kind === 'barred';
}

function touchesGuard(row: LockedRow, verdict: Verdict, failing: boolean): boolean {
  return verdict.kind === 'wrong' || (verdict.kind === 'confirmed' && (failing || row.failuresInRow > 0));
}

function changeOf(row: LockedRow, verdict: Verdict): EndedRow[] {
  const key = { home: row.home, id: row.id, attempt: 1 as const };
  if (verdict.kind === 'confirmed') return [{ ...key, state: 'confirmed', reason: 'right_code' }];
  if (verdict.kind !== 'wrong') return [];
  return [
    {
      ...key,
      ...(verdict.locks ? { state: 'locked', reason: 'attempts_used_up' } : { state: null, reason: null }),
    },
  ];
}

function outcomeOf({ row, verdict }: Judged): Outcome[] {
  const ended = row ? changeOf(row, verdict) : [];
  return ended.flatMap(({ state, reason }) => (row && state && reason ? [{ row, state, reason }] : []));
}

/**
 * Every try leaves a record, also one for a confirmation that does not exist: all take the same way (S5,
 * P13).
 */
function entriesOf(input: VerifyInput, row: LockedRow | null, verdict: Verdict, timeMs: number): NewEntry[] {
  if (!row) {
    const home = homeOf('cnf', input.id);
    const subject = {
      home: home ?? 0,
      id: home === null ? 'unknown' : input.id,
      tenantId: 'none',
      salt: null,
    };
    return [attemptEntry(subject, 'unknown', timeMs)];
  }
  switch (verdict.kind) {
    case 'confirmed':
      return [confirmedEntry(row, timeMs)];
    case 'wrong': {
      const attempt = attemptEntry(row, 'wrong', timeMs);
      return verdict.locks ? [attempt, endedEntry(row, 'locked', 'attempts_used_up', timeMs)] : [attempt];
    }
    case 'barred':
      return [attemptEntry(row, verdict.why, timeMs)];
    case 'over':
      return [attemptEntry(row, verdict.state, timeMs)];
    default:
      return verdict satisfies never;
  }
}

function alertDispatch(row: LockedRow, guard: Guard) {
  return {
    home: row.home,
    subjectId: row.id,
    n: alertNumber(guard.failuresInAll),
    tenantId: row.tenantId,
    kind: 'alert' as const,
    channel: row.channel,
    validityMs: ALERT_VALIDITY_MS,
  };
}
