/** Endpoints, attempts and deliveries as the API shows them. */
import { z } from '@hono/zod-openapi';
import type { AttemptRow, DeliveryRow } from './delivery-store.ts';
import { TYPES_MAX, URL_MAX, type Endpoint } from './endpoint.ts';

const url = z.string().min(1).max(URL_MAX).openapi({
  description: 'Where events are posted to: https, at a public address.',
  example: 'https://shop.example/countersign',
});
const description = z
  .string()
  .trim()
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be one line without control characters')
  .openapi({ description: 'For your own memory.', example: 'the shop' });
const types = z
  .array(z.string().min(1).max(100))
  .min(1)
  .max(TYPES_MAX)
  .openapi({
    description: 'Types of events, or beginnings of them with `.*`, or `*` for all.',
    example: ['confirmation.confirmed', 'message.*'],
  });
const clientId = z.string().max(64).nullable().openapi({
  description: 'Only events of this client; null for all clients of the tenant.',
  example: null,
});

export const EndpointSchema = z
  .object({
    id: z.string().openapi({ example: 'whk_00067bscq1mrcmxnvhcz8krbp0' }),
    url,
    description,
    types,
    clientId,
    state: z.enum(['active', 'disabled']),
    reason: z.enum(['administrator', 'gone', 'failing']).nullable().openapi({
      description:
        'Why it is disabled: an administrator said so; it answered 410; it failed for 5 days without a success.',
      example: null,
    }),
    failingSince: z.iso.datetime().nullable().openapi({
      description: 'The first failure after the last success; null while all is well.',
      example: null,
    }),
    oldSecretUntil: z.iso.datetime().nullable().openapi({
      description: 'Until when the secret before the last rotation signs too.',
      example: null,
    }),
    createdAt: z.iso.datetime(),
  })
  .openapi('WebhookEndpoint');

export const MadeEndpointSchema = EndpointSchema.extend({
  secret: z.string().openapi({
    description: 'Signs what is sent to this endpoint. It is answered this once and cannot be shown again.',
    example: 'whsec_…',
  }),
}).openapi('MadeWebhookEndpoint');

export const NewEndpointSchema = z
  .strictObject({
    url,
    description: description.default(''),
    types: types.default(['*']),
    clientId: clientId.default(null),
  })
  .openapi('NewWebhookEndpoint');

export const EndpointChangeSchema = z
  .strictObject({
    url: url.optional(),
    description: description.optional(),
    types: types.optional(),
    clientId: clientId.optional(),
    disabled: z.boolean().optional().openapi({ description: 'false enables it again, with a clean slate.' }),
  })
  .openapi('WebhookEndpointChange');

export const NewSecretSchema = z
  .strictObject({
    revokeOld: z
      .boolean()
      .default(false)
      .openapi({ description: 'true: the old secret signs nothing from now on, for one that leaked.' }),
  })
  .openapi('NewWebhookSecret');

export const AttemptSchema = z
  .object({
    id: z.string().openapi({ example: 'wha_00067bscr05x92m8v0kz7y1qm0' }),
    deliveryId: z.string().openapi({ example: 'whd_00067bscr05x92m8v0kz7y1qm0' }),
    eventId: z
      .string()
      .openapi({ description: 'The `webhook-id`.', example: 'evt_00067bscr05x92m8v0kz7y1qm0' }),
    type: z.string().openapi({ example: 'confirmation.confirmed' }),
    n: z.number().int().openapi({ description: '1 for the first attempt of the delivery.' }),
    at: z.iso.datetime(),
    status: z.number().int().nullable().openapi({ description: 'The HTTP status, where one came.' }),
    error: z.string().nullable().openapi({ description: 'Null when it was delivered.', example: null }),
    durationMs: z.number().int(),
    deliveryState: z.enum(['waiting', 'leased', 'delivered', 'dead']),
    nextAttemptAt: z.iso.datetime().nullable().openapi({
      description: 'When the delivery is tried again; null when it is over.',
      example: null,
    }),
  })
  .openapi('WebhookAttempt');

export const DeliverySchema = z
  .object({
    id: z.string().openapi({ example: 'whd_00067bscr05x92m8v0kz7y1qm0' }),
    eventId: z.string().openapi({ example: 'evt_00067bscr05x92m8v0kz7y1qm0' }),
    endpointId: z.string().openapi({ example: 'whk_00067bscq1mrcmxnvhcz8krbp0' }),
    state: z.enum(['waiting', 'leased', 'delivered', 'dead']),
  })
  .openapi('WebhookDelivery');

export function endpointJson(row: Endpoint): z.infer<typeof EndpointSchema> {
  const { id, url, description, clientId, state, reason } = row;
  return {
    id,
    url,
    description,
    types: [...row.types],
    clientId,
    state,
    reason,
    failingSince: row.failingSince?.toISOString() ?? null,
    oldSecretUntil: row.oldUntil?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

export function attemptJson(row: AttemptRow): z.infer<typeof AttemptSchema> {
  const { id, deliveryId, eventId, type, n, status, error, durationMs, deliveryState } = row;
  return {
    id,
    deliveryId,
    eventId,
    type,
    n,
    at: row.at.toISOString(),
    status,
    error,
    durationMs,
    deliveryState,
    nextAttemptAt: deliveryState === 'waiting' ? (row.nextAt?.toISOString() ?? null) : null,
  };
}

export function deliveryJson(row: DeliveryRow): z.infer<typeof DeliverySchema> {
  const { id, eventId, endpointId, state } = row;
  return { id, eventId, endpointId, state };
}
