import { must } from '../std/assert.ts';
import type { Sql, Tx } from './connection.ts';

/**
 * Runs `work` between BEGIN and COMMIT on one connection and answers after the commit. A throw rolls back.
 * Deadlocks and serialisation failures are tried again at most three times, for the loser did nothing wrong.
 */
export async function transaction<T>(sql: Sql, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const box: { value: T }[] = [];
      await sql.begin(async (tx) => {
        box.push({ value: await work(tx) });
      });
      return must(box[0], 'a committed transaction left no value').value;
    } catch (error) {
      if (attempt >= 4 || !isContention(error)) throw error;
    }
  }
}

function isContention(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '40P01' || error.code === '40001');
}
