/**
 * A client as sane ones are: what got no answer, or 503, or "still running", it sends again with the same
 * Idempotency-Key; and the phones of the people it calls for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { codeIn } from '../../sim/handset.ts';
import type { SmscMessage } from '../../sim/smsc.ts';
import { callApi, type Answer } from '../world.ts';

export type SaneClientOptions = {
  readonly url: string;
  readonly apiKey: string;
  /** Numbers in [0, 1), seeded. */
  readonly random: () => number;
};

export type SaneClient = {
  /** Calls until there is a last word; null when there was none for too long. No body: GET. */
  readonly insist: (path: string, body: unknown, key: string | null) => Promise<Answer | null>;
  /** The first code for the number that is not among those already seen. */
  readonly nextCode: (number: string, seen: Set<string>) => Promise<string | null>;
  readonly receive: (message: SmscMessage) => void;
  readonly texts: ReadonlyMap<string, readonly SmscMessage[]>;
  /** Answers that a server of ours must never give. */
  readonly faults: string[];
  /** Calls that got no answer, 503, or "still running", and were sent again. */
  readonly repeated: () => number;
};

const TEXT_MAX_MS = 35_000;
const AGAIN_MS = 300;
const AGAIN_MAX_MS = 2_000;
const INSIST_MAX_MS = 90_000;
const CALL_MAX_MS = 60_000;
const CLAIMED_MAX_MS = 1_500;
/** An outage here, and one of a bank behind us: a client knows what to do. */
const UNDERSTOOD: ReadonlySet<number> = new Set([503, 504]);

export function createSaneClient({ url, apiKey, random }: SaneClientOptions): SaneClient {
  const texts = new Map<string, SmscMessage[]>();
  const waiting = new Map<string, () => void>();
  const faults: string[] = [];
  let repeated = 0;

  async function insist(path: string, body: unknown, key: string | null): Promise<Answer | null> {
    const untilMs = performance.now() + INSIST_MAX_MS;
    let claimedMs: number | null = null;
    let fresh = 0;
    let backOffMs = AGAIN_MS;
    while (performance.now() < untilMs) {
      const answer = await callOnce(path, body, key === null || fresh === 0 ? key : `${key}.${fresh}`);
      if (answer && answer.status >= 500 && !UNDERSTOOD.has(answer.status)) {
        faults.push(`${answer.status} ${path} ${answer.text}`);
        return null;
      }
      if (answer && answer.status !== 503 && answer.body['type'] !== '/problems/idempotency_conflict')
        return answer;
      repeated++;
      if (answer?.status === 409) {
        // A killed server's claim lasts a minute; a person who waits for a code is not kept so long.
        claimedMs ??= performance.now();
        if (performance.now() - claimedMs > CLAIMED_MAX_MS) fresh++;
      }
      const askedMs = Number(answer?.headers.get('retry-after') ?? 0) * 1000;
      await sleep(Math.min(AGAIN_MAX_MS, Math.max(backOffMs, askedMs)) * (0.5 + random()));
      backOffMs = Math.min(AGAIN_MAX_MS, backOffMs * 2);
    }
    return null;
  }

  async function callOnce(path: string, body: unknown, key: string | null): Promise<Answer | null> {
    const headers = {
      authorization: `Bearer ${apiKey}`,
      ...(key === null ? {} : { 'idempotency-key': key }),
    };
    const given = AbortSignal.timeout(CALL_MAX_MS);
    const gone = new Promise<null>((resolve) => given.addEventListener('abort', () => resolve(null)));
    try {
      const method = body === undefined ? 'GET' : 'POST';
      return await Promise.race([callApi(`${url}${path}`, method, body, headers), gone]);
    } catch {
      return null;
    }
  }

  async function nextCode(number: string, seen: Set<string>): Promise<string | null> {
    const untilMs = performance.now() + TEXT_MAX_MS;
    for (;;) {
      for (const { text } of texts.get(number) ?? []) {
        const code = codeIn(text);
        if (code !== null && !seen.has(code)) {
          seen.add(code);
          return code;
        }
      }
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return null;
      const arrival = new Promise<void>((resolve) => waiting.set(number, resolve));
      await Promise.race([arrival, sleep(leftMs)]);
    }
  }

  return {
    insist,
    nextCode,
    receive: (message) => {
      const own = texts.get(message.to) ?? [];
      texts.set(message.to, own);
      own.push(message);
      waiting.get(message.to)?.();
      waiting.delete(message.to);
    },
    texts,
    faults,
    repeated: () => repeated,
  };
}
