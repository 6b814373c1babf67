/** The room's part of the API. */
import { createRouter, type App } from '../http/app.ts';
import type { Sql } from '../store/connection.ts';
import { accountRoutes } from './account-routes.ts';
import type { Ledger } from './ledger.ts';
import { registerRoutes } from './register-routes.ts';
import { statementRoutes } from './statement-routes.ts';
import { transferRoutes } from './transfer-routes.ts';

export function ledgerRoutes({ apply }: Ledger, { sql }: { sql: Sql }): App {
  return createRouter()
    .route('/', accountRoutes({ sql }))
    .route('/', transferRoutes({ sql, apply }))
    .route('/', statementRoutes({ sql }))
    .route('/', registerRoutes({ sql })) as App;
}
