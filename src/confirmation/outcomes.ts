import type { Log } from '../std/log.ts';
import type { Tx } from '../store/connection.ts';
import { PURPOSES, type Purpose } from './act.ts';
import type { Confirmation, EndedState } from './confirmation.ts';
import type { NewConfirmation } from './store.ts';

/**
 * How a confirmed act is carried out by its room (P6): a room says once which purpose is its own, and is
 * called in the very transaction that ends a confirmation of it, once for each ending.
 *
 *   open ─▶ onOpened in the same transaction ─▶ commit ─▶ the code goes out
 *
 *   verify (confirmed, locked) ─┐
 *   cancel                      ├─▶ evidence and state written ─▶ onEnded in the same transaction ─▶ commit ─▶ onCommitted
 *   sweep (expired)             │                                      └─ throws: nothing of it happened (S17)
 *   erase (cancelled)          ─┘
 *
 * A room knows its confirmations by their ids; those of other systems with the same purpose are not its own.
 * An act that policy calls normal was proved by nobody, so that no room is called for it.
 *
 * The confirmation is locked when its room is called: a room that locks rows of its own and confirmations
 * locks its own last.
 */
export type Outcome = {
  readonly row: Confirmation;
  readonly state: EndedState;
  /** `right_code`, `attempts_used_up`, `time_passed`, `not_me`, `cancelled`, `session_closed` or `erased`. */
  readonly reason: string;
};

export type CarryOut = (tx: Tx, outcomes: readonly Outcome[]) => Promise<void>;

export type OutcomeRoom = {
  /** In the transaction that opens, before any code can come back; an exempt act has no opening. */
  readonly onOpened?: (tx: Tx, rows: readonly NewConfirmation[]) => Promise<void>;
  readonly onEnded: CarryOut;
  /** Told after the commit, when nothing can be undone any more: what it throws is only logged. */
  readonly onCommitted?: (outcomes: readonly Outcome[]) => void;
};

export type Outcomes = {
  /** At start, before anything ends; 'any' hears of every purpose. */
  readonly serve: (purpose: Purpose | 'any', room: OutcomeRoom) => void;
  /** Has the rooms write in the transaction that opened these. */
  readonly opened: (tx: Tx, rows: readonly NewConfirmation[]) => Promise<void>;
  /** Has the rooms write in the transaction that ended these; gives what to tell them after the commit. */
  readonly carryOut: (tx: Tx, ended: readonly Outcome[]) => Promise<Told>;
};

/** Tells the rooms that what they wrote is committed. */
export type Told = () => void;

const NOTHING: Told = () => undefined;

export function createOutcomes(log: Log): Outcomes {
  const rooms: { purpose: Purpose | 'any'; room: OutcomeRoom }[] = [];

  function safely(tell: Told): void {
    try {
      tell();
    } catch (error) {
      log.error({ err: error }, 'a room could not be told what was committed');
    }
  }

  return {
    serve: (purpose, room) => void rooms.push({ purpose, room }),
    opened: async (tx, rows) => {
      const secured = rows.filter(({ state }) => state === 'opened');
      for (const { purpose, room } of rooms) {
        if (!room.onOpened || secured.length === 0) continue;
        const own = purpose === 'any' ? secured : secured.filter(({ act }) => purposeOf(act) === purpose);
        if (own.length > 0) await room.onOpened(tx, own);
      }
    },
    carryOut: async (tx, ended) => {
      if (rooms.length === 0 || ended.length === 0) return NOTHING;
      const told: Told[] = [];
      for (const { purpose, room } of rooms) {
        const own = purpose === 'any' ? ended : ended.filter(({ row }) => purposeOf(row.act) === purpose);
        if (own.length === 0) continue;
        await room.onEnded(tx, own);
        told.push(() => room.onCommitted?.(own));
      }
      return () => {
        for (const tell of told) safely(tell);
      };
    },
  };
}

/**
 * Read from the canonical text without parsing it: a quote within a value is escaped there, so that the name
 * with its quotes stands nowhere else.
 */
export function purposeOf(act: string): Purpose | null {
  const name = /"purpose":"([a-z_]+)"/.exec(act)?.[1];
  return PURPOSES.find((purpose) => purpose === name) ?? null;
}
