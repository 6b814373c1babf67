/**
 * The API of accounts. An administrator makes, closes and sees all of the tenant's; a client sees those that
 * name it (S14). Balances are read, never written.
 */
import { createRoute, z } from '@hono/zod-openapi';
import { createRouter, type App } from '../http/app.ts';
import { adminOnly } from '../http/client-auth.ts';
import {
  BEHIND_API_KEY,
  jsonAnswer,
  jsonBody,
  PageQuery,
  pageOf,
  problemAnswers,
  toPage,
} from '../http/openapi.ts';
import { problem, refusalProblem } from '../http/problem.ts';
import type { Sql } from '../store/connection.ts';
import { closeAccount, createAccounts, findAccount, findAccountByCode, listAccountsOf } from './accounts.ts';
import { must } from '../std/assert.ts';
import { moneyOf } from './account.ts';
import {
  AccountSchema,
  accountIdOf,
  accountJson,
  amountJson,
  BalanceSchema,
  balanceJson,
  NewAccountSchema,
} from './api.ts';
import { CURSOR, cursorOf, placeOf } from './cursor.ts';
import { balanceAt, historyOf } from './history.ts';
import type { HistoryRow } from './history-store.ts';
import { LEDGER_PROBLEMS as PROBLEMS, USUAL } from './problems.ts';
import { isoMicros, microsOf } from './time.ts';

const shared = { tags: ['Ledger'], security: BEHIND_API_KEY };
const ofAccount = z.strictObject({ id: accountIdOf });

const creationRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/accounts',
  operationId: 'createAccount',
  middleware: adminOnly,
  summary: 'Create an account',
  description: 'Asked for again with the same definition, the account that is there is answered.',
  request: { body: jsonBody(NewAccountSchema, 'The account. What it is never changes.') },
  responses: {
    201: jsonAnswer(AccountSchema, 'The account.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_currency', 'malformed_limit', 'account_differs']),
  },
});

const listRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/accounts',
  operationId: 'listAccounts',
  middleware: adminOnly,
  summary: 'List the accounts of the tenant',
  request: {
    query: PageQuery.extend({
      code: z.string().max(120).optional().openapi({ description: 'Only the account of this code.' }),
    }),
  },
  responses: {
    200: jsonAnswer(
      pageOf(AccountSchema, 'AccountPage'),
      'A page of accounts, in no order that means anything.',
    ),
    ...problemAnswers(PROBLEMS, USUAL),
  },
});

const getRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/accounts/{id}',
  operationId: 'getAccount',
  summary: 'Get an account with its balance',
  request: { params: ofAccount },
  responses: {
    200: jsonAnswer(AccountSchema, 'The account.'),
    ...problemAnswers(PROBLEMS, ['malformed_request', 'unauthenticated', 'not_found', 'outage']),
  },
});

const closeRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/accounts/{id}/closing',
  operationId: 'closeAccount',
  middleware: adminOnly,
  summary: 'Close an account',
  description: 'No new transfer touches it any more; what is pending on it can still be posted or voided.',
  request: { params: ofAccount },
  responses: {
    200: jsonAnswer(AccountSchema, 'The closed account.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'not_found', 'account_in_use']),
  },
});

const balanceRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/accounts/{id}/balance',
  operationId: 'getBalance',
  summary: 'Get the balance, now or at any past time',
  request: {
    params: ofAccount,
    query: z.strictObject({
      at: z.iso
        .datetime({ offset: true })
        .optional()
        .openapi({ description: 'After everything up to and including this time; up to six decimals.' }),
    }),
  },
  responses: {
    200: jsonAnswer(
      BalanceSchema.extend({ at: z.iso.datetime().nullable() }).openapi('BalanceAt'),
      'The balance. `at` is null for the balance of now.',
    ),
    ...problemAnswers(PROBLEMS, [
      'malformed_request',
      'unauthenticated',
      'not_found',
      'time_in_future',
      'outage',
    ]),
  },
});

const PostingSchema = z
  .object({
    at: z.iso.datetime(),
    event: z.enum(['posted', 'pending', 'pending_posted', 'voided', 'expired']).openapi({
      description:
        '`posted` moved at once; `pending_posted`, `voided` and `expired` ended a pending transfer.',
    }),
    side: z.enum(['debit', 'credit']),
    amount: z.object({ value: z.string(), currency: z.string() }),
    transferId: z.string(),
    externalId: z.string(),
    kind: z.string(),
    reference: z.string().nullable(),
    otherAccountId: z.string(),
    otherAccountCode: z.string(),
    balance: BalanceSchema.openapi({ description: 'After it.' }),
  })
  .openapi('Posting');

const historyRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/accounts/{id}/transfers',
  operationId: 'listTransfersOfAccount',
  summary: 'List what happened on an account',
  description: 'Each entry has the balances after it.',
  request: {
    params: ofAccount,
    query: PageQuery.extend({
      cursor: CURSOR.optional().openapi({
        description: '`nextCursor` of the page before. Without it the list begins.',
      }),
    }),
  },
  responses: {
    200: jsonAnswer(pageOf(PostingSchema, 'PostingPage'), 'A page, the newest first.'),
    ...problemAnswers(PROBLEMS, ['malformed_request', 'unauthenticated', 'not_found', 'outage']),
  },
});

/** Mount behind `clientAuth`. */
export function accountRoutes({ sql }: { sql: Sql }): App {
  const app = createRouter();

  app.openapi(creationRoute, async (c) => {
    const [made] = await createAccounts(sql, c.get('principal').tenantId, [c.req.valid('json')]);
    const answer = must(made, 'one account was asked for');
    if (!answer.ok) return refusalProblem(c, PROBLEMS, answer);
    return c.json(accountJson(answer.value), 201, { Location: `/v1/accounts/${answer.value.id}` });
  });

  app.openapi(listRoute, async (c) => {
    const principal = c.get('principal');
    const { limit, cursor = '', code } = c.req.valid('query');
    if (code !== undefined) {
      const found = await findAccountByCode(sql, principal, code);
      return c.json({ items: found ? [accountJson(found)] : [], nextCursor: null }, 200);
    }
    const page = toPage(await listAccountsOf(sql, principal.tenantId, cursor, limit + 1), limit);
    return c.json({ items: page.items.map(accountJson), nextCursor: page.nextCursor }, 200);
  });

  app.openapi(getRoute, async (c) => {
    const found = await findAccount(sql, c.get('principal'), c.req.valid('param').id);
    return found ? c.json(accountJson(found), 200) : problem(c, PROBLEMS, 'not_found');
  });

  app.openapi(closeRoute, async (c) => {
    const closed = await closeAccount(sql, c.get('principal').tenantId, c.req.valid('param').id);
    if (closed === null) return problem(c, PROBLEMS, 'not_found');
    return closed.ok ? c.json(accountJson(closed.value), 200) : refusalProblem(c, PROBLEMS, closed);
  });

  app.openapi(balanceRoute, async (c) => {
    const found = await findAccount(sql, c.get('principal'), c.req.valid('param').id);
    if (!found) return problem(c, PROBLEMS, 'not_found');
    const { at } = c.req.valid('query');
    if (at === undefined) return c.json({ ...balanceJson(found, found), at: null }, 200);
    const atUs = microsOf(at);
    const then = await balanceAt(sql, found.id, atUs);
    if (!then.ok) return refusalProblem(c, PROBLEMS, then);
    return c.json({ ...balanceJson(found, then.value), at: isoMicros(atUs) }, 200);
  });

  app.openapi(historyRoute, async (c) => {
    const found = await findAccount(sql, c.get('principal'), c.req.valid('param').id);
    if (!found) return problem(c, PROBLEMS, 'not_found');
    const { limit, cursor } = c.req.valid('query');
    const rows = await historyOf(sql, found.id, placeOf(cursor), limit + 1);
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    const items = shown.map((row) => postingJson(found, row));
    return c.json({ items, nextCursor: cursorOf(last) }, 200);
  });

  return app;
}

const EVENTS = {
  single: 'posted',
  pending: 'pending',
  posting: 'pending_posted',
  voiding: 'voided',
  expiry: 'expired',
} as const satisfies Record<HistoryRow['phase'], string>;

function postingJson(
  account: Parameters<typeof balanceJson>[0],
  row: HistoryRow,
): z.infer<typeof PostingSchema> {
  const { phase, pendingChange, postedChange } = row;
  const moved = phase === 'single' || phase === 'posting' ? postedChange : pendingChange;
  return {
    at: isoMicros(row.atUs),
    event: EVENTS[phase],
    side: row.side,
    amount: amountJson(moneyOf(account, moved < 0n ? -moved : moved)),
    transferId: row.transferId,
    externalId: row.externalId,
    kind: row.kind,
    reference: row.reference,
    otherAccountId: row.otherId,
    otherAccountCode: row.otherCode,
    balance: balanceJson(account, row),
  };
}
