/**
 * Asking a time-stamping authority over HTTP (RFC 3161 section 3.4), for what is stored only after it was
 * verified as any reader will: the request holds a digest and a number that is used once, nothing else.
 */
import type { Outbound } from '../../http/outbound.ts';
import { Outage } from '../../std/outage.ts';
import type { Random } from '../../std/random.ts';
import { refuse, type Result } from '../../std/result.ts';
import { readCas } from './certificate.ts';
import { NONCE_BYTES, nonceOf, openReply, QUERY_TYPE, REPLY_TYPE, timeStampQuery } from './protocol.ts';
import type { AnswerRefusal, Granted } from './protocol.ts';

export type AuthorityOptions = {
  readonly url: string;
  /** CAs in PEM of which one must have certified the authority; null when every one is good. */
  readonly caPem: string | null;
  readonly outbound: Outbound;
  readonly random: Random;
  readonly timeoutMs?: number;
};

export type Authority = {
  /** Throws `Outage` when there is no answer. */
  readonly stamp: (message: Uint8Array) => Promise<Result<Granted, AnswerRefusal | 'malformed_ca'>>;
};

const ASK_TIMEOUT_MS = 10_000;
const ANSWER_MAX_BYTES = 64 * 1024;

export function createAuthority(options: AuthorityOptions): Authority {
  const { url, caPem, outbound, random, timeoutMs = ASK_TIMEOUT_MS } = options;
  return {
    stamp: async (message) => {
      const cas = caPem === null ? null : readCas(caPem);
      if (cas && !cas.ok) return refuse('malformed_ca', { detail: cas.detail ?? '' });
      const nonce = nonceOf(random(NONCE_BYTES));
      const answer = await outbound.send({
        method: 'POST',
        url,
        headers: { 'Content-Type': QUERY_TYPE, Accept: REPLY_TYPE },
        body: timeStampQuery(message, nonce),
        timeoutMs,
        answerMaxBytes: ANSWER_MAX_BYTES,
      });
      if (answer.status !== 200) throw unusable(`it answered with status ${answer.status}`);
      if (answer.contentType.split(';')[0]?.trim().toLowerCase() !== REPLY_TYPE) {
        throw unusable(`its answer is no ${REPLY_TYPE}`);
      }
      return openReply(answer.body, { message, nonce, ...(cas ? { cas: cas.value } : {}) });
    },
  };
}

function unusable(why: string): Outage {
  return new Outage(`the time-stamping authority is of no use: ${why}`);
}
