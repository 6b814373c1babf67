import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanPayments } from '../payment-canary.ts';

/**
 * S8 at length: payments of every kind, with as many cards. `CANARY_PAYMENTS=10000` takes a quarter of an
 * hour of two cores, so that CI does less of them.
 */
const PAYMENTS = Number(process.env['CANARY_PAYMENTS'] ?? '1000');

test(`S8: no card number, track, PIN block or security code of ${PAYMENTS} payments is anywhere`, async (t) => {
  const { tally, scanner } = await scanPayments({
    payments: PAYMENTS,
    payers: 40,
    keepsWal: true,
    onProgress: (text) => t.diagnostic(text),
  });
  const all = [...tally.values()].reduce((sum, n) => sum + n, 0);
  assert.equal(all, PAYMENTS);
  for (const [outcome, n] of tally) t.diagnostic(`${n} ${outcome}`);
  const megabytes = Math.round(scanner.bytesRead() / 1e6);
  t.diagnostic(`${scanner.places()} places, ${megabytes} MB were scanned`);
});
