/**
 * The end of a period: so many buyers billed from their cards at a simulated bank over TCP, a thousand
 * merchants paid out. The bank is in this process, and its work is in the figures.
 */
import { SingleBar } from 'cli-progress';
import { openBankHost } from '../sim/bank-host.ts';
import { createBank } from '../src/bank/host.ts';
import { addRoute, saveBank } from '../src/bank/manage.ts';
import { createTenant } from '../src/client/manage.ts';
import { createAccountsIn } from '../src/ledger/accounts.ts';
import { applyGroups } from '../src/ledger/apply.ts';
import { checkLedger } from '../src/ledger/check.ts';
import { createVault } from '../src/payment/card/vault.ts';
import { merchantAccount, moved, payerAccount, type Paid } from '../src/payment/postings.ts';
import { COLLECT_TIMING } from '../src/payment/trustee/bill.ts';
import { contractId } from '../src/payment/trustee/contract.ts';
import { saveBuyers, type SavedBuyer } from '../src/payment/trustee/contract-store.ts';
import { FeesSchema } from '../src/payment/trustee/fee.ts';
import { readTotals } from '../src/payment/trustee/period-store.ts';
import { runPeriod } from '../src/payment/trustee/run.ts';
import { must } from '../src/std/assert.ts';
import { systemClock } from '../src/std/clock.ts';
import { newId } from '../src/std/id.ts';
import { makeKeyRingText, parseKeyRing, type KeyRing } from '../src/std/key-ring.ts';
import { createLog } from '../src/std/log.ts';
import { formatAmount } from '../src/std/money.ts';
import { systemRandom } from '../src/std/random.ts';
import { Secret } from '../src/std/secret.ts';
import { openStore, type Sql, type SocketAddress } from '../src/store/connection.ts';
import { transaction } from '../src/store/transaction.ts';
import { figure, table } from './stats.ts';

const MERCHANTS = 1_000;
const PAGE = 500;
/** What is bought now is of a month that is over when the clock is put right again. */
const BACK_DAYS = 62;

export async function runPeriodBench({ address }: { address: SocketAddress }, buyers: number): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const { sql } = stack.use(openStore({ database: address }));
  const keys = parseKeyRing(makeKeyRingText(systemRandom));
  if (!keys.ok) throw new Error(keys.detail);
  const { id: tenantId } = await createTenant(sql, 'The operator');
  const host = stack.use(
    await openBankHost({ port: 0, cards: Array.from({ length: buyers }, (_, n) => simCard(n)) }),
  );
  const saved = await saveBank(sql, { id: 'period-bank', url: host.url('connections=4&window=100') });
  if (!saved.ok) throw new Error(saved.detail);
  await addRoute(sql, { bankId: 'period-bank', digits: '4971' }, Date.now(), systemRandom);
  const period = await inPast(sql, () => seedPeriod(sql, keys.value, tenantId, buyers));
  await sql.unsafe('vacuum (analyze)');
  const log = createLog({ level: 'silent' });
  const shared = { sql, keys: keys.value, clock: systemClock, random: systemRandom, log };
  const bank = stack.use(createBank(shared));
  await bank.start();
  const vault = createVault(shared);
  const reveal = async (of: string, token: string) => {
    const card = await vault.reveal(of, token);
    return card && { ...card, subscriberId: card.subscriberId ?? '' };
  };
  const bar = new SingleBar({ format: '  {stage} {bar} {value}/{total}', clearOnComplete: true });
  const stages: { stage: string; atMs: number }[] = [];
  const startMs = performance.now();
  bar.start(buyers, 0, { stage: '' });
  const ran = await runPeriod(
    { sql, bank, cards: { reveal }, timing: COLLECT_TIMING, log },
    { tenantId, period },
    {
      onProgress: ({ stage, done, all }) => {
        if (stages.at(-1)?.stage !== stage) stages.push({ stage, atMs: performance.now() });
        bar.setTotal(Math.max(1, all));
        bar.update(done, { stage });
      },
    },
  );
  const endMs = performance.now();
  bar.stop();
  if (!ran.ok) throw new Error(ran.refusal);
  const totals = must((await readTotals(sql, tenantId, period))[0], 'a period has totals');
  const report = await checkLedger(sql, {});
  const taken = host.books.takenByCurrency().get('978');
  if (!report.ok || totals.paid !== buyers || totals.payouts !== MERCHANTS || taken !== totals.collected) {
    throw new Error(`the period is wrong: ${JSON.stringify(report.findings.slice(0, 3))} ${totals.paid}`);
  }
  const rows = stages.map(({ stage, atMs }, i) => {
    const seconds = ((stages[i + 1]?.atMs ?? endMs) - atMs) / 1_000;
    const count = stage === 'paying_out' ? MERCHANTS : buyers;
    return [stage, figure(count), figure(seconds, 1), figure(count / seconds)];
  });
  const seconds = (endMs - startMs) / 1_000;
  rows.push(['in all', figure(buyers), figure(seconds, 1), figure(buyers / seconds)]);
  console.log(
    `\nA period: ${figure(buyers)} buyers billed and collected, ${figure(MERCHANTS)} merchants paid out\n\n` +
      table(['stage', 'rows', 'seconds', 'a second'], rows) +
      `\nEUR ${formatAmount({ minor: totals.collected, currency: 'EUR' })} collected, and the bank's books say the same`,
  );
}

