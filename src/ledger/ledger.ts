/** The room as others use it: money moves, and registers count. */
import type { Sql } from '../store/connection.ts';
import { createRegisters, type Registers } from './registers.ts';
import { createApply, type Apply } from './transfers.ts';

export type Ledger = {
  /** Moves money in a transaction that callers of the same moment share; `applyGroups` does in one's own. */
  readonly apply: Apply;
  readonly registers: Registers;
};

export function createLedger({ sql }: { sql: Sql }): Ledger {
  return { apply: createApply(sql), registers: createRegisters(sql) };
}
