import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { createCall, itemsOf, textOf, type Answer } from '../../test/call.ts';
import { openTestDatabase } from '../../test/database.ts';
import { makeTenant } from '../../test/tenant.ts';
import { createFindPrincipal } from '../client/find.ts';
import { createApp } from '../http/app.ts';
import { clientAuth } from '../http/client-auth.ts';
import { createLog } from '../std/log.ts';
import { asOutage } from '../store/connection.ts';
import { createLedger } from './ledger.ts';
import { ledgerRoutes } from './routes.ts';
import { LEDGER_BODY_LIMITS } from './transfer-routes.ts';

const database = await openTestDatabase();
after(() => database[Symbol.asyncDispose]());
const { sql } = database.store;

const bodyLimits = LEDGER_BODY_LIMITS;
const app = createApp({ log: createLog({ level: 'silent' }), trustedHops: 0, asOutage, bodyLimits });
app.use('/v1/*', clientAuth(createFindPrincipal(sql)));
app.route('/', ledgerRoutes(createLedger({ sql }), { sql }));

const call = createCall(app);
const acme = await makeTenant(sql, 'Acme');
const other = await makeTenant(sql, 'Other');

async function account(code: string, more: object = {}): Promise<string> {
  const body = { code, kind: 'test', currency: 'EUR', normalSide: 'credit', ...more };
  const made = await call(acme.admin, 'POST', '/v1/accounts', body);
  assert.equal(made.status, 201, made.text);
  return textOf(made, 'id');
}

const cash = await account('cash', { normalSide: 'debit' });
const buyer = await account('buyer', { debitsWithinCredits: true, clientId: acme.clientId });
const shop = await account('shop', { minimum: '-10.00', maximum: '1000' });

let made = 0;

function body(debit: string, credit: string, value: string, more: object = {}): Record<string, unknown> {
  const amount = { value, currency: 'EUR' };
  return { externalId: `r${made++}`, debitAccountId: debit, creditAccountId: credit, amount, ...more };
}

const transfer = (...parts: Parameters<typeof body>): Promise<Answer> =>
  call(acme.admin, 'POST', '/v1/transfers', body(...parts));

async function balance(id: string, name = 'balance'): Promise<unknown> {
  const found = await call(acme.admin, 'GET', `/v1/accounts/${id}/balance`);
  assert.equal(found.status, 200, found.text);
  return found.json[name];
}

const problemOf = (answer: Answer): unknown[] => [answer.status, answer.json['type']];

test('an account is made once, and is what it was made as', async () => {
  const path = `/v1/accounts/${shop}`;
  const found = await call(acme.admin, 'GET', path);
  assert.deepEqual([found.json['minimum'], found.json['maximum']], ['-10.00', '1000.00']);
  assert.equal(await account('shop', { minimum: '-10.00', maximum: '1000' }), shop);
  const differs = await call(acme.admin, 'POST', '/v1/accounts', {
    code: 'shop',
    kind: 'test',
    currency: 'EUR',
    normalSide: 'debit',
  });
  assert.deepEqual(problemOf(differs), [409, '/problems/account_differs']);
  const byCode = await call(acme.admin, 'GET', '/v1/accounts?code=shop');
  assert.deepEqual(
    itemsOf(byCode).map(({ id }) => id),
    [shop],
  );
});

test('what is no account is refused: unknown currency, sides, limits, the codes of the ledger itself', async () => {
  const fine = { code: 'x', kind: 'test', currency: 'EUR', normalSide: 'credit' };
  const refused = async (more: object) =>
    problemOf(await call(acme.admin, 'POST', '/v1/accounts', { ...fine, ...more }));
  assert.deepEqual(await refused({ currency: 'XXQ' }), [422, '/problems/unknown_currency']);
  assert.deepEqual(await refused({ minimum: '5.00' }), [422, '/problems/malformed_limit']);
  for (const more of [
    { normalSide: 'left' },
    { code: '~register/x' },
    { code: 'two words' },
    { minimum: '-5.001' },
    { balance: '1' },
    { currency: 'eur' },
  ])
    assert.deepEqual(await refused(more), [400, '/problems/malformed_request'], JSON.stringify(more));
});

