/**
 * An operator with buyers and merchants under contract, over the ledger and a simulated bank on TCP; what was
 * bought is put into the ledger as payments put it there.
 */
import assert from 'node:assert/strict';
import { checkLedger } from '../src/ledger/check.ts';
import { createAccounts } from '../src/ledger/accounts.ts';
import { moveMoney } from '../src/payment/money.ts';
import { createVault, type CardVault } from '../src/payment/card/vault.ts';
import { accountsOf, givenBack, moved, type Paid } from '../src/payment/postings.ts';
import { COLLECT_TIMING, type CollectTiming } from '../src/payment/trustee/bill.ts';
import type { CollectContext } from '../src/payment/trustee/collect.ts';
import { contractId } from '../src/payment/trustee/contract.ts';
import { saveBuyers, saveMerchant } from '../src/payment/trustee/contract-store.ts';
import { FeesSchema, type FeesDocument } from '../src/payment/trustee/fee.ts';
import type { Cards } from '../src/payment/parts.ts';
import type { PaymentId } from '../src/payment/payment.ts';
import { must } from '../src/std/assert.ts';
import { systemClock } from '../src/std/clock.ts';
import { newId } from '../src/std/id.ts';
import { parseKeyRing } from '../src/std/key-ring.ts';
import { systemRandom } from '../src/std/random.ts';
import { Secret } from '../src/std/secret.ts';
import { transaction } from '../src/store/transaction.ts';
import { openBankPair, simCard, type BankPair } from './bank-pair.ts';
import { makeTenant, type TestTenant } from './tenant.ts';
import { createMemoryLog } from './smpp-pair.ts';

export const FAST_COLLECT: CollectTiming = {
  ...COLLECT_TIMING,
  leaseMs: 1_500,
  doubtMs: 100,
  unreachableMs: 100,
};

export type KitBuyer = { readonly subscriberId: string; readonly contractId: string; readonly pan: string };

export type TrusteeKit = AsyncDisposable & {
  readonly pair: BankPair;
  readonly tenant: TestTenant;
  readonly buyers: readonly KitBuyer[];
  readonly context: CollectContext;
  readonly vault: CardVault;
  /** The month in which everything is bought until the clock is moved on. */
  readonly period: () => Promise<string>;
  /** To the second day of the next month. */
  readonly nextMonth: () => Promise<void>;
  readonly buy: (buyer: KitBuyer, minor: bigint, clientId?: string) => Promise<Paid>;
  readonly refund: (paid: Paid, minor: bigint) => Promise<void>;
  readonly merchant: (fees: Partial<FeesDocument>, clientId?: string) => Promise<void>;
  /** On the normal side, by code. */
  readonly balance: (code: string) => Promise<bigint>;
  /** The ledger proves itself, and the bank has taken what we say (I1, I8). */
  readonly assertWell: () => Promise<void>;
};

/** As the desk of cards has it for payments. */
export function revealBy(vault: CardVault): Cards['reveal'] {
  return async (tenantId, token) => {
    const card = await vault.reveal(tenantId, token);
    return card && { ...card, subscriberId: card.subscriberId ?? '' };
  };
}

const EUROS = '978';
let payments = 0;

export async function openTrusteeKit(
  count: number,
  query = 'timeoutMs=1500&connections=2',
): Promise<TrusteeKit> {
  const pans = Array.from({ length: count }, (_, n) => `4970${String(n).padStart(12, '0')}`);
  const pair = await openBankPair({ host: { cards: pans.map((pan) => simCard({ pan })) }, query });
  const { sql } = pair.database.store;
  const keys = parseKeyRing(pair.keyRingText);
  assert.ok(keys.ok);
  const tenant = await makeTenant(sql, 'Operator');
  const { tenantId } = tenant;
  const vault = createVault({ sql, keys: keys.value, clock: systemClock, random: systemRandom });
  const buyers: KitBuyer[] = [];
  for (const [n, pan] of pans.entries()) {
    const home = n % 1024;
    const subscriberId = newId('sub', home, Date.now(), systemRandom);
    const owner = { tenantId, subscriberId, onceFor: null };
    const kept = await vault.keep(null, owner, { pan: new Secret(pan), expiry: '3012' });
    assert.ok(kept.ok);
    const id = contractId(home, tenantId, subscriberId, 'EUR');
    const limits = { cardToken: kept.value.token, limit: 100_000n, bankAbove: 20_000n };
    await saveBuyers(sql, [{ home, id, tenantId, subscriberId, currency: 'EUR', ...limits }]);
    buyers.push({ subscriberId, contractId: id, pan });
  }
  const kit: TrusteeKit = {
    pair,
    tenant,
    buyers,
    vault,
    context: {
      sql,
      bank: pair.bank,
      cards: {
        reveal: revealBy(vault),
      },
      timing: FAST_COLLECT,
      log: createMemoryLog().log,
    },
    period: async () => (await nowOf(kit)).toISOString().slice(0, 7),
    nextMonth: async () => {
      const now = await nowOf(kit);
      const next = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 2);
      await pair.database.advanceClock(next - now.getTime());
    },
    buy: async (buyer, minor, clientId = tenant.clientId) => {
      const paid: Paid = {
        id: `pay_${String(++payments).padStart(26, '0')}` satisfies PaymentId,
        tenantId,
        clientId,
        minor,
        currency: 'EUR',
        payerKey: buyer.subscriberId,
        means: 'trustee',
        payee: 'Acme',
        reference: `order ${payments}`,
      };
      await createAccounts(sql, tenantId, accountsOf(paid));
      await transaction(sql, (tx) => moveMoney(tx, [moved(paid, minor)]));
      return paid;
    },
    refund: (paid, minor) =>
      transaction(sql, (tx) => moveMoney(tx, [givenBack(paid, { id: `rfd_${++payments}`, minor })])),
    merchant: async (fees, clientId = tenant.clientId) => {
      const document = JSON.stringify(FeesSchema.parse(fees));
      await saveMerchant(sql, { tenantId, clientId, currency: 'EUR', fees: document });
    },
    balance: async (code) => {
      const rows = await sql<{ minor: bigint }[]>`
        select case normal_side when 'credit' then credits_posted - debits_posted
          else debits_posted - credits_posted end as minor
        from account where tenant_id = ${tenantId} and code = ${code}`;
      return rows[0]?.minor ?? 0n;
    },
    assertWell: async () => {
      const report = await checkLedger(sql, {});
      assert.deepEqual(report.findings, []);
      const ours = await kit.balance('~bank:EUR');
      assert.equal(
        pair.host.books.takenByCurrency().get(EUROS) ?? 0n,
        ours,
        'the bank has taken what we say',
      );
    },
    [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose](),
  };
  await kit.nextMonth();
  return kit;
}

async function nowOf({ pair }: Pick<TrusteeKit, 'pair'>): Promise<Date> {
  const rows = await pair.database.store.sql<{ now: Date }[]>`select clock_now() as now`;
  return must(rows[0], 'the clock gives a row').now;
}
