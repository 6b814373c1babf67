import type { Context as HttpContext } from 'hono';
import type { HttpEnv } from '../http/app.ts';
import { homeOf } from '../std/id.ts';
import type { Context } from './context.ts';
import { readConfirmations, type ReadRow } from './store.ts';

/** The confirmation of this id inside the caller's tenant and client; another's is not there (S14). */
export async function owned(c: HttpContext<HttpEnv>, context: Context, id: string): Promise<ReadRow | null> {
  const home = homeOf('cnf', id);
  if (home === null) return null;
  const { tenantId, clientId } = c.get('principal');
  const [row] = await readConfirmations(context.store.sql, context.keys, [{ home, id }]);
  return row && row.tenantId === tenantId && row.clientId === clientId ? row : null;
}