test('S21: an amount moves, once, and only in the minor units of its currency', async () => {
  const before = await balance(buyer);
  const asked = body(cash, buyer, '312.40', { reference: 'Deposit', details: { order: 7 } });
  const first = await call(acme.admin, 'POST', '/v1/transfers', asked);
  assert.equal(first.status, 201, first.text);
  assert.deepEqual([first.json['state'], first.json['details']], ['posted', { order: 7 }]);
  const again = await call(acme.admin, 'POST', '/v1/transfers', asked);
  assert.deepEqual(again.json, first.json);
  const differs = await call(acme.admin, 'POST', '/v1/transfers', { ...asked, reference: 'Other' });
  assert.deepEqual(problemOf(differs), [409, '/problems/transfer_differs']);
  assert.equal(Number(await balance(buyer)) - Number(before), 312.4);
  assert.deepEqual((await call(acme.admin, 'GET', `/v1/transfers/${textOf(first, 'id')}`)).json, first.json);
  assert.deepEqual(problemOf(await transfer(cash, buyer, '1.001')), [400, '/problems/malformed_request']);
  assert.deepEqual(problemOf(await transfer(cash, buyer, '0.00')), [422, '/problems/amount_not_positive']);
  const yen = await call(acme.admin, 'POST', '/v1/transfers', {
    ...body(cash, buyer, '1'),
    amount: { value: '100', currency: 'JPY' },
  });
  assert.deepEqual(problemOf(yen), [422, '/problems/currency_mismatch']);
});

test('S17: a limit refuses, and says of which account', async () => {
  const overdrawn = await transfer(buyer, cash, '100000.00');
  assert.deepEqual(problemOf(overdrawn), [422, '/problems/debits_exceed_credits']);
  assert.match(textOf(overdrawn, 'detail'), new RegExp(buyer));
  assert.deepEqual(problemOf(await transfer(shop, cash, '10.01')), [422, '/problems/below_minimum']);
  assert.deepEqual(problemOf(await transfer(cash, shop, '1000.01')), [422, '/problems/above_maximum']);
});

test('a list answers for each; a linked list applies wholly or not at all', async () => {
  const list = (linked: boolean): Promise<Answer> =>
    call(acme.admin, 'POST', '/v1/transfers', {
      transfers: [body(cash, buyer, '5.00'), body(buyer, cash, '100000.00'), body(cash, buyer, '6.00')],
      linked,
    });
  const typesOf = (answer: Answer) =>
    itemsOf(answer).map(({ transfer: done, problem }) =>
      done ? 'done' : (problem as { type: string }).type.replace('/problems/', ''),
    );
  const before = Number(await balance(buyer));
  assert.deepEqual(typesOf(await list(true)), ['linked_refused', 'debits_exceed_credits', 'linked_refused']);
  assert.equal(Number(await balance(buyer)), before);
  assert.deepEqual(typesOf(await list(false)), ['done', 'debits_exceed_credits', 'done']);
  assert.equal(Number(await balance(buyer)), before + 11);
  const many = await call(acme.admin, 'POST', '/v1/transfers', {
    transfers: Array.from({ length: 1_000 }, () => body(cash, buyer, '0.01')),
  });
  assert.equal(new Set(typesOf(many)).size, 1);
});

test('what is wrong in a list is pointed at', async () => {
  const answer = await call(acme.admin, 'POST', '/v1/transfers', {
    transfers: [body(cash, buyer, '5.00'), { ...body(cash, buyer, '1'), amount: 5 }],
  });
  assert.deepEqual(problemOf(answer), [400, '/problems/malformed_request']);
  assert.match(textOf(answer, 'detail'), /^\/transfers\/1\/amount: /);
  const one = await call(acme.admin, 'POST', '/v1/transfers', { ...body(cash, buyer, '1'), kind: 'No' });
  assert.match(textOf(one, 'detail'), /^\/kind: /);
});

