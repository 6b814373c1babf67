/**
 * Asking a bank: authorise, purchase, refund (B5, B6, B8).
 *
 *   which bank? ─▶ the question is written ─▶ sent ─▶ answered ─▶ how it ended is written ─▶ outcome
 *        └─ none, or none can be reached ─▶ declined           └─ no answer, or an odd one: unknown, and undone
 *
 * The row is committed before a byte leaves, so that a process that dies leaves a question that the repeater
 * finds and undoes. The same caller's id is one question: asked again, it has the first one's outcome.
 */
import { assert, must } from '../std/assert.ts';
import { createBatch } from '../std/batch.ts';
import { toHex } from '../std/bytes.ts';
import { newId } from '../std/id.ts';
import type { Money } from '../std/money.ts';
import { sleep } from '../std/timer.ts';
import { isPan, sealCard, type Card } from './card.ts';
import { declined, outcomeOf, type Context, type Outcome } from './context.ts';
import { currencyNumber } from './currency.ts';
import {
  judgeAnswer,
  noAnswer,
  QUESTIONS,
  type Exchange,
  type ExchangeId,
  type Question,
  type Verdict,
} from './exchange.ts';
import type { Answer } from './link.ts';
import type { Reach } from './links.ts';
import { questionMessage, type Acceptor } from './messages.ts';
import { referenceOf, stanOf } from './number.ts';
import { findBanks } from './route.ts';
import {
  findByCaller,
  insertQuestions,
  settleQuestions,
  wakeRepeaters,
  type NewQuestion,
  type SettledQuestion,
} from './store.ts';

export type QuestionRequest = {
  readonly home: number;
  readonly tenantId: string;
  /** The asking room's own id, 1 to 100 characters: the same one of the same kind is one question. */
  readonly caller: string;
  readonly amount: Money;
  readonly card: Card;
  /** Of the payer, where there is one: it may say which bank to ask. */
  readonly contract?: string | null;
  /** Who takes the card; the bank's own presets where absent. */
  readonly acceptor?: Acceptor;
  /** Up to 8 and 15 visible ASCII characters; of the bank's URL where absent. */
  readonly terminal?: string;
  readonly merchant?: string;
};

export type Ask = (kind: Question, request: QuestionRequest) => Promise<Outcome>;

const WAIT_STEP_MS = 50;

export function createAsk(context: Context): Ask {
  const { sql, links, keys, random, clock, log, timing } = context;

  const inserts = createBatch<NewQuestion, number | null>({
    run: async (rows) => {
      const made = new Map(
        (await insertQuestions(sql, rows)).map(({ id, transmittedMs }) => [id, transmittedMs]),
      );
      return rows.map(({ id }) => made.get(id) ?? null);
    },
  });

  const settlements = createBatch<SettledQuestion, boolean>({
    run: async (rows) => {
      const won = new Set(await settleQuestions(sql, rows));
      return rows.map(({ id }) => won.has(id));
    },
  });

  async function write(kind: Question, request: QuestionRequest, reach: Reach): Promise<Exchange | null> {
    const { home, tenantId, caller, amount, card } = request;
    const nowMs = clock.nowMs();
    const id = newId('bex', home, nowMs, random);
    const sequence = await reach.sequence.next();
    const { keyId, card: sealed } = sealCard(keys, id, card, random);
    const exchange = {
      home,
      id,
      tenantId,
      bankId: reach.bankId,
      kind,
      processing: QUESTIONS[kind].processing,
      stan: stanOf(sequence),
      rrn: referenceOf(sequence, nowMs),
      terminal: (request.terminal ?? reach.url.terminal).padEnd(8),
      merchant: (request.merchant ?? reach.url.merchant).padEnd(15),
    };
    const { minor, currency } = amount;
    const dueMs = reach.url.timeoutMs + timing.askedGraceMs;
    const row = { ...exchange, caller, minor: String(minor), currency, keyId, card: toHex(sealed), dueMs };
    const transmittedMs = await inserts.add(row);
    return transmittedMs === null ? null : { ...exchange, amount, transmittedMs };
  }

  async function settle(exchange: Exchange, reach: Reach, verdict: Verdict): Promise<boolean> {
    const { home, id } = exchange;
    const { state, code, authCode, undo } = verdict;
    const undoId: ExchangeId | null = undo === null ? null : newId('bex', home, clock.nowMs(), random);
    const undoStan = undo === null ? null : stanOf(await reach.sequence.next());
    const won = await settlements.add({
      home,
      id,
      state,
      code,
      authCode,
      undoId,
      undoStan,
      undoReason: undo,
    });
    if (undo !== null) await wakeRepeaters(sql);
    return won;
  }

  /** The outcome of the question that is there under the same caller's id. */
  async function earlier(kind: Question, request: QuestionRequest, waitMs: number): Promise<Outcome> {
    for (let waitedMs = 0; ; waitedMs += WAIT_STEP_MS) {
      const found = must(await findByCaller(sql, { ...request, kind }), 'a question that was there is gone');
      const isSame = found.minor === request.amount.minor && found.currency === request.amount.currency;
      assert(isSame, `the ${kind} ${request.caller} was asked before with another amount`);
      if (found.state !== 'asked' || waitedMs >= waitMs) return outcomeOf(found);
      await sleep(WAIT_STEP_MS);
    }
  }

  async function reachFor(request: QuestionRequest): Promise<Reach | 'no bank' | 'out of reach'> {
    const { tenantId, contract = null, card } = request;
    const banks = findBanks(await links.routes(), { tenantId, contract, pan: card.pan.reveal() });
    for (const bankId of banks) {
      const reach = await links.reach(bankId);
      if (reach !== null) return reach;
    }
    return banks.length === 0 ? 'no bank' : 'out of reach';
  }

  return async (kind, request) => {
    assert(request.amount.minor > 0n, 'a bank was asked for nothing');
    if (!isPan(request.card.pan)) return declined(null, null, 'the card number is malformed');
    if (currencyNumber(request.amount.currency) === null)
      return declined(null, null, 'no card has this currency');
    const reach = await reachFor(request);
    if (reach === 'no bank') return declined(null, null, 'no bank is known for this card');
    if (reach === 'out of reach') {
      return { ...declined(null, null, 'no connection to the bank'), mayRetry: true };
    }
    const exchange = await write(kind, request, reach);
    if (exchange === null) return earlier(kind, request, reach.url.timeoutMs + timing.askedGraceMs);
    const message = questionMessage(exchange, request.card, reach.url.acquirer, request.acceptor ?? null);
    const answer = await reach.link.exchange(message);
    return conclude(exchange, reach, answer);
  };

  async function conclude(exchange: Exchange, reach: Reach, answer: Answer): Promise<Outcome> {
    const { id, rrn, home } = exchange;
    if (answer.kind === 'unsent') {
      const none = { code: null, authCode: null, undoId: null, undoStan: null, undoReason: null };
      await settlements.add({ home, id, state: 'unsent', ...none });
      return { ...declined(id, null, answer.reason), mayRetry: true };
    }
    const verdict =
      answer.kind === 'answered' ? judgeAnswer(exchange, answer.message) : noAnswer(answer.reason);
    const won = await settle(exchange, reach, verdict);
    if (!won || verdict.state === 'unknown') {
      log.warn({ exchange: id, code: verdict.code, reason: verdict.reason }, 'a bank left a question open');
      return { outcome: 'unknown', exchange: id, reason: verdict.reason };
    }
    if (verdict.state === 'declined') return declined(id, verdict.code, verdict.reason);
    return { outcome: 'approved', exchange: id, authCode: verdict.authCode, rrn };
  }
}
