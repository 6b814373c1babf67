/**
 * Runs a period to its end, however often it is started, by however many processes at once: each stage finds
 * what is done, and what is left is shared out.
 */
import { ledgerNowUs } from '../../ledger/history.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import { sleep } from '../../std/timer.ts';
import { collectSome, type CollectContext } from './collect.ts';
import { makeBills, type RunOf } from './make-bills.ts';
import { payOut } from './pay-out.ts';
import { spanOf, type Stage } from './period.ts';
import { beginRun, countBills, countBuyers, findRun, goOn } from './period-store.ts';

export type RunRefusal =
  | 'malformed_period'
  /** Nothing may come to the period any more. */
  | 'period_not_over';

/** Of the stage: buyers seen, or bills whose bank has been asked. */
export type Progress = { readonly stage: Stage; readonly done: number; readonly all: number };

export type RunOptions = {
  readonly onProgress?: (progress: Progress) => void;
  /** When it is aborted the run stops between two steps; another start goes on. */
  readonly signal?: AbortSignal;
};

/** So long after its end a period is over: no transaction that began in it is still under way. */
const SETTLED_AFTER_US = 60_000_000;
const LANES = 2;
const LOOK_AGAIN_MS = 250;

export async function startPeriod(
  { sql }: Pick<CollectContext, 'sql'>,
  run: RunOf,
): Promise<Result<RunOf, RunRefusal>> {
  const span = spanOf(run.period);
  if (span === null) return refuse('malformed_period');
  if ((await ledgerNowUs(sql)) < span.toUs + SETTLED_AFTER_US) return refuse('period_not_over');
  await beginRun(sql, { ...run, ...span });
  return ok(run);
}

/** To its end, or until it is told to stop. */
export async function runPeriod(
  context: CollectContext,
  run: RunOf,
  { onProgress, signal }: RunOptions = {},
): Promise<Result<RunOf, RunRefusal>> {
  const started = await startPeriod(context, run);
  const span = spanOf(run.period);
  if (!started.ok || span === null) return started;
  const { sql } = context;
  const buyers = await countBuyers(sql, run.tenantId);
  let seen = 0;
  onProgress?.({ stage: 'billing', done: 0, all: buyers });
  await makeBills(sql, run, span, (more) => {
    seen += more;
    onProgress?.({ stage: 'billing', done: seen, all: buyers });
  });
  if (signal?.aborted) return started;
  onProgress?.({ stage: 'paying_out', done: 0, all: 1 });
  await payOut(sql, run, span);
  await collect(context, run, { ...(onProgress ? { onProgress } : {}), ...(signal ? { signal } : {}) });
  return started;
}

async function collect(
  context: CollectContext,
  run: RunOf,
  { onProgress, signal }: RunOptions,
): Promise<void> {
  const { sql } = context;
  const row = await findRun(sql, run.tenantId, run.period);
  if (row?.stage !== 'collecting') return;
  const first = await countBills(sql, run.tenantId, run.period);
  let done = first.bills - first.unasked;
  for (;;) {
    onProgress?.({ stage: 'collecting', done, all: first.bills });
    // While one lane waits for the disk the other asks.
    await Promise.all(
      Array.from({ length: LANES }, async () => {
        while (!signal?.aborted) {
          const some = await collectSome(context, run);
          if (some === 0) return;
          done += some;
          onProgress?.({ stage: 'collecting', done: Math.min(done, first.bills), all: first.bills });
        }
      }),
    );
    if (signal?.aborted) return;
    const left = await countBills(sql, run.tenantId, run.period);
    if (left.unasked === 0) break;
    // Another process has them, or has died with them; or nobody knows yet what a bank says.
    done = left.bills - left.unasked;
    await sleep(Math.max(LOOK_AGAIN_MS, Math.min(left.dueInMs ?? 0, 2_000)), signal);
  }
  await goOn(sql, run, 'collecting', 'done');
}
