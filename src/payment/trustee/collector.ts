/** The job that asks banks again for bills whose time has come (role jobs), and goes on with what died. */
import { every } from '../../std/timer.ts';
import { asOutage } from '../../store/connection.ts';
import { collectSome, type CollectContext } from './collect.ts';

const PERIOD_MS = 20_000;

export function openCollector(context: CollectContext): AsyncDisposable {
  return every(PERIOD_MS, async () => {
    try {
      while ((await collectSome(context, null)) > 0);
    } catch (error) {
      context.log.warn({ err: asOutage(error) }, 'collecting bills failed');
    }
  });
}
