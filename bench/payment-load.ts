/**
 * One payment by card on file from the merchant's request to the debit, over the API: made, the bank
 * authorises over ISO 8583, code over SMPP, code back, completed; and whose cards those are.
 */
import { withCheckDigit } from '../sim/card-number.ts';
import { openBankHost, type BankHost } from '../sim/bank-host.ts';
import type { SimCard } from '../sim/bank-books.ts';
import { addRoute, saveBank } from '../src/bank/manage.ts';
import { createVault } from '../src/payment/card/vault.ts';
import { must } from '../src/std/assert.ts';
import { systemClock } from '../src/std/clock.ts';
import type { KeyRing } from '../src/std/key-ring.ts';
import { systemRandom } from '../src/std/random.ts';
import { Secret } from '../src/std/secret.ts';
import type { Sql } from '../src/store/connection.ts';
import type { Answer, Caller } from './caller.ts';
import { personName, personNumber } from './people.ts';
import { textOf, who } from './requests.ts';

/** So many people have a card on file; more than there are callers, so that no two codes wait for one phone. */
export const PAYERS = 1_024;
const EXPIRY = '4912';

type NextCode = (number: string) => Promise<string>;

export async function payOnce(
  caller: Caller,
  person: number,
  token: string,
  nextCode: NextCode,
): Promise<{ openMs: number; verifyMs: number }> {
  const arriving = nextCode(personNumber(person));
  const startMs = performance.now();
  const payment = `{"amount":{"value":"312.40","currency":"EUR"},"payer":${who(person)},"reference":"order 4711"}`;
  const id = textOf(expect(201, await caller.post('/v1/payments', payment)), '"id":"');
  const means = `{"means":{"kind":"card_on_file","token":"${token}"}}`;
  const begun = expect(200, await caller.post(`/v1/payments/${id}/begin`, means));
  const openMs = performance.now() - startMs;
  const confirmation = /"(cnf_[0-9a-z]+)"/.exec(begun)?.[1] ?? '';
  const session = textOf(begun, '"secret":"');
  const body = `{"code":"${await arriving}","session":"${session}"}`;
  const triedMs = performance.now();
  expect(200, await caller.post(`/v1/confirmations/${confirmation}/verification`, body));
  return { openMs, verifyMs: performance.now() - triedMs };
}

export function openBenchBank(): Promise<BankHost> {
  const cards = Array.from({ length: PAYERS }, (_, n): SimCard => ({
    pan: panOf(n),
    expiry: EXPIRY,
    securityCode: '737',
    holder: { name: 'PAYER', mobile: null },
    limitMinor: 10n ** 15n,
    currency: '978',
    refusal: null,
  }));
  return openBankHost({ port: 0, cards });
}

/** Gives a card on file to each of the first people; answers its tokens in their order. */
export async function seedCards(
  sql: Sql,
  keys: KeyRing,
  tenantId: string,
  bankUrl: string,
): Promise<string[]> {
  const saved = await saveBank(sql, { id: 'bench-bank', url: bankUrl });
  if (!saved.ok) throw new Error(saved.detail);
  await addRoute(sql, { bankId: 'bench-bank', digits: '4' }, systemClock.nowMs(), systemRandom);
  const names = Array.from({ length: PAYERS }, (_, n) => personName(n));
  const rows = await sql<{ name: string; id: string }[]>`
    select value as name, subscriber_id as id from identifier
    where tenant_id = ${tenantId} and value in ${sql(names)}`;
  const idOf = new Map(rows.map(({ name, id }) => [name, id]));
  const vault = createVault({ sql, keys, clock: systemClock, random: systemRandom });
  const tokens: string[] = [];
  for (const [n, name] of names.entries()) {
    const subscriberId = must(idOf.get(name), 'the person was made');
    const owner = { tenantId, subscriberId, onceFor: null };
    const kept = await vault.keep(null, owner, { pan: new Secret(panOf(n)), expiry: EXPIRY });
    if (!kept.ok) throw new Error(kept.refusal);
    tokens.push(kept.value.token);
  }
  return tokens;
}

function panOf(n: number): string {
  return withCheckDigit(`4970${String(n).padStart(11, '0')}`);
}

function expect(status: number, answer: Answer): string {
  if (answer.status === status) return answer.body;
  throw new Error(`answered ${answer.status}: ${answer.body}`);
}
