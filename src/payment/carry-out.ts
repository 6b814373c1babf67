import type { Outcome, OutcomeRoom } from '../confirmation/outcomes.ts';
import { must } from '../std/assert.ts';
import type { Tx } from '../store/connection.ts';
import type { Context } from './context.ts';
import type { Execute } from './execute.ts';
import { EXECUTE_LEASE_MS, EXECUTE_MAX_MS } from './execute.ts';
import { AUTHORISED_MAX_MS } from './payment.ts';
import type { RecordPayments } from './record.ts';
import { isHeld, type Ending, type Settle } from './settle.ts';
import { lockConfirmed, move, type PaymentRow } from './store.ts';

/**
 * What follows the end of a payer's confirmation, in its transaction. Confirmations of this purpose that
 * other systems opened are none of ours.
 *
 *   right code ─┬─ the bank holds it, or the trustee pays ─▶ completed
 *               ├─ the merchant completes by himself ──────▶ authorised
 *               └─ the bank is asked now ──────────────────▶ executing ─ after the commit ─▶ completed, or refused
 *   any other end ─▶ refused, or cancelled: what was reserved is released, what the bank holds is given back
 */
export function createCarryOut(
  context: Context,
  record: RecordPayments,
  settle: Settle,
  execute: Execute,
): OutcomeRoom {
  const { changes } = context;
  const told = new WeakMap<readonly Outcome[], readonly PaymentRow[]>();

  async function authorise(tx: Tx, rows: readonly PaymentRow[]): Promise<PaymentRow[]> {
    const moved = await move(
      tx,
      'authorise',
      rows.map(({ home, id, tries }) => ({
        home,
        id,
        tries,
        nextMs: AUTHORISED_MAX_MS,
        lifeMs: AUTHORISED_MAX_MS,
      })),
    );
    await record(
      tx,
      moved.map((row) => ({ row, name: 'PaymentAuthorised', facts: factsOf(row) })),
    );
    return moved;
  }

  async function beginExecution(tx: Tx, rows: readonly PaymentRow[]): Promise<PaymentRow[]> {
    const moved = await move(
      tx,
      'execute',
      rows.map(({ home, id, tries, minor }) => ({
        home,
        id,
        tries,
        askedMinor: String(minor),
        nextMs: EXECUTE_LEASE_MS,
        lifeMs: EXECUTE_MAX_MS,
      })),
    );
    await record(
      tx,
      moved.map((row) => ({ row, name: 'PaymentExecuting', facts: factsOf(row) })),
    );
    return moved;
  }

  async function onEnded(tx: Tx, outcomes: readonly Outcome[]): Promise<void> {
    const byId = new Map(outcomes.map((outcome) => [outcome.row.id, outcome]));
    const locked = await lockConfirmed(tx, [...byId.keys()]);
    const ended = locked
      .filter(({ state }) => state === 'confirming')
      .map((row) => ({
        row,
        outcome: must(byId.get(row.confirmationId ?? ''), 'a payment is found by its confirmation'),
      }));
    const right = ended.filter(({ outcome }) => outcome.state === 'confirmed').map(({ row }) => row);
    const other = ended.filter(({ outcome }) => outcome.state !== 'confirmed');
    const manual = right.filter(({ capture }) => capture === 'manual');
    const automatic = right.filter(({ capture }) => capture === 'automatic');
    const done: PaymentRow[] = [];
    if (manual.length > 0) done.push(...(await authorise(tx, manual)));
    const executing = automatic.filter((row) => !isHeld(row));
    if (executing.length > 0) done.push(...(await beginExecution(tx, executing)));
    // Money is moved last, for its lock is the last to be taken.
    const completing = automatic
      .filter(isHeld)
      .map((row) => ({ row, minor: row.minor, money: 'held' as const }));
    if (completing.length > 0) done.push(...(await settle.complete(tx, completing)));
    if (other.length > 0) done.push(...(await settle.end(tx, other.map(endingOf))));
    told.set(outcomes, done);
  }

  return {
    onEnded,
    onCommitted: (outcomes) => {
      for (const { id, home, state } of told.get(outcomes) ?? []) {
        changes.tell(id);
        if (state === 'executing') execute.soon({ home, id });
      }
    },
  };
}

function factsOf(row: PaymentRow) {
  return { confirmation: must(row.confirmationId, 'it was confirmed') };
}

function endingOf({ row, outcome }: { row: PaymentRow; outcome: Outcome }): Ending {
  const { reason } = outcome;
  return { row, step: reason === 'cancelled' ? 'cancel' : 'giveUp', reason };
}
