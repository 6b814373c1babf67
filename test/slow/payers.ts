/** People under contract with a telephone and a card on file each, for tests that pay. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { SimCard } from '../../sim/bank-books.ts';
import { withCheckDigit } from '../../sim/card-number.ts';
import { importSubscribers } from '../../src/directory/import.ts';
import { createVault } from '../../src/payment/card/vault.ts';
import { systemClock } from '../../src/std/clock.ts';
import type { KeyRing } from '../../src/std/key-ring.ts';
import { systemRandom } from '../../src/std/random.ts';
import { Secret } from '../../src/std/secret.ts';
import type { Sql } from '../../src/store/connection.ts';
import { simCard } from '../bank-pair.ts';
import type { Payer } from './payment-callers.ts';

export function cardOf(n: number): SimCard {
  return simCard({ pan: panOf(n), limitMinor: 10n ** 12n });
}

export async function makePayers(sql: Sql, keys: KeyRing, tenantId: string, count: number): Promise<Payer[]> {
  const people = Array.from({ length: count }, (_, n) => ({
    username: `payer-${n}`,
    number: `+336${String(30_000_000 + n)}`,
  }));
  const lines = people.map(({ username, number }) => `${username},${number},Payer,en`);
  const csv = Readable.from([`identifier,phone,name,language\n${lines.join('\n')}\n`]);
  const imported = await importSubscribers(sql, tenantId, csv, { vouchedBy: 'the test' });
  assert(imported.ok, JSON.stringify(imported));
  const ids = await sql<{ username: string; id: string }[]>`
    select value as username, subscriber_id as id from identifier where value like 'payer-%'`;
  const idOf = new Map(ids.map(({ username, id }) => [username, id]));
  const vault = createVault({ sql, keys, clock: systemClock, random: systemRandom });
  return Promise.all(
    people.map(async ({ username, number }, n) => {
      const id = idOf.get(username) ?? '';
      const owner = { tenantId, subscriberId: id, onceFor: null };
      const kept = await vault.keep(null, owner, { pan: new Secret(panOf(n)), expiry: '3012' });
      assert(kept.ok, kept.ok ? '' : kept.refusal);
      return { id, number, token: kept.value.token };
    }),
  );
}

function panOf(n: number): string {
  return withCheckDigit(`497010${String(n).padStart(9, '0')}`);
}
