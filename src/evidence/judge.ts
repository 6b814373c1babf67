/**
 * Judges what a stranger hands over to be verified, for a server that has a log of its own.
 *
 *   nothing to read ─▶ unreadable
 *   something fails, by the keys inside ─▶ fails
 *   all holds ─┬─ of another log ─▶ other: true by its own word only
 *              └─ of this log ─┬─ by our keys too ─▶ own
 *                              └─ not ─▶ impostor: somebody made a log of our name
 */
import { receiptIn, type HandedReceipt } from './attached.ts';
import type { LogKeys } from './key.ts';
import { parseReceipt } from './receipt.ts';
import { verifyReceipt, type Line, type VerifiedReceipt } from './verify.ts';

export type Judgement =
  | { readonly kind: 'unreadable'; readonly detail: string }
  | {
      readonly kind: 'fails' | 'impostor';
      readonly from: HandedReceipt['from'];
      readonly lines: readonly Line[];
    }
  | {
      readonly kind: 'own' | 'other';
      readonly from: HandedReceipt['from'];
      readonly receipt: VerifiedReceipt;
      /** The verifier keys that the receipt brings itself. */
      readonly keys: readonly string[];
    };

export type Judge = (bytes: Uint8Array) => Promise<Judgement>;

/** `tsaCa`: the CA, in PEM, of the authority that stamps this log; null when there is none. */
export function createJudge(own: LogKeys, tsaCa: string | null): Judge {
  const trustedKeys = own.verifiers.map((verifier) => verifier.text);
  return async (bytes) => {
    const handed = await receiptIn(bytes);
    if (!handed.ok) return { kind: 'unreadable', detail: handed.detail ?? '' };
    const { json, from } = handed.value;
    const alone = await verifyReceipt(json);
    if (!alone.ok) {
      if (alone.refusal === 'malformed_receipt') return { kind: 'unreadable', detail: alone.detail ?? '' };
      return { kind: 'fails', from, lines: alone.lines };
    }
    const read = parseReceipt(json);
    const keys = read.ok ? read.value.keys.log : [];
    if (alone.origin !== own.origin) return { kind: 'other', from, receipt: alone, keys };
    const pinned = await verifyReceipt(json, { trustedKeys });
    if (!pinned.ok) return { kind: 'impostor', from, lines: pinned.lines };
    return { kind: 'own', from, receipt: await withAuthority(json, pinned, trustedKeys, tsaCa), keys };
  };
}

/** Whether the time-stamp's authority is ours too; one by another authority is still a time-stamp. */
async function withAuthority(
  json: string,
  pinned: VerifiedReceipt,
  trustedKeys: readonly string[],
  tsaCa: string | null,
): Promise<VerifiedReceipt> {
  if (tsaCa === null || pinned.timeStamp.status !== 'stamped') return pinned;
  const certified = await verifyReceipt(json, { trustedKeys, tsaCas: tsaCa });
  return certified.ok ? certified : pinned;
}
