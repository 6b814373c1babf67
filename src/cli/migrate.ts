import type { Command } from 'commander';
import { openStore } from '../store/connection.ts';
import { pendingMigrations } from '../store/migrate.ts';
import { bringForward, configOrMistake, openDatabase } from './environment.ts';

/** `countersign migrate`: brings the database forward, or says what it would do. */
export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the database to the version of this program (serve does it by itself at its start)')
    .option('--dry-run', 'only say which migrations are missing')
    .action(async (options: { dryRun?: true }) => {
      await using database = await openDatabase(configOrMistake());
      await using store = openStore({ database: database.address, connectionsMax: 2 });
      if (options.dryRun) {
        const pending = await pendingMigrations(store.sql);
        console.log(
          pending.length === 0 ? 'The database is up to date.' : `Missing:\n  ${pending.join('\n  ')}`,
        );
        return;
      }
      const applied = await bringForward(store.sql, (name) => console.log(`applied ${name}`));
      if (applied.length === 0) console.log('The database was up to date.');
    });
}
