/**
 * Asking a number directory: a service of a network operator, or of another trusted third party, that says
 * which number belongs to an identifier (P3). The interface, which is documented in docs/number-directory.md:
 *
 *   POST <url>            Authorization: Bearer <token>
 *   {"tenant": "ten_...", "identifier": {"kind": "subscriber_number", "value": "4711"}}       kind may be null
 *
 *   200 {"found": true, "number": "+33612345678", "language": "fr"}                   language may be absent or null
 *   200 {"found": false}
 *
 * Identifiers travel in the body, so that no access log keeps them. Anything else than these two answers is
 * an outage: a directory that is down, slow or confused never lets anybody through, and never says "unknown"
 * by accident (S17).
 */
import { z } from 'zod';
import type { Outbound } from '../http/outbound.ts';
import { LANGUAGES } from '../std/language.ts';
import { Outage } from '../std/outage.ts';
import type { Secret } from '../std/secret.ts';
import type { NumberDirectory } from './resolve.ts';

export type NumberDirectoryOptions = {
  readonly url: string;
  readonly token: Secret<string>;
  readonly outbound: Outbound;
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 3_000;
const ANSWER_MAX_BYTES = 4_096;
const RETRY_AFTER_MS = 5_000;
const E164 = /^\+[1-9]\d{6,14}$/;

/** Fields that are added later are let through unread. */
const AnswerSchema = z.discriminatedUnion('found', [
  z.object({
    found: z.literal(true),
    number: z.string().regex(E164),
    language: z.enum(LANGUAGES).nullish().catch(null),
  }),
  z.object({ found: z.literal(false) }),
]);

export function createNumberDirectory(options: NumberDirectoryOptions): NumberDirectory {
  const { url, token, outbound, timeoutMs = TIMEOUT_MS } = options;
  return {
    lookup: async ({ tenantId, kind, value }) => {
      const answer = await outbound.send({
        method: 'POST',
        url,
        headers: {
          Authorization: `Bearer ${token.reveal()}`,
          'Content-Type': 'application/json',
          Accept: 'application/json',
        },
        body: JSON.stringify({ tenant: tenantId, identifier: { kind, value } }),
        timeoutMs,
        answerMaxBytes: ANSWER_MAX_BYTES,
      });
      if (answer.status !== 200) throw unusable(`it answered with status ${answer.status}`);
      const read = AnswerSchema.safeParse(parseJson(answer.body));
      if (!read.success) throw unusable('its answer is not of the documented form');
      if (!read.data.found) return null;
      return { value: read.data.number, language: read.data.language ?? null };
    },
  };
}

/** The message names nothing of the answer, for it may be somebody's number. */
function unusable(why: string): Outage {
  return new Outage(`the number directory cannot be used: ${why}`, { retryAfterMs: RETRY_AFTER_MS });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return null;
  }
}
