/**
 * The two messages of the Time-Stamp Protocol (RFC 3161 section 2.4): the request that names only a digest,
 * and the answer, which counts when every part of it fits what was asked.
 */
import { Constructed, Integer, Null, OctetString, type AsnType } from 'asn1js';
import * as pki from 'pkijs';
import { sha256 } from '../../std/bytes.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import { attempt, bad, OID, readDer, type Certificate } from './token.ts';
import { verifyTimeStamp, type TimeStamp } from './verify.ts';

export const QUERY_TYPE = 'application/timestamp-query';
export const REPLY_TYPE = 'application/timestamp-reply';

export const NONCE_BYTES = 16;
const DETAIL_LENGTH_MAX = 300;
const GRANTED = 0;
const GRANTED_WITH_MODS = 1;

/** PKIFailureInfo (RFC 3161 section 2.4.2), by the number of the bit. */
const FAILURES: Readonly<Record<number, string>> = {
  0: 'it does not know the digest',
  2: 'it does not permit such requests',
  5: 'it could not read the request',
  14: 'its source of time is not available',
  15: 'it does not know the policy',
  16: 'it does not know an extension',
  17: 'it cannot give what was asked for besides',
  25: 'it cannot stamp now',
};

/** Makes 16 random bytes a positive integer in its shortest form. */
export function nonceOf(random: Uint8Array): Uint8Array {
  const nonce = Uint8Array.from(random.subarray(0, NONCE_BYTES));
  nonce[0] = ((nonce[0] ?? 0) & 0x3f) | 0x40;
  return nonce;
}

/** The DER of a TimeStampReq over `message`, which itself stays here. */
export function timeStampQuery(message: Uint8Array, nonce: Uint8Array): Uint8Array {
  const request = new pki.TimeStampReq({
    version: 1,
    messageImprint: new pki.MessageImprint({
      hashAlgorithm: new pki.AlgorithmIdentifier({ algorithmId: OID.sha256, algorithmParams: new Null() }),
      hashedMessage: new OctetString({ valueHex: Uint8Array.from(sha256(message)).buffer }),
    }),
    nonce: new Integer({ valueHex: Uint8Array.from(nonce).buffer }),
    certReq: true,
  });
  return new Uint8Array(request.toSchema().toBER());
}

export type Granted = { readonly token: Uint8Array; readonly timeStamp: TimeStamp };

export type AnswerRefusal =
  /** The authority says no, and why. */
  | 'not_granted'
  /** It says yes, with a token that does not hold. */
  | 'bad_time_stamp';

/** Reads the DER of a TimeStampResp and verifies its token against what was asked. */
export function openReply(
  reply: Uint8Array,
  asked: { message: Uint8Array; nonce: Uint8Array; cas?: readonly Certificate[] },
): Result<Granted, AnswerRefusal> {
  const root = readDer(reply, 'The answer');
  if (!root.ok) return root;
  return attempt('the answer', (): Result<Granted, AnswerRefusal> => {
    const part = partOf(root.value, 1);
    const { status } = new pki.TimeStampResp({ schema: root.value });
    const code: number = status.status;
    if (code !== GRANTED && code !== GRANTED_WITH_MODS) return notGranted(code, status);
    if (!part) return bad('The answer holds no time-stamp although it was granted.');
    const token = Uint8Array.from(part.valueBeforeDecodeView);
    const { message, nonce, cas } = asked;
    const timeStamp = verifyTimeStamp(token, message, { nonce, ...(cas ? { cas } : {}) });
    return timeStamp.ok ? ok({ token, timeStamp: timeStamp.value }) : timeStamp;
  });
}

/** What the authority said, in its own words and in ours. */
function notGranted(code: number, status: pki.PKIStatusInfo): Result<never, 'not_granted'> {
  const bits = status.failInfo?.valueBlock.valueHexView ?? new Uint8Array();
  const why = Object.entries(FAILURES)
    .filter(([bit]) => ((bits[Number(bit) >> 3] ?? 0) & (0x80 >> (Number(bit) & 7))) !== 0)
    .map(([, says]) => says);
  const words = (status.statusStrings ?? []).map((text) => `"${text.valueBlock.value}"`);
  const detail = [`The authority refused (status ${code})`, ...why, ...words].join(', ');
  return refuse('not_granted', { detail: `${detail.slice(0, DETAIL_LENGTH_MAX)}.` });
}

function partOf(node: AsnType, i: number): AsnType | undefined {
  return node instanceof Constructed ? node.valueBlock.value[i] : undefined;
}
