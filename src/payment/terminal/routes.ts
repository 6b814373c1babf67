/** The administrator's API of payment terminals. It needs an administrator key and stays inside its tenant (S14). */
import { createRoute, z } from '@hono/zod-openapi';
import { createRouter, type App } from '../../http/app.ts';
import { adminOnly } from '../../http/client-auth.ts';
import {
  BEHIND_API_KEY,
  jsonAnswer,
  jsonBody,
  PageQuery,
  pageOf,
  problemAnswers,
  toPage,
} from '../../http/openapi.ts';
import { KERNEL_PROBLEMS, refusalProblem, type ProblemTable } from '../../http/problem.ts';
import { LANGUAGES } from '../../std/language.ts';
import {
  createTerminal,
  disableTerminal,
  terminalsOf,
  type ManageContext,
  type TerminalRefusal,
} from './manage.ts';
import type { Terminal } from './terminal.ts';

/** The HTTP face of every refusal. */
const TERMINAL_PROBLEMS = {
  malformed_terminal: {
    status: 400,
    title: 'The terminal is malformed',
    detail: 'Send a code of eight capital letters and digits, a merchant number and a name.',
  },
  unknown_client: {
    status: 404,
    title: 'No such client',
    detail: 'The tenant has no active client of this id.',
  },
  unknown_terminal: {
    status: 404,
    title: 'No such terminal',
    detail: 'The tenant has no terminal of this id.',
  },
  terminal_code_taken: {
    status: 409,
    title: 'The code is taken',
    detail: 'There is a terminal of this code already; take another code.',
  },
} as const satisfies ProblemTable<TerminalRefusal>;

const PROBLEMS = { ...KERNEL_PROBLEMS, ...TERMINAL_PROBLEMS };
const USUAL = ['malformed_request', 'unauthenticated', 'forbidden', 'outage'] as const;
const shared = { tags: ['Payments'], security: BEHIND_API_KEY, middleware: adminOnly };

const FIELDS = {
  code: z.string().max(8).openapi({ description: 'Field 41 of its messages.', example: 'SHOP0001' }),
  clientId: z.string().max(64).openapi({ description: 'The merchant that its payments belong to.' }),
  merchant: z.string().max(15).openapi({ description: 'Field 42 of its messages.', example: '4711' }),
  name: z.string().max(70).openapi({ description: 'What its tickets and its codes call the merchant.' }),
  place: z.string().max(70).openapi({ description: 'A second line on its tickets.', example: 'Lyon' }),
  language: z.enum(LANGUAGES).openapi({ description: 'Of its tickets.', example: 'fr' }),
};
const NewTerminalSchema = z
  .strictObject({
    ...FIELDS,
    place: FIELDS.place.default(''),
    language: FIELDS.language.default('en'),
  })
  .openapi('NewTerminal');
const TerminalSchema = z
  .object({
    id: z.string(),
    ...FIELDS,
    createdAt: z.string(),
    disabledAt: z.string().nullable().openapi({ example: null }),
  })
  .openapi('Terminal');
const MadeTerminalSchema = TerminalSchema.extend({
  key: z.string().openapi({ description: '64 hex digits, in this answer and nowhere else ever again.' }),
  checkValue: z
    .string()
    .openapi({ description: 'What the terminal shows when the key was typed right.', example: '3F09A1' }),
}).openapi('MadeTerminal');

const ofTerminal = z.strictObject({ terminalId: z.string().max(64) });

const listRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/terminals',
  operationId: 'listTerminals',
  summary: 'List the payment terminals of the tenant',
  request: { query: PageQuery },
  responses: {
    200: jsonAnswer(pageOf(TerminalSchema, 'TerminalPage'), 'A page of terminals, the oldest first.'),
    ...problemAnswers(PROBLEMS, USUAL),
  },
});

const creationRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/terminals',
  operationId: 'createTerminal',
  summary: 'Make a payment terminal',
  description: 'Its key is in this answer only. Load it into the terminal; then the terminal may sign on.',
  request: { body: jsonBody(NewTerminalSchema, 'The terminal.') },
  responses: {
    201: jsonAnswer(MadeTerminalSchema, 'The new terminal, with its key.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'malformed_terminal', 'unknown_client', 'terminal_code_taken']),
  },
});

const disablingRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/terminals/{terminalId}/disabling',
  operationId: 'disableTerminal',
  summary: 'Disable a payment terminal',
  description: 'It makes no sale any more; what it began it may still undo.',
  request: { params: ofTerminal },
  responses: {
    200: jsonAnswer(TerminalSchema, 'The terminal as it is now.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_terminal']),
  },
});

/** Mount behind `clientAuth`. */
export function terminalRoutes(context: ManageContext): App {
  const app = createRouter();

  app.openapi(listRoute, async (c) => {
    const { limit, cursor = '' } = c.req.valid('query');
    const { tenantId } = c.get('principal');
    const page = toPage(await terminalsOf(context, tenantId, cursor, limit + 1), limit);
    return c.json({ items: page.items.map(terminalJson), nextCursor: page.nextCursor }, 200);
  });

  app.openapi(creationRoute, async (c) => {
    const { clientId, ...fields } = c.req.valid('json');
    const made = await createTerminal(context, { tenantId: c.get('principal').tenantId, clientId }, fields);
    if (!made.ok) return refusalProblem(c, TERMINAL_PROBLEMS, made);
    const { terminal, key, checkValue } = made.value;
    return c.json({ ...terminalJson(terminal), key: key.reveal(), checkValue }, 201);
  });

  app.openapi(disablingRoute, async (c) => {
    const { terminalId } = c.req.valid('param');
    const disabled = await disableTerminal(context, c.get('principal').tenantId, terminalId);
    return disabled.ok
      ? c.json(terminalJson(disabled.value), 200)
      : refusalProblem(c, TERMINAL_PROBLEMS, disabled);
  });

  return app;
}

function terminalJson(terminal: Terminal) {
  const { id, code, clientId, merchant, name, place, language, createdAt, disabledAt } = terminal;
  return {
    id,
    code,
    clientId,
    merchant: merchant.trimEnd(),
    name,
    place,
    language,
    createdAt: createdAt.toISOString(),
    disabledAt: disabledAt?.toISOString() ?? null,
  };
}
