import { hash } from 'node:crypto';
import { currencyNumber } from '../bank/currency.ts';
import { assert, must } from '../std/assert.ts';
import { createBatch } from '../std/batch.ts';
import { sha256, toBase64Url } from '../std/bytes.ts';
import { HOMES, homeOf, newId } from '../std/id.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { Secret } from '../std/secret.ts';
import { isFault } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import type { Context } from './context.ts';
import type { RecordPayments } from './record.ts';
import { insertPayments, type NewPaymentRow, type PaymentRow } from './store.ts';
import type { Caller, Created, CreateRefusal, NewPayment } from './verbs.ts';
import { viewOf } from './view.ts';

/** A merchant asks for an amount; the secret of the page goes to the payer only. */
const SECRET_BYTES = 24;
const MINOR_MAX = 999_999_999_999n;

export function createCreate(context: Context, record: RecordPayments) {
  const { store, random, clock, parts, publicUrl } = context;

  /** Who asks at the same moment shares one commit. */
  const creations = createBatch<NewPaymentRow, PaymentRow>({
    run: (made) =>
      transaction(store.sql, async (tx) => {
        const byId = new Map<string, PaymentRow>(
          (await insertPayments(tx, made)).map((row) => [row.id, row]),
        );
        const rows = made.map(({ id }) => must(byId.get(id), 'a payment that was made is there'));
        await record(
          tx,
          rows.map((row) => ({ row, name: 'PaymentCreated' })),
        );
        return rows;
      }),
    apartAfter: isFault,
  });

  return async (caller: Caller, made: NewPayment): Promise<Result<Created, CreateRefusal>> => {
    const client = await context.clientOf(caller.tenantId, caller.clientId);
    if (!client) return refuse('unknown_client');
    const { amount, payer, returnUrl, validityMs } = made;
    if (returnUrl !== null && !client.returnOrigins.includes(URL.parse(returnUrl)?.origin ?? '')) {
      return refuse('return_url_not_allowed', {
        detail: `The client may send people back to ${client.returnOrigins.join(', ') || 'no place yet'} only.`,
      });
    }
    if (currencyNumber(amount.currency) === null) {
      return refuse('unsupported_currency', { detail: `No card is charged in ${amount.currency}.` });
    }
    assert(amount.minor > 0n && amount.minor <= MINOR_MAX, 'an amount that no bank can be asked for');
    const presets = await parts.exemptions.presets(store.sql, caller.tenantId, caller.clientId);
    const home = homeOfPayer(caller, payer) ?? anyHome(context);
    const id = newId('pay', home, clock.nowMs(), random);
    const secret = toBase64Url(random(SECRET_BYTES));
    const row = await creations.add({
      ...caller,
      home,
      id,
      minor: amount.minor,
      currency: amount.currency,
      payee: made.payee ?? client.name.slice(0, 70),
      reference: made.reference,
      description: made.description,
      capture: made.capture ?? presets.capture,
      bankAsked: made.bankAsked ?? presets.bankAsked,
      series: made.series,
      language: made.language,
      returnUrl,
      secretHash: sha256(secret),
      payer: payer === null ? null : JSON.stringify(payer),
      salt: random(16),
      validityMs,
    });
    const url = `${publicUrl}/p/${id}?session=${secret}`;
    return ok({ payment: viewOf(row), secret: new Secret(secret), url });
  };
}

/** Near the payer's own rows where the merchant says who pays. */
function homeOfPayer({ tenantId }: Caller, payer: NewPayment['payer']): number | null {
  if (payer === null) return null;
  if ('subscriberId' in payer) return homeOf('sub', payer.subscriberId);
  const named = 'address' in payer ? payer.address.value : payer.identifier.value;
  const digest = Buffer.from(hash('sha256', `${tenantId}\npayment\n${named}`, 'hex'), 'hex');
  return digest.readUInt16BE(0) % HOMES;
}

function anyHome({ random }: Context): number {
  const [high = 0, low = 0] = random(2);
  return ((high << 8) | low) % HOMES;
}
