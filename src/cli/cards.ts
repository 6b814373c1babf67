import type { Command } from 'commander';
import { SingleBar } from 'cli-progress';
import { systemClock } from '../std/clock.ts';
import type { KeyRing } from '../std/key-ring.ts';
import { systemRandom } from '../std/random.ts';
import { createVault } from '../payment/card/vault.ts';
import type { Resealed, ResealOptions } from '../payment/reseal.ts';
import { rotatePaymentCards } from '../payment/rotate.ts';
import { rotateTerminalKeys } from '../payment/terminal/rotate.ts';
import { configOrMistake } from './environment.ts';
import type { OpenForCommand } from './keys.ts';

/** `countersign cards rotate`: after a new master key, so that the old one can be dropped. */
export function registerCards(
  program: Command,
  open: OpenForCommand,
  readKeys: () => KeyRing = () => configOrMistake().keys,
): void {
  const cards = program.command('cards').description('cards that are kept, sealed under the master key');
  cards
    .command('rotate')
    .description('seal kept cards and the keys of terminals anew under the current master key')
    .addHelpText(
      'after',
      `
It seals anew the cards on file, the cards that payments keep for refunds, and the keys of payment terminals.

To change the master key, put the new one in front of the old one in COUNTERSIGN_MASTER_KEY ("k2:...,k1:...") and
start every server again with both; then run this, with both. It works beside running servers, and begins where it
was when it is broken off. The exit code is 1 when something is left that no key of the ring opens. What banks are
still told of authorised payments stays under the old key for up to 35 days: keep it in the ring until then.`,
    )
    .action(async () => {
      const keys = readKeys();
      await using database = await open();
      const { sql } = database;
      const parts = { sql, keys, clock: systemClock, random: systemRandom };
      const done: Done[] = [
        await withBar('cards on file', createVault(parts).rotate),
        await withBar('cards of payments', (options) => rotatePaymentCards(parts, options)),
        await withBar('keys of terminals', (options) => rotateTerminalKeys(parts, options)),
      ];
      const counts = done.map(({ what, resealed }) => `${resealed} ${what}`).join(', ');
      console.log(`Sealed anew under the master key ${keys.currentId}: ${counts}.`);
      const left = done.filter(({ lost }) => lost > 0).map(({ what, lost }) => `${lost} ${what}`);
      if (left.length === 0) return;
      console.error(
        `✘ Sealed under a key that is not in the ring: ${left.join(', ')}. Put it back and run this again.`,
      );
      process.exitCode = 1;
    });
}

type Done = Resealed & { readonly what: string };

async function withBar(what: string, run: (options: ResealOptions) => Promise<Resealed>): Promise<Done> {
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: `sealing {bar} {percentage}% {value}/{total} ${what}` })
    : null;
  bar?.start(1, 0);
  const done = await run({
    onProgress: (count, all) => {
      bar?.setTotal(Math.max(1, all));
      bar?.update(all === 0 ? 1 : count);
    },
  });
  bar?.stop();
  return { what, ...done };
}
