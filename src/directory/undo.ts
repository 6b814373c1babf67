/** A transaction that leaves nothing behind when its work ends in a refusal. */
import { must } from '../std/assert.ts';
import type { Refused, Result } from '../std/result.ts';
import type { Sql, Tx } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';

/** Runs `work`; commits when it gives a value, rolls back when it refuses. */
export async function transactionUnlessRefused<T, R extends string>(
  sql: Sql,
  work: (tx: Tx) => Promise<Result<T, R>>,
): Promise<Result<T, R>> {
  // The thrown mark only carries the refusal past the rollback; it never leaves this function.
  const mark = new Error('refused, so rolled back');
  let refused: Refused<R> | null = null;
  try {
    return await transaction(sql, async (tx) => {
      const result = await work(tx);
      if (result.ok) return result;
      refused = result;
      throw mark;
    });
  } catch (error) {
    if (error !== mark) throw error;
    return must<Refused<R>>(refused, 'a rolled back refusal is known');
  }
}
