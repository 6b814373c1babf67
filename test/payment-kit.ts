/**
 * A world that takes payments: the whole server, the simulated operator, and a simulated bank over TCP; with
 * Alice, who has a telephone and a card. What scenarios of payments do again and again.
 */
import assert from 'node:assert/strict';
import { openBankHost, type BankHost, type BankHostOptions } from '../sim/bank-host.ts';
import type { SimCard } from '../sim/bank-books.ts';
import { withCheckDigit } from '../sim/card-number.ts';
import { addRoute, saveBank } from '../src/bank/manage.ts';
import type { PaymentState } from '../src/payment/payment.ts';
import type {
  Begin,
  BeginRefusal,
  Begun,
  Caller,
  Created,
  MeansInput,
  NewPayment,
  PaymentView,
} from '../src/payment/verbs.ts';
import { must } from '../src/std/assert.ts';
import type { Money } from '../src/std/money.ts';
import { systemRandom } from '../src/std/random.ts';
import type { Result } from '../src/std/result.ts';
import { Secret } from '../src/std/secret.ts';
import { sleep } from '../src/std/timer.ts';
import { assertSameView, FAST_BANK, FAST_LINK, simCard } from './bank-pair.ts';
import { checkInvariants } from './invariants.ts';
import { assertBankAgrees } from './payment-invariants.ts';
import { nextCode, verify } from './security-kit.ts';
import { GENEROUS, openWorld, type Answer, type World, type WorldOptions } from './world.ts';

export const ALICE_NUMBER = '+33612345678';
export const ALICE_PAN = withCheckDigit('497010123456789');
export const EUR_312 = { minor: 31_240n, currency: 'EUR' } as const;

export type PaymentWorld = World & {
  readonly host: BankHost;
  readonly caller: Caller;
  /** A subscriber with ALICE_NUMBER, vouched for. */
  readonly alice: string;
};

export type PaymentWorldOptions = {
  readonly host?: Partial<BankHostOptions>;
  /** Options of the bank's URL. */
  readonly query?: string;
  readonly world?: WorldOptions;
};

