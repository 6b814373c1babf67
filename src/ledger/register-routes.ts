/** The API of registers (P12): an administrator makes and ends rules, and reads what they have counted. */
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
import { addressesOf } from '../directory/bind.ts';
import { addressKey } from '../directory/home.ts';
import { maskAddress } from '../directory/number.ts';
import type { Sql } from '../store/connection.ts';
import { readAccounts } from './account-store.ts';
import { NO_BALANCES } from './account.ts';
import { accountIdOf, BalanceSchema, balanceJson } from './api.ts';
import { LEDGER_PROBLEMS as PROBLEMS, USUAL } from './problems.ts';
import { RegisterSchema } from './register.ts';
import { endRegisterOnce, findRegister, listRegisters, type RegisterRow } from './register-store.ts';
import { createRegister, registerAccountId } from './registers.ts';

const shared = { tags: ['Ledger'], security: BEHIND_API_KEY, middleware: adminOnly };
const registerId = z.string().max(64).openapi({ example: 'reg_2k8w4n0c6t1v9y3m5q7r0x4z8b' });
const ofRegister = z.strictObject({ id: registerId });

const RegisterJson = z
  .object({
    id: registerId,
    rule: RegisterSchema,
    createdAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable().openapi({ example: null }),
  })
  .openapi('MadeRegister');

const creationRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/registers',
  operationId: 'createRegister',
  summary: 'Count confirmed acts for each address',
  description:
    'A rule never changes: end it and make one of another name. In force on every server within 5 seconds.',
  request: { body: jsonBody(RegisterSchema, 'The rule.') },
  responses: {
    201: jsonAnswer(RegisterJson, 'The register.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'register_differs', 'too_many_registers']),
  },
});

const listRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/registers',
  operationId: 'listRegisters',
  summary: 'List the registers of the tenant',
  request: { query: PageQuery },
  responses: {
    200: jsonAnswer(pageOf(RegisterJson, 'RegisterPage'), 'A page of registers, those that have ended too.'),
    ...problemAnswers(PROBLEMS, USUAL),
  },
});

const getRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/registers/{id}',
  operationId: 'getRegister',
  summary: 'Get a register',
  request: { params: ofRegister },
  responses: {
    200: jsonAnswer(RegisterJson, 'The register.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'not_found']),
  },
});

const endRoute = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/registers/{id}',
  operationId: 'endRegister',
  summary: 'End a register',
  description: 'Nothing more is counted, within 5 seconds on every server; what was counted stays.',
  request: { params: ofRegister },
  responses: {
    204: { description: 'The register has ended.' },
    ...problemAnswers(PROBLEMS, [...USUAL, 'not_found']),
  },
});

const CountedSchema = z
  .object({
    items: z.array(
      z.object({
        addressId: z.string(),
        channel: z.string(),
        address: z.string().openapi({ description: 'Masked.', example: '+33•••••••78' }),
        accountId: accountIdOf,
        balance: BalanceSchema,
      }),
    ),
  })
  .openapi('Counted');

const readRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/registers/{id}/subscribers/{subscriberId}',
  operationId: 'readRegister',
  summary: "Read a register of a subscriber's addresses",
  description: 'The account of each address is read like any other: its transfers, its statement.',
  request: { params: z.strictObject({ id: registerId, subscriberId: z.string().max(64) }) },
  responses: {
    200: jsonAnswer(CountedSchema, 'What was counted for each address in use.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'not_found']),
  },
});

/** Mount behind `clientAuth`. */
export function registerRoutes({ sql }: { sql: Sql }): App {
  const app = createRouter();

  app.openapi(creationRoute, async (c) => {
    const made = await createRegister(sql, c.get('principal').tenantId, c.req.valid('json'));
    if (!made.ok) return refusalProblem(c, PROBLEMS, made);
    return c.json(registerJson(made.value), 201, { Location: `/v1/registers/${made.value.id}` });
  });

  app.openapi(listRoute, async (c) => {
    const { limit, cursor = '' } = c.req.valid('query');
    const page = toPage(await listRegisters(sql, c.get('principal').tenantId, cursor, limit + 1), limit);
    return c.json({ items: page.items.map(registerJson), nextCursor: page.nextCursor }, 200);
  });

  app.openapi(getRoute, async (c) => {
    const found = await findRegister(sql, c.get('principal').tenantId, c.req.valid('param').id);
    return found ? c.json(registerJson(found), 200) : problem(c, PROBLEMS, 'not_found');
  });

  app.openapi(endRoute, async (c) => {
    const ended = await endRegisterOnce(sql, c.get('principal').tenantId, c.req.valid('param').id);
    return ended ? c.body(null, 204) : problem(c, PROBLEMS, 'not_found');
  });

  app.openapi(readRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const { id, subscriberId } = c.req.valid('param');
    const found = await findRegister(sql, tenantId, id);
    const addresses = found ? await addressesOf(sql, tenantId, subscriberId) : [];
    if (!found || addresses.length === 0) return problem(c, PROBLEMS, 'not_found');
    const { name, currency } = found.document;
    const named = addresses.map((address) => {
      const key = addressKey(tenantId, address.channel, address.value);
      return { address, accountId: registerAccountId({ tenantId, name }, key) };
    });
    const accounts = await readAccounts(
      sql,
      named.map(({ accountId }) => accountId),
    );
    const items = named.map(({ address: { id: addressId, channel, value }, accountId }) => {
      const balances = accounts.find((account) => account.id === accountId) ?? NO_BALANCES;
      const balance = balanceJson({ currency, normalSide: 'debit' }, balances);
      return { addressId, channel, address: maskAddress(value), accountId, balance };
    });
    return c.json({ items }, 200);
  });

  return app;
}

function registerJson(row: RegisterRow): z.infer<typeof RegisterJson> {
  return {
    id: row.id,
    rule: row.document,
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}
