import { ok, refuse, type Result } from '../std/result.ts';
import { openCommitment, type Entry } from '../evidence/entry.ts';
import { receiptOf, type Opening } from '../evidence/issue.ts';
import type { JsonValue } from '../evidence/json.ts';
import type { LogKeys } from '../evidence/key.ts';
import { fieldSalt } from '../evidence/entry.ts';
import { renderMessage } from '../gateway/template.ts';
import type { Client } from '../client/client.ts';
import type { Act } from './act.ts';
import type { Confirmation } from './confirmation.ts';
import type { Context } from './context.ts';
import { openedFields } from './entries.ts';

/**
 * The receipt of a confirmation: every entry about it, with the contents that the caller may see opened
 * (P13).
 */
export type ReceiptRefusal = 'not_yet_logged' | 'not_found';

export type IssueReceipt = (row: Confirmation) => Promise<Result<string, ReceiptRefusal>>;

export function createIssueReceipt(context: Context, keys: LogKeys): IssueReceipt {
  const { store, clock } = context;
  return async (row) => {
    const client = await context.clientOf(row.tenantId, row.clientId);
    const receipt = await receiptOf(store.sql, {
      keys,
      home: row.home,
      subjectId: row.id,
      nowMs: clock.nowMs(),
      open: (entry) => openingOf(row, client, entry),
    });
    if (receipt.ok) return ok(receipt.value);
    if (receipt.refusal === 'unknown_subject') return refuse('not_found');
    if (receipt.refusal === 'not_yet_logged')
      return refuse('not_yet_logged', { retryAfterMs: receipt.retryAfterMs ?? 1000 });
    throw new Error(`The evidence of ${row.id} does not fit the log: ${receipt.detail ?? receipt.refusal}`);
  };
}

/** Opens what the stored row still tells; null once the person was erased. */
function openingOf(row: Confirmation, client: Client | null, entry: Entry): Opening | null {
  const { salt } = row;
  if (salt === null) return null;
  const candidates: Record<string, JsonValue> = { ...openedFields(row), ...textOf(row, client) };
  const opened: Record<string, JsonValue> = {};
  for (const name of Object.keys(entry.commitments)) {
    const value = candidates[name];
    if (value === undefined) continue;
    // A client may have changed its name since; then its old text cannot be shown, and is left closed.
    if (openCommitment(entry, name, value, fieldSalt(salt, { ...entry, name }))) opened[name] = value;
  }
  return { opened, salt };
}

/** The text that was sent, with the code masked: rendered again from the same row (S7). */
function textOf(row: Confirmation, client: Client | null): Record<string, JsonValue> {
  if (!client) return {};
  const { text } = renderMessage({
    kind: 'code',
    act: JSON.parse(row.act) as Act,
    code: '*'.repeat(row.digits),
    language: row.language,
    clientName: client.name,
    domain: client.domain,
  });
  return { text };
}