export async function openPaymentWorld(options: PaymentWorldOptions = {}): Promise<PaymentWorld> {
  const stack = new AsyncDisposableStack();
  const cards = [aliceCard()];
  const host = stack.use(await openBankHost({ port: 0, cards, ...options.host }));
  const world = stack.use(
    await openWorld({
      // Ten digits, so that no wrong code is right by chance.
      policy: { ...GENEROUS, purposes: { payment: { digits: 10 } } },
      bank: { timing: FAST_BANK, linkTiming: FAST_LINK },
      ...options.world,
      prepare: async (made) => {
        const { sql } = made.database.store;
        const url = host.url(options.query ?? 'timeoutMs=2000');
        const saved = await saveBank(sql, { id: 'acme-bank', url });
        assert.ok(saved.ok, saved.ok ? '' : saved.detail);
        assert.ok((await addRoute(sql, { bankId: 'acme-bank', digits: '4' }, Date.now(), systemRandom)).ok);
        await options.world?.prepare?.(made);
      },
    }),
  );
  const { tenantId, clientId } = world;
  const alice = await addPerson(world, 'alice', ALICE_NUMBER);
  return {
    ...world,
    host,
    caller: { tenantId, clientId },
    alice,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export function aliceCard(more: Partial<SimCard> = {}): SimCard {
  return simCard({ pan: ALICE_PAN, ...more });
}

/** A subscriber of the tenant, whose number an administrator vouches for. */
export async function addPerson(
  world: Pick<World, 'call' | 'adminKey'>,
  username: string,
  number: string,
): Promise<string> {
  const made = await world.call(
    'POST',
    '/v1/subscribers',
    {
      identifiers: [{ kind: 'username', value: username }],
      addresses: [{ channel: 'sms', value: number, vouched: true }],
    },
    { authorization: `Bearer ${world.adminKey}` },
  );
  assert.equal(made.status, 201, made.text);
  return String(made.body['id']);
}

export function typedCard(pan = ALICE_PAN, more: { securityCode?: string; keep?: boolean } = {}): MeansInput {
  const { securityCode = '737', keep = false } = more;
  return {
    kind: 'card',
    keep,
    card: { pan: new Secret(pan), expiry: '3012', securityCode: new Secret(securityCode) },
  };
}

/** A payment of EUR 312.40 that Alice is asked for. */
export async function ask(world: PaymentWorld, more: Partial<NewPayment> = {}): Promise<Created> {
  const made = await world.server.payments.create(world.caller, {
    amount: EUR_312,
    payee: 'Acme',
    reference: 'order-7',
    description: 'Two tickets',
    payer: { subscriberId: world.alice },
    capture: 'automatic',
    bankAsked: 'before',
    series: null,
    language: 'en',
    returnUrl: null,
    validityMs: 3_600_000,
    ...more,
  });
  assert.ok(made.ok, made.ok ? '' : made.refusal);
  return made.value;
}

export function begin(
  world: PaymentWorld,
  id: string,
  more: Partial<Begin> = {},
): Promise<Result<Begun, BeginRefusal>> {
  const how: Begin = { payer: null, means: typedCard(), ip: '192.0.2.1', language: null, ...more };
  return world.server.payments.begin(world.caller, id, how);
}

export type Asked = { readonly id: string; readonly secret: string; readonly code: string };

/** Begins, and waits for the code. */
export async function beginWithCode(
  world: PaymentWorld,
  id: string,
  more: Partial<Begin> & { number?: string } = {},
): Promise<Asked> {
  const { number = ALICE_NUMBER, ...how } = more;
  const arriving = nextCode(world, number);
  const begun = await begin(world, id, how);
  assert.ok(begun.ok, begun.ok ? '' : `${begun.refusal} ${begun.detail ?? ''}`);
  assert.ok(begun.value.next === 'code', 'a code is demanded');
  const { row, secret } = begun.value.confirmation;
  return { id: row.id, secret: secret.reveal(), code: await arriving };
}

export function bring(world: PaymentWorld, asked: Asked, code = asked.code): Promise<Answer> {
  return verify(world, { ...asked, code });
}

/** Asked for, begun and confirmed. */
export async function pay(
  world: PaymentWorld,
  more: Partial<NewPayment> = {},
  how: Partial<Begin> = {},
): Promise<PaymentView> {
  const { payment } = await ask(world, more);
  const verified = await bring(world, await beginWithCode(world, payment.id, how));
  assert.equal(verified.status, 200, verified.text);
  return look(world, payment.id);
}

export async function look(world: PaymentWorld, id: string): Promise<PaymentView> {
  return must(await world.server.payments.find(world.caller, id), 'the payment is there');
}

export async function untilState(world: PaymentWorld, id: string, state: PaymentState): Promise<PaymentView> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 20) {
    const view = await look(world, id);
    if (view.state === state) return view;
    await sleep(20);
  }
  return assert.fail(`${id} never came to ${state}: ${JSON.stringify((await look(world, id)).state)}`);
}

export function euros(minor: bigint): Money {
  return { minor, currency: 'EUR' };
}

/** The names of the entries of a payment, in their order. */
export async function storyOf(world: PaymentWorld, id: string): Promise<string[]> {
  const rows = await world.database.store.sql<{ type: string }[]>`
    select leaf::json->>'type' as type from entry where subject_id = ${id} order by txid, seq`;
  return rows.map(({ type }) => type.replace(/^Payment/, ''));
}

/** Waits until every question is decided and every advice has ended. */
export async function untilQuiet(world: PaymentWorld): Promise<void> {
  const { sql } = world.database.store;
  for (let waitedMs = 0; waitedMs < 15_000; waitedMs += 20) {
    const open = await sql`
      select 1 from bank_exchange where state in ('asked', 'queued', 'leased')
      union all select 1 from payment where state in ('authorising', 'executing')
      union all select 1 from payment_refund where state = 'asked'`;
    if (open.length === 0) return;
    await sleep(20);
  }
  assert.fail('the bank room never came to rest');
}

/** What every scenario ends with: nothing open, the invariants, and the bank's books as ours (I2, I8). */
export async function checkPayments(world: PaymentWorld): Promise<void> {
  await untilQuiet(world);
  await checkInvariants(world);
  await assertSameView({ host: world.host, database: world.database });
  await assertBankAgrees(world.database.store.sql, world.host);
}
