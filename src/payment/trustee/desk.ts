/** The trustee as main, the routes and the command line use it. */
import type { Bank } from '../../bank/host.ts';
import type { Clock } from '../../std/clock.ts';
import type { KeyRing } from '../../std/key-ring.ts';
import type { Log } from '../../std/log.ts';
import type { Sql } from '../../store/connection.ts';
import { asOutage } from '../../store/connection.ts';
import type { Cards } from '../parts.ts';
import { COLLECT_TIMING, type CollectTiming } from './bill.ts';
import type { CollectContext } from './collect.ts';
import type { RunOf } from './make-bills.ts';
import { runPeriod } from './run.ts';

export type TrusteeDesk = AsyncDisposable & {
  readonly context: CollectContext;
  readonly keys: KeyRing;
  readonly clock: Clock;
  /** Where people reach the operator's pages, without a slash at the end. */
  readonly publicUrl: string;
  /** Goes on in the background, to its end or until this process ends; another start goes on then. */
  readonly runSoon: (run: RunOf) => void;
};

export type TrusteeDeskOptions = {
  readonly sql: Sql;
  readonly bank: Bank;
  readonly parts: { readonly cards: Cards };
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly log: Log;
  readonly publicUrl: string;
  readonly timing?: CollectTiming;
};

export function createTrusteeDesk(options: TrusteeDeskOptions): TrusteeDesk {
  const { sql, bank, parts, log, timing = COLLECT_TIMING, keys, clock, publicUrl } = options;
  const context: CollectContext = { sql, bank, cards: parts.cards, timing, log };
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();

  async function runNow(run: RunOf): Promise<void> {
    try {
      await runPeriod(context, run, { signal: stopping.signal });
    } catch (error) {
      log.warn({ err: asOutage(error), period: run.period }, 'a period run stopped; start it again');
    }
  }

  return {
    context,
    keys,
    clock,
    publicUrl,
    runSoon: (run) => {
      const name = `${run.tenantId} ${run.period}`;
      if (running.has(name)) return;
      running.set(
        name,
        runNow(run).finally(() => running.delete(name)),
      );
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await Promise.all(running.values());
    },
  };
}
