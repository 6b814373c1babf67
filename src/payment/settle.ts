/**
 * The ends of payments, in the caller's transaction: state, money, advice to the bank, counters, evidence
 * and webhook are one commit, so that code and money never part (I2).
 *
 *   complete   held: what was reserved is posted, the bank is told to take it;   else: it moves at once
 *   end        refused, cancelled, expired: what was reserved is released, the bank gives it back
 */
import { must } from '../std/assert.ts';
import type { Tx } from '../store/connection.ts';
import type { Context } from './context.ts';
import { instrumentOf } from './exemption/instrument.ts';
import { tellPayers } from './debit.ts';
import { cardOf } from './means.ts';
import { moveMoney } from './money.ts';
import type { PaymentFacts } from './parts.ts';
import type { StepName } from './payment.ts';
import { moved, posted, voided } from './postings.ts';
import type { EntryName, RecordPayments } from './record.ts';
import { move, type Move, type PaymentRow } from './store.ts';

/** What a bank approved, for the columns. */
export type Approved = {
  readonly exchange: string;
  readonly authCode: string | null;
  readonly rrn: string | null;
};

export type Completion = {
  /** As it was before. */
  readonly row: PaymentRow;
  readonly minor: bigint;
  /** held: pending in the ledger. approved: the bank holds it, and nothing is pending. taken: the bank took it. */
  readonly money: 'held' | 'approved' | 'taken';
  readonly approved?: Approved | null;
  readonly exemption?: string;
};

export type Ending = {
  readonly row: PaymentRow;
  readonly step: Extract<StepName, 'giveUp' | 'cancel' | 'expire'>;
  readonly reason: string;
};

export type Settle = {
  /** Those that it won, as they are now; of the others nothing happened. */
  readonly complete: (tx: Tx, completions: readonly Completion[]) => Promise<PaymentRow[]>;
  readonly end: (tx: Tx, endings: readonly Ending[]) => Promise<PaymentRow[]>;
};

/** So long a refund may still need the card. */
const CARD_KEPT_MS = 180 * 24 * 60 * 60_000;

const END_NAMES = {
  giveUp: 'PaymentRefused',
  cancel: 'PaymentCancelled',
  expire: 'PaymentExpired',
} as const satisfies Record<Ending['step'], EntryName>;

/** Whether money of it is pending in the ledger while it is confirmed or authorised. */
export function isHeld(row: PaymentRow): boolean {
  const isOpen = row.state === 'confirming' || row.state === 'authorised';
  return isOpen && (row.exchangeId !== null || row.means === 'trustee');
}

export function columnsOf(approved: Approved | null) {
  if (approved === null) return {};
  return { exchangeId: approved.exchange, authCode: approved.authCode, rrn: approved.rrn };
}

/** What an exemption is judged by, of a payment whose payer is known. */
export function factsOf(context: Pick<Context, 'keys'>, row: PaymentRow): PaymentFacts {
  const known = 'the payer of a begun payment is known';
  const card = row.contractId === null ? cardOf(context, row) : null;
  return {
    paymentId: row.id,
    tenantId: row.tenantId,
    clientId: row.clientId,
    payerKey: must(row.payerKey, known),
    subscriberId: row.subscriberId,
    // Null when he was erased while the bank was asked.
    address: row.address ?? '',
    payee: row.payee,
    amount: { minor: row.minor, currency: row.currency },
    means: must(row.means, known),
    capture: row.capture,
    series: row.series,
    instrument: card === null ? row.contractId : instrumentOf(context.keys, row.tenantId, card.pan),
    ip: row.ip ?? '',
  };
}

/** Gives back what a bank approved in this try, once however often it is asked for. */
export function reverseTry(
  context: Pick<Context, 'bank'>,
  tx: Tx,
  row: Held['row'],
  exchange: string,
): Promise<void> {
  return reverseTries(context, tx, [{ row, exchange }]);
}

/** A payment, and what a bank approved of it. */
type Held = {
  readonly row: Pick<PaymentRow, 'home' | 'id' | 'tenantId'>;
  readonly exchange: string;
};

async function reverseTries({ bank }: Pick<Context, 'bank'>, tx: Tx, tries: readonly Held[]): Promise<void> {
  const requests = tries.map(({ row: { home, tenantId, id }, exchange }) => {
    return { home, tenantId, caller: `${id}:${exchange}`, exchange };
  });
  for (const reversed of await bank.enqueueReverse(tx, requests)) {
    // Closed already: it was given back, or the bank holds nothing any more.
    const isFine =
      reversed.ok || reversed.refusal === 'already_closed' || reversed.refusal === 'not_approved';
    must(isFine || null, `a bank's approval could not be reversed: ${reversed.ok ? '' : reversed.refusal}`);
  }
}