test('a pending transfer reserves, and is posted in part or voided, once', async () => {
  const held = await transfer(buyer, shop, '50.00', { pending: { timeoutSeconds: 900 } });
  assert.deepEqual([held.status, held.json['state']], [201, 'pending']);
  assert.equal(await balance(buyer, 'debitsPending'), '50.00');
  const path = `/v1/transfers/${textOf(held, 'id')}`;
  const tooMuch = await call(acme.admin, 'POST', `${path}/posting`, {
    amount: { value: '50.01', currency: 'EUR' },
  });
  assert.deepEqual(problemOf(tooMuch), [422, '/problems/exceeds_pending']);
  const part = { amount: { value: '20.00', currency: 'EUR' } };
  const posted = await call(acme.admin, 'POST', `${path}/posting`, part);
  assert.deepEqual([posted.status, posted.json['state']], [200, 'posted']);
  assert.deepEqual(posted.json['postedAmount'], { value: '20.00', currency: 'EUR' });
  assert.deepEqual((await call(acme.admin, 'POST', `${path}/posting`, part)).json, posted.json);
  assert.deepEqual(problemOf(await call(acme.admin, 'POST', `${path}/posting`, {})), [
    409,
    '/problems/already_posted',
  ]);
  assert.deepEqual(problemOf(await call(acme.admin, 'POST', `${path}/voiding`)), [
    409,
    '/problems/already_posted',
  ]);
  const second = await transfer(buyer, shop, '7.00', { pending: {} });
  const voided = await call(acme.admin, 'POST', `/v1/transfers/${textOf(second, 'id')}/voiding`);
  assert.deepEqual([voided.status, voided.json['state']], [200, 'voided']);
  assert.equal(await balance(buyer, 'debitsPending'), '0.00');
  const history = await call(acme.admin, 'GET', `/v1/accounts/${buyer}/transfers?limit=4`);
  assert.deepEqual(
    itemsOf(history).map(({ event, amount }) => `${String(event)} ${(amount as { value: string }).value}`),
    ['voided 7.00', 'pending 7.00', 'pending_posted 20.00', 'pending 50.00'],
  );
  const next = await call(
    acme.admin,
    'GET',
    `/v1/accounts/${buyer}/transfers?limit=1&cursor=${textOf(history, 'nextCursor')}`,
  );
  assert.notEqual(itemsOf(next)[0]?.['transferId'], itemsOf(history)[3]?.['transferId']);
});

test('a balance of the past is what it was, to the microsecond', async () => {
  const first = await transfer(cash, shop, '1.00');
  const second = await transfer(cash, shop, '2.00');
  const at = async (time: string) =>
    call(acme.admin, 'GET', `/v1/accounts/${shop}/balance?at=${encodeURIComponent(time)}`);
  const before = Number((await at('2020-01-01T00:00:00Z')).json['balance']);
  assert.equal(before, 0);
  const then = Number((await at(textOf(first, 'createdAt'))).json['balance']);
  assert.equal(Number((await at(textOf(second, 'createdAt'))).json['balance']), then + 2);
  assert.deepEqual(problemOf(await at('2999-01-01T00:00:00Z')), [422, '/problems/time_in_future']);
  assert.equal((await at('yesterday')).status, 400);
});

test('S14: a client reads accounts that name it, moves nothing, and sees nobody else’s', async () => {
  const moved = await transfer(cash, buyer, '3.00');
  const aside = await transfer(cash, shop, '3.00');
  const get = async (key: string, path: string) => (await call(key, 'GET', path)).status;
  for (const path of [
    '',
    '/balance',
    '/transfers',
    '/statement?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z',
  ]) {
    assert.equal(await get(acme.client, `/v1/accounts/${buyer}${path}`), 200, path);
    assert.equal(await get(acme.client, `/v1/accounts/${shop}${path}`), 404, path);
    assert.equal(await get(other.admin, `/v1/accounts/${buyer}${path}`), 404, path);
  }
  assert.equal(await get(acme.client, `/v1/transfers/${textOf(moved, 'id')}`), 200);
  assert.equal(await get(acme.client, `/v1/transfers/${textOf(aside, 'id')}`), 404);
  assert.equal(await get(other.admin, `/v1/transfers/${textOf(moved, 'id')}`), 404);
  assert.equal(await get(acme.client, '/v1/accounts'), 403);
  assert.equal((await call(acme.client, 'POST', '/v1/transfers', body(cash, buyer, '1'))).status, 403);
  const foreign = await call(other.admin, 'POST', '/v1/transfers', body(cash, buyer, '1'));
  assert.deepEqual(problemOf(foreign), [422, '/problems/unknown_account']);
  assert.equal((await call(other.admin, 'POST', `/v1/accounts/${shop}/closing`)).status, 404);
});

test('a closed account takes no new transfer', async () => {
  const till = await account('till');
  const held = await transfer(cash, till, '4.00', { pending: {} });
  const closed = await call(acme.admin, 'POST', `/v1/accounts/${till}/closing`);
  assert.equal(closed.status, 200);
  assert.notEqual(closed.json['closedAt'], null);
  assert.deepEqual(problemOf(await transfer(cash, till, '1.00')), [409, '/problems/account_closed']);
  const posted = await call(acme.admin, 'POST', `/v1/transfers/${textOf(held, 'id')}/posting`, {});
  assert.equal(posted.json['state'], 'posted');
});

