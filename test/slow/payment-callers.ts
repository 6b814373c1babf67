/**
 * Merchants whose payers pay while the server is killed again and again, as sane clients do it.
 *
 *   payment ──▶ begin (the bank is asked) ──▶ code ──▶ right | wrong first | wrong for ever | never
 *      ├─ cancel                                          └─▶ completed ──▶ refund, at times
 *      └─ nobody begins                                   └─▶ authorised ──▶ completed in part | cancelled
 *
 * Every caller has a payer of his own, with a card on file, so that no two codes wait for one phone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SmscMessage } from '../../sim/smsc.ts';
import type { Answer } from '../world.ts';
import { createSaneClient } from './sane-client.ts';

export type Payer = { readonly id: string; readonly number: string; readonly token: string };

export type PaymentCallersOptions = {
  readonly url: string;
  readonly apiKey: string;
  readonly payers: readonly Payer[];
  /** Numbers in [0, 1), seeded. */
  readonly random: () => number;
};

export type PaymentCallers = {
  /** What a merchant was told: of each payment its state, and what was completed in minor units. */
  readonly told: ReadonlyMap<string, { readonly state: string; readonly completed: string | null }>;
  readonly tally: Readonly<Record<'made' | 'begun' | 'completed' | 'refunded' | 'declined' | 'left', number>>;
  readonly faults: readonly string[];
  readonly receive: (message: SmscMessage) => void;
  readonly inFlight: () => number;
  readonly start: () => void;
  /** Begins no more, and resolves when every caller has come to its end. */
  readonly stop: () => Promise<void>;
};

type Opened = { readonly id: string; readonly secret: string };

const WRONG = '00000000';
const OTHER_WRONG = '00000001';

export function createPaymentCallers(options: PaymentCallersOptions): PaymentCallers {
  const { random, payers } = options;
  const client = createSaneClient(options);
  const { insist, nextCode } = client;
  const told = new Map<string, { state: string; completed: string | null }>();
  const tally = { made: 0, begun: 0, completed: 0, refunded: 0, declined: 0, left: 0 };
  let isStopping = false;
  let inFlight = 0;
  let keys = 0;
  let running: Promise<unknown> = Promise.resolve();

  function note(answer: Answer | null): string {
    const state = typeof answer?.body['state'] === 'string' ? answer.body['state'] : '';
    const completed = answer?.body['completed'] as { value: string } | null | undefined;
    if (answer?.status === 200 && state === 'completed') {
      told.set(String(answer.body['id']), { state, completed: completed?.value ?? null });
    }
    return answer?.status === 200 ? state : '';
  }

  async function onePayment({ id: payerId, number, token }: Payer, seen: Set<string>): Promise<void> {
    const kind = random();
    const capture = kind < 0.25 ? 'manual' : 'automatic';
    const value = `${1 + Math.floor(random() * 400)}.${String(Math.floor(random() * 100)).padStart(2, '0')}`;
    const body = {
      amount: { value, currency: 'EUR' },
      payer: { id: payerId },
      capture,
      bankAsked: random() < 0.5 ? 'before' : 'after',
      validityMs: 60_000,
    };
    const made = await insist('/v1/payments', body, `make-${keys++}`);
    if (made?.status !== 201) return;
    tally.made++;
    const path = `/v1/payments/${String(made.body['id'])}`;
    if (random() < 0.05) return void (await insist(`${path}/cancellation`, {}, null));
    const means = { kind: 'card_on_file', token };
    const begun = await insist(`${path}/begin`, { means }, `begin-${keys++}`);
    if (begun?.status === 422 || begun?.status === 402) tally.declined++;
    const confirmation = begun?.body['confirmation'] as
      | { id: string; session: { secret: string } }
      | undefined;
    // Whoever lost the secret of the session with an answer leaves the payment to its end.
    if (!confirmation) return void tally.left++;
    tally.begun++;
    const opened = { id: confirmation.id, secret: confirmation.session.secret };
    if (!(await prove(opened, number, seen))) return void tally.left++;
    const state = await untilDecided(path);
    if (state === 'authorised') await settleByHand(path, Number(value));
    if (state === 'completed') tally.completed++;
    if (state === 'completed' && random() < 0.2) {
      const refund = await insist(`${path}/refunds`, {}, `refund-${keys++}`);
      if (refund?.status === 201) tally.refunded++;
    }
  }

  async function prove({ id, secret }: Opened, number: string, seen: Set<string>): Promise<boolean> {
    const code = await nextCode(number, seen);
    if (code === null) return false;
    const kind = random();
    await sleep(random() * 1_500);
    if (kind < 0.05) return false;
    const path = `/v1/confirmations/${id}/verification`;
    const wrong = code === WRONG ? OTHER_WRONG : WRONG;
    for (let n = 0; n < (kind < 0.08 ? 5 : kind < 0.15 ? 1 : 0); n++) {
      await insist(path, { code: wrong, session: secret }, null);
    }
    const verified = await insist(path, { code, session: secret }, null);
    return verified !== null;
  }

  async function untilDecided(path: string): Promise<string> {
    for (let n = 0; n < 40; n++) {
      const state = note(await insist(path, undefined, null));
      if (state !== 'confirming' && state !== 'executing') return state;
      await sleep(100);
    }
    return '';
  }

  async function settleByHand(path: string, amount: number): Promise<void> {
    if (random() < 0.3) return void (await insist(`${path}/cancellation`, {}, `cancel-${keys++}`));
    const part = { value: String(Math.max(1, Math.floor(amount / 2))), currency: 'EUR' };
    const body = random() < 0.5 ? { amount: part } : {};
    await insist(`${path}/completion`, body, `complete-${keys++}`);
    if ((await untilDecided(path)) === 'completed') tally.completed++;
  }

  async function caller(payer: Payer): Promise<void> {
    const seen = new Set<string>();
    while (!isStopping) {
      inFlight++;
      await onePayment(payer, seen).finally(() => inFlight--);
      await sleep(random() * 200);
    }
  }

  return {
    told,
    tally,
    faults: client.faults,
    receive: client.receive,
    inFlight: () => inFlight,
    start: () => {
      running = Promise.all(payers.map(caller));
    },
    stop: async () => {
      isStopping = true;
      await running;
    },
  };
}
