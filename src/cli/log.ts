import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { SingleBar } from 'cli-progress';
import { configOrMistake } from './environment.ts';
import { checkLog } from '../evidence/check-log.ts';
import { logOriginOf, openLogKeysOf } from '../main.ts';
import { settleLog } from '../evidence/settle.ts';
import type { Sql } from '../store/connection.ts';

/**
 * `countersign log check`: reads the whole log again from its first entry and says whether anything was
 * tampered with.
 */
export function registerLog(program: Command, open: () => Promise<{ sql: Sql } & AsyncDisposable>): void {
  const log = program.command('log').description('the evidence log');
  log
    .command('check')
    .description(
      'verify the whole log from its first entry: entries, tree, every checkpoint and its signature',
    )
    .option(
      '--checkpoint <file...>',
      'signed checkpoints that you kept elsewhere: the log must contain them all',
    )
    .action(async (options: { checkpoint?: string[] }) => {
      const config = configOrMistake();
      await using database = await open();
      const { origin } = await settleLog(database.sql, { origin: logOriginOf(config) });
      const { verifiers } = await openLogKeysOf(config, origin);
      const known = await Promise.all((options.checkpoint ?? []).map((path) => readFile(path, 'utf8')));
      const bar = process.stderr.isTTY
        ? new SingleBar({ format: 'checking {bar} {percentage}% {value}/{total}' })
        : null;
      bar?.start(1, 0);
      const report = await checkLog(database.sql, {
        verifiers,
        knownCheckpoints: known,
        onProgress: (entries, size) => {
          bar?.setTotal(Math.max(1, size));
          bar?.update(entries);
        },
      });
      bar?.stop();
      for (const finding of report.findings) console.log(`✘ ${finding.says}`);
      console.log(
        report.ok
          ? `✔ The log of ${origin} holds: ${report.entries} entries, ${report.checkpoints} checkpoints.`
          : `✘ The log of ${origin} does not hold.`,
      );
      if (!report.ok) process.exitCode = 1;
    });
}
