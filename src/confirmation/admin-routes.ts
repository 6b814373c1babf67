import { createRoute, z } from '@hono/zod-openapi';
import { createRouter, type App } from '../http/app.ts';
import { adminOnly } from '../http/client-auth.ts';
import { BEHIND_API_KEY, jsonAnswer, jsonBody, problemAnswers } from '../http/openapi.ts';
import { refusalProblem, type ProblemTable } from '../http/problem.ts';
import type { BindRefusal } from './bind.ts';
import type { Confirmations } from './confirmations.ts';
import { PolicySchema } from './policy.ts';
import { readPolicy, writePolicy } from './policy-store.ts';
import { CONFIRMATION_PROBLEMS } from './problems.ts';
import { OpenedSchema, openedResource } from './routes.ts';

/** Policy for the tenant's administrator, and the binding of addresses. */
const PROBLEMS = {
  ...CONFIRMATION_PROBLEMS,
  already_bound: { status: 409, title: 'The address is bound already', detail: 'Nothing is left to do.' },
  approval_invalid: {
    status: 422,
    title: 'The approval does not hold',
    detail:
      'Name a confirmation on the old address, confirmed in the last 15 minutes, that approved exactly this new one.',
  },
} as const satisfies ProblemTable<BindRefusal | keyof typeof CONFIRMATION_PROBLEMS>;

const PolicyAnswer = z
  .record(z.string(), z.unknown())
  .openapi({ description: 'The document as it was written.' });

const getPolicyRoute = createRoute({
  method: 'get',
  path: '/v1/policy',
  operationId: 'getPolicy',
  tags: ['Policy'],
  security: BEHIND_API_KEY,
  summary: 'Read the policy of the tenant',
  responses: {
    200: jsonAnswer(PolicyAnswer, 'What it leaves out has its default.'),
    ...problemAnswers(PROBLEMS, ['unauthenticated', 'forbidden', 'outage']),
  },
});

const putPolicyRoute = createRoute({
  method: 'put',
  path: '/v1/policy',
  operationId: 'putPolicy',
  tags: ['Policy'],
  security: BEHIND_API_KEY,
  summary: 'Replace the policy of the tenant',
  description: 'In force on every server within 5 seconds, for confirmations opened from then on.',
  request: { body: jsonBody(PolicySchema, 'The whole document.') },
  responses: {
    200: jsonAnswer(PolicyAnswer, 'Written.'),
    ...problemAnswers(PROBLEMS, [
      'malformed_request',
      'malformed_policy',
      'unauthenticated',
      'forbidden',
      'outage',
    ]),
  },
});

const bindRoute = createRoute({
  method: 'post',
  path: '/v1/subscribers/{id}/addresses/{addressId}/binding',
  operationId: 'bindAddress',
  tags: ['Subscribers'],
  security: BEHIND_API_KEY,
  summary: 'Bind an address by a code',
  description:
    'Opens a confirmation on the new address; bring its code back as with any other, and the address is bound. When the ' +
    'subscriber already has an address in use, the first confirmation goes to that one; repeat the call with its id as `approval`.',
  request: {
    params: z.object({ id: z.string().max(64), addressId: z.string().max(64) }),
    body: jsonBody(
      z.strictObject({ approval: z.string().max(64).optional() }),
      'The approval, in the second step of a change.',
    ),
  },
  responses: {
    201: jsonAnswer(
      OpenedSchema.extend({ step: z.enum(['approve_on_old_address', 'prove_new_address']) }).openapi(
        'Binding',
      ),
      'A code is on its way.',
    ),
    ...problemAnswers(PROBLEMS, [
      'malformed_request',
      'unauthenticated',
      'not_found',
      'already_bound',
      'approval_invalid',
      'unknown_client',
      'channel_unavailable',
      'sending_limit',
      'outage',
    ]),
  },
});

export function confirmationAdminRoutes(confirmations: Confirmations): App {
  const app = createRouter();
  const { sql } = confirmations.context.store;
  app.use('/v1/policy', adminOnly);

  app.openapi(getPolicyRoute, async (c) => {
    const { document } = await readPolicy(sql, c.get('principal').tenantId);
    return c.json({ ...document }, 200);
  });

  app.openapi(putPolicyRoute, async (c) => {
    // The document is kept as it was written: what it leaves out follows the defaults of later versions.
    const document = await c.req.json<Record<string, unknown>>();
    const written = await writePolicy(sql, c.get('principal').tenantId, document);
    return written.ok ? c.json(document, 200) : refusalProblem(c, PROBLEMS, written);
  });

  app.openapi(bindRoute, async (c) => {
    const { id, addressId } = c.req.valid('param');
    const { approval = null } = c.req.valid('json');
    const bound = await confirmations.bind(c.get('principal'), {
      subscriberId: id,
      addressId,
      approval,
      ip: c.get('ip'),
    });
    if (!bound.ok) return refusalProblem(c, PROBLEMS, bound);
    const { step, act } = bound.value;
    return c.json({ ...openedResource(confirmations, bound.value, act), step }, 201);
  });

  return app;
}
