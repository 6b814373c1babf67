/**
 * A process that asks a bank for money again and again, completes what it got or gives it back, and repeats
 * what is stored; it is killed by its parent. Its database and keys come by a message, not by the command
 * line.
 */
import { createBank } from '../../src/bank/host.ts';
import { systemClock } from '../../src/std/clock.ts';
import { parseKeyRing } from '../../src/std/key-ring.ts';
import { createLog } from '../../src/std/log.ts';
import { systemRandom } from '../../src/std/random.ts';
import { Secret } from '../../src/std/secret.ts';
import { openStore, type SocketAddress } from '../../src/store/connection.ts';
import { card, euros, FAST_BANK, FAST_LINK, HOME, TENANT } from '../bank-pair.ts';

export type BankChildAsked = {
  readonly address: Omit<SocketAddress, 'password'> & { readonly password: string };
  readonly keyRing: string;
  /** Put before the callers' ids, another for each process. */
  readonly name: string;
};

const PAYERS = 16;

async function pay({ address, keyRing, name }: BankChildAsked): Promise<void> {
  const store = openStore({ database: { ...address, password: new Secret(address.password) } });
  const keys = parseKeyRing(keyRing);
  if (!keys.ok) throw new Error(keys.detail);
  const log = createLog({ level: 'silent' });
  const bank = createBank({
    sql: store.sql,
    keys: keys.value,
    clock: systemClock,
    random: systemRandom,
    log,
    timing: FAST_BANK,
    linkTiming: FAST_LINK,
  });
  await bank.start();
  process.send?.({ kind: 'paying' });
  let n = 0;
  const payer = async (): Promise<void> => {
    for (;;) {
      const caller = `${name}_${++n}`;
      const common = { home: HOME, tenantId: TENANT, caller };
      const outcome = await bank.authorise({
        ...common,
        amount: euros(100n + BigInt(n % 900)),
        card: card(),
      });
      if (outcome.outcome !== 'approved') continue;
      const closing = { ...common, exchange: outcome.exchange };
      if (n % 3 === 0) await bank.reverse(closing);
      else await bank.complete({ ...closing, amount: euros(100n) });
    }
  };
  await Promise.all(Array.from({ length: PAYERS }, payer));
}

process.once('message', (asked: BankChildAsked) => void pay(asked));
process.once('disconnect', () => process.exit(1));
