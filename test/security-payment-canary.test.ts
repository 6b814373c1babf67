import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanPayments } from './payment-canary.ts';

test('S8: no card number, track, PIN block or security code of 60 payments is in the database, a file, a log or an answer', async () => {
  const { tally, scanner } = await scanPayments({ payments: 60, payers: 6 });
  const outcomes = [...tally.keys()];
  for (const kind of ['completed', 'terminal: 00', 'cancelled after a no', 'cancelled after a wrong code']) {
    assert(outcomes.includes(kind), `${kind} is among ${outcomes.join(', ')}`);
  }
  assert(scanner.places() > 500, `${scanner.places()} places were scanned`);
});
