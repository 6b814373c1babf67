import type { Render } from '../gateway/gateway.ts';
import { renderMessage } from '../gateway/template.ts';
import type { Context } from './context.ts';
import { readConfirmations } from './store.ts';

/** An alert tells the subscriber, on his own device, that his address was blocked after wrong tries (S4). */
export const ALERT_VALIDITY_MS = 3_600_000;

/**
 * Dispatches of one subject are numbered: codes by their issue, alerts from here on by the failure that began
 * the block.
 */
const ALERTS_FROM = 1000;

export function alertNumber(failuresInAll: number): number {
  return ALERTS_FROM + failuresInAll;
}

export function createAlertRender(
  context: Pick<Context, 'store' | 'keys' | 'clientOf' | 'policyOf'>,
): Render {
  return async (jobs) => {
    const keys = jobs.map((job) => ({ home: job.home, id: job.subjectId }));
    const rows = await readConfirmations(context.store.sql, context.keys, keys);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return Promise.all(
      jobs.map(async (job) => {
        const row = byId.get(job.subjectId);
        const client = row && (await context.clientOf(row.tenantId, row.clientId));
        // Who was erased meanwhile has no address any more.
        if (!row || !client || row.salt === null) return null;
        const { failures } = (await context.policyOf(row.tenantId)).limits;
        const failuresInAll = job.n - ALERTS_FROM;
        const { text } = renderMessage({
          kind: 'alert',
          alert: failuresInAll >= failures.inAllMax ? 'disabled' : 'blocked',
          language: row.language,
          clientName: client.name,
        });
        return { to: row.address, text, masked: text, salt: row.salt };
      }),
    );
  };
}
