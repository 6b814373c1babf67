import { ok, refuse, type Result } from '../std/result.ts';
import { homeOf } from '../std/id.ts';
import { countryOf } from '../directory/number.ts';
import { appendEntries } from '../evidence/append.ts';
import { enqueue } from '../gateway/gateway.ts';
import { transaction } from '../store/transaction.ts';
import { isOpen, standingFor, type Confirmation } from './confirmation.ts';
import type { Context } from './context.ts';
import { refusedEntry, resentEntry } from './entries.ts';
import { dispatchOf } from './open.ts';
import { isSessionSecret } from './session.ts';
import { lockConfirmations, readConfirmations, reissue } from './store.ts';
import type { VerifyInput } from './verify.ts';

/**
 * Sends a new code for the same act in the same session: a new nonce, so the old code is worthless, and a new
 * validity. The counts of wrong tries stay as they are (S4), and the sending limits hold (S13).
 */
export type ResendInput = Omit<VerifyInput, 'code'> & { readonly ip: string };

export type ResendRefusal = 'refused' | 'ended' | 'resends_used_up' | 'too_soon' | 'sending_limit';

export type Resend = (input: ResendInput) => Promise<Result<{ readonly id: string }, ResendRefusal>>;

export function createResend(context: Context): Resend {
  const { store, gatewayIsLocal, admission, clock, random, keys } = context;

  return async (input) => {
    const home = homeOf('cnf', input.id);
    if (home === null) return refuse('refused');
    const key = { home, id: input.id };
    const [found] = await readConfirmations(store.sql, keys, [key]);
    if (!found || !ownedBy(input, found)) return refuse('refused');
    if (!isOpen(found.state) || found.nowMs >= found.expiresAtMs) return refuse('ended');
    if (found.issue >= found.resendsMax) return refuse('resends_used_up');
    const waitMs = found.issuedAtMs + found.resendGapMs - found.nowMs;
    if (waitMs > 0) return refuse('too_soon', { retryAfterMs: waitMs });
    const { limits } = await context.policyOf(found.tenantId);
    const admitted = await admission.ask({
      sending: {
        tenantId: found.tenantId,
        clientId: found.clientId,
        ip: input.ip,
        number: found.address,
        country: countryOf(found.address),
      },
      home,
      guardKey: found.guardKey,
      limits,
    });
    if (!admitted.admitted) {
      const refused = refusedEntry(found, found.clientId, admitted.exceeded, clock.nowMs());
      await transaction(store.sql, (tx) => appendEntries(tx, [refused]));
      return refuse('sending_limit', { retryAfterMs: admitted.retryAfterMs });
    }
    const result = await transaction(store.sql, async (tx) => {
      const [row] = await lockConfirmations(tx, keys, [key]);
      // Another resend, a right code or the end of its time may have come first.
      if (!row || !isOpen(row.state) || row.nowMs >= row.expiresAtMs || row.issue !== found.issue)
        return refuse('ended');
      // A barred address gets no more codes; the answer does not say so (S5).
      if (standingFor(row, row, row.nowMs, limits.failures) !== 'clear') return ok({ id: row.id });
      const nowMs = clock.nowMs();
      await reissue(tx, { ...key, keyId: keys.currentId, nonce: random(16), issuedAtMs: nowMs });
      await enqueue(tx, [dispatchOf({ ...row, issue: row.issue + 1 })], false);
      await appendEntries(tx, [resentEntry(row, row.issue + 1, nowMs, admitted.exceeded)]);
      return ok({ id: row.id });
    });
    if (gatewayIsLocal) context.gateway.wake();
    context.changes.tell(input.id);
    return result;
  };
}

function ownedBy(input: ResendInput, row: Confirmation): boolean {
  const { within } = input;
  const sessionRight = isSessionSecret(input.session, row.sessionHash);
  return (
    sessionRight &&
    (within === null || (within.tenantId === row.tenantId && within.clientId === row.clientId))
  );
}
