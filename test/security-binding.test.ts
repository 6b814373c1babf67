import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, asyncProperty, constantFrom, integer, record, tuple } from 'fast-check';
import { fieldSalt, openCommitment, parseEntry, type Entry } from '../src/evidence/entry.ts';
import { maskCode } from '../src/gateway/template.ts';
import { checkInvariants } from './invariants.ts';
import {
  addClient,
  isRefused,
  nextCode,
  numberOf,
  open,
  openPolicy,
  TRANSFER,
  until,
  verify,
  wrongFor,
} from './security-kit.ts';
import { makeTenant } from './tenant.ts';
import { openWorld, type World } from './world.ts';

type Act = Record<string, unknown>;
const ACCOUNTS = ['FR7630006000011234567890189', 'DE89370400440532013000', 'GB29NWBK60161331926819'];
const baseActs = record({
  purpose: constantFrom('transfer', 'payment'),
  amount: record({
    value: integer({ min: 1, max: 99_999_999 }).map((minor) => (minor / 100).toFixed(2)),
    currency: constantFrom('EUR', 'USD', 'GBP'),
  }),
  payee: record({
    name: constantFrom('Acme', 'Müller & Söhne', 'Αθήνα', 'Acme Inc'),
    account: constantFrom(...ACCOUNTS),
  }),
});
type BaseAct = {
  purpose: string;
  amount: { value: string; currency: string };
  payee: { name: string; account: string };
};

/** Each makes another act of one, by one detail. */
const CHANGES: Readonly<Record<string, (act: BaseAct) => Act>> = {
  purpose: (act) => ({ ...act, purpose: act.purpose === 'transfer' ? 'payment' : 'transfer' }),
  'amount, by one cent': (act) => ({
    ...act,
    amount: { ...act.amount, value: (Number(act.amount.value) + 0.01).toFixed(2) },
  }),
  'amount, by a digit': (act) => ({ ...act, amount: { ...act.amount, value: `1${act.amount.value}` } }),
  currency: (act) => ({
    ...act,
    amount: { ...act.amount, currency: act.amount.currency === 'EUR' ? 'USD' : 'EUR' },
  }),
  payee: (act) => ({ ...act, payee: { ...act.payee, name: `${act.payee.name}.` } }),
  account: (act) => ({
    ...act,
    payee: { ...act.payee, account: ACCOUNTS.find((account) => account !== act.payee.account) },
  }),
  'no account': (act) => ({ ...act, payee: { name: act.payee.name } }),
  'debtor account': (act) => ({ ...act, debtorAccount: ACCOUNTS[0] }),
  text: (act) => ({ ...act, text: 'a reference' }),
  items: (act) => ({ ...act, items: [{ name: 'Book', quantity: 1 }] }),
  'content digest': (act) => ({ ...act, contentDigest: '0'.repeat(64) }),
  'session only': (act) => act,
};

test('S6, S9: a code is wrong for every act that differs in a detail, and in every other session', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  let n = 0;
  const names = Object.keys(CHANGES);
  await check(
    asyncProperty(baseActs, tuple(constantFrom(...names), constantFrom(...names)), async (act, changes) => {
      const number = numberOf(n++);
      const own = await open(world, { number, act });
      for (const name of changes) {
        const change = CHANGES[name] ?? assert.fail(name);
        const other = await open(world, { number, act: change(act) });
        assert.notEqual(own.code, other.code);
        assert(
          isRefused(await verify(world, { ...other, code: own.code })),
          `${name}: the code of the first`,
        );
        assert(
          isRefused(await verify(world, { ...own, code: other.code })),
          `${name}: the code of the other`,
        );
        assert(isRefused(await verify(world, { ...own, secret: other.secret })), `${name}: another session`);
        assert.equal((await verify(world, other)).status, 200, `${name}: its own code`);
      }
      assert.equal((await verify(world, own)).status, 200);
    }),
    { seed: 6, numRuns: 30, endOnFailure: true },
  );
  await checkInvariants(world);
});

/**
 * What an intruder who can write to the table might change between the sending and the checking of a code.
 */
const TAMPERINGS: Readonly<Record<string, string>> = {
  'the amount': `act = replace(act, '312.40', '912.40')`,
  'the currency': `act = replace(act, '"EUR"', '"USD"')`,
  'the payee': `act = replace(act, 'Acme', 'Acne')`,
  'the account': `act = replace(act, 'FR76', 'FR77')`,
  'the purpose': `act = replace(act, 'transfer', 'payment')`,
  'the address': `address = '+33612399999'`,
  'the subscriber': `subscriber_id = 'sub_someone'`,
  'the nonce': `nonce = decode('00112233445566778899aabbccddeeff', 'hex')`,
  'the session number': `session_number = session_number + 1`,
  'the minute of issue': `issued_at = issued_at + interval '1 minute'`,
  'the number of digits': `digits = 9`,
};

