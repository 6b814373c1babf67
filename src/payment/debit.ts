/**
 * The payer is told of an amount that was debited (B7), where the payment policy says so: a short message, in
 * the queue of the same commit as the debit, its text made from the payment's row when it is sent.
 */
import { enqueue, type Room } from '../gateway/gateway.ts';
import { momentText } from '../gateway/moment-text.ts';
import { renderMessage } from '../gateway/template.ts';
import { formatAmount } from '../std/money.ts';
import type { Tx } from '../store/connection.ts';
import type { Context } from './context.ts';
import type { Statement } from './exemption/policy.ts';
import { readPayments, type PaymentRow } from './store.ts';

/** Later than this it is no news, and his statement has it too. */
const VALIDITY_MS = 24 * 60 * 60_000;

/** In the transaction that completes these payments; each is told once. */
export async function tellPayers(
  { parts, log }: Pick<Context, 'parts' | 'log'>,
  tx: Tx,
  completed: readonly PaymentRow[],
): Promise<void> {
  const told: PaymentRow[] = [];
  for (const row of completed) {
    // Where policy cannot be read the money moves all the same, and the payer is told.
    const presets = await parts.exemptions.presets(tx, row.tenantId, row.clientId).catch((error: unknown) => {
      log.error({ err: error, tenant: row.tenantId }, 'a payment policy could not be read');
      return { statement: 'always' } as const;
    });
    if (isTold(presets.statement, row.exemption !== null)) told.push(row);
  }
  if (told.length === 0) return;
  await enqueue(
    tx,
    told.map(({ home, id, tenantId }) => ({
      home,
      subjectId: id,
      n: 0,
      tenantId,
      kind: 'debit',
      channel: 'sms',
      validityMs: VALIDITY_MS,
    })),
    false,
  );
}

function isTold(statement: Statement, isExempt: boolean): boolean {
  return statement === 'always' || (statement === 'exempt' && isExempt);
}

/** The room of the dispatches of kind `debit`. */
export function createDebitRoom(context: Omit<Context, 'changes'>): Room {
  const { store, clientOf } = context;
  return {
    render: async (jobs) => {
      const keys = jobs.map(({ home, subjectId }) => ({ home, id: subjectId }));
      const rows = await readPayments(store.sql, keys);
      const byId = new Map<string, PaymentRow>(rows.map((row) => [row.id, row]));
      return Promise.all(
        jobs.map(async ({ subjectId }) => {
          const row = byId.get(subjectId);
          const client = row && (await clientOf(row.tenantId, row.clientId));
          const payer = row && (await payerOf(context, row));
          // Who was erased meanwhile has no address any more.
          if (!row || !client || !payer || row.salt === null || row.completed === null) return null;
          const { currency, payee } = row;
          const { text } = renderMessage({
            kind: 'debit',
            amount: { value: formatAmount({ minor: row.completed, currency }), currency },
            payeeName: payee,
            // The trustee's bill takes it, also where a bank was asked first.
            lastFour: row.means === 'trustee' ? null : row.lastFour,
            at: momentText(row.endedAtMs ?? row.nowMs, payer.language),
            language: payer.language,
            clientName: client.name,
          });
          return { to: payer.number, text, masked: text, salt: row.salt };
        }),
      );
    },
  };
}

/** Where he is reached today, for addresses change, and in his language. */
async function payerOf({ directory }: Pick<Context, 'directory'>, row: PaymentRow) {
  const { tenantId, subscriberId, language } = row;
  if (subscriberId === null) {
    return row.address === null ? null : { number: row.address, language: language ?? 'en' };
  }
  const found = await directory.resolve({
    tenantId,
    to: { subscriberId },
    channel: 'sms',
    allow: { callerAddress: false, numberDirectory: false },
  });
  if (!found.ok) return null;
  return { number: found.value.address.value, language: language ?? found.value.language ?? 'en' };
}
