/**
 * The administrator's API of webhooks. All of it needs an administrator key and stays inside its tenant
 * (S14).
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
import { KERNEL_PROBLEMS, problem, refusalProblem } from '../http/problem.ts';
import type { Context } from './context.ts';
import { listAttempts } from './delivery-store.ts';
import {
  changeEndpoint,
  createEndpoint,
  removeEndpoint,
  retryDelivery,
  rotateEndpointSecret,
  testEndpoint,
} from './manage.ts';
import { WEBHOOK_PROBLEMS } from './problems.ts';
import {
  attemptJson,
  AttemptSchema,
  deliveryJson,
  DeliverySchema,
  EndpointChangeSchema,
  endpointJson,
  EndpointSchema,
  MadeEndpointSchema,
  NewEndpointSchema,
  NewSecretSchema,
} from './resource.ts';
import { findEndpoint, listEndpoints } from './store.ts';

const PROBLEMS = { ...KERNEL_PROBLEMS, ...WEBHOOK_PROBLEMS };
const USUAL = ['malformed_request', 'unauthenticated', 'forbidden', 'outage'] as const;
const OF_FIELDS = ['malformed_url', 'malformed_event_type', 'url_not_allowed', 'unknown_client'] as const;

const ofEndpoint = z.strictObject({ endpointId: z.string().max(64) });
const shared = { tags: ['Webhooks'], security: BEHIND_API_KEY, middleware: adminOnly };

const listRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/webhook-endpoints',
  operationId: 'listWebhookEndpoints',
  summary: 'List the webhook endpoints of the tenant',
  request: { query: PageQuery },
  responses: {
    200: jsonAnswer(pageOf(EndpointSchema, 'WebhookEndpointPage'), 'A page of endpoints, the oldest first.'),
    ...problemAnswers(PROBLEMS, USUAL),
  },
});

const creationRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/webhook-endpoints',
  operationId: 'createWebhookEndpoint',
  summary: 'Create a webhook endpoint',
  description:
    'Events are posted to it from then on, signed as Standard Webhooks says. Servers take it up within a second.',
  request: { body: jsonBody(NewEndpointSchema, 'The endpoint.') },
  responses: {
    201: jsonAnswer(MadeEndpointSchema, 'The new endpoint, with its secret.'),
    ...problemAnswers(PROBLEMS, [...USUAL, ...OF_FIELDS, 'too_many_endpoints']),
  },
});

const getRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/webhook-endpoints/{endpointId}',
  operationId: 'getWebhookEndpoint',
  summary: 'Get a webhook endpoint',
  request: { params: ofEndpoint },
  responses: {
    200: jsonAnswer(EndpointSchema, 'The endpoint.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_endpoint']),
  },
});

const changeRoute = createRoute({
  ...shared,
  method: 'patch',
  path: '/v1/webhook-endpoints/{endpointId}',
  operationId: 'changeWebhookEndpoint',
  summary: 'Change a webhook endpoint',
  description:
    'Only the fields that are sent change. What waited while it was disabled is sent when it is enabled.',
  request: { params: ofEndpoint, body: jsonBody(EndpointChangeSchema, 'What changes.') },
  responses: {
    200: jsonAnswer(EndpointSchema, 'The endpoint as it is now.'),
    ...problemAnswers(PROBLEMS, [...USUAL, ...OF_FIELDS, 'unknown_endpoint']),
  },
});

const deletionRoute = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/webhook-endpoints/{endpointId}',
  operationId: 'deleteWebhookEndpoint',
  summary: 'Delete a webhook endpoint',
  description: 'Nothing more is sent to it, also nothing that waited.',
  request: { params: ofEndpoint },
  responses: {
    204: { description: 'The endpoint is deleted.' },
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_endpoint']),
  },
});

const secretRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/webhook-endpoints/{endpointId}/secret',
  operationId: 'rotateWebhookSecret',
  summary: 'Make a new secret',
  description: 'The old one and the new one both sign for 24 hours, so that your receiver can move over.',
  request: { params: ofEndpoint, body: jsonBody(NewSecretSchema, 'What becomes of the old secret.') },
  responses: {
    201: jsonAnswer(MadeEndpointSchema, 'The endpoint, with its new secret.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_endpoint', 'two_live_secrets']),
  },
});

const testRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/webhook-endpoints/{endpointId}/test',
  operationId: 'testWebhookEndpoint',
  summary: 'Send a test event',
  description:
    'An event of the type `webhook.test`, to this endpoint only. Look at the attempts for what came of it.',
  request: { params: ofEndpoint },
  responses: {
    202: jsonAnswer(
      z.object({ eventId: z.string(), deliveryId: z.string() }).openapi('WebhookTest'),
      'It is on its way.',
    ),
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_endpoint', 'endpoint_disabled']),
  },
});

const attemptsRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/webhook-endpoints/{endpointId}/attempts',
  operationId: 'listWebhookAttempts',
  summary: 'List recent attempts',
  description: 'They are kept for 30 days.',
  request: { params: ofEndpoint, query: PageQuery },
  responses: {
    200: jsonAnswer(pageOf(AttemptSchema, 'WebhookAttemptPage'), 'A page of attempts, the latest first.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_endpoint']),
  },
});

const retryRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/webhook-deliveries/{deliveryId}/retry',
  operationId: 'retryWebhookDelivery',
  summary: 'Send an event once more',
  description: 'At once, with the same `webhook-id`, also when it was delivered or given up.',
  request: { params: z.strictObject({ deliveryId: z.string().max(64) }) },
  responses: {
    202: jsonAnswer(DeliverySchema, 'It is on its way.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_delivery', 'endpoint_disabled', 'delivery_running']),
  },
});

/** Mount behind `clientAuth`. */
export function webhookRoutes(context: Context): App {
  const app = createRouter();
  mountEndpoints(app, context);
  mountSending(app, context);
  return app;
}

