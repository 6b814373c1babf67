import type { LogKeys } from '../evidence/key.ts';
import { createAdmission } from './admission.ts';
import { createAlertRender } from './alert.ts';
import { createBind, type Bind } from './bind.ts';
import { createCancel, type Cancel } from './cancel.ts';
import { createChanges } from './changes.ts';
import type { Context } from './context.ts';
import { createFindConfirmation, type FindConfirmation } from './find.ts';
import { createOpen, type Open } from './open.ts';
import { createOutcomes, type Outcomes } from './outcomes.ts';
import { createFindPolicy } from './policy-store.ts';
import { createIssueReceipt, type IssueReceipt } from './receipt.ts';
import { createRender } from './render.ts';
import { createResend, type Resend } from './resend.ts';
import { createSessionNumbers } from './session.ts';
import { markSent, readMarks, takeSessionNumbers } from './store.ts';
import { createSweeper, type Sweeper } from './sweep.ts';
import { endedEvent } from './telling.ts';
import { createWatcher, type Watcher } from './watcher.ts';
import { createVerify, type Verify } from './verify.ts';

/** The room as others use it: its verbs over one context. */
export type Confirmations = {
  readonly context: Context;
  readonly open: Open;
  readonly verify: Verify;
  readonly resend: Resend;
  readonly cancel: Cancel;
  readonly find: FindConfirmation;
  readonly bind: Bind;
  readonly receipt: IssueReceipt;
  readonly sweeper: Sweeper;
  readonly watcher: Watcher;
  /**
   * At start: what a room does in the very transaction in which a confirmation of its purpose ends
   * (outcomes.ts).
   */
  readonly carryOut: Outcomes['serve'];
  /** The hosted page of a confirmation, with the secret of its session. */
  readonly pageUrl: (id: string, secret: string) => string;
};

export type ConfirmationsOptions = Omit<
  Context,
  'admission' | 'changes' | 'outcomes' | 'sessionNumbers' | 'policyOf'
> & {
  readonly logKeys: LogKeys;
  /** Where people reach the hosted pages, without a slash at the end. */
  readonly publicUrl: string;
};

export function createConfirmations(options: ConfirmationsOptions): Confirmations {
  const { store, gateway, log, publicUrl } = options;
  const context: Context = {
    ...options,
    admission: createAdmission(store.relaxed, (error) =>
      log.warn({ err: error }, 'a verified code was not counted'),
    ),
    changes: createChanges(),
    outcomes: createOutcomes(log),
    sessionNumbers: createSessionNumbers(() => takeSessionNumbers(store.sql)),
    policyOf: createFindPolicy(store.sql),
  };
  context.outcomes.serve('any', {
    onEnded: (tx, outcomes) => context.publish(tx, outcomes.map(endedEvent)),
  });
  const cancel = createCancel(context);
  gateway.serve('code', {
    render: createRender(context),
    onSettled: async (tx, settled) => {
      const sent = settled.filter(({ settlement }) => settlement.to === 'accepted');
      if (sent.length > 0) {
        await markSent(
          tx,
          sent.map(({ key }) => ({ home: key.home, id: key.subjectId })),
        );
      }
    },
    onCommitted: (settled) => {
      for (const { key } of settled) context.changes.tell(key.subjectId);
    },
  });
  gateway.serve('alert', { render: createAlertRender(context) });
  const open = createOpen(context);
  return {
    context,
    open,
    bind: createBind(context, open),
    receipt: createIssueReceipt(context, options.logKeys),
    verify: createVerify(context),
    resend: createResend(context),
    cancel,
    find: createFindConfirmation(context),
    sweeper: createSweeper(context, cancel),
    watcher: createWatcher({
      prefix: 'cnf',
      readMarks: (keys) => readMarks(store.sql, keys),
      changes: context.changes,
      log,
    }),
    carryOut: context.outcomes.serve,
    pageUrl: (id, secret) => `${publicUrl}/c/${id}?session=${secret}`,
  };
}
