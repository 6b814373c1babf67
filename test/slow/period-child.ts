/** A process that runs a period until its parent kills it. Its database and keys come by a message. */
import { createBank } from '../../src/bank/host.ts';
import { createVault } from '../../src/payment/card/vault.ts';
import { runPeriod } from '../../src/payment/trustee/run.ts';
import { systemClock } from '../../src/std/clock.ts';
import { parseKeyRing } from '../../src/std/key-ring.ts';
import { createLog } from '../../src/std/log.ts';
import { systemRandom } from '../../src/std/random.ts';
import { Secret } from '../../src/std/secret.ts';
import { openStore, type SocketAddress } from '../../src/store/connection.ts';
import { FAST_BANK, FAST_LINK } from '../bank-pair.ts';
import { FAST_COLLECT, revealBy } from '../trustee-kit.ts';

export type PeriodChildAsked = {
  readonly address: Omit<SocketAddress, 'password'> & { readonly password: string };
  readonly keyRing: string;
  readonly tenantId: string;
  readonly period: string;
};

async function run({ address, keyRing, tenantId, period }: PeriodChildAsked): Promise<void> {
  const { sql } = openStore({ database: { ...address, password: new Secret(address.password) } });
  const keys = parseKeyRing(keyRing);
  if (!keys.ok) throw new Error(keys.detail);
  const log = createLog({ level: 'silent' });
  const shared = { sql, keys: keys.value, clock: systemClock, random: systemRandom, log };
  const bank = createBank({ ...shared, timing: FAST_BANK, linkTiming: FAST_LINK });
  await bank.start();
  process.send?.({ kind: 'running' });
  const cards = { reveal: revealBy(createVault(shared)) };
  await runPeriod({ sql, bank, cards, timing: FAST_COLLECT, log }, { tenantId, period });
  process.send?.({ kind: 'ended' });
}

process.once('message', (asked: PeriodChildAsked) => void run(asked));
process.once('disconnect', () => process.exit(1));
