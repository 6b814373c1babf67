import { SomebodyInput } from '../http/inputs.ts';
import { LANGUAGES } from '../std/language.ts';
import { createRoute, z } from '@hono/zod-openapi';
import { createRouter, type App } from '../http/app.ts';
import { BEHIND_API_KEY, jsonAnswer, jsonBody, problemAnswers } from '../http/openapi.ts';
import { problem, refusalProblem } from '../http/problem.ts';
import { ActSchema, type Act } from './act.ts';
import { CANCEL_REASONS } from './confirmation.ts';
import { CONFIRMATION_PROBLEMS as PROBLEMS } from './problems.ts';
import { ConfirmationSchema, resourceOf } from './resource.ts';
import type { Opened } from './open.ts';
import { owned } from './owned.ts';
import type { Confirmations } from './confirmations.ts';

/** The JSON API of confirmations. Every object is looked up inside the caller's tenant and client (S14). */
const TAG = ['Confirmations'];

const ToSchema = SomebodyInput.openapi({
  description:
    'Who confirms: a subscriber by id or identifier; or an address, where policy lets the caller name it.',
  example: { identifier: { value: 'alice' } },
});

const OpenSchema = z
  .strictObject({
    subscriber: ToSchema,
    act: ActSchema,
    connected: z.boolean().default(false).openapi({
      description: 'Demand that the session stays connected (GET …/events) from opening to checking.',
    }),
    language: z
      .enum(LANGUAGES)
      .optional()
      .openapi({ description: "Of the message; else the subscriber's own." }),
    returnUrl: z
      .url({ protocol: /^https?$/ })
      .max(1000)
      // As browsers write it, which is ASCII only: what no database or header takes is escaped in it (S20).
      .transform((text) => new URL(text).href)
      .optional()
      .openapi({
        description: 'Where the hosted page sends the person back to.',
        example: 'https://shop.example/back',
      }),
  })
  .refine(({ act }) => act.purpose !== 'bind_address', {
    path: ['act', 'purpose'],
    message: 'an address is bound by POST /v1/subscribers/{id}/addresses/{addressId}/binding only',
  })
  .openapi('OpenConfirmation', {
    example: {
      subscriber: { identifier: { value: 'alice' } },
      act: { purpose: 'transfer', amount: { value: '312.40', currency: 'EUR' }, payee: { name: 'Acme' } },
    },
  });

export const OpenedSchema = ConfirmationSchema.extend({
  session: z.object({
    number: z.string().openapi({ description: 'Never comes again.', example: '48001' }),
    secret: z
      .string()
      .openapi({ description: 'Shown this once. Whoever brings the code back must hold it.' }),
  }),
  page: z.string().openapi({ description: 'The hosted page to send the person to; it carries the session.' }),
}).openapi('OpenedConfirmation');

const SessionSchema = z.string().min(1).max(100).openapi({ description: "The session's secret." });
const Params = z.object({ id: z.string().max(64).openapi({ example: 'cnf_0g3n5s2h8v4k7m1q9r6t2w8x5z' }) });
const COMMON = ['malformed_request', 'unauthenticated', 'outage'] as const;

const openRoute = createRoute({
  method: 'post',
  path: '/v1/confirmations',
  operationId: 'openConfirmation',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'Ask a person to confirm an act',
  description:
    'Opens a session, derives a code from it and from exactly this act, and sends both over the second network.',
  request: { body: jsonBody(OpenSchema, 'Who, and what.') },
  responses: {
    201: jsonAnswer(OpenedSchema, 'Opened; or already confirmed, when policy calls the act normal.'),
    ...problemAnswers(PROBLEMS, [
      ...COMMON,
      'unknown_client',
      'unknown_subscriber',
      'no_address',
      'address_not_allowed',
      'malformed_address',
      'return_url_not_allowed',
      'channel_unavailable',
      'sending_limit',
    ]),
  },
});

const getRoute = createRoute({
  method: 'get',
  path: '/v1/confirmations/{id}',
  operationId: 'getConfirmation',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'Look at a confirmation',
  request: { params: Params },
  responses: {
    200: jsonAnswer(ConfirmationSchema, 'As it is now.'),
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_found']),
  },
});

const verifyRoute = createRoute({
  method: 'post',
  path: '/v1/confirmations/{id}/verification',
  operationId: 'verifyConfirmation',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'Bring the code back',
  description: 'A wrong code, an unknown confirmation or session and a blocked address are answered alike.',
  request: {
    params: Params,
    body: jsonBody(
      z
        .strictObject({
          code: z.string().min(1).max(64).openapi({ example: '48291377' }),
          session: SessionSchema,
        })
        .openapi('Verification'),
      'What was typed, and the session that it was typed in.',
    ),
  },
  responses: {
    200: jsonAnswer(
      z.object({ id: z.string(), state: z.literal('confirmed') }).openapi('Verified'),
      'Confirmed, once.',
    ),
    ...problemAnswers(PROBLEMS, [...COMMON, 'refused', 'ended']),
  },
});

