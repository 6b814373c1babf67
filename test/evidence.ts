import { createLog, type Log } from '../src/std/log.ts';
import { newId } from '../src/std/id.ts';
import { systemRandom } from '../src/std/random.ts';
import { sleep } from '../src/std/timer.ts';
import { Secret } from '../src/std/secret.ts';
import type { Sql } from '../src/store/connection.ts';
import { transaction } from '../src/store/transaction.ts';
import { appendEntries } from '../src/evidence/append.ts';
import { makeEntry, type EntryInput } from '../src/evidence/entry.ts';
import { openLogKeys, type LogKeys, type MasterKey } from '../src/evidence/key.ts';
import { Sequencer } from '../src/evidence/sequencer.ts';
import { settleLog } from '../src/evidence/settle.ts';

/** A log in a test database: its keys, a sequencer that is stepped by hand, and entries to put in. */
export type TestLog = {
  readonly keys: LogKeys;
  readonly sequencer: Sequencer;
  /** Appends `count` entries of different subjects in one transaction. */
  readonly append: (count: number) => Promise<void>;
  /** Steps until nothing is left, and gives how many entries were taken. */
  readonly integrate: () => Promise<number>;
};

export const ORIGIN = 'log.example/countersign';
export const SALT = Buffer.alloc(16, 7);
export const silent: Log = createLog({ level: 'silent' });

export function testKeys(masterKeyId = 'one'): Promise<LogKeys> {
  return openLogKeys({ origin: ORIGIN, masterKeys: [testMasterKey(masterKeyId)] });
}

export function testMasterKey(id: string): MasterKey {
  return { id, key: new Secret(Buffer.alloc(32, id)) };
}

export function testEntry(id: string, more: Partial<EntryInput> = {}) {
  const home = 5;
  const made = makeEntry({
    type: 'ConfirmationOpened',
    id,
    timeMs: Date.UTC(2026, 0, 1),
    tenant: 'ten_test',
    facts: { purpose: 'payment' },
    opened: { act: { amount: '312.40', currency: 'EUR', payee: 'Acme' }, address: '+33612345678' },
    salt: SALT,
    ...more,
  });
  return { home, subjectId: id, n: more.n ?? null, leaf: made.leaf };
}

export async function openTestLog(sql: Sql, options: { entriesMax?: number } = {}): Promise<TestLog> {
  await settleLog(sql, { origin: ORIGIN });
  const keys = await testKeys();
  const sequencer = new Sequencer({ sql, keys, log: silent, ...options });
  return {
    keys,
    sequencer,
    append: async (count) => {
      const entries = Array.from({ length: count }, () =>
        testEntry(newId('cnf', 5, Date.now(), systemRandom)),
      );
      await transaction(sql, (tx) => appendEntries(tx, entries));
    },
    integrate: async () => {
      let total = 0;
      for (;;) {
        const { taken, more } = await sequencer.step();
        total += taken;
        if (taken > 0) continue;
        if (!more) return total;
        // Transactions of other test databases in the same cluster hold the order back for a moment.
        await sleep(5);
      }
    },
  };
}
