/**
 * The driver's tagged templates over our pool: each statement that they make is executed by whom we say.
 *
 *   sql`...` ──▶ any connection of the pool
 *   sql.begin(work) ──▶ BEGIN ──▶ work(tx) ──▶ COMMIT, or ROLLBACK when work throws ──▶ answered after the commit
 *                                    └─ connection lost: rejected at once, and nothing of the work runs any more
 */
import type postgres from 'postgres';
import { connectionError, statementOf, type Connection, type Pool, type Statement } from './pool.ts';
import type { Sql, Tx } from './connection.ts';

type Run = (statement: Statement) => void;

/** `template` is a driver client that makes statements and is never connected. */
export function pooledSql(pool: Pool, template: Sql, listen: Sql['listen']): Sql {
  const over = {
    begin: (work: (tx: Tx) => Promise<unknown>) => begin(pool, template, work),
    reserve: () => reserve(pool, template),
    listen,
    end: ({ timeout = 5 }: { timeout?: number } = {}) => pool.end(timeout * 1000),
  };
  return Object.assign(
    tagged(template, (statement) => pool.run(statement)),
    over,
  ) as unknown as Sql;
}

function tagged(template: Sql, run: Run) {
  const bind = <Q>(made: Q): Q => {
    // Fragments are bound too, but only what is awaited runs.
    if (typeof made === 'object' && made !== null && 'handler' in made) statementOf(made).handler = run;
    return made;
  };
  const make = template as unknown as (...parts: unknown[]) => unknown;
  return Object.assign((...parts: unknown[]) => bind(make(...parts)), {
    unsafe: (...parts: Parameters<Sql['unsafe']>) => bind(template.unsafe(...parts)),
    types: template.types,
    options: template.options,
  });
}

async function begin<T>(pool: Pool, template: Sql, work: (tx: Tx) => Promise<T>): Promise<T> {
  const connection = await pool.acquire();
  const scope = openScope(pool, template, connection);
  try {
    await scope.command('begin');
    const value = await scope.orLost(work(scope.tx));
    await scope.commit();
    return value;
  } catch (error) {
    await scope.rollback();
    throw error;
  } finally {
    pool.release(connection);
  }
}

/** One transaction on one connection. */
function openScope(pool: Pool, template: Sql, connection: Connection) {
  let failure: unknown = null;
  let isOver = false;

  function run(statement: Statement): void {
    if (isOver) return statement.reject(connectionError('TRANSACTION_OVER', 'the transaction is over'));
    statement.catch((error: unknown) => (failure ??= error));
    return pool.execute(connection, statement);
  }

  const tx = tagged(template, run) as unknown as Tx;
  const command = (text: string): Promise<postgres.RowList<postgres.Row[]>> => {
    const statement = template.unsafe(text);
    statementOf(statement).handler = (made) => pool.execute(connection, made);
    return statement;
  };
  return {
    tx,
    command,
    /** The work's own end, or the loss of the connection if that is first. */
    orLost: <T>(working: Promise<T>): Promise<T> =>
      Promise.race([
        working,
        new Promise<never>((_, reject) => {
          connection.onLost = reject;
          if (connection.lost !== null) reject(connection.lost);
        }),
      ]),
    commit: async (): Promise<void> => {
      isOver = true;
      // A statement that failed has undone the whole transaction, also when the work went on in spite of it.
      if (failure !== null) throw failure;
      await command('commit');
    },
    rollback: async (): Promise<void> => {
      isOver = true;
      if (connection.lost !== null) return;
      await command('rollback').catch(() =>
        pool.lose(connection, connectionError('CONNECTION_CLOSED', 'a transaction could not be undone')),
      );
    },
  };
}

async function reserve(pool: Pool, template: Sql) {
  const connection = await pool.acquire(true);
  let isReleased = false;
  const own = tagged(template, (statement) => {
    if (isReleased)
      return statement.reject(connectionError('CONNECTION_ENDED', 'the connection was released'));
    return pool.execute(connection, statement);
  });
  return Object.assign(own, {
    release: () => {
      if (isReleased) return;
      isReleased = true;
      pool.release(connection);
    },
  });
}
