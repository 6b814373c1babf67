import type { Act } from '../confirmation/act.ts';
import type { TogetherWriter } from '../confirmation/open.ts';
import type { Outcome } from '../bank/context.ts';
import type { Card } from '../bank/card.ts';
import type { Principal } from '../http/client-auth.ts';
import { assert, must } from '../std/assert.ts';
import { createBatch } from '../std/batch.ts';
import { homeOf } from '../std/id.ts';
import type { Language } from '../std/language.ts';
import { formatAmount } from '../std/money.ts';
import { ok, refuse, type Refused, type Result } from '../std/result.ts';
import { asOutage, isFault, type Tx } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import type { Context } from './context.ts';
import { trustText } from './exemption/trust.ts';
import { createChoose, type Chosen } from './means.ts';
import { createEnsureAccounts, LimitReached, moveMoney, moveWithin } from './money.ts';
import { createFindPayer, type Payer } from './payer.ts';
import { AUTHORISED_MAX_MS, TRIES_MAX } from './payment.ts';
import { held } from './postings.ts';
import type { RecordPayments } from './record.ts';
import { columnsOf, factsOf, reverseTry, type Approved, type Settle } from './settle.ts';
import {
  beginPayments,
  lockPayments,
  move,
  readPayments,
  type BegunRow,
  type Move,
  type PaymentKey,
  type PaymentRow,
} from './store.ts';
import type { Begin, BeginRefusal, Begun, Caller } from './verbs.ts';
import { owns } from './view.ts';

/**
 * A payer has chosen how to pay: the bank first, then the code, then the money (B5, B6).
 *
 *   begun (committed) ──▶ bank asked ──approved──▶ code sent, money reserved, in one transaction ──▶ confirming
 *                             │                 └─ exempt: counted and executed in one transaction ──▶ completed
 *                             └─ no, or no answer ──▶ declined: no code was sent
 *
 * Each begin is a try with a number, and the bank is asked under it. A process that dies leaves the try to
 * the jobs role, which takes it back; one that comes back afterwards finds that it has lost.
 */
class Superseded extends Error {
  override readonly name = 'Superseded';
}

/** A try whose code is asked for. */
type Asking = { readonly row: PaymentRow; readonly chosen: Chosen; readonly approved: Approved | null };

/** Longer than a bank is waited for, and than a statement can last. */
const STUCK_AFTER_MS = 120_000;