test('B7: a statement has every amount that was debited, and adds up, as JSON, CSV and PDF', async () => {
  const payer = await account('payer');
  await transfer(cash, payer, '100.00', { reference: 'Deposit' });
  const first = await transfer(payer, shop, '12.40', { reference: '=HYPERLINK("x")' });
  await transfer(payer, shop, '0.60', { reference: 'Invoice 8, paid' });
  const held = await transfer(payer, shop, '5.00', { pending: {}, reference: 'Hotel' });
  await call(acme.admin, 'POST', `/v1/transfers/${textOf(held, 'id')}/posting`, {
    amount: { value: '2.00', currency: 'EUR' },
  });
  const path = `/v1/accounts/${payer}/statement`;
  const whole = `from=2020-01-01T00:00:00Z&to=2999-01-01T00:00:00Z`;
  const json = await call(acme.admin, 'GET', `${path}?${whole}&limit=2`);
  assert.equal(json.status, 200, json.text);
  const { opening, debits, credits, closing } = json.json;
  assert.deepEqual([opening, debits, credits, closing], ['0.00', '15.00', '100.00', '85.00']);
  const rest = await call(acme.admin, 'GET', `${path}?${whole}&cursor=${textOf(json, 'nextCursor')}`);
  const lines = [...itemsOf(json), ...itemsOf(rest)];
  assert.deepEqual(
    lines.map(({ amount, balance: after_, reference }) => [amount, after_, reference]),
    [
      ['12.40', '87.60', '=HYPERLINK("x")'],
      ['0.60', '87.00', 'Invoice 8, paid'],
      ['2.00', '85.00', 'Hotel'],
    ],
  );
  const from = encodeURIComponent(textOf(first, 'createdAt'));
  const part = await call(acme.admin, 'GET', `${path}?from=${from}&to=2999-01-01T00:00:00Z&side=both`);
  assert.deepEqual([part.json['opening'], itemsOf(part).length], ['100.00', 3]);

  const csv = await app.request(`${path}?${whole}&format=csv&side=both`, {
    headers: { authorization: `Bearer ${acme.admin}` },
  });
  assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/);
  const rows: string[][] = parse(await csv.text());
  assert.equal(rows.length, 5);
  assert.deepEqual(
    rows.map((row) => row[2]),
    ['amount', '100.00', '12.40', '0.60', '2.00'],
  );
  assert.equal(rows[2]?.[6], `'=HYPERLINK("x")`, 'no cell is a formula');

  const pdf = await app.request(`${path}?${whole}&format=pdf&lang=fr`, {
    headers: { authorization: `Bearer ${acme.admin}` },
  });
  assert.equal(pdf.headers.get('content-type'), 'application/pdf');
  const bytes = Buffer.from(await pdf.arrayBuffer());
  assert.equal(bytes.subarray(0, 5).toString('latin1'), '%PDF-');
  const backwards = await call(
    acme.admin,
    'GET',
    `${path}?to=2020-01-01T00:00:00Z&from=2999-01-01T00:00:00Z`,
  );
  assert.deepEqual(problemOf(backwards), [422, '/problems/malformed_period']);
});

test('B7: a long statement is many pages of PDF, and CSV without an end in sight', async () => {
  const long = await account('long');
  const list = Array.from({ length: 1_000 }, (_, i) => body(long, cash, '0.01', { reference: `Line ${i}` }));
  for (let n = 0; n < 3; n++) {
    const transfers = list.map((each) => ({ ...each, externalId: `${String(each['externalId'])}-${n}` }));
    assert.equal((await call(acme.admin, 'POST', '/v1/transfers', { transfers })).status, 200);
  }
  const query = 'from=2020-01-01T00:00:00Z&to=2999-01-01T00:00:00Z';
  const headers = { authorization: `Bearer ${acme.admin}` };
  const csv = await app.request(`/v1/accounts/${long}/statement?${query}&format=csv`, { headers });
  const rows: string[][] = parse(await csv.text());
  assert.equal(rows.length, 3_001);
  assert.equal(rows.at(-1)?.[4], '-30.00');
  const pdf = await app.request(`/v1/accounts/${long}/statement?${query}&format=pdf`, { headers });
  const pages = Buffer.from(await pdf.arrayBuffer())
    .toString('latin1')
    .match(/\/Type \/Page\b/g);
  assert((pages?.length ?? 0) > 50, `${pages?.length ?? 0} pages`);
});