const resendRoute = createRoute({
  method: 'post',
  path: '/v1/confirmations/{id}/resend',
  operationId: 'resendConfirmation',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'Send a new code for the same act',
  description: 'The old code is worthless from then on. Counts of wrong tries are not reset.',
  request: { params: Params, body: jsonBody(z.strictObject({ session: SessionSchema }), 'The session.') },
  responses: {
    200: jsonAnswer(ConfirmationSchema, 'A new code is on its way.'),
    ...problemAnswers(PROBLEMS, [
      ...COMMON,
      'refused',
      'ended',
      'resends_used_up',
      'too_soon',
      'sending_limit',
    ]),
  },
});

const cancelRoute = createRoute({
  method: 'post',
  path: '/v1/confirmations/{id}/cancellation',
  operationId: 'cancelConfirmation',
  tags: TAG,
  security: BEHIND_API_KEY,
  summary: 'End a confirmation before its code comes back',
  request: {
    params: Params,
    body: jsonBody(z.strictObject({ reason: z.enum(CANCEL_REASONS).default('cancelled') }), 'Why.'),
  },
  responses: {
    200: jsonAnswer(ConfirmationSchema, 'Cancelled.'),
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_found', 'ended']),
  },
});

/** The answer to an opening: the only one that shows the session's secret. */
export function openedResource(confirmations: Confirmations, opened: Opened, act: Act) {
  const { row, sentTo, secret, createdAt, expiresAt } = opened;
  const exempt = row.state === 'confirmed';
  return {
    id: row.id,
    state: row.state,
    reason: row.reason,
    act,
    client: row.clientId,
    subscriber: row.subscriberId,
    sentTo,
    digits: row.digits,
    language: row.language,
    connected: row.connected,
    delivery: exempt ? null : { state: 'queued' as const, reason: null },
    createdAt,
    expiresAt,
    endedAt: exempt ? createdAt : null,
    session: { number: row.sessionNumber.toString(), secret: secret.reveal() },
    page: confirmations.pageUrl(row.id, secret.reveal()),
  };
}

export function confirmationRoutes(confirmations: Confirmations): App {
  const app = createRouter();
  const { context } = confirmations;

  app.openapi(openRoute, async (c) => {
    const { subscriber, act, connected, language = null, returnUrl = null } = c.req.valid('json');
    const to = 'id' in subscriber ? { subscriberId: subscriber.id } : subscriber;
    const opened = await confirmations.open(c.get('principal'), {
      to,
      act,
      connected,
      language,
      returnUrl,
      ip: c.get('ip'),
    });
    if (!opened.ok) return refusalProblem(c, PROBLEMS, opened);
    c.header('Location', `/v1/confirmations/${opened.value.row.id}`);
    return c.json(openedResource(confirmations, opened.value, act), 201);
  });

  app.openapi(getRoute, async (c) => {
    const row = await owned(c, context, c.req.valid('param').id);
    return row ? c.json(resourceOf(row), 200) : problem(c, PROBLEMS, 'not_found');
  });

  app.openapi(verifyRoute, async (c) => {
    const { id } = c.req.valid('param');
    const verified = await confirmations.verify({ id, ...c.req.valid('json'), within: c.get('principal') });
    if (!verified.ok) return refusalProblem(c, PROBLEMS, verified);
    return c.json({ id, state: 'confirmed' as const }, 200);
  });

  app.openapi(resendRoute, async (c) => {
    const { id } = c.req.valid('param');
    const input = { id, session: c.req.valid('json').session, within: c.get('principal'), ip: c.get('ip') };
    const resent = await confirmations.resend(input);
    if (!resent.ok) return refusalProblem(c, PROBLEMS, resent);
    const row = await owned(c, context, id);
    return row ? c.json(resourceOf(row), 200) : problem(c, PROBLEMS, 'not_found');
  });

  app.openapi(cancelRoute, async (c) => {
    const { id } = c.req.valid('param');
    const { reason } = c.req.valid('json');
    const cancelled = await confirmations.cancel({ id, reason, by: c.get('principal') });
    if (!cancelled.ok) return refusalProblem(c, PROBLEMS, cancelled);
    const row = await owned(c, context, id);
    return row ? c.json(resourceOf(row), 200) : problem(c, PROBLEMS, 'not_found');
  });

  return app;
}