export function createBegin(context: Context, record: RecordPayments, settle: Settle) {
  const { store, bank, confirmations, parts, changes, log } = context;
  const findPayer = createFindPayer(context);
  const choose = createChoose(context);
  const ensureAccounts = createEnsureAccounts(store.sql);

  const reads = createBatch<PaymentKey, PaymentRow | null>({
    run: async (keys) => {
      const byId = new Map<string, PaymentRow>(
        (await readPayments(store.sql, keys)).map((row) => [row.id, row]),
      );
      return keys.map(({ id }) => byId.get(id) ?? null);
    },
    apartAfter: isFault,
  });

  /** The payment of this id, if it is the caller's (S14). */
  async function readOwned(caller: Caller, id: string): Promise<PaymentRow | null> {
    const home = homeOf('pay', id);
    const row = home === null ? null : await reads.add({ home, id });
    return row && owns(caller, row) ? row : null;
  }

  const begins = createBatch<BegunRow, PaymentRow | null>({
    run: (rows) =>
      transaction(store.sql, async (tx) => {
        const begun = await beginPayments(tx, rows);
        await record(
          tx,
          begun.map((row) => ({ row, name: 'PaymentBegun', n: row.tries - 1 })),
        );
        const byId = new Map<string, PaymentRow>(begun.map((row) => [row.id, row]));
        return rows.map(({ id }) => byId.get(id) ?? null);
      }),
    keyOf: ({ id }) => id,
    apartAfter: isFault,
  });

  /** created → authorising; of two at once, one. */
  function start(row: PaymentRow, how: Begin, payer: Payer, chosen: Chosen): Promise<PaymentRow | null> {
    const { subscriberId, address, payerKey } = payer;
    return begins.add({
      home: row.home,
      id: row.id,
      subscriberId,
      address,
      payerKey,
      ...chosen.columns,
      ip: how.ip,
      trustsPayee: how.trustsPayee ?? false,
      language: how.language ?? row.language,
      stuckAfterMs: STUCK_AFTER_MS,
    });
  }

  async function askBank(row: PaymentRow, card: Card): Promise<Outcome> {
    const { home, tenantId, id, tries, minor, currency, subscriberId, terminal, merchant } = row;
    return bank.authorise({
      home,
      tenantId,
      caller: `${id}:${tries}`,
      amount: { minor, currency },
      card,
      contract: subscriberId,
      ...(terminal === null ? {} : { terminal }),
      ...(merchant === null ? {} : { merchant }),
    });
  }

  /** The try is over; what the bank approved in it is given back in the same commit. */
  async function release(row: PaymentRow, approved: Approved | null, reason: string): Promise<boolean> {
    const isLast = row.tries >= TRIES_MAX;
    const won = await transaction(store.sql, async (tx) => {
      const { home, id, tries } = row;
      const rows = await move(tx, isLast ? 'giveUp' : 'decline', [{ home, id, tries, reason, nextMs: null }]);
      // A try that was carried on has its approval in the row; one that was given up has lost it.
      if (rows.length === 0 && approved !== null) {
        const [now] = await lockPayments(tx, [row]);
        if (now?.exchangeId === approved.exchange) return false;
      }
      if (approved !== null) await reverseTry(context, tx, row, approved.exchange);
      await record(
        tx,
        rows.map((each) =>
          isLast
            ? { row: each, name: 'PaymentRefused', facts: { why: reason } }
            : { row: each, name: 'PaymentDeclined', n: tries - 1, facts: { why: reason } },
        ),
      );
      return rows.length > 0;
    });
    changes.tell(row.id);
    return won;
  }

  async function refuseTry<R extends BeginRefusal>(
    row: PaymentRow,
    approved: Approved | null,
    refused: Refused<R>,
  ): Promise<Refused<R | 'tries_used_up'>> {
    await release(row, approved, refused.refusal);
    if (row.tries < TRIES_MAX) return refused;
    return refuse('tries_used_up', refused.detail === undefined ? {} : { detail: refused.detail });
  }

  /** No code is demanded: counted and executed in one commit. Null when the exemption is used up meanwhile. */
  async function executeExempt(
    row: PaymentRow,
    approved: Approved | null,
    chosen: Chosen,
    exemption: string,
  ): Promise<Result<Begun, BeginRefusal> | null> {
    return transaction(store.sql, async (tx) => {
      if (!(await parts.exemptions.count(tx, factsOf(context, row), exemption))) return null;
      if (row.capture === 'manual') {
        const { home, id, tries } = row;
        const life = { nextMs: AUTHORISED_MAX_MS, lifeMs: AUTHORISED_MAX_MS };
        const rows = await move(tx, 'authorise', [
          { home, id, tries, ...life, ...columnsOf(approved), exemption },
        ]);
        if (rows.length === 0) throw new Superseded('the try was given up meanwhile');
        await record(
          tx,
          rows.map((each) => ({ row: each, name: 'PaymentAuthorised', facts: { exemption } })),
        );
        await reserve(tx, [{ row, chosen }]);
        return ok({ next: 'done', state: 'authorised' });
      }
      // The money moves with all the rest; this only looks.
      const { contract } = chosen;
      if (contract !== null) await moveWithin(tx, [{ row, group: null, limit: contract.limit }]);
      const rows = await settle.complete(tx, [
        { row, minor: row.minor, money: 'approved', approved, exemption },
      ]);
      if (rows.length === 0) throw new Superseded('the try was given up meanwhile');
      return ok({ next: 'done', state: 'completed' });
    });
  }

  /** Of a trustee's payment only as much as the contract still allows. */
  async function reserve(tx: Tx, asked: readonly Pick<Asking, 'row' | 'chosen'>[]): Promise<void> {
    const free = asked.filter(({ chosen }) => chosen.contract === null);
    await moveMoney(
      tx,
      free.map(({ row }) => held(row)),
    );
    await moveWithin(
      tx,
      asked.flatMap(({ row, chosen: { contract } }) =>
        contract === null ? [] : [{ row, group: held(row), limit: contract.limit }],
      ),
    );
  }

  /** authorising → confirming, with the code that goes out; of those that share a transaction, all or none. */
  const askings: TogetherWriter<Asking> = {
    write: async (tx, opened) => {
      const moves = opened.map(({ row: confirmation, item: { row, approved } }): Move => {
        // A number that changed since the bank was asked is not the one that was judged.
        if (confirmation.address !== row.address) throw new Superseded('the payer has another address now');
        const { home, id, tries } = row;
        return { home, id, tries, nextMs: null, confirmationId: confirmation.id, ...columnsOf(approved) };
      });
      const rows = await move(tx, 'ask', moves);
      if (rows.length < opened.length) throw new Superseded('the try was given up meanwhile');
      const reserving = opened
        .map(({ item }) => item)
        .filter(({ row, approved }) => approved !== null || row.means === 'trustee');
      await Promise.all([
        record(
          tx,
          rows.map((row) => ({
            row,
            name: 'PaymentAsked',
            facts: { confirmation: must(row.confirmationId, 'its code is asked for') },
          })),
        ),
        reserve(tx, reserving),
      ]);
    },
  };

  async function askCode(
    row: PaymentRow,
    how: Begin,
    payer: Payer,
    chosen: Chosen,
    approved: Approved | null,
  ): Promise<Result<Begun, BeginRefusal>> {
    const opened = await confirmations.open(principalOf(row), {
      to: payer.to,
      act: actOf(row, how.language ?? row.language ?? payer.language ?? 'en'),
      connected: false,
      language: how.language ?? row.language ?? null,
      returnUrl: `${context.publicUrl}/p/${row.id}`,
      ip: how.ip,
      isInside: true,
      alwaysSecured: true,
      ...(payer.isVouched ? { allowCallerAddress: true as const } : {}),
      together: { writer: askings, item: { row, chosen, approved } satisfies Asking },
    });
    if (!opened.ok) return refuseTry(row, approved, opened);
    changes.tell(row.id);
    return ok({ next: 'code', confirmation: opened.value });
  }

  async function carryOn(
    row: PaymentRow,
    how: Begin,
    payer: Payer,
    chosen: Chosen,
  ): Promise<Result<Begun, BeginRefusal>> {
    await ensureAccounts(row);
    const decision = await parts.exemptions.decide(store.sql, factsOf(context, row));
    let approved: Approved | null = null;
    // Of a payment without a code there is no "after".
    if (chosen.card !== null && (row.bankAsked === 'before' || chosen.contract !== null || decision.exempt)) {
      const outcome = await askBank(row, chosen.card);
      if (outcome.outcome !== 'approved') return refuseTry(row, null, refusalOf(outcome));
      approved = outcome;
    }
    try {
      const done = decision.exempt ? await executeExempt(row, approved, chosen, decision.reason) : null;
      if (done !== null) {
        changes.tell(row.id);
        return done;
      }
      return await askCode(row, how, payer, chosen, approved);
    } catch (error) {
      if (error instanceof LimitReached) return refuseTry(row, approved, refuse('contract_limit'));
      // Whatever it was: what was not committed is given back, and what was is left alone.
      await release(row, approved, 'interrupted').catch((failure: unknown) =>
        log.warn({ err: asOutage(failure), payment: row.id }, 'a try is left to the jobs role'),
      );
      if (error instanceof Superseded) return refuse('not_open');
      throw error;
    }
  }

  return async (caller: Caller, id: string, how: Begin): Promise<Result<Begun, BeginRefusal>> => {
    const row = await readOwned(caller, id);
    if (row === null) return refuse('not_found');
    if (row.state !== 'created' || row.expiresAtMs <= row.nowMs) return refuse('not_open');
    const payer = await findPayer(row, how);
    if (!payer.ok) return payer;
    const chosen = await choose(row, how.means, payer.value);
    if (!chosen.ok) return chosen;
    const begun = await start(row, how, payer.value, chosen.value);
    if (begun === null) return refuse('not_open');
    assert(begun.tries <= TRIES_MAX, 'a payment of which all tries are used up is over');
    changes.tell(id);
    return carryOn(begun, how, payer.value, chosen.value);
  };
}

/**
 * What the payer confirms: amount and payee are in the code itself (S6); and so is that he will not be asked
 * again, which his device says before all that is paid for.
 */
function actOf(row: PaymentRow, language: Language): Act {
  const { minor, currency, payee, description } = row;
  const text = row.trustsPayee ? trustText(language, description) : description;
  return {
    purpose: 'payment',
    amount: { value: formatAmount({ minor, currency }), currency },
    payee: { name: payee },
    ...(text === null ? {} : { text }),
  };
}

function principalOf({ tenantId, clientId }: PaymentRow): Principal {
  return { tenantId, clientId, scope: 'client', keyId: 'payment' };
}

/** What the payer may be told. */
function refusalOf(outcome: Exclude<Outcome, { outcome: 'approved' }>) {
  if (outcome.outcome === 'unknown') return refuse('bank_unreachable');
  const { exchange, code, reason } = outcome;
  const wasAsked = exchange !== null && code !== null;
  const noBank = exchange === null && !outcome.mayRetry;
  return wasAsked || noBank ? refuse('bank_declined', { detail: reason }) : refuse('bank_unreachable');
}
