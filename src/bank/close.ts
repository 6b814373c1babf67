/**
 * Closing what a bank approved: complete takes the money that was held, reverse gives it back (B7, B8).
 *
 *   approved ──closed once──▶ advice written (in the caller's transaction) ──commit──▶ said until acknowledged
 *
 * Only one advice closes a question, so that money is never both taken and given back; after a completion
 * that the bank refused, another may.
 */
import { createBatch } from '../std/batch.ts';
import { newId } from '../std/id.ts';
import type { Money } from '../std/money.ts';
import { ok, refuse, type Refused, type Result } from '../std/result.ts';
import { isFault, type Db, type Tx } from '../store/connection.ts';
import type { Context } from './context.ts';
import { stanOf } from './number.ts';
import {
  closeQuestions,
  findByCaller,
  findExchanges,
  wakeRepeaters,
  type ExchangeKey,
  type ExchangeRow,
  type LeasedAdvice,
  type NewClosing,
} from './store.ts';

export type CloseRequest = {
  readonly home: number;
  readonly tenantId: string;
  /** The asking room's own id: the same one of the same kind is one advice. */
  readonly caller: string;
  /** The exchange that was approved. */
  readonly exchange: string;
};

export type CompleteRequest = CloseRequest & {
  /** At most what was approved; the bank lets the rest go. */
  readonly amount: Money;
};

/**
 * not_found: no such exchange of the tenant, or not of a kind that can be closed so. not_approved: the bank
 * did not approve it, or so long ago that it holds nothing any more. already_closed: it was completed or
 * reversed. amount_too_high: more than was approved, or in another currency.
 */
export type CloseRefusal = 'not_found' | 'not_approved' | 'already_closed' | 'amount_too_high';

type Wanted = CloseRequest & { readonly kind: 'complete' | 'reverse'; readonly amount: Money | null };

/** A new advice, or the one that is there under the same caller's id. */
export type Closed =
  | { readonly isNew: true; readonly advice: LeasedAdvice }
  | { readonly isNew: false; readonly advice: ExchangeRow };

/** What is to be written; or what is there already, or why nothing may be. */
type Prepared = NewClosing | Closed | Refused<CloseRefusal>;

export type Close = {
  /** In the caller's transaction, answers in the order of `wanted`; what is new is said after the commit. */
  readonly within: (tx: Tx, wanted: readonly Wanted[]) => Promise<Result<Closed, CloseRefusal>[]>;
  /** By itself; a new advice is leased to the caller for so long. */
  readonly leased: (wanted: Wanted, leaseMs: number) => Promise<Result<Closed, CloseRefusal>>;
};

export function createClose(context: Context): Close {
  const { sql, links, clock, random } = context;

  const closings = createBatch<NewClosing, LeasedAdvice | null>({
    run: async (made) => {
      const advices = new Map((await closeQuestions(sql, made)).map((advice) => [advice.id, advice]));
      return made.map(({ id }) => advices.get(id) ?? null);
    },
    apartAfter: isFault,
  });

  const originals = createBatch<ExchangeKey, ExchangeRow | null>({
    run: async (keys) => {
      const found = await findByKey(sql, keys);
      return keys.map((key) => found.get(nameOf(key)) ?? null);
    },
  });

  async function prepare(
    db: Db,
    wanted: Wanted,
    original: ExchangeRow | null,
    leaseMs: number | null,
  ): Promise<Prepared> {
    const { home, tenantId, caller, exchange, kind, amount } = wanted;
    const refusal = refusalOf(original, wanted);
    if (original === null || refusal !== null) return refuse(refusal ?? 'not_found');
    if (original.closedBy !== null) {
      const earlier = await findByCaller(db, wanted);
      if (earlier !== null) return { isNew: false, advice: earlier };
    }
    return {
      home,
      tenantId,
      original: exchange,
      id: newId('bex', home, clock.nowMs(), random),
      kind,
      caller,
      stan: stanOf(await links.sequence(original.bankId).next()),
      minor: amount === null ? null : String(amount.minor),
      currency: amount?.currency ?? null,
      reason: kind === 'reverse' ? 'cancelled' : null,
      leaseMs,
    };
  }

  async function answerOf(
    db: Db,
    wanted: Wanted,
    prepared: Prepared,
    advice: LeasedAdvice | null,
  ): Promise<Result<Closed, CloseRefusal>> {
    if ('ok' in prepared) return prepared;
    if ('isNew' in prepared) return ok(prepared);
    if (advice !== null) return ok({ isNew: true, advice });
    const meanwhile = await findByCaller(db, wanted);
    return meanwhile === null ? refuse('already_closed') : ok({ isNew: false, advice: meanwhile });
  }

  async function within(tx: Tx, wanted: readonly Wanted[]): Promise<Result<Closed, CloseRefusal>[]> {
    if (wanted.length === 0) return [];
    const keys = wanted.map(({ home, exchange }) => ({ home, id: exchange }));
    const originals = await findByKey(tx, keys);
    const prepared: (readonly [Wanted, Prepared])[] = [];
    for (const one of wanted) {
      const original = originals.get(nameOf({ home: one.home, id: one.exchange })) ?? null;
      prepared.push([one, await prepare(tx, one, original, null)]);
    }
    const made = prepared.flatMap(([, each]) => ('stan' in each ? [each] : []));
    const advices = new Map<string, LeasedAdvice>();
    if (made.length > 0) {
      const [written] = await Promise.all([closeQuestions(tx, made), wakeRepeaters(tx)]);
      for (const advice of written) advices.set(advice.id, advice);
    }
    return Promise.all(
      prepared.map(([one, each]) =>
        answerOf(tx, one, each, 'stan' in each ? (advices.get(each.id) ?? null) : null),
      ),
    );
  }

  return {
    within,
    leased: async (wanted, leaseMs) => {
      const original = await originals.add({ home: wanted.home, id: wanted.exchange });
      const prepared = await prepare(sql, wanted, original, leaseMs);
      return answerOf(sql, wanted, prepared, 'stan' in prepared ? await closings.add(prepared) : null);
    },
  };
}

async function findByKey(db: Db, keys: readonly ExchangeKey[]): Promise<Map<string, ExchangeRow>> {
  return new Map((await findExchanges(db, keys)).map((row) => [nameOf(row), row]));
}

function nameOf({ home, id }: ExchangeKey): string {
  return `${home} ${id}`;
}

function refusalOf(original: ExchangeRow | null, { tenantId, kind, amount }: Wanted): CloseRefusal | null {
  if (original === null || original.tenantId !== tenantId || original.originalId !== null) return 'not_found';
  if (kind === 'complete' && original.kind !== 'authorise') return 'not_found';
  if (original.state !== 'approved') return 'not_approved';
  if (original.closedBy === null && !original.hasCard) return 'not_approved';
  if (amount === null) return null;
  const isCovered =
    amount.currency === original.currency && amount.minor > 0n && amount.minor <= original.minor;
  return isCovered ? null : 'amount_too_high';
}
