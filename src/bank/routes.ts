import { createRoute, z } from '@hono/zod-openapi';
import { createRouter, type App } from '../http/app.ts';
import { adminOnly } from '../http/client-auth.ts';
import { BEHIND_API_KEY, jsonAnswer, jsonBody, problemAnswers } from '../http/openapi.ts';
import { KERNEL_PROBLEMS, problem, refusalProblem, type ProblemTable } from '../http/problem.ts';
import type { Clock } from '../std/clock.ts';
import type { Random } from '../std/random.ts';
import type { Sql } from '../store/connection.ts';
import { addRoute, listBanks, removeRoute, type ManageRefusal } from './manage.ts';
import type { RouteRow } from './bank-store.ts';

/**
 * Which banks a tenant's payments ask (B6), for its administrator. The banks themselves are the operator's, for
 * all tenants: where card numbers go to is set on the command line only (`countersign banks`), never by a key
 * of one tenant.
 */
const BANK_PROBLEMS = {
  ...KERNEL_PROBLEMS,
  malformed_bank: { status: 422, title: 'The bank is malformed', detail: 'See the detail of the command.' },
  malformed_bank_url: { status: 422, title: 'The URL of the bank is malformed', detail: 'See its format.' },
  malformed_route: {
    status: 422,
    title: 'The route is malformed',
    detail: 'Name a contract, or a range of first digits whose ends have one length.',
  },
  unknown_bank: {
    status: 422,
    title: 'There is no such bank',
    detail: 'Choose one of GET /v1/banks; the operator makes them with `countersign banks set`.',
  },
} as const satisfies ProblemTable<string> & ProblemTable<ManageRefusal>;

const shared = { tags: ['Banks'], security: BEHIND_API_KEY };
const COMMON = ['unauthenticated', 'forbidden', 'outage'] as const;
const digits = z.string().regex(/^\d{1,12}$/, 'must be 1 to 12 digits');

const BankSchema = z
  .object({
    id: z.string().openapi({ example: 'banque-verte' }),
    state: z.enum(['active', 'resting']).openapi({ description: 'resting: it is asked nothing new.' }),
  })
  .openapi('Bank');

const RouteSchema = z
  .object({
    id: z.string().openapi({ example: 'brt_0g3n5s2h8v4k7m1q9r6t2w8x5z' }),
    bank: z.string(),
    contract: z.string().nullable(),
    digits: z.string().nullable().openapi({ description: 'First digits of cards.', example: '51' }),
    digitsTo: z.string().nullable().openapi({ example: '55' }),
    rank: z.int().openapi({ description: 'A low one is asked before a high one.' }),
    ofAll: z.boolean().openapi({ description: 'The operator set it for all tenants.' }),
  })
  .openapi('BankRoute');

const NewRouteSchema = z
  .strictObject({
    bank: z.string().min(1).max(30),
    contract: z.string().min(1).max(100).optional(),
    digits: digits.optional().openapi({ example: '51' }),
    digitsTo: digits.optional().openapi({ description: 'As many digits as `digits`.', example: '55' }),
    rank: z.int().min(-1000).max(1000).default(0),
  })
  .refine(({ contract, digits: from }) => (contract === undefined) !== (from === undefined), {
    message: 'name either a contract or digits',
  })
  .openapi('NewBankRoute');

const listRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/banks',
  operationId: 'listBanks',
  summary: 'List the banks that can be asked',
  responses: {
    200: jsonAnswer(z.object({ items: z.array(BankSchema) }).openapi('BankList'), 'All of them.'),
    ...problemAnswers(BANK_PROBLEMS, COMMON),
  },
});

const listRoutesRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/bank-routes',
  operationId: 'listBankRoutes',
  summary: 'List which bank is asked for which cards',
  description: 'Yours come before those of all tenants, contracts before digits, narrow ranges before wide.',
  responses: {
    200: jsonAnswer(z.object({ items: z.array(RouteSchema) }).openapi('BankRouteList'), 'All of them.'),
    ...problemAnswers(BANK_PROBLEMS, COMMON),
  },
});

const addRouteRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/bank-routes',
  operationId: 'addBankRoute',
  summary: 'Say which bank is asked',
  description: 'Of your payments only. In force on every server within a second.',
  request: { body: jsonBody(NewRouteSchema, 'For which cards, or which contract.') },
  responses: {
    201: jsonAnswer(RouteSchema, 'Added.'),
    ...problemAnswers(BANK_PROBLEMS, [...COMMON, 'malformed_request', 'malformed_route', 'unknown_bank']),
  },
});

const removeRouteRoute = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/bank-routes/{id}',
  operationId: 'removeBankRoute',
  summary: 'Remove a route of yours',
  request: { params: z.object({ id: z.string().max(64) }) },
  responses: {
    204: { description: 'Removed.' },
    ...problemAnswers(BANK_PROBLEMS, [...COMMON, 'not_found']),
  },
});

export type BankRoutesOptions = { readonly sql: Sql; readonly clock: Clock; readonly random: Random };

export function bankRoutes({ sql, clock, random }: BankRoutesOptions): App {
  const app = createRouter();
  for (const path of ['/v1/banks', '/v1/bank-routes', '/v1/bank-routes/*']) app.use(path, adminOnly);

  app.openapi(listRoute, async (c) => {
    const { hosts } = await listBanks(sql);
    return c.json({ items: hosts.map(({ id, state }) => ({ id, state })) }, 200);
  });

  app.openapi(listRoutesRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const { routes } = await listBanks(sql);
    return c.json({ items: routes.filter((route) => mayRead(route, tenantId)).map(resourceOf) }, 200);
  });

  app.openapi(addRouteRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const { bank: bankId, contract, digits: from, digitsTo, rank } = c.req.valid('json');
    const what =
      contract === undefined
        ? { digits: from ?? '', ...(digitsTo === undefined ? {} : { digitsTo }) }
        : { contract };
    const added = await addRoute(sql, { bankId, tenantId, rank, ...what }, clock.nowMs(), random);
    return added.ok ? c.json(resourceOf(added.value), 201) : refusalProblem(c, BANK_PROBLEMS, added);
  });

  app.openapi(removeRouteRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const { id } = c.req.valid('param');
    const { routes } = await listBanks(sql);
    const isOwn = routes.some((route) => route.id === id && route.tenantId === tenantId);
    const removed = isOwn && (await removeRoute(sql, id));
    return removed ? c.body(null, 204) : problem(c, BANK_PROBLEMS, 'not_found');
  });

  return app;
}

function mayRead(route: RouteRow, tenantId: string): boolean {
  return route.tenantId === null || route.tenantId === tenantId;
}

function resourceOf(route: RouteRow): z.output<typeof RouteSchema> {
  const { id, bankId, contract, digitsFrom, digitsTo, rank, tenantId } = route;
  return { id, bank: bankId, contract, digits: digitsFrom, digitsTo, rank, ofAll: tenantId === null };
}
