/** `countersign period run|list|bills|retry|settle|link`: the end of a period of the trustee (B4). */
import { Option, type Command } from 'commander';
import { SingleBar } from 'cli-progress';
import { createBank } from '../bank/host.ts';
import { createVault } from '../payment/card/vault.ts';
import { COLLECT_TIMING } from '../payment/trustee/bill.ts';
import type { CollectContext } from '../payment/trustee/collect.ts';
import { makeLink } from '../payment/trustee/link.ts';
import { billsOf, periodsOf, totalsOf } from '../payment/trustee/look.ts';
import { periodBefore } from '../payment/trustee/period.ts';
import { TRUSTEE_PROBLEMS } from '../payment/trustee/problems.ts';
import { runPeriod } from '../payment/trustee/run.ts';
import { collectAgain, settleOtherwise } from '../payment/trustee/settle.ts';
import { systemClock } from '../std/clock.ts';
import { createLog } from '../std/log.ts';
import { formatAmount } from '../std/money.ts';
import { systemRandom } from '../std/random.ts';
import type { Sql } from '../store/connection.ts';
import { configOrMistake } from './environment.ts';
import { Mistake } from './fail.ts';
import { chosenTenant, type OpenForCommand } from './keys.ts';

type Chosen = { tenant?: string };
type ChosenPeriod = Chosen & { period?: string };

const LISTED_MAX = 240;
const PAGE = 1_000;

export function registerPeriod(program: Command, open: OpenForCommand): void {
  const period = program
    .command('period')
    .description('the end of a period: bills, payouts, service charges');
  const tenant = () => new Option('--tenant <id>', 'the operator (default: the only tenant there is)');
  period
    .command('run')
    .description('bill the buyers from their cards and pay the merchants out, each once')
    .addOption(tenant())
    .option('--period <month>', 'such as 2026-10 (default: the month before this one)')
    .addHelpText(
      'after',
      `
However often it is started or killed, also by several processes at once, each buyer is billed once and each merchant
paid once: start it again and it goes on where it was. Bills that a bank declines are tried again by the server
(role jobs) after 1, 3 and 7 days.

  countersign period run --tenant ten_... --period 2026-10`,
    )
    .action(async (options: ChosenPeriod) => {
      await using opened = await open();
      await run(opened.sql, options);
    });
  period
    .command('list')
    .description('list the periods that were run, with their totals')
    .addOption(tenant())
    .action(async (options: Chosen) => {
      await using opened = await open();
      const { sql } = opened;
      const tenantId = await chosenTenant(sql, options.tenant);
      for (const row of await periodsOf(sql, tenantId, LISTED_MAX)) {
        console.log(`${row.period}  ${row.stage}`);
        await printTotals(sql, tenantId, row.period);
      }
    });
  period
    .command('unpaid <month>')
    .description('list the unpaid bills of a period, with the reason')
    .addOption(tenant())
    .action(async (month: string, options: Chosen) => {
      await using opened = await open();
      const { sql } = opened;
      const asked = {
        tenantId: await chosenTenant(sql, options.tenant),
        period: month,
        state: 'unpaid',
      } as const;
      for (let last = ''; ;) {
        const bills = await billsOf(sql, asked, last, PAGE);
        for (const { id, subscriberId, minor, currency, reason } of bills) {
          console.log(
            `${id}  ${subscriberId}  ${currency} ${formatAmount({ minor, currency })}  ${reason ?? ''}`,
          );
        }
        last = bills.at(-1)?.id ?? '';
        if (bills.length < PAGE) return;
      }
    });
  addBillCommands(period, open, tenant);
  period
    .command('link')
    .description("make a link to the operator's pages, good for eight hours; it is a secret")
    .addOption(tenant())
    .action(async (options: Chosen) => {
      await using opened = await open();
      const { keys, publicUrl } = configOrMistake();
      const key = makeLink(keys, await chosenTenant(opened.sql, options.tenant), systemClock.nowMs());
      console.log(`${publicUrl}/operator/enter?key=${key}`);
    });
}

function addBillCommands(period: Command, open: OpenForCommand, tenant: () => Option): void {
  const verbs = [
    ['retry', 'have the bank asked again for an unpaid bill', collectAgain],
    ['settle', 'say that an unpaid bill was collected otherwise', settleOtherwise],
  ] as const;
  for (const [name, description, verb] of verbs) {
    period
      .command(`${name} <bill>`)
      .description(description)
      .addOption(tenant())
      .action(async (id: string, options: Chosen) => {
        await using opened = await open();
        const done = await verb(opened.sql, await chosenTenant(opened.sql, options.tenant), id);
        if (!done.ok) throw new Mistake(TRUSTEE_PROBLEMS[done.refusal].detail);
        console.log(`✔ ${id}: ${done.value.state}`);
      });
  }
}

async function run(sql: Sql, options: ChosenPeriod): Promise<void> {
  const tenantId = await chosenTenant(sql, options.tenant);
  const period = options.period ?? periodBefore(systemClock.nowMs());
  await using stack = new AsyncDisposableStack();
  const { keys } = configOrMistake();
  const log = createLog({ level: 'warn' });
  const shared = { sql, keys, clock: systemClock, random: systemRandom, log };
  const bank = stack.use(createBank(shared));
  await bank.start();
  const vault = createVault(shared);
  const context: CollectContext = {
    sql,
    bank,
    log,
    timing: COLLECT_TIMING,
    cards: {
      reveal: async (of, token) => {
        const card = await vault.reveal(of, token);
        return card && { ...card, subscriberId: card.subscriberId ?? '' };
      },
    },
  };
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: '{stage} {bar} {value}/{total} {eta_formatted}' })
    : null;
  bar?.start(1, 0, { stage: 'billing' });
  const ran = await runPeriod(
    context,
    { tenantId, period },
    {
      onProgress: ({ stage, done, all }) => {
        bar?.setTotal(Math.max(1, all));
        bar?.update(done, { stage: stage.replace('_', ' ').padEnd(10) });
      },
    },
  );
  bar?.stop();
  if (!ran.ok) throw new Mistake(TRUSTEE_PROBLEMS[ran.refusal].detail);
  await printTotals(sql, tenantId, period);
  console.log(`✔ The period ${period} has been run.`);
}

async function printTotals(sql: Sql, tenantId: string, period: string): Promise<void> {
  for (const one of await totalsOf(sql, tenantId, period)) {
    const { currency } = one;
    const text = (minor: bigint): string => `${currency} ${formatAmount({ minor, currency })}`;
    console.log(`  ${one.bills} bills of ${text(one.billed)}, ${one.paid} paid: ${text(one.collected)}`);
    if (one.unpaid > 0) console.log(`  ${one.unpaid} unpaid. See: countersign period unpaid ${period}`);
    console.log(
      `  ${one.payouts} payouts of ${text(one.gross - one.fees)}, service charges ${text(one.fees)}`,
    );
  }
}
