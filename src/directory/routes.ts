/** The JSON API of subscribers and their addresses. What it describes is in api.ts. */
import { createRouter, type App } from '../http/app.ts';
import { toPage } from '../http/openapi.ts';
import { problem, refusalProblem } from '../http/problem.ts';
import type { Address } from './address.ts';
import {
  addAddressRoute,
  changeRoute,
  createSubscriberRoute,
  DIRECTORY_PROBLEMS as PROBLEMS,
  eraseRoute,
  getRoute,
  listAddressesRoute,
  listRoute,
  removeAddressRoute,
  type AddressJson,
  type SubscriberJson,
} from './api.ts';
import {
  addAddress,
  changeSubscriber,
  createSubscriber,
  eraseSubscriber,
  getSubscriber,
  removeAddress,
  searchSubscribers,
  type Desk,
} from './manage.ts';
import { maskAddress } from './number.ts';
import { listSubscribers } from './subscriber-store.ts';
import type { SubscriberWithAll } from './subscriber.ts';

/** Mount behind `clientAuth`. Every lookup stays inside the tenant of the key (S14). */
export function directoryRoutes(desk: Desk): App {
  const app = createRouter();
  subscriberRoutes(app, desk);
  addressRoutes(app, desk);
  return app;
}

function subscriberRoutes(app: App, desk: Desk): void {
  const { sql } = desk;

  app.openapi(listRoute, async (c) => {
    const { limit, cursor = '', identifier, kind = null } = c.req.valid('query');
    const { tenantId } = c.get('principal');
    const found =
      identifier === undefined
        ? await listSubscribers(sql, tenantId, cursor, limit + 1)
        : (await searchSubscribers(desk, tenantId, kind, identifier)).filter(({ id }) => id > cursor);
    const page = toPage(found, limit);
    return c.json({ items: page.items.map(subscriberJson), nextCursor: page.nextCursor }, 200);
  });

  app.openapi(createSubscriberRoute, async (c) => {
    const { tenantId, scope, keyId } = c.get('principal');
    const fields = c.req.valid('json');
    if (scope !== 'admin' && fields.addresses.some(({ vouched }) => vouched)) {
      return problem(c, PROBLEMS, 'administrator_only');
    }
    const created = await createSubscriber(desk, tenantId, fields, keyId);
    if (!created.ok) return refusalProblem(c, PROBLEMS, created);
    return c.json(subscriberJson(created.value), 201, { Location: `/v1/subscribers/${created.value.id}` });
  });

  app.openapi(getRoute, async (c) => {
    const found = await getSubscriber(sql, c.get('principal').tenantId, c.req.valid('param').subscriberId);
    return found ? c.json(subscriberJson(found), 200) : problem(c, PROBLEMS, 'unknown_subscriber');
  });

  app.openapi(changeRoute, async (c) => {
    const { tenantId, scope } = c.get('principal');
    const change = c.req.valid('json');
    if (scope !== 'admin' && change.identifiers) return problem(c, PROBLEMS, 'administrator_only');
    const changed = await changeSubscriber(desk, tenantId, c.req.valid('param').subscriberId, change);
    return changed.ok ? c.json(subscriberJson(changed.value), 200) : refusalProblem(c, PROBLEMS, changed);
  });

  app.openapi(eraseRoute, async (c) => {
    const { tenantId, scope } = c.get('principal');
    if (scope !== 'admin') return problem(c, PROBLEMS, 'administrator_only');
    const { subscriberId } = c.req.valid('param');
    const erased = await eraseSubscriber(desk, tenantId, subscriberId);
    return erased ? c.body(null, 204) : problem(c, PROBLEMS, 'unknown_subscriber');
  });
}

function addressRoutes(app: App, desk: Desk): void {
  app.openapi(listAddressesRoute, async (c) => {
    const { subscriberId } = c.req.valid('param');
    const found = await getSubscriber(desk.sql, c.get('principal').tenantId, subscriberId);
    if (!found) return problem(c, PROBLEMS, 'unknown_subscriber');
    return c.json({ items: found.addresses.map(addressJson) }, 200);
  });

  app.openapi(addAddressRoute, async (c) => {
    const { tenantId, scope, keyId } = c.get('principal');
    const { subscriberId } = c.req.valid('param');
    const input = c.req.valid('json');
    if (scope !== 'admin' && input.vouched) return problem(c, PROBLEMS, 'administrator_only');
    const added = await addAddress(desk, tenantId, subscriberId, input, keyId);
    if (!added.ok) return refusalProblem(c, PROBLEMS, added);
    return c.json(addressJson(added.value), 201);
  });

  app.openapi(removeAddressRoute, async (c) => {
    const { tenantId, scope } = c.get('principal');
    const removal = await removeAddress(desk, { tenantId, ...c.req.valid('param') }, scope === 'admin');
    if (removal === 'removed') return c.body(null, 204);
    return problem(c, PROBLEMS, removal === 'relied_upon' ? 'address_relied_upon' : removal);
  });
}

function subscriberJson(subscriber: SubscriberWithAll): SubscriberJson {
  const { id, name, language, identifiers, addresses, createdAt } = subscriber;
  return {
    id,
    name,
    language,
    identifiers: identifiers.map(({ kind, value }) => ({ kind, value })),
    addresses: addresses.map(addressJson),
    createdAt: createdAt.toISOString(),
  };
}

function addressJson(address: Address): AddressJson {
  const { id, channel, value, state, source, createdAt, boundAt } = address;
  return {
    id,
    channel,
    value,
    masked: maskAddress(value),
    state,
    source,
    createdAt: createdAt.toISOString(),
    boundAt: boundAt?.toISOString() ?? null,
  };
}
