/**
 * Banks, as other rooms see them: ask, complete, reverse, refund (B1, B5 to B8).
 *
 *                authorise ─▶ approved ─┬─ complete ─▶ taken
 *   bank asked ─┤                       └─ reverse ──▶ given back
 *                purchase ──▶ approved ─── refund
 *
 * Before the code or after it, as the caller's configuration says (B5): authorise and complete, or purchase
 * at once. Every question ends as approved, declined or unknown, and unknown is taken back by itself until
 * the bank has acknowledged that (S21).
 */
import type { Clock } from '../std/clock.ts';
import type { KeyRing } from '../std/key-ring.ts';
import type { Log } from '../std/log.ts';
import type { Money } from '../std/money.ts';
import type { Random } from '../std/random.ts';
import { ok, type Result } from '../std/result.ts';
import { asOutage, type Sql, type Tx } from '../store/connection.ts';
import { createAdvise } from './advise.ts';
import { createAsk, type QuestionRequest } from './ask.ts';
import { createClose, type CloseRefusal, type CloseRequest, type CompleteRequest } from './close.ts';
import {
  BANK_TIMING,
  outcomeOf,
  type BankTiming,
  type Context,
  type Outcome,
  type Settled,
} from './context.ts';
import type { ExchangeId, Question } from './exchange.ts';
import { askHolder, type HolderOutcome, type HolderRequest } from './holder.ts';
import { takeLate } from './late.ts';
import type { LinkTiming } from './link.ts';
import { createLinks } from './links.ts';
import { createRepeater, leaseMsOf } from './repeater.ts';
import { findByCaller } from './store.ts';

export type BankOptions = {
  readonly sql: Sql;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Told of completions, reversals and undoings that ended, in the transaction that writes it. */
  readonly onSettled?: (tx: Tx, settled: readonly Settled[]) => Promise<void>;
  readonly timing?: Partial<BankTiming>;
  readonly linkTiming?: Partial<LinkTiming>;
  /** Certificates in PEM that are trusted in place of the system's, for iso8583s. */
  readonly ca?: string;
};

export type LookRequest = {
  readonly home: number;
  readonly kind: Question;
  /** The asking room's own id, under which it asked or may have asked. */
  readonly caller: string;
};

/** asked: nobody knows yet. isClosed: completed or reversed, so that nothing is held any more. */
export type Looked = {
  readonly outcome: Outcome | { readonly outcome: 'asked' };
  readonly isClosed: boolean;
};

/** Answers in the order of the requests. */
export type Enqueue<Request> = (
  tx: Tx,
  requests: readonly Request[],
) => Promise<Result<ExchangeId, CloseRefusal>[]>;

export type Bank = AsyncDisposable & {
  /** Holds the amount. */
  readonly authorise: (request: QuestionRequest) => Promise<Outcome>;
  /** Takes the amount at once. */
  readonly purchase: (request: QuestionRequest) => Promise<Outcome>;
  /** Gives an amount to the card. */
  readonly refund: (request: QuestionRequest) => Promise<Outcome>;
  /**
   * Takes what was held, or less. Unknown: stored, and said until acknowledged; `onSettled` tells its end.
   */
  readonly complete: (request: CompleteRequest) => Promise<Result<Outcome, CloseRefusal>>;
  /** Gives back what was approved and not completed. Unknown: as for complete. */
  readonly reverse: (request: CloseRequest) => Promise<Result<Outcome, CloseRefusal>>;
  /** As complete and reverse, many at once, in the caller's transaction: they are said after the commit. */
  readonly enqueueComplete: Enqueue<CompleteRequest>;
  readonly enqueueReverse: Enqueue<CloseRequest>;
  /** What became of a question that another process asked; null where it was never asked. */
  readonly look: (request: LookRequest) => Promise<Looked | null>;
  /** Who holds the card, as its bank says (B3). */
  readonly holder: (request: HolderRequest) => Promise<HolderOutcome>;
  /** Begins to repeat what is stored (role jobs). */
  readonly start: () => Promise<void>;
  /** Looks for stored advices now. */
  readonly wake: () => void;
};

export function createBank(options: BankOptions): Bank {
  const { sql, keys, clock, random, log } = options;
  const stack = new AsyncDisposableStack();
  const links = stack.use(
    createLinks({
      sql,
      log,
      clock,
      ...(options.linkTiming === undefined ? {} : { timing: options.linkTiming }),
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      onLate: (bankId, message) => {
        takeLate(context, advise, bankId, message).catch((error: unknown) =>
          log.warn({ err: asOutage(error) }, 'a late answer could not be written'),
        );
      },
    }),
  );
  const context: Context = {
    sql,
    links,
    keys,
    clock,
    random,
    log,
    timing: { ...BANK_TIMING, ...options.timing },
    onSettled: options.onSettled ?? null,
  };
  const ask = createAsk(context);
  const advise = createAdvise(context);
  const closing = createClose(context);
  const repeater = stack.use(createRepeater(context, advise));

  /** Says a new advice at once; one that is there already is left to whoever says it. */
  async function close(
    kind: 'complete' | 'reverse',
    request: CloseRequest & { readonly amount: Money | null },
  ): Promise<Result<Outcome, CloseRefusal>> {
    const closed = await closing.leased({ ...request, kind }, await leaseMsOf(context));
    if (!closed.ok) return closed;
    const { advice } = closed.value;
    const said = closed.value.isNew ? await advise.say(closed.value.advice) : null;
    return ok(outcomeOf(said ?? advice));
  }

  async function enqueue(
    tx: Tx,
    kind: 'complete' | 'reverse',
    requests: readonly (CloseRequest & { readonly amount?: Money })[],
  ): Promise<Result<ExchangeId, CloseRefusal>[]> {
    const wanted = requests.map((request) => ({ ...request, amount: request.amount ?? null, kind }));
    const closed = await closing.within(tx, wanted);
    return closed.map((one) => (one.ok ? ok(one.value.advice.id) : one));
  }

  async function look(request: LookRequest): Promise<Looked | null> {
    const row = await findByCaller(sql, request);
    if (row === null) return null;
    const isClosed = row.closedBy !== null;
    return { outcome: row.state === 'asked' ? { outcome: 'asked' } : outcomeOf(row), isClosed };
  }

  return {
    authorise: (request) => ask('authorise', request),
    purchase: (request) => ask('purchase', request),
    refund: (request) => ask('refund', request),
    complete: (request) => close('complete', request),
    reverse: (request) => close('reverse', { ...request, amount: null }),
    enqueueComplete: (tx, requests) => enqueue(tx, 'complete', requests),
    enqueueReverse: (tx, requests) => enqueue(tx, 'reverse', requests),
    look,
    holder: (request) => askHolder(context, request),
    start: () => repeater.start(),
    wake: () => repeater.wake(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