export function createSettle(context: Context, record: RecordPayments): Settle {
  const { bank, parts, log } = context;

  /** The banks are told after the commit. */
  async function advise(tx: Tx, completions: readonly Completion[]): Promise<void> {
    const asked = completions.flatMap(({ row, minor, money, approved }) => {
      const exchange = approved?.exchange ?? row.exchangeId;
      return exchange === null || money === 'taken' ? [] : [{ row, minor, exchange }];
    });
    // The period's one collection takes what a buyer owes the trustee; the bank was only asked.
    const [back, taken] = [asked.filter(isTrustees), asked.filter((one) => !isTrustees(one))];
    const requests = taken.map(({ row: { home, tenantId, id, currency }, minor, exchange }) => {
      return { home, tenantId, caller: `${id}:complete`, exchange, amount: { minor, currency } };
    });
    await reverseTries(context, tx, back);
    for (const told of await bank.enqueueComplete(tx, requests)) {
      must(told.ok || null, `what a bank approved could not be completed: ${told.ok ? '' : told.refusal}`);
    }
  }

  /** His code was right, so the card that he typed is his. */
  async function keepCard(tx: Tx, row: PaymentRow): Promise<void> {
    const { keepsCard, subscriberId, confirmationId, tenantId } = row;
    if (!keepsCard || subscriberId === null || confirmationId === null) return;
    const card = cardOf(context, row);
    if (card === null || card.expiry === null) return;
    const kept = await parts.cards.keep(tx, tenantId, subscriberId, { pan: card.pan, expiry: card.expiry });
    if (!kept.ok) log.info({ payment: row.id, refusal: kept.refusal }, 'a card was not kept');
  }

  async function complete(tx: Tx, completions: readonly Completion[]): Promise<PaymentRow[]> {
    const byId = new Map(completions.map((one) => [one.row.id, one]));
    const moves = completions.map(({ row, minor, approved = null, exemption }): Move => ({
      home: row.home,
      id: row.id,
      tries: row.tries,
      nextMs: CARD_KEPT_MS,
      completed: String(minor),
      ...columnsOf(approved),
      ...(exemption === undefined ? {} : { exemption }),
    }));
    const rows = await move(tx, 'complete', moves);
    const won = rows.map((row) => ({ row, made: must(byId.get(row.id), 'a row is one that was asked for') }));
    const proved = won.filter(({ row, made }) => row.confirmationId !== null && made.exemption === undefined);
    await advise(
      tx,
      won.map(({ made }) => made),
    );
    await parts.exemptions.proved(
      tx,
      proved.map(({ row }) => ({ facts: factsOf(context, row), trustsPayee: row.trustsPayee })),
    );
    for (const { row } of proved) await keepCard(tx, row);
    await record(
      tx,
      won.map(({ row }) => ({
        row,
        name: 'PaymentCompleted',
        facts: {
          ...(row.confirmationId === null ? {} : { confirmation: row.confirmationId }),
          ...(row.exemption === null ? {} : { exemption: row.exemption }),
        },
      })),
    );
    await tellPayers(context, tx, rows);
    await moveMoney(
      tx,
      won.map(({ row, made }) => (made.money === 'held' ? posted(row, made.minor) : moved(row, made.minor))),
    );
    return rows;
  }

  async function end(tx: Tx, endings: readonly Ending[]): Promise<PaymentRow[]> {
    const ended: PaymentRow[] = [];
    const releasing: PaymentRow[] = [];
    for (const [step, own] of Map.groupBy(endings, (ending) => ending.step)) {
      const before = new Map(own.map(({ row }) => [row.id, row]));
      const rows = await move(
        tx,
        step,
        own.map(({ row, reason }) => ({
          home: row.home,
          id: row.id,
          tries: row.tries,
          reason,
          nextMs: null,
        })),
      );
      await record(
        tx,
        rows.map((row) => ({
          row,
          name: END_NAMES[step],
          ...(row.reason === null ? {} : { facts: { why: row.reason } }),
        })),
      );
      ended.push(...rows);
      for (const { id } of rows) {
        const row = must(before.get(id), 'a row is one that was asked for');
        if (isHeld(row)) releasing.push(row);
      }
    }
    await reverseTries(
      context,
      tx,
      releasing.flatMap((row) => (row.exchangeId === null ? [] : [{ row, exchange: row.exchangeId }])),
    );
    await moveMoney(tx, releasing.map(voided));
    return ended;
  }

  return { complete, end };
}

function isTrustees({ row }: Pick<Completion, 'row'>): boolean {
  return row.means === 'trustee';
}
