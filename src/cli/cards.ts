import type { Command } from 'commander';
import { SingleBar } from 'cli-progress';
import { systemClock } from '../std/clock.ts';
import type { KeyRing } from '../std/key-ring.ts';
import { systemRandom } from '../std/random.ts';
import { createVault } from '../payment/card/vault.ts';
import { configOrMistake } from './environment.ts';
import type { OpenForCommand } from './keys.ts';

/** `countersign cards rotate`: after a new master key, so that the old one can be dropped. */
export function registerCards(
  program: Command,
  open: OpenForCommand,
  readKeys: () => KeyRing = () => configOrMistake().keys,
): void {
  const cards = program.command('cards').description('the vault of cards on file');
  cards
    .command('rotate')
    .description('seal every card on file anew under the current master key')
    .addHelpText(
      'after',
      `
To change the master key, put the new one in front of the old one in COUNTERSIGN_MASTER_KEY ("k2:...,k1:...") and
start every server again with both; then run this, with both. It works beside running servers, and begins where it
was when it is broken off. The exit code is 1 when a card is left that no key of the ring opens.`,
    )
    .action(async () => {
      const keys = readKeys();
      await using database = await open();
      const vault = createVault({ sql: database.sql, keys, clock: systemClock, random: systemRandom });
      const bar = process.stderr.isTTY
        ? new SingleBar({ format: 'sealing {bar} {percentage}% {value}/{total} cards' })
        : null;
      bar?.start(1, 0);
      const { resealed, lost } = await vault.rotate({
        onProgress: (done, all) => {
          bar?.setTotal(Math.max(1, all));
          bar?.update(done);
        },
      });
      bar?.stop();
      console.log(`${resealed} cards were sealed anew under the master key ${keys.currentId}.`);
      if (lost === 0) return;
      console.error(
        `✘ ${lost} cards are sealed under a key that is not in the ring. Put it back and run this again.`,
      );
      process.exitCode = 1;
    });
}
