import type { KeyRing } from '../std/key-ring.ts';
import { renderMessage, maskCode } from '../gateway/template.ts';
import type { Render, Rendered } from '../gateway/gateway.ts';
import type { Act } from './act.ts';
import { deriveCode } from './code.ts';
import { isOpen, issueOf, type Confirmation, type IssueSource } from './confirmation.ts';
import type { Context } from './context.ts';
import { readConfirmations } from './store.ts';

type Source = IssueSource & Pick<Confirmation, 'language' | 'salt'>;

/**
 * Makes the text from the very row that the code is derived from (S7), at the moment of sending; it is kept
 * nowhere.
 */
export function renderCode(keys: KeyRing, row: Source, clientName: string, domain: string): Rendered {
  const code = deriveCode(keys, issueOf(row)).reveal();
  const act = JSON.parse(row.act) as Act;
  const { text } = renderMessage({ kind: 'code', act, code, language: row.language, clientName, domain });
  return { to: row.address, text, masked: maskCode(text, code), salt: row.salt ?? new Uint8Array(16) };
}

/** The long way: dispatches that were claimed from the table, by whichever gateway. */
export function createRender(context: Pick<Context, 'store' | 'keys' | 'clientOf'>): Render {
  return async (jobs) => {
    const rows = await readConfirmations(
      context.store.sql,
      context.keys,
      jobs.map((job) => ({ home: job.home, id: job.subjectId })),
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return Promise.all(
      jobs.map(async (job) => {
        const row = byId.get(job.subjectId);
        // A resend made an older issue worthless, and an ended confirmation needs no code.
        if (!row || !isOpen(row.state) || row.issue !== job.n) return null;
        const client = await context.clientOf(row.tenantId, row.clientId);
        return client && renderCode(context.keys, row, client.name, client.domain);
      }),
    );
  };
}
