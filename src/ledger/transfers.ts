/**
 * Moves money for callers that bring no transaction of their own. Those who ask at the same moment share one
 * (group commit): one lock, one update for each account, one commit to the disk, whoever they are.
 */
import { createBatch } from '../std/batch.ts';
import { isFault, type Sql } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { applyGroups } from './apply.ts';
import type { Answer } from './judge.ts';
import type { Group, Instruction } from './transfer.ts';

/**
 * Applies the groups of one tenant in their order, each by itself: a group applies wholly or not at all.
 * Answers for each group and instruction, after the commit.
 */
export type Apply = (tenantId: string, groups: readonly (readonly Instruction[])[]) => Promise<Answer[][]>;

/** So many instructions in one transaction: more do not make it faster, only longer to wait for. */
const BATCH_MAX = 2_000;

export function createApply(sql: Sql): Apply {
  const batch = createBatch<readonly Group[], Answer[][]>({
    run: async (calls) => {
      const answers = await transaction(sql, (tx) => applyGroups(tx, calls.flat()));
      let taken = 0;
      return calls.map((groups) => answers.slice(taken, (taken += groups.length)));
    },
    sizeOf: (groups) => groups.reduce((size, { instructions }) => size + instructions.length, 0),
    itemsMax: BATCH_MAX,
    // One prepares while the other waits for the disk. A third would only wait for the same rows.
    inFlightMax: 2,
    apartAfter: isFault,
  });
  return (tenantId, groups) => batch.add(groups.map((instructions) => ({ tenantId, instructions })));
}
