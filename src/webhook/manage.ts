/** The administrator's verbs: endpoints, their secrets, and sending again. */
import { newId, homeOf } from '../std/id.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { Secret } from '../std/secret.ts';
import { transaction } from '../store/transaction.ts';
import type { Context } from './context.ts';
import { lockDelivery, makeDue, type DeliveryRow } from './delivery-store.ts';
import {
  ENDPOINTS_MAX,
  parseEndpointUrl,
  parseTypes,
  type Endpoint,
  type EndpointRefusal,
} from './endpoint.ts';
import { publishTo, WEBHOOK_CHANNEL } from './publish.ts';
import { sealSigningKey } from './secret.ts';
import { newSigningKey, signingSecretText } from './signature.ts';
import {
  countEndpoints,
  deleteEndpoint,
  findEndpoint,
  insertEndpoint,
  lockTenant,
  rotateSecret,
  updateEndpoint,
  type EndpointChange,
} from './store.ts';

/** The secret before the current one signs for so long after a rotation. */
const OLD_SECRET_MS = 24 * 3_600_000;
/** These few rows have no home of their own. */
const NO_HOME = 0;

export type NewEndpointFields = Pick<Endpoint, 'url' | 'description' | 'types' | 'clientId'>;
export type ManageRefusal =
  | EndpointRefusal
  | 'unknown_client'
  | 'unknown_endpoint'
  | 'unknown_delivery'
  | 'too_many_endpoints'
  | 'two_live_secrets'
  | 'endpoint_disabled'
  | 'delivery_running';

export type WithSecret = { readonly endpoint: Endpoint; readonly secret: Secret<string> };

/** The secret's text is in this answer and nowhere else, ever again. */
export async function createEndpoint(
  context: Context,
  tenantId: string,
  fields: NewEndpointFields,
): Promise<Result<WithSecret, ManageRefusal>> {
  const parsed = await parse(context, tenantId, fields);
  if (!parsed.ok) return parsed;
  const id = newId('whk', NO_HOME, context.clock.nowMs(), context.random);
  const key = newSigningKey(context.random);
  const made = { ...fields, ...parsed.value, id, tenantId, ...sealSigningKey(context.keys, id, key) };
  const endpoint = await transaction(context.sql, async (tx) => {
    await lockTenant(tx, tenantId);
    if ((await countEndpoints(tx, tenantId)) >= ENDPOINTS_MAX) return null;
    return insertEndpoint(tx, made);
  });
  if (!endpoint) return refuse('too_many_endpoints');
  context.wanted.forget(tenantId);
  return ok({ endpoint, secret: new Secret(signingSecretText(key)) });
}

export async function changeEndpoint(
  context: Context,
  tenantId: string,
  id: string,
  change: EndpointChange,
): Promise<Result<Endpoint, ManageRefusal>> {
  const parsed = await parse(context, tenantId, change);
  if (!parsed.ok) return parsed;
  const endpoint = await transaction(context.sql, async (tx) => {
    const changed = await updateEndpoint(tx, tenantId, id, { ...change, ...parsed.value });
    // What waited while it was disabled may go now.
    if (changed && change.disabled === false) await tx`select pg_notify(${WEBHOOK_CHANNEL}, '')`;
    return changed;
  });
  context.wanted.forget(tenantId);
  return endpoint ? ok(endpoint) : refuse('unknown_endpoint');
}

export async function removeEndpoint(context: Context, tenantId: string, id: string): Promise<boolean> {
  const removed = await deleteEndpoint(context.sql, tenantId, id);
  context.wanted.forget(tenantId);
  return removed;
}

/**
 * Both sign for 24 hours, so that receivers can move over; `revokeOld` for a secret that leaked, which signs
 * nothing any more.
 */
export async function rotateEndpointSecret(
  context: Context,
  tenantId: string,
  id: string,
  revokeOld: boolean,
): Promise<Result<WithSecret, ManageRefusal>> {
  const key = newSigningKey(context.random);
  const sealed = sealSigningKey(context.keys, id, key);
  return transaction(context.sql, async (tx) => {
    const endpoint = await rotateSecret(tx, tenantId, id, sealed, revokeOld ? 0 : OLD_SECRET_MS);
    if (endpoint) return ok({ endpoint, secret: new Secret(signingSecretText(key)) });
    return refuse((await findEndpoint(tx, tenantId, id)) ? 'two_live_secrets' : 'unknown_endpoint');
  });
}

/** Sends a `webhook.test` event to this endpoint only, whatever types it asked for. */
export async function testEndpoint(
  context: Context,
  tenantId: string,
  clientId: string,
  id: string,
): Promise<Result<{ eventId: string; deliveryId: string }, ManageRefusal>> {
  return transaction(context.sql, async (tx) => {
    const endpoint = await findEndpoint(tx, tenantId, id);
    if (!endpoint) return refuse('unknown_endpoint');
    if (endpoint.state !== 'active') return refuse('endpoint_disabled');
    const event = { tenantId, clientId, type: 'webhook.test', subjectId: id, data: { endpoint: id } };
    return ok(await publishTo(tx, id, event));
  });
}

/** Sends an event once more and at once, also one that was delivered: receivers know it by its webhook-id. */
export async function retryDelivery(
  context: Context,
  tenantId: string,
  id: string,
): Promise<Result<DeliveryRow, ManageRefusal>> {
  const home = homeOf('whd', id);
  if (home === null) return refuse('unknown_delivery');
  return transaction(context.sql, async (tx) => {
    const found = await lockDelivery(tx, tenantId, { home, id });
    if (!found) return refuse('unknown_delivery');
    if (found.endpointState !== 'active') return refuse('endpoint_disabled');
    if (found.state === 'leased') return refuse('delivery_running', { retryAfterMs: 1_000 });
    await makeDue(tx, { home, id });
    await tx`select pg_notify(${WEBHOOK_CHANNEL}, '')`;
    return ok({ ...found, state: 'waiting' as const });
  });
}

type Parsed = { url?: string; types?: string[] };

async function parse(
  { allowPrivate, clientOf }: Context,
  tenantId: string,
  fields: EndpointChange,
): Promise<Result<Parsed, ManageRefusal>> {
  const parsed: Parsed = {};
  if (fields.url !== undefined) {
    const url = parseEndpointUrl(fields.url, allowPrivate);
    if (!url.ok) return url;
    parsed.url = url.value;
  }
  if (fields.types !== undefined) {
    const types = parseTypes(fields.types);
    if (!types.ok) return types;
    parsed.types = types.value;
  }
  const { clientId } = fields;
  if (clientId !== undefined && clientId !== null && !(await clientOf(tenantId, clientId))) {
    return refuse('unknown_client');
  }
  return ok(parsed);
}
