import type { Settled } from '../bank/context.ts';
import { responseCode } from '../bank/iso8583/response-code.ts';
import type { Tx } from '../store/connection.ts';
import type { Context } from './context.ts';
import type { RecordPayments } from './record.ts';
import { readPayment } from './view.ts';

/**
 * A bank that refuses to take what it held, after the code was right: the payer has confirmed and the
 * merchant was told, so the state stays, and somebody is told to look at it.
 */
export function createOnSettled(
  { log }: Context,
  record: RecordPayments,
): (tx: Tx, settled: readonly Settled[]) => Promise<void> {
  return async (tx, settled) => {
    for (const { kind, state, caller, code, exchange } of settled) {
      if (kind !== 'complete' || state !== 'refused') continue;
      const [id = ''] = caller.split(':');
      const row = await readPayment(tx, id);
      if (row === null) continue;
      const { name } = responseCode(code ?? '');
      log.error({ payment: id, exchange, code, name }, 'a bank refused to complete what it had approved');
      await record(tx, [{ row, name: 'PaymentCompletionRefused', facts: { code, why: name } }]);
    }
  };
}
