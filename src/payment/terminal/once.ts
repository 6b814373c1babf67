/**
 * A message of a terminal is worked on once, however often it is said, over whichever connection and process:
 *
 *   new ──▶ worked on ──▶ answered ──▶ its repeats get the same answer
 *              └─ its process died, or nothing is known yet ──▶ the next repeat works on
 */
import { assert, must } from '../../std/assert.ts';
import { equalBytes } from '../../std/bytes.ts';
import { sleep } from '../../std/timer.ts';
import { asOutage } from '../../store/connection.ts';
import { answer, UNDER_WAY, type Answer, type Context } from './context.ts';
import {
  answerExchange,
  claimExchange,
  findExchange,
  releaseExchange,
  takeOverExchange,
  type ExchangeKey,
  type ExchangeKind,
  type ExchangeRow,
} from './store.ts';

export type Job = { readonly key: ExchangeKey; readonly kind: ExchangeKind; readonly digest: Uint8Array };

/** `left`: what an earlier worker left; null for a message that is new. */
export type Work = (left: ExchangeRow | null) => Promise<Answer>;

export type Once = (job: Job, work: Work) => Promise<Answer>;

/** The bank, the code's way and our database take less together. */
const HOLD_MS = 90_000;
const WAIT_MAX_MS = 20_000;
const LOOK_MS = 200;

export function createOnce({ sql, log }: Pick<Context, 'sql' | 'log'>): Once {
  /** Of this process, so that a repeat waits for the very answer. */
  const inHand = new Map<string, { readonly digest: Uint8Array; readonly answering: Promise<Answer> }>();

  async function run(job: Job, work: Work): Promise<Answer> {
    const { key, kind, digest } = job;
    for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
      if (await claimExchange(sql, key, kind, digest, HOLD_MS)) return worked(job, work, null);
      const row = must(await findExchange(sql, key), 'a message that is there is found');
      if (row.isReversed) return answer('17');
      if (row.kind !== kind || !equalBytes(row.digest, digest)) return answer('94');
      if (row.answer !== null) return readAnswer(row.answer);
      if (!row.isHeld && (await takeOverExchange(sql, key, HOLD_MS))) return worked(job, work, row);
      if (waitedMs >= WAIT_MAX_MS) return UNDER_WAY;
      await sleep(LOOK_MS);
    }
  }

  /** What fails is said again by the terminal, and then looked into anew; a terminal that gives up undoes. */
  async function worked(job: Job, work: Work, left: ExchangeRow | null): Promise<Answer> {
    try {
      const made = await work(left);
      if (made.code === UNDER_WAY.code) await releaseExchange(sql, job.key);
      else await answerExchange(sql, job.key, JSON.stringify(made));
      return made;
    } catch (error) {
      log.error({ err: asOutage(error) }, 'a message of a terminal could not be carried out');
      await releaseExchange(sql, job.key).catch(() => undefined);
      return UNDER_WAY;
    }
  }

  return async (job, work) => {
    const { home, terminalId, day, stan } = job.key;
    const name = `${home} ${terminalId} ${day} ${stan}`;
    const known = inHand.get(name);
    if (known !== undefined) return equalBytes(known.digest, job.digest) ? known.answering : answer('94');
    const answering = run(job, work).finally(() => inHand.delete(name));
    inHand.set(name, { digest: job.digest, answering });
    return answering;
  };
}

function readAnswer(json: string): Answer {
  const read: unknown = JSON.parse(json);
  assert(typeof read === 'object' && read !== null && 'code' in read, 'a kept answer is none');
  return read as Answer;
}
