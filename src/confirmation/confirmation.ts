import { sha256, toHex } from '../std/bytes.ts';
import type { Language } from '../std/language.ts';
import type { AddressSource } from '../directory/address.ts';
import type { Assurance, ChannelKind } from '../gateway/channel.ts';
import type { Act } from './act.ts';
import type { Binding, Issue } from './code.ts';
import { afterFailure, standingOf, type Guard, type Standing } from './guard.ts';
import type { FailureRule } from './policy-limits.ts';
import type { ConfirmationState } from './view.ts';

/**
 * A confirmation: one run of the primitive.
 *
 *             open                      dispatch accepted        right code
 *  (nothing) ──────▶ opened ───────────▶ sent ─────────────────▶ confirmed
 *                      │                   ├─ attempts used up ─▶ locked
 *                      │                   ├─ time passed ──────▶ expired
 *                      │                   └─ "not me", cancel, session closed ─▶ cancelled
 *                      └─ policy says normal ─▶ confirmed (exempt, reason recorded)
 *
 * A right code can overtake the network's answer, so opened is judged as sent is.
 */
export type Confirmation = {
  readonly home: number;
  readonly id: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly subscriberId: string | null;
  readonly addressId: string | null;
  readonly channel: ChannelKind;
  readonly address: string;
  readonly addressSource: AddressSource;
  readonly assurance: Assurance;
  readonly guardKey: Uint8Array;
  /** Canonical JSON text. */
  readonly act: string;
  readonly language: Language;
  readonly returnUrl: string | null;
  readonly state: ConfirmationState;
  readonly reason: string | null;
  readonly sessionNumber: bigint;
  readonly sessionHash: Uint8Array;
  readonly keyId: string;
  readonly nonce: Uint8Array;
  /** Null once the person was erased. */
  readonly salt: Uint8Array | null;
  /** 0 at opening, one more with each resend. */
  readonly issue: number;
  readonly issuedAtMs: number;
  readonly digits: number;
  readonly attempts: number;
  readonly attemptsMax: number;
  readonly resendsMax: number;
  readonly resendGapMs: number;
  readonly validityMs: number;
  readonly connected: boolean;
  /** Until when the session counts as connected; null when that is not demanded. */
  readonly presentUntilMs: number | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly endedAtMs: number | null;
};

export type EndedState = Exclude<ConfirmationState, 'opened' | 'sent'>;

/** Why a confirmation was cancelled. */
export const CANCEL_REASONS = ['cancelled', 'not_me', 'session_closed'] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];

export function isOpen(state: ConfirmationState): state is 'opened' | 'sent' {
  return state === 'opened' || state === 'sent';
}

/** The part of a row that its code is derived from; fixed for each issue. */
export type IssueSource = Pick<
  Confirmation,
  | 'tenantId'
  | 'clientId'
  | 'subscriberId'
  | 'channel'
  | 'address'
  | 'act'
  | 'nonce'
  | 'sessionNumber'
  | 'issuedAtMs'
  | 'digits'
  | 'keyId'
>;

export function issueOf(row: IssueSource): Issue {
  const binding: Binding = {
    tenantId: row.tenantId,
    clientId: row.clientId,
    subscriberId: row.subscriberId,
    channel: row.channel,
    address: row.address,
    act: row.act,
    direction: 'forward',
    nonce: row.nonce,
  };
  return {
    binding,
    sessionNumber: row.sessionNumber,
    issuedAtMs: row.issuedAtMs,
    digits: row.digits,
    keyId: row.keyId,
  };
}

/**
 * What was found out about a try before it is judged; both are always computed, so that they take the same
 * time.
 */
export type Try = { readonly sessionRight: boolean; readonly codeRight: boolean };

export type Verdict =
  | { readonly kind: 'confirmed' }
  /** Counted on the confirmation and on the address (S4). */
  | { readonly kind: 'wrong'; readonly locks: boolean; readonly guard: Guard; readonly alert: boolean }
  /** Not counted, and answered exactly as a wrong code (S5). */
  | { readonly kind: 'barred'; readonly why: 'session' | 'blocked' | 'disabled' | 'disconnected' }
  /** It is over; the holder of its session may be told how. */
  | { readonly kind: 'over'; readonly state: EndedState };

/**
 * Whether it proves possession of the very address that its code goes to: such an act binds that address when
 * it is confirmed (S11).
 */
export function provesItsAddress(row: Pick<Confirmation, 'act' | 'addressId'>): boolean {
  if (row.addressId === null || !row.act.includes('"bind_address"')) return false;
  const act = JSON.parse(row.act) as Act;
  return act.purpose === 'bind_address' && act.contentDigest === addressDigest(row.addressId);
}

/** What names an address in the act that binds it. */
export function addressDigest(addressId: string): string {
  return toHex(sha256(addressId));
}

/**
 * Whether the address may be tried for this row. Binding it anew is the one way back for a disabled address,
 * so that only a block holds against it (S4).
 */
export function standingFor(
  row: Pick<Confirmation, 'act' | 'addressId'>,
  guard: Guard,
  nowMs: number,
  rule: FailureRule,
): Standing {
  const standing = standingOf(guard, nowMs, rule);
  if (standing !== 'disabled' || !provesItsAddress(row)) return standing;
  return standingOf({ ...guard, failuresInAll: 0 }, nowMs, rule);
}

/**
 * Judges one try against the locked rows, in the order that leaks least: whose session, whether still open,
 * whether the address may try at all, and only then the code.
 */
export function judge(
  row: Confirmation,
  guard: Guard,
  tried: Try,
  nowMs: number,
  rule: FailureRule,
): Verdict {
  if (!tried.sessionRight) return { kind: 'barred', why: 'session' };
  if (!isOpen(row.state)) return { kind: 'over', state: row.state };
  if (nowMs >= row.expiresAtMs) return { kind: 'over', state: 'expired' };
  const standing = standingFor(row, guard, nowMs, rule);
  if (standing !== 'clear') return { kind: 'barred', why: standing };
  if (row.connected && (row.presentUntilMs === null || nowMs >= row.presentUntilMs)) {
    return { kind: 'barred', why: 'disconnected' };
  }
  if (tried.codeRight) return { kind: 'confirmed' };
  const after = afterFailure(guard, nowMs, rule);
  return {
    kind: 'wrong',
    locks: row.attempts + 1 >= row.attemptsMax,
    guard: after.guard,
    alert: after.alert,
  };
}
