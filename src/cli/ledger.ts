import type { Command } from 'commander';
import { SingleBar } from 'cli-progress';
import { formatAmount } from '../std/money.ts';
import { checkLedger } from '../ledger/check.ts';
import type { OpenForCommand } from './keys.ts';

/**
 * `countersign ledger check`: reads the whole ledger again and proves that it sums to zero, that every
 * balance is the sum of its transfers, and that no limit is broken (I1).
 */
export function registerLedger(program: Command, open: OpenForCommand): void {
  const ledger = program.command('ledger').description('accounts and transfers');
  ledger
    .command('check')
    .description(
      'prove the whole ledger: sums are zero in each currency, balances equal their transfers, no limit is broken',
    )
    .addHelpText(
      'after',
      `
It reads one snapshot and changes nothing, also beside a running server. The exit code is 1 when something is
wrong; every account and transfer that is wrong is named.`,
    )
    .action(async () => {
      await using database = await open();
      const bar = process.stderr.isTTY
        ? new SingleBar({ format: 'checking {bar} {percentage}% {value}/{total} accounts and transfers' })
        : null;
      bar?.start(1, 0);
      const report = await checkLedger(database.sql, {
        onProgress: (done, all) => {
          bar?.setTotal(Math.max(1, all));
          bar?.update(done);
        },
      });
      bar?.stop();
      for (const { says } of report.findings) console.log(`✘ ${says}`);
      if (!report.ok) {
        console.log('✘ The ledger does not hold.');
        process.exitCode = 1;
        return;
      }
      for (const [currency, minor] of report.posted) {
        console.log(`  ${currency}: ${formatAmount({ minor, currency })} debited, and as much credited`);
      }
      console.log(`✔ The ledger holds: ${report.accounts} accounts, ${report.transfers} transfers.`);
    });
}
