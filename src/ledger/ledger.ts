/** The room as others use it: money moves, registers count, and the API. */
import { createRouter, type App } from '../http/app.ts';
import type { Sql } from '../store/connection.ts';
import { accountRoutes } from './account-routes.ts';
import { registerRoutes } from './register-routes.ts';
import { createRegisters, type Registers } from './registers.ts';
import { statementRoutes } from './statement-routes.ts';
import { transferRoutes } from './transfer-routes.ts';
import { createApply, type Apply } from './transfers.ts';

export type Ledger = {
  /** Moves money in a transaction that callers of the same moment share; `applyGroups` does in one's own. */
  readonly apply: Apply;
  readonly registers: Registers;
  readonly routes: () => App;
};

export function createLedger({ sql }: { sql: Sql }): Ledger {
  const apply = createApply(sql);
  return {
    apply,
    registers: createRegisters(sql),
    routes: () =>
      createRouter()
        .route('/', accountRoutes({ sql }))
        .route('/', transferRoutes({ sql, apply }))
        .route('/', statementRoutes({ sql }))
        .route('/', registerRoutes({ sql })) as App,
  };
}
