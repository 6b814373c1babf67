/**
 * The administrator's API of clients and keys. All of it needs an administrator key and stays inside its
 * tenant (S14).
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
import { KERNEL_PROBLEMS, problem, refusalProblem, type ProblemTable } from '../http/problem.ts';
import type { Sql } from '../store/connection.ts';
import { RETURN_ORIGINS_MAX, type ClientRefusal } from './client.ts';
import {
  changeClient,
  createClient,
  createKey,
  disableClient,
  listKeys,
  LIVE_KEYS_MAX,
  revokeKey,
  type KeyRefusal,
} from './manage.ts';
import { findClient, listClients, type ClientRow, type KeyRow } from './store.ts';

const CLIENT_PROBLEMS = {
  malformed_domain: {
    status: 400,
    title: 'The domain is malformed',
    detail: 'Send a host name such as "shop.example".',
  },
  malformed_origin: {
    status: 400,
    title: 'A return origin is malformed',
    detail: 'Send origins such as "https://shop.example".',
  },
  unknown_client: {
    status: 404,
    title: 'No such client',
    detail: 'The tenant has no active client of this id.',
  },
  unknown_key: { status: 404, title: 'No such key', detail: 'The client has no key of this id.' },
  too_many_keys: {
    status: 409,
    title: 'The client has two live keys of this scope',
    detail: `A client has at most ${LIVE_KEYS_MAX} live keys of each scope, so that they can be rotated. Revoke one first.`,
  },
  own_client: {
    status: 409,
    title: 'This client belongs to the key that calls',
    detail: 'Disable it with an administrator key of another client.',
  },
} as const satisfies ProblemTable<ClientRefusal | KeyRefusal | 'unknown_key' | 'own_client'>;

const PROBLEMS = { ...KERNEL_PROBLEMS, ...CLIENT_PROBLEMS };
const USUAL = ['malformed_request', 'unauthenticated', 'forbidden', 'outage'] as const;

const name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be one line without control characters')
  .openapi({ description: 'Shown to people.', example: 'Acme Shop' });
const domain = z.string().min(1).max(253).openapi({
  description:
    'The host name of the page where codes are typed. The last line of each message is bound to it.',
  example: 'shop.example',
});
const returnOrigins = z
  .array(z.string().min(1).max(300))
  .max(RETURN_ORIGINS_MAX)
  .openapi({
    description: 'The only origins to which the hosted page may send a person back.',
    example: ['https://shop.example'],
  });
const clientId = z.string().max(64).openapi({ example: 'cli_00067bscq1mrcmxnvhcz8krbp0' });

const ClientSchema = z
  .object({
    id: clientId,
    name,
    domain,
    returnOrigins,
    createdAt: z.iso.datetime(),
    disabledAt: z.iso.datetime().nullable().openapi({ example: null }),
  })
  .openapi('Client');
const NewClientSchema = z
  .strictObject({ name, domain, returnOrigins: returnOrigins.default([]) })
  .openapi('NewClient');
const ClientChangeSchema = z
  .strictObject({ name: name.optional(), domain: domain.optional(), returnOrigins: returnOrigins.optional() })
  .openapi('ClientChange');

const scope = z.enum(['admin', 'client']).openapi({
  description: '`client` runs confirmations; `admin` manages the clients and subscribers of the tenant.',
});
const label = z
  .string()
  .trim()
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be one line without control characters')
  .openapi({ description: 'For your own memory.', example: 'production' });
const KeySchema = z
  .object({
    id: z.string().openapi({ example: 'key_00067bscr05x92m8v0kz7y1qm0' }),
    scope,
    label,
    createdAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().nullable().openapi({ example: null }),
  })
  .openapi('ApiKey');
const NewKeySchema = z
  .strictObject({ scope: scope.default('client'), label: label.default('') })
  .openapi('NewApiKey');
const MadeKeySchema = KeySchema.extend({
  key: z.string().openapi({
    description: 'The key itself. It is answered this once and cannot be shown again.',
    example: 'csk_…',
  }),
}).openapi('MadeApiKey');

const ofClient = z.strictObject({ clientId });
const ofKey = z.strictObject({ clientId, keyId: z.string().max(64) });
const shared = { tags: ['Clients'], security: BEHIND_API_KEY, middleware: adminOnly };

const listRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/clients',
  operationId: 'listClients',
  summary: 'List the clients of the tenant',
  request: { query: PageQuery },
  responses: {
    200: jsonAnswer(pageOf(ClientSchema, 'ClientPage'), 'A page of clients, the oldest first.'),
    ...problemAnswers(PROBLEMS, USUAL),
  },
});

const creationRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/clients',
  operationId: 'createClient',
  summary: 'Create a client',
  description: 'A client is one application that asks for confirmations. Make it a key before it can call.',
  request: { body: jsonBody(NewClientSchema, 'The client.') },
  responses: {
    201: jsonAnswer(ClientSchema, 'The new client.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'malformed_domain', 'malformed_origin']),
  },
});

const getRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/clients/{clientId}',
  operationId: 'getClient',
  summary: 'Get a client',
  request: { params: ofClient },
  responses: {
    200: jsonAnswer(ClientSchema, 'The client.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_client']),
  },
});

const changeRoute = createRoute({
  ...shared,
  method: 'patch',
  path: '/v1/clients/{clientId}',
  operationId: 'changeClient',
  summary: 'Change a client',
  description: 'Only the fields that are sent change. Servers take the change up within 5 seconds.',
  request: { params: ofClient, body: jsonBody(ClientChangeSchema, 'What changes.') },
  responses: {
    200: jsonAnswer(ClientSchema, 'The client as it is now.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'malformed_domain', 'malformed_origin', 'unknown_client']),
  },
});

const disableRoute = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/clients/{clientId}',
  operationId: 'disableClient',
  summary: 'Disable a client',
  description: 'All of its keys are refused within 5 seconds. What it confirmed stays on record.',
  request: { params: ofClient },
  responses: {
    204: { description: 'The client is disabled.' },
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_client', 'own_client']),
  },
});

const listKeysRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/clients/{clientId}/keys',
  operationId: 'listApiKeys',
  summary: 'List the keys of a client',
  description: 'Revoked keys are listed too. The keys themselves cannot be shown again.',
  request: { params: ofClient },
  responses: {
    200: jsonAnswer(
      z.object({ items: z.array(KeySchema) }).openapi('ApiKeyList'),
      'Its keys, the oldest first.',
    ),
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_client']),
  },
});

const createKeyRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/clients/{clientId}/keys',
  operationId: 'createApiKey',
  summary: 'Create an API key',
  description: 'To rotate: create the second key, move the application to it, revoke the first.',
  request: { params: ofClient, body: jsonBody(NewKeySchema, 'What the key is for.') },
  responses: {
    201: jsonAnswer(MadeKeySchema, 'The new key, with its text.'),
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_client', 'too_many_keys']),
  },
});

const revokeKeyRoute = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/clients/{clientId}/keys/{keyId}',
  operationId: 'revokeApiKey',
  summary: 'Revoke an API key',
  description: 'Every server refuses the key within 5 seconds.',
  request: { params: ofKey },
  responses: {
    204: { description: 'The key is revoked.' },
    ...problemAnswers(PROBLEMS, [...USUAL, 'unknown_key']),
  },
});

/** Mount behind `clientAuth`. */
export function clientRoutes({ sql }: { sql: Sql }): App {
  const app = createRouter();

  app.openapi(listRoute, async (c) => {
    const { limit, cursor = '' } = c.req.valid('query');
    const page = toPage(await listClients(sql, c.get('principal').tenantId, cursor, limit + 1), limit);
    return c.json({ items: page.items.map(clientJson), nextCursor: page.nextCursor }, 200);
  });

  app.openapi(creationRoute, async (c) => {
    const created = await createClient(sql, c.get('principal').tenantId, c.req.valid('json'));
    if (!created.ok) return refusalProblem(c, CLIENT_PROBLEMS, created);
    return c.json(clientJson(created.value), 201, { Location: `/v1/clients/${created.value.id}` });
  });

  app.openapi(getRoute, async (c) => {
    const found = await findClient(sql, c.get('principal').tenantId, c.req.valid('param').clientId);
    return found ? c.json(clientJson(found), 200) : problem(c, CLIENT_PROBLEMS, 'unknown_client');
  });

  app.openapi(changeRoute, async (c) => {
    const { name, domain, returnOrigins } = c.req.valid('json');
    const changed = await changeClient(sql, c.get('principal').tenantId, c.req.valid('param').clientId, {
      ...(name === undefined ? {} : { name }),
      ...(domain === undefined ? {} : { domain }),
      ...(returnOrigins === undefined ? {} : { returnOrigins }),
    });
    return changed.ok ? c.json(clientJson(changed.value), 200) : refusalProblem(c, CLIENT_PROBLEMS, changed);
  });

  app.openapi(disableRoute, async (c) => {
    const { tenantId, clientId: own } = c.get('principal');
    const { clientId } = c.req.valid('param');
    if (clientId === own) return problem(c, CLIENT_PROBLEMS, 'own_client');
    const disabled = await disableClient(sql, tenantId, clientId);
    return disabled ? c.body(null, 204) : problem(c, CLIENT_PROBLEMS, 'unknown_client');
  });

  app.openapi(listKeysRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const { clientId } = c.req.valid('param');
    if (!(await findClient(sql, tenantId, clientId))) return problem(c, CLIENT_PROBLEMS, 'unknown_client');
    return c.json({ items: (await listKeys(sql, tenantId, clientId)).map(keyJson) }, 200);
  });

  app.openapi(createKeyRoute, async (c) => {
    const { tenantId } = c.get('principal');
    const made = await createKey(sql, { tenantId, ...c.req.valid('param'), ...c.req.valid('json') });
    if (!made.ok) return refusalProblem(c, CLIENT_PROBLEMS, made);
    // The one answer that shows the key; caches on the way must not keep it.
    c.header('Cache-Control', 'no-store');
    return c.json({ ...keyJson(made.value.row), key: made.value.key.reveal() }, 201);
  });

  app.openapi(revokeKeyRoute, async (c) => {
    const { clientId, keyId } = c.req.valid('param');
    const revoked = await revokeKey(sql, c.get('principal').tenantId, clientId, keyId);
    return revoked ? c.body(null, 204) : problem(c, CLIENT_PROBLEMS, 'unknown_key');
  });

  return app;
}

function clientJson(row: ClientRow): z.infer<typeof ClientSchema> {
  const { id, name, domain, returnOrigins, createdAt, disabledAt } = row;
  return {
    id,
    name,
    domain,
    returnOrigins: [...returnOrigins],
    createdAt: createdAt.toISOString(),
    disabledAt: disabledAt?.toISOString() ?? null,
  };
}

function keyJson(row: KeyRow): z.infer<typeof KeySchema> {
  const { id, scope, label, createdAt, revokedAt } = row;
  return {
    id,
    scope,
    label,
    createdAt: createdAt.toISOString(),
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}
