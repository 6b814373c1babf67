import { createRoute, z } from '@hono/zod-openapi';
import { createRouter, type App } from '../http/app.ts';
import { BEHIND_API_KEY, problemAnswers } from '../http/openapi.ts';
import { problem, refusalProblem } from '../http/problem.ts';
import type { Confirmations } from './confirmations.ts';
import { streamEvents } from './events.ts';
import { owned } from './owned.ts';
import { CONFIRMATION_PROBLEMS as PROBLEMS } from './problems.ts';
import { isSessionSecret } from './session.ts';

/** What follows a confirmation while it runs, and what remains of it: live events and the receipt. */
const TAG = ['Confirmations'];
const Params = z.object({ id: z.string().max(64) });
const COMMON = ['unauthenticated', 'not_found', 'outage'] as const;

const eventsRoute = createRoute({
  method: 'get',
  path: '/v1/confirmations/{id}/events',
  operationId: 'watchConfirmation',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'Follow a confirmation live',
  description:
    'Server-sent events: `event: state` with `{"state", "reason", "delivery"}` at each change, until it ends. With the ' +
    'header `Countersign-Session` the stream is also the live connection that a connected confirmation demands.',
  request: {
    params: Params,
    headers: z.object({
      'countersign-session': z.string().max(100).optional().openapi({ description: "The session's secret." }),
    }),
  },
  responses: {
    200: { description: 'The stream.', content: { 'text/event-stream': { schema: z.string() } } },
    ...problemAnswers(PROBLEMS, COMMON),
  },
});

const receiptRoute = createRoute({
  method: 'get',
  path: '/v1/confirmations/{id}/receipt',
  operationId: 'getReceipt',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'Fetch the receipt',
  description:
    'One JSON file that anyone can verify offline, without asking us: `countersign verify receipt.json`. It opens the act, ' +
    'the address and the text that was sent; hand it to those only who may see them.',
  request: { params: Params },
  responses: {
    200: {
      description: 'The receipt, format countersign-receipt/1.',
      content: { 'application/json': { schema: z.record(z.string(), z.unknown()) } },
    },
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_yet_logged']),
  },
});

export function liveRoutes(confirmations: Confirmations): App {
  const app = createRouter();
  const { context } = confirmations;

  app.openapi(eventsRoute, async (c) => {
    const row = await owned(c, context, c.req.valid('param').id);
    if (!row) return problem(c, PROBLEMS, 'not_found');
    const session = c.req.valid('header')['countersign-session'];
    const isPresence = session !== undefined && isSessionSecret(session, row.sessionHash);
    return streamEvents(c, context, { home: row.home, id: row.id }, isPresence);
  });

  app.openapi(receiptRoute, async (c) => {
    const row = await owned(c, context, c.req.valid('param').id);
    if (!row) return problem(c, PROBLEMS, 'not_found');
    const receipt = await confirmations.receipt(row);
    if (!receipt.ok) return refusalProblem(c, PROBLEMS, receipt);
    return c.body(receipt.value, 200, {
      'Content-Type': 'application/json',
      'Content-Disposition': `attachment; filename="${row.id}.receipt.json"`,
    });
  });

  return app;
}