const panOf = (n: number): string => `4971${String(n).padStart(12, '0')}`;

const simCard = (n: number) => ({
  pan: panOf(n),
  expiry: '3012',
  securityCode: '737',
  holder: { name: `PAYER ${n}`, mobile: null },
  limitMinor: 1_000_000n,
  currency: '978',
  refusal: null,
});

/** As tests move the clock: by the one function that all statements read it through. */
async function inPast<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
  const clock = (text: string) =>
    sql.unsafe(
      `create or replace function clock_now() returns timestamptz language sql stable parallel safe return ${text}`,
    );
  await clock(`now() - interval '${BACK_DAYS} days'`);
  try {
    return await work();
  } finally {
    await clock('now()');
  }
}

/** Buyers with cards on file, each with two purchases at two merchants; gives the month of these. */
async function seedPeriod(sql: Sql, keys: KeyRing, tenantId: string, buyers: number): Promise<string> {
  const clients = Array.from({ length: MERCHANTS }, (_, n) => `cli_period_${n}`);
  const fees = JSON.stringify(
    FeesSchema.parse({ steps: [{ upTo: null, basisPoints: 150 }], perPayment: '0.05' }),
  );
  await sql`
    insert into client (id, tenant_id, name, domain)
    select m.id, ${tenantId}, m.id, 'shop.example'
    from json_to_recordset(${JSON.stringify(clients.map((id) => ({ id })))}::text::json) as m (id text)`;
  await sql`
    insert into trustee_merchant (tenant_id, client_id, currency, fees, created_at)
    select ${tenantId}, m.id, 'EUR', ${fees}, clock_now()
    from json_to_recordset(${JSON.stringify(clients.map((id) => ({ id })))}::text::json) as m (id text)`;
  await transaction(sql, (tx) =>
    createAccountsIn(
      tx,
      tenantId,
      clients.map((id) => merchantAccount(id, 'EUR')),
    ),
  );
  const vault = createVault({ sql, keys, clock: systemClock, random: systemRandom });
  const bar = new SingleBar({ format: '  buyers {bar} {value}/{total}', clearOnComplete: true });
  bar.start(buyers, 0);
  const pages = Array.from({ length: Math.ceil(buyers / PAGE) }, (_, i) => i * PAGE).values();
  await Promise.all(
    Array.from({ length: 3 }, async () => {
      for (const from of pages) {
        await seedPage(from, Math.min(buyers, from + PAGE));
        bar.increment(PAGE);
      }
    }),
  );
  bar.stop();
  const rows = await sql<{ now: Date }[]>`select clock_now() as now`;
  return must(rows[0], 'the clock gives a row').now.toISOString().slice(0, 7);

  async function seedPage(from: number, to: number): Promise<void> {
    await transaction(sql, async (tx) => {
      const made: SavedBuyer[] = [];
      for (let n = from; n < to; n++) {
        const home = n % 1024;
        const subscriberId = newId('sub', home, Date.now(), systemRandom);
        const data = { pan: new Secret(panOf(n)), expiry: '3012' };
        const kept = await vault.keep(tx, { tenantId, subscriberId, onceFor: null }, data);
        if (!kept.ok) throw new Error(kept.refusal);
        const id = contractId(home, tenantId, subscriberId, 'EUR');
        const limits = { cardToken: kept.value.token, limit: 100_000n, bankAbove: null };
        made.push({ home, id, tenantId, subscriberId, currency: 'EUR', ...limits });
      }
      await saveBuyers(tx, made);
      await createAccountsIn(
        tx,
        tenantId,
        made.map(({ subscriberId }) => payerAccount(subscriberId, 'EUR')),
      );
      const groups = made.flatMap(({ subscriberId }, i) =>
        [0, 1].map((k) => {
          const n = from + i;
          const paid: Paid = {
            id: `pay_${String(n * 2 + k).padStart(26, '0')}`,
            tenantId,
            clientId: must(clients[(n * 7 + k) % MERCHANTS], 'there are merchants'),
            minor: BigInt(500 + (n % 4_000)),
            currency: 'EUR',
            payerKey: subscriberId,
            means: 'trustee',
            payee: 'A shop',
            reference: String(n),
          };
          return moved(paid, paid.minor);
        }),
      );
      const answers = await applyGroups(tx, groups);
      if (!answers.flat().every(({ ok }) => ok)) throw new Error('the ledger refused a purchase');
    });
  }
}