test('S6, S9: a row that was changed after its code was sent makes the code wrong', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  let n = 0;
  for (const [what, change] of Object.entries(TAMPERINGS)) {
    const opened = await open(world, { number: numberOf(n++) });
    await until('the sending is recorded', () => isSent(world, opened.id));
    const { sql } = world.database.store;
    const changed =
      await sql`update confirmation set ${sql.unsafe(change)} where id = ${opened.id} returning act`;
    assert.equal(changed.length, 1);
    assert(isRefused(await verify(world, opened)), what);
  }
  await checkInvariants(world);
});

test('S9: a code is worthless to another tenant or client, after cancel, success, resend, and the last try', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const stranger = await makeTenant(world.database.store.sql, 'Another Bank');
  const other = await addClient(world);
  const elsewhere = await open(world, { number: numberOf(1) });
  assert(isRefused(await verify(world, elsewhere, stranger.client)));
  assert(isRefused(await verify(world, elsewhere, stranger.admin)));
  assert(isRefused(await verify(world, elsewhere, other.key)));
  assert.equal((await verify(world, elsewhere)).status, 200);
  assert.equal((await verify(world, elsewhere)).body['type'], '/problems/ended');

  for (const reason of ['cancelled', 'not_me', 'session_closed']) {
    const cancelled = await open(world, { number: numberOf(2) });
    const path = `/v1/confirmations/${cancelled.id}/cancellation`;
    assert.equal((await world.call('POST', path, { reason })).body['state'], 'cancelled');
    assert.equal((await verify(world, cancelled)).body['type'], '/problems/ended');
  }

  const resent = await open(world, { number: numberOf(3) });
  const arriving = nextCode(world, resent.number);
  const path = `/v1/confirmations/${resent.id}/resend`;
  assert.equal((await world.call('POST', path, { session: resent.secret })).status, 200);
  const code = await arriving;
  assert.notEqual(code, resent.code);
  assert(isRefused(await verify(world, resent)), 'the code before the resend');
  assert.equal((await verify(world, { ...resent, code })).status, 200);

  const locked = await open(world, { number: numberOf(4) });
  for (let i = 0; i < 5; i++) await verify(world, { ...locked, code: wrongFor(locked.code, i) });
  assert.notEqual((await verify(world, locked)).status, 200);
  await world.database.advanceClock(60_000);
  assert.equal((await verify(world, locked)).body['type'], '/problems/ended', 'locked for good');
  await checkInvariants(world);
});

test('S7: what the evidence commits to is the text that arrived, with its code masked', async () => {
  await using world = await openWorld({ policy: openPolicy({ resendsMax: 5 }) });
  const acts: object[] = [
    TRANSFER,
    { purpose: 'access', resource: 'Πύλη του δικτύου — 内部网' },
    { purpose: 'order', items: [{ name: 'Book of 1234567890', quantity: 3 }], text: 'x'.repeat(140) },
    { purpose: 'payment', amount: { value: '0.99', currency: 'GBP' }, payee: { name: '0123456789 #1 \\n' } },
    { purpose: 'message', contentDigest: 'ab'.repeat(32), text: '€[]{}~^\\|'.repeat(12) },
  ];
  for (const [n, act] of acts.entries()) {
    const number = numberOf(n);
    const opened = await open(world, { number, act });
    const arriving = nextCode(world, number);
    const path = `/v1/confirmations/${opened.id}/resend`;
    assert.equal((await world.call('POST', path, { session: opened.secret })).status, 200);
    const codes = [opened.code, await arriving];
    const texts = world.handsets.messages(number).map(({ text }) => text);
    assert.equal(texts.length, 2);
    for (const [issue, code] of codes.entries()) {
      const text = texts[issue] ?? assert.fail();
      const { entry, salt } = await until('its entry', () => readDispatchEntry(world, opened.id, issue));
      const masked = maskCode(text, code);
      assert(!masked.includes(code));
      assert(openCommitment(entry, 'text', masked, salt), `the text of ${JSON.stringify(text)}`);
      assert(!openCommitment(entry, 'text', text, salt), 'the text with its code is not committed to');
      assert(!openCommitment(entry, 'text', `${masked} `, salt));
    }
  }
  await checkInvariants(world);
});

async function readDispatchEntry(
  world: World,
  id: string,
  n: number,
): Promise<{ entry: Entry; salt: Uint8Array } | null> {
  const rows = await world.database.store.sql<{ leaf: string; salt: Buffer }[]>`
    select e.leaf, c.salt from entry e join confirmation c on c.id = e.subject_id
    where e.subject_id = ${id} and e.leaf::json->>'type' = 'DispatchAccepted' and e.n = ${n}`;
  const [row] = rows;
  if (!row) return null;
  const parsed = parseEntry(row.leaf);
  assert(parsed.ok);
  return {
    entry: parsed.value,
    salt: fieldSalt(row.salt, { type: 'DispatchAccepted', id, n, name: 'text' }),
  };
}

async function isSent(world: World, id: string): Promise<true | null> {
  const rows = await world.database.store.sql`select 1 from confirmation where id = ${id} and state = 'sent'`;
  return rows.length === 1 ? true : null;
}
