import type { Confirmations } from '../../confirmation/confirmations.ts';
import type { Directory } from '../../directory/resolve.ts';
import type { KeyRing } from '../../std/key-ring.ts';
import type { Log } from '../../std/log.ts';
import type { Sql } from '../../store/connection.ts';
import type { PaymentParts } from '../parts.ts';
import { createDryRun } from './dry-run.ts';
import { createExemptions, type Exemptions } from './exemptions.ts';
import { createChangeTrust, createTrustOutcome } from './trust.ts';

/** Exemptions as main and the routes use them. */
export type ExemptionDesk = {
  readonly sql: Sql;
  readonly confirmations: Confirmations;
  readonly exemptions: Exemptions;
  readonly dryRun: ReturnType<typeof createDryRun>;
  readonly changeTrust: ReturnType<typeof createChangeTrust>;
};

export type ExemptionDeskOptions = {
  readonly sql: Sql;
  readonly keys: KeyRing;
  readonly directory: Directory;
  readonly confirmations: Confirmations;
  readonly parts: Pick<PaymentParts, 'cards' | 'contractOf'>;
  readonly log: Log;
};

/** In every process in which confirmations end. */
export function createExemptionDesk(options: ExemptionDeskOptions): ExemptionDesk {
  const { sql, confirmations } = options;
  const exemptions = createExemptions({ log: options.log });
  confirmations.carryOut('order', { onEnded: createTrustOutcome(exemptions) });
  return {
    sql,
    confirmations,
    exemptions,
    dryRun: createDryRun({ ...options, exemptions }),
    changeTrust: createChangeTrust({ sql, confirmations }),
  };
}
