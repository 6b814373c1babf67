import { createClient, createKey, createTenant } from '../src/client/manage.ts';
import { readConfig, type Config } from '../src/config.ts';
import { createSmppChannel } from '../src/gateway/smpp/channel.ts';
import { parseSmppUrl } from '../src/gateway/smpp/url.ts';
import { openServer, type CountersignServer, type ServerOptions } from '../src/main.ts';
import { ROLES, type Role } from '../src/roles.ts';
import { must } from '../src/std/assert.ts';
import { createLog, type LogOptions } from '../src/std/log.ts';
import type { Channel } from '../src/gateway/channel.ts';
import { createHandsets, type Handsets } from '../sim/handset.ts';
import { openSmsc, type Smsc } from '../sim/smsc.ts';
import { writePolicy } from '../src/confirmation/policy-store.ts';
import type { PolicyInput } from '../src/confirmation/policy.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

/**
 * A test world: a database of its own, a mobile operator on loopback TCP, and the whole server on a free
 * port; nothing in it is a mock of our own rooms.
 */
export type World = AsyncDisposable & {
  readonly database: TestDatabase;
  readonly smsc: Smsc;
  readonly handsets: Handsets;
  readonly server: CountersignServer;
  readonly config: Config;
  readonly url: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly apiKey: string;
  readonly adminKey: string;
  /** Calls the API; with the client's key unless another is given. */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>;
};

// The tests look into answers by hand, so they are not typed further than JSON.
export type Answer = { status: number; headers: Headers; body: Record<string, unknown>; text: string };

export type WorldOptions = {
  roles?: readonly Role[];
  policy?: PolicyInput;
  smpp?: string;
  mount?: ServerOptions['mount'];
  /** Where the server's log goes instead of nowhere. */
  log?: LogOptions;
  /** Settings beside those of `worldConfig`, such as TRUSTED_HOPS. */
  environment?: Record<string, string>;
  /** How banks are spoken to. */
  bank?: ServerOptions['bank'];
  /** What stands in the database before the server starts. */
  prepare?: (made: { database: TestDatabase; tenantId: string; clientId: string }) => Promise<void>;
  /** What the server is given instead of the channel to the simulated operator. */
  channel?: (toOperator: Channel) => Channel;
};

export const MASTER_KEY = `k1:${Buffer.from('a master key only for test worlds').subarray(0, 32).toString('base64')}`;

/** Spacing and budgets out of the way, so that a scenario may send as it likes; the failure rule stays. */
export const GENEROUS: PolicyInput = {
  limits: {
    address: { perHourMax: 1_000_000, perDayMax: 1_000_000, spacingMs: 0 },
    prefix: { perHourMax: 1_000_000 },
    ip: { perHourMax: 1_000_000 },
    client: { perHourMax: 1_000_000 },
    country: { unverifiedPerHourMax: 1_000_000 },
  },
};

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await openTestDatabase());
  const handsets = createHandsets();
  const smsc = stack.use(await openSmsc({ port: 0, accounts: [{ systemId: 'world', password: 'secret' }] }));
  smsc.onMessage(handsets.receive);
  const log = createLog(options.log ?? { level: process.env['LOG_LEVEL'] ?? 'silent' });
  const config = worldConfig(options.environment);
  const url = parseSmppUrl(`smpp://world:secret@127.0.0.1:${smsc.port}?${options.smpp ?? 'window=100'}`);
  if (!url.ok) throw new Error(url.detail);
  const roles = options.roles ?? ROLES;
  const wrap = options.channel ?? ((channel: Channel) => channel);
  // Only a process with the role gateway has channels, as in `countersign serve`.
  const channels = roles.includes('gateway') ? [wrap(createSmppChannel({ urls: [url.value], log }))] : [];
  const made = await seed(database, options.policy ?? GENEROUS);
  await options.prepare?.({ database, ...made });
  const server = stack.use(
    await openServer({
      config,
      database: database.address,
      roles,
      log,
      channels,
      ...(options.mount ? { mount: options.mount } : {}),
      ...(options.bank ? { bank: options.bank } : {}),
    }),
  );
  const base = `http://127.0.0.1:${must(server.http, 'a world has the role api').port}`;
  return {
    database,
    smsc,
    handsets,
    server,
    config,
    url: base,
    ...made,
    call: (method, path, body, headers = {}) =>
      callApi(`${base}${path}`, method, body, { authorization: `Bearer ${made.apiKey}`, ...headers }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export function worldSettings(environment: Record<string, string> = {}): Record<string, string> {
  return {
    COUNTERSIGN_MASTER_KEY: MASTER_KEY,
    PORT: '0',
    PUBLIC_URL: 'http://localhost:8080',
    ...environment,
  };
}

export function worldConfig(environment: Record<string, string> = {}): Config {
  const config = readConfig(worldSettings(environment));
  if (!config.ok) throw new Error(config.detail);
  return config.value;
}

export async function seed(database: TestDatabase, policy: PolicyInput) {
  const { sql } = database.store;
  const tenant = await createTenant(sql, 'Test Bank');
  const fields = { name: 'Acme Bank', domain: 'bank.example', returnOrigins: ['https://bank.example'] };
  const client = await createClient(sql, tenant.id, fields);
  if (!client.ok) throw new Error(client.refusal);
  const [key, admin] = await Promise.all(
    (['client', 'admin'] as const).map((scope) =>
      createKey(sql, { tenantId: tenant.id, clientId: client.value.id, scope, label: 'test' }),
    ),
  );
  if (!key?.ok || !admin?.ok) throw new Error('the keys of the world were refused');
  const written = await writePolicy(sql, tenant.id, policy);
  if (!written.ok) throw new Error(written.detail);
  return {
    tenantId: tenant.id,
    clientId: client.value.id,
    apiKey: key.value.key.reveal(),
    adminKey: admin.value.key.reveal(),
  };
}

export async function callApi(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    redirect: 'manual',
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {},
    text,
  };
}
