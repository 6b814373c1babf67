/**
 * A sale at a terminal (B3, fig. 9): who holds the card is asked of the bank (901), the holder's device is
 * found (907), and the payment begins (908, 909). What is answered is 1A: the code is wanted.
 */
import { utf8 } from '../../std/bytes.ts';
import { open, seal } from '../../std/seal.ts';
import { Secret } from '../../std/secret.ts';
import { parseSmsNumber } from '../../directory/number.ts';
import type { ResolveRequest } from '../../directory/resolve.ts';
import type { Opened } from '../../confirmation/open.ts';
import type { Begin, NewPayment } from '../verbs.ts';
import { CODE_OF_REFUSAL, codeNamed, declineCode } from './answer-code.ts';
import { answer, callerOf, UNDER_WAY, type Answer, type AtTerminal, type Context } from './context.ts';
import type { Sale } from './request.ts';
import { answerOf, maskedForLine, settled, undone } from './settle.ts';
import { TERMINAL_ELEMENTS } from './spec.ts';
import { answerSale, notePayment, type ExchangeKey, type ExchangeRow, type SessionKept } from './store.ts';
import type { Terminal } from './terminal.ts';

/** From card in to code out, the customer stands at the counter. */
const SALE_VALIDITY_MS = 15 * 60_000;
const SESSION = 'countersign/terminal-payment-session/1';
const CANCELLED = answer('17');

export type SaleJob = { readonly key: ExchangeKey; readonly at: AtTerminal; readonly ip: string };

export async function sell(
  context: Context,
  job: SaleJob,
  sale: Sale,
  left: ExchangeRow | null,
): Promise<Answer> {
  const { terminal } = job.at;
  const begunId = left?.paymentId ?? null;
  if (begunId !== null) return resumed(context, job.at, begunId);
  const payer = await payerOf(context, terminal, sale);
  if ('code' in payer) return payer;
  const created = await context.payments.create(callerOf(terminal), paymentOf(terminal, sale));
  if (!created.ok) return answer(CODE_OF_REFUSAL[created.refusal]);
  const { id } = created.value.payment;
  if (!(await notePayment(context.sql, job.key, id))) {
    await undone(context, terminal, id, 0);
    return CANCELLED;
  }
  const begun = await context.payments.begin(callerOf(terminal), id, beginOf(job, sale, payer));
  if (!begun.ok) {
    await undone(context, terminal, id, 0);
    const { refusal } = begun;
    const code = CODE_OF_REFUSAL[refusal];
    if (refusal !== 'bank_declined') return answer(code);
    // The room payment tells what the bank said by its name only.
    const said = codeNamed(begun.detail ?? '');
    return { code: said === null ? code : declineCode(said) };
  }
  if (begun.value.next === 'done') {
    const made = await settled(context, job.at, id);
    return made.code === UNDER_WAY.code ? made : finished(context, job, id, made, null);
  }
  const { confirmation } = begun.value;
  return finished(context, job, id, wanted(id, confirmation), keptSession(context, id, confirmation));
}

/** A reversal may have come while the bank was asked: then nothing of it stands. */
async function finished(
  context: Context,
  job: SaleJob,
  paymentId: string,
  made: Answer,
  kept: SessionKept | null,
): Promise<Answer> {
  if (await answerSale(context.sql, job.key, JSON.stringify(made), kept)) return made;
  const code = await undone(context, job.at.terminal, paymentId, 0);
  return code === '00' ? CANCELLED : UNDER_WAY;
}

/** The process that worked on it died: what moved money stands, all else is undone, for its code is lost. */
async function resumed(context: Context, at: AtTerminal, paymentId: string): Promise<Answer> {
  const view = await context.payments.find(callerOf(at.terminal), paymentId);
  if (view?.state === 'completed') return answerOf(view, at);
  if (view?.state === 'executing') return UNDER_WAY;
  const code = await undone(context, at.terminal, paymentId, 0);
  return code === '00' ? answer('96') : UNDER_WAY;
}

type Payer = { readonly to: ResolveRequest['to']; readonly vouched: boolean };

/**
 * The number that the bank knows: of a subscriber whom it identifies, the device that he bound; else the bank
 * vouches for it, as a third party that is trusted to (P3).
 */
async function payerOf(context: Context, terminal: Terminal, sale: Sale): Promise<Payer | Answer> {
  const { tenantId, code, merchant } = terminal;
  const { card, entry } = sale;
  const holder = await context.bank.holder({
    tenantId,
    card: { pan: card.pan, expiry: card.expiry, entry },
    terminal: code,
    merchant,
  });
  if (holder.outcome === 'declined') return { code: declineCode(holder.code) };
  const number = holder.mobile === null ? null : parseSmsNumber(holder.mobile, context.defaultCountry);
  if (!number?.ok) return answer('57');
  const { e164 } = number.value;
  const known = await context.directory.resolve({
    tenantId,
    to: { identifier: { kind: 'phone', value: e164 } },
    allow: { callerAddress: false, numberDirectory: false },
    channel: 'sms',
  });
  return known.ok && known.value.subscriberId !== null
    ? { to: { subscriberId: known.value.subscriberId }, vouched: false }
    : { to: { address: { channel: 'sms', value: e164 } }, vouched: true };
}

function paymentOf(terminal: Terminal, sale: Sale): NewPayment {
  return {
    amount: sale.amount,
    payee: terminal.name,
    reference: null,
    description: null,
    payer: null,
    capture: 'automatic',
    bankAsked: null,
    series: null,
    language: null,
    returnUrl: null,
    validityMs: SALE_VALIDITY_MS,
  };
}

function beginOf({ at: { terminal }, ip }: SaleJob, sale: Sale, payer: Payer): Begin {
  const { card, entry, pinBlock, track2, emv } = sale;
  return {
    payer: payer.to,
    means: {
      kind: 'terminal',
      card,
      entry,
      terminal: terminal.code,
      merchant: terminal.merchant,
      pinBlock,
      track2,
      emv,
    },
    ip,
    language: null,
    ...(payer.vouched ? { vouched: true as const } : {}),
  };
}

function wanted(paymentId: string, { row, sentTo }: Opened): Answer {
  const { reference, sentTo: to, digits, validSeconds, triesLeft } = TERMINAL_ELEMENTS;
  return {
    code: '1A',
    elements: {
      [reference]: paymentId,
      [to]: maskedForLine(sentTo),
      [digits]: String(row.digits),
      [validSeconds]: String(Math.floor(row.validityMs / 1000)),
      [triesLeft]: String(row.attemptsMax),
    },
  };
}

function keptSession({ keys, random }: Context, paymentId: string, { row, secret }: Opened): SessionKept {
  const keyId = keys.currentId;
  const session = seal(keys.derive(keyId, SESSION), utf8(secret.reveal()), utf8(paymentId), random);
  return { confirmationId: row.id, keyId, session };
}

/** The secret of the confirmation's session; null when it is forgotten, or its master key is gone. */
export function openSession({ keys }: Pick<Context, 'keys'>, row: ExchangeRow): Secret<string> | null {
  const { session, sessionKeyId, paymentId } = row;
  if (session === null || sessionKeyId === null || paymentId === null || !keys.has(sessionKeyId)) return null;
  const opened = open(keys.derive(sessionKeyId, SESSION), session, utf8(paymentId));
  return opened === null ? null : new Secret(Buffer.from(opened).toString('utf8'));
}
