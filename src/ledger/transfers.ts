/**
 * Moves money for callers that bring no transaction of their own. Those who ask at the same moment share one
 * (group commit): one lock, one update for each account, one commit to the disk, whoever they are.
 */
import { createBatch } from '../std/batch.ts';
import { isFault, type Sql } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { applyNamed } from './apply.ts';
import { createAtOnce } from './at-once.ts';
import { nameGroup, type Answer, type NamedGroup } from './judge.ts';
import type { Group, Instruction } from './transfer.ts';

/**
 * Applies the groups of one tenant in their order, each by itself: a group applies wholly or not at all.
 * Answers for each group and instruction, after the commit.
 */
export type Apply = (tenantId: string, groups: readonly (readonly Instruction[])[]) => Promise<Answer[][]>;

/**
 * So many instructions in one transaction: more do not make it faster, only longer to wait for, and the next
 * is made ready in less time than this one takes to be written.
 */
const BATCH_MAX = 1_000;

export function createApply(sql: Sql): Apply {
  const atOnce = createAtOnce(sql);

  async function applyWithLocks(groups: readonly NamedGroup[]): Promise<Answer[][]> {
    const answers = await transaction(sql, (tx) => applyNamed(tx, groups));
    const rows = answers.flat().flatMap((answer) => (answer.ok ? [answer.value.row] : []));
    atOnce.forget(rows.flatMap(({ debitAccountId, creditAccountId }) => [debitAccountId, creditAccountId]));
    return answers;
  }

  const batch = createBatch<readonly Group[], Answer[][]>({
    run: async (calls) => {
      const groups = calls.flat().map(nameGroup);
      const answers = (await atOnce.apply(groups)) ?? (await applyWithLocks(groups));
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
