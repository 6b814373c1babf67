import { createHash } from 'node:crypto';
import { equalBytes, utf8 } from '../std/bytes.ts';
import type { KeyRing } from '../std/key-ring.ts';
import { Secret } from '../std/secret.ts';
import { ocra } from './ocra.ts';

/**
 * The code of a confirmation (P2): OCRA (RFC 6287) over the binding, the session number and the minute of
 * issue.
 *
 *   binding (act, parties, nonce) ──JCS, SHA-256──▶ Q ─┐
 *   session number ───────────────────────────────▶ S ─┼─ OCRA-1:HOTP-SHA256-n:QH64-S064-T1M ──▶ n digits
 *   minute of issue ──────────────────────────────▶ T ─┘
 *   master key ──HKDF──▶ K
 *
 * Every detail of the act is in the binding, so any change of it makes another code (RTS 2018/389 art.
 * 5(1)(d), S6). The code is never stored: it is derived to be sent, and derived again to be checked.
 */
export type Binding = {
  readonly tenantId: string;
  readonly clientId: string;
  /** The subscriber's id, or null when only an address is known. */
  readonly subscriberId: string | null;
  readonly channel: string;
  readonly address: string;
  /** The act in its canonical JSON text (RFC 8785); its purpose is part of it. */
  readonly act: string;
  /** Only `forward` so far: sent to the secondary channel, typed on the primary one. */
  readonly direction: 'forward';
  /** 128 random bits, new for each issue. */
  readonly nonce: Uint8Array;
};

export type Issue = {
  readonly binding: Binding;
  readonly sessionNumber: bigint;
  readonly issuedAtMs: number;
  /** 6 to 10. */
  readonly digits: number;
  /** Which master key it was issued under. */
  readonly keyId: string;
};

const KEY_INFO = 'countersign/code/1';
const MINUTE_MS = 60_000;
/** What `normaliseCode` lets through at most; longer than any code, so that no prefix is one. */
const DIGITS_TYPED_MAX = 32;
/** What no code is, to compare with where nothing readable was typed: without a branch of its own. */
const NO_CODE = '-';
const SPACING = /[\s.\-\u2010-\u2015]/gu;

/** The JCS text of the binding; its members stand in the order that RFC 8785 wants. */
export function bindingText(binding: Binding): string {
  const { tenantId, clientId, subscriberId, channel, address, act, direction, nonce } = binding;
  return (
    `{"act":${act},"address":${JSON.stringify(address)},"channel":${JSON.stringify(channel)},` +
    `"client":${JSON.stringify(clientId)},"direction":${JSON.stringify(direction)},` +
    `"nonce":"${Buffer.from(nonce).toString('base64url')}","subscriber":${JSON.stringify(subscriberId)},` +
    `"tenant":${JSON.stringify(tenantId)},"version":1}`
  );
}

export function deriveCode(keys: KeyRing, issue: Issue): Secret<string> {
  const suite = `OCRA-1:HOTP-SHA256-${issue.digits}:QH64-S064-T1M`;
  return new Secret(
    ocra(suite, keys.derive(issue.keyId, KEY_INFO), {
      question: createHash('sha256').update(bindingText(issue.binding)).digest('hex'),
      session: utf8(issue.sessionNumber.toString()),
      timeStep: BigInt(Math.floor(issue.issuedAtMs / MINUTE_MS)),
    }),
  );
}

/**
 * What a person typed, as digits: full-width and other decimal forms folded by NFKC, the spacing people copy
 * removed. Null when anything else is in it; the length is not judged here (S15).
 */
export function normaliseCode(typed: string): string | null {
  if (typed.length > 64) return null;
  const digits = typed.normalize('NFKC').replace(SPACING, '');
  return /^\d{1,32}$/.test(digits) ? digits : null;
}

/** Compares whole codes in constant time whatever their lengths, by filling both up to one (S15, S22). */
export function sameCode(expected: Secret<string>, typed: string | null): boolean {
  const wanted = Buffer.from(expected.reveal().padEnd(DIGITS_TYPED_MAX, ' '), 'latin1');
  const given = Buffer.from((typed ?? NO_CODE).padEnd(DIGITS_TYPED_MAX, ' '), 'latin1');
  return equalBytes(wanted, given);
}