function mountEndpoints(app: App, context: Context): void {
  const { sql } = context;

  app.openapi(listRoute, async (c) => {
    const { limit, cursor = '' } = c.req.valid('query');
    const page = toPage(await listEndpoints(sql, c.get('principal').tenantId, cursor, limit + 1), limit);
    return c.json({ items: page.items.map(endpointJson), nextCursor: page.nextCursor }, 200);
  });

  app.openapi(creationRoute, async (c) => {
    const made = await createEndpoint(context, c.get('principal').tenantId, c.req.valid('json'));
    if (!made.ok) return refusalProblem(c, WEBHOOK_PROBLEMS, made);
    const { endpoint, secret } = made.value;
    c.header('Location', `/v1/webhook-endpoints/${endpoint.id}`);
    return c.json({ ...endpointJson(endpoint), secret: secret.reveal() }, 201);
  });

  app.openapi(getRoute, async (c) => {
    const found = await findEndpoint(sql, c.get('principal').tenantId, c.req.valid('param').endpointId);
    return found ? c.json(endpointJson(found), 200) : problem(c, WEBHOOK_PROBLEMS, 'unknown_endpoint');
  });

  app.openapi(changeRoute, async (c) => {
    const { url, description, types, clientId, disabled } = c.req.valid('json');
    const { endpointId } = c.req.valid('param');
    const changed = await changeEndpoint(context, c.get('principal').tenantId, endpointId, {
      ...(url === undefined ? {} : { url }),
      ...(description === undefined ? {} : { description }),
      ...(types === undefined ? {} : { types }),
      ...(clientId === undefined ? {} : { clientId }),
      ...(disabled === undefined ? {} : { disabled }),
    });
    return changed.ok
      ? c.json(endpointJson(changed.value), 200)
      : refusalProblem(c, WEBHOOK_PROBLEMS, changed);
  });

  app.openapi(deletionRoute, async (c) => {
    const { endpointId } = c.req.valid('param');
    const removed = await removeEndpoint(context, c.get('principal').tenantId, endpointId);
    return removed ? c.body(null, 204) : problem(c, WEBHOOK_PROBLEMS, 'unknown_endpoint');
  });

  app.openapi(secretRoute, async (c) => {
    const { endpointId } = c.req.valid('param');
    const { revokeOld } = c.req.valid('json');
    const made = await rotateEndpointSecret(context, c.get('principal').tenantId, endpointId, revokeOld);
    if (!made.ok) return refusalProblem(c, WEBHOOK_PROBLEMS, made);
    const { endpoint, secret } = made.value;
    return c.json({ ...endpointJson(endpoint), secret: secret.reveal() }, 201);
  });
}

function mountSending(app: App, context: Context): void {
  app.openapi(testRoute, async (c) => {
    const { tenantId, clientId } = c.get('principal');
    const sent = await testEndpoint(context, tenantId, clientId, c.req.valid('param').endpointId);
    return sent.ok ? c.json(sent.value, 202) : refusalProblem(c, WEBHOOK_PROBLEMS, sent);
  });

  app.openapi(attemptsRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const { endpointId } = c.req.valid('param');
    const { limit, cursor = null } = c.req.valid('query');
    if (!(await findEndpoint(context.sql, tenantId, endpointId)))
      return problem(c, WEBHOOK_PROBLEMS, 'unknown_endpoint');
    const page = toPage(await listAttempts(context.sql, endpointId, cursor, limit + 1), limit);
    return c.json({ items: page.items.map(attemptJson), nextCursor: page.nextCursor }, 200);
  });

  app.openapi(retryRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const retried = await retryDelivery(context, tenantId, c.req.valid('param').deliveryId);
    return retried.ok
      ? c.json(deliveryJson(retried.value), 202)
      : refusalProblem(c, WEBHOOK_PROBLEMS, retried);
  });
}
