/**
 * Callers as sane clients are: each opens a confirmation, waits for the text on the phone, brings the code
 * back, and sends again with the same Idempotency-Key whatever got no answer, or 503, or "still running".
 * What they were answered is what the invariants are held against afterwards.
 *
 *   open ──▶ text ──▶ right code | a wrong one first | cancel | never comes back ──▶ the next one, with another number
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SmscMessage } from '../../sim/smsc.ts';
import { createSaneClient } from './sane-client.ts';
import type { Acknowledged } from '../invariants.ts';

export type CallersOptions = {
  readonly url: string;
  readonly apiKey: string;
  readonly count: number;
  /** Numbers in [0, 1), seeded. */
  readonly random: () => number;
};

export type Tally = {
  opened: number;
  confirmed: number;
  cancelled: number;
  /** Calls that were sent again. */
  readonly repeated: number;
  /** Opened, and its text did not come before the code's end. */
  withoutText: number;
  /** Answers that a server of ours must never give. */
  readonly faults: string[];
  /** A code that was accepted a second time, beyond a replayed answer (I4). */
  readonly acceptedAgain: string[];
};

export type Callers = {
  readonly acknowledged: Acknowledged;
  readonly tally: Tally;
  readonly texts: ReadonlyMap<string, readonly SmscMessage[]>;
  readonly receive: (message: SmscMessage) => void;
  /** How many confirmations are between their opening and their end. */
  readonly inFlight: () => number;
  readonly start: () => void;
  /** Opens no more, and resolves when every caller has come to its end. */
  readonly stop: () => Promise<void>;
};

const ACT = {
  purpose: 'transfer',
  amount: { value: '312.40', currency: 'EUR' },
  payee: { name: 'Acme' },
};

export function createCallers({ url, apiKey, count, random }: CallersOptions): Callers {
  const acknowledged = new Map<string, 'opened' | 'confirmed' | 'cancelled'>();
  const { insist, nextCode, receive, texts, faults, repeated } = createSaneClient({ url, apiKey, random });
  const tally: Tally = {
    opened: 0,
    confirmed: 0,
    cancelled: 0,
    withoutText: 0,
    faults,
    get repeated() {
      return repeated();
    },
    acceptedAgain: [],
  };
  let isStopping = false;
  let inFlight = 0;
  let numbers = 0;
  let keys = 0;
  let running: Promise<unknown> = Promise.resolve();

  async function bringBack(
    id: string,
    session: string,
    code: string,
  ): Promise<'confirmed' | 'over' | 'wrong'> {
    // With and without a key: a code is consumed once, so that verifying can be repeated safely either way.
    const key = random() < 0.5 ? `verify-${keys++}` : null;
    const answer = await insist(`/v1/confirmations/${id}/verification`, { code, session }, key);
    if (answer?.status === 200) {
      const isReplayed = answer.headers.get('idempotent-replayed') !== null;
      if (acknowledged.get(id) === 'confirmed' && !isReplayed) tally.acceptedAgain.push(id);
      acknowledged.set(id, 'confirmed');
      return 'confirmed';
    }
    return answer?.body['type'] === '/problems/refused' ? 'wrong' : 'over';
  }

  async function oneConfirmation(): Promise<void> {
    const number = `+336${String(10_000_000 + numbers++)}`;
    const subscriber = { address: { channel: 'sms', value: number } };
    const opened = await insist('/v1/confirmations', { subscriber, act: ACT }, `open-${keys++}`);
    if (opened === null) return;
    if (opened.status !== 201) return void tally.faults.push(`${opened.status} open ${opened.text}`);
    const id = String(opened.body['id']);
    const { secret } = opened.body['session'] as { secret: string };
    acknowledged.set(id, 'opened');
    tally.opened++;
    const kind = random();
    if (kind < 0.08) return cancel(id);
    const seen = new Set<string>();
    const wrongFirst = kind < 0.2;
    // An opening that was repeated may have left another confirmation for the number, whose code is of no use
    // here.
    for (let tries = 0; tries < 3; tries++) {
      const code = await nextCode(number, seen);
      if (code === null) return void tally.withoutText++;
      await sleep(random() * 2_500);
      if (kind > 0.9) return;
      if (tries === 0 && wrongFirst)
        await bringBack(id, secret, code === '00000000' ? '00000001' : '00000000');
      const outcome = await bringBack(id, secret, code);
      if (outcome === 'confirmed') {
        tally.confirmed++;
        // Once more on purpose: it must be over now.
        if (random() < 0.2) await bringBack(id, secret, code);
      }
      if (outcome !== 'wrong') return;
    }
  }

  async function cancel(id: string): Promise<void> {
    const answer = await insist(`/v1/confirmations/${id}/cancellation`, { reason: 'cancelled' }, null);
    if (answer?.status !== 200) return;
    acknowledged.set(id, 'cancelled');
    tally.cancelled++;
  }

  async function caller(): Promise<void> {
    while (!isStopping) {
      inFlight++;
      await oneConfirmation().finally(() => inFlight--);
      await sleep(random() * 200);
    }
  }

  return {
    acknowledged,
    tally,
    texts,
    receive,
    inFlight: () => inFlight,
    start: () => {
      running = Promise.all(Array.from({ length: count }, caller));
    },
    stop: async () => {
      isStopping = true;
      await running;
    },
  };
}

/** mulberry32: small, and the same on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
