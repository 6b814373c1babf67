/**
 * The whole server in this process, over an engine of its own and a simulated operator, for faults that are
 * not kills: an operator that misbehaves, a clock that is stepped, a connection to the database that is cut.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeIn } from '../../sim/handset.ts';
import { openSmsc, type Smsc, type SmscMessage } from '../../sim/smsc.ts';
import type { PolicyInput } from '../../src/confirmation/policy.ts';
import { createSmppChannel } from '../../src/gateway/smpp/channel.ts';
import { parseSmppUrl } from '../../src/gateway/smpp/url.ts';
import { openServer, type CountersignServer } from '../../src/main.ts';
import { ROLES, type Role } from '../../src/roles.ts';
import { must } from '../../src/std/assert.ts';
import { createLog } from '../../src/std/log.ts';
import type { SocketAddress } from '../../src/store/connection.ts';
import { checkInvariants } from '../invariants.ts';
import { callApi, worldConfig, type Answer } from '../world.ts';
import { openEngine, type Engine } from './engine.ts';
import { checkSentCodes, type SentReport } from './sent-codes.ts';

export type Opened = {
  readonly id: string;
  readonly path: string;
  readonly secret: string;
  readonly number: string;
};

export type Local = AsyncDisposable & {
  readonly engine: Engine;
  readonly smsc: Smsc;
  readonly server: CountersignServer;
  readonly url: string;
  readonly texts: ReadonlyMap<string, readonly SmscMessage[]>;
  readonly call: (method: string, path: string, body?: unknown) => Promise<Answer>;
  /** Opens with a number of its own; it must succeed. */
  readonly open: (purpose: 'access' | 'transfer') => Promise<Opened>;
  readonly verify: (opened: Opened) => Promise<Answer>;
  /** The texts that carried a code to the number of this confirmation. */
  readonly textsOf: (opened: Opened) => readonly SmscMessage[];
  /** Moves the database's clock, in either direction; it stays moved. */
  readonly stepClock: (ms: number) => Promise<void>;
  readonly check: (acknowledged: readonly Opened[]) => Promise<SentReport>;
};

export type LocalOptions = {
  readonly policy: PolicyInput;
  readonly roles?: readonly Role[];
  /** Where the server finds the database, such as behind a proxy. */
  readonly through?: (address: SocketAddress) => SocketAddress;
};

const ACTS = {
  access: { purpose: 'access', resource: 'vault' },
  transfer: { purpose: 'transfer', amount: { value: '312.40', currency: 'EUR' }, payee: { name: 'Acme' } },
} as const;

export async function openLocal({ policy, roles = ROLES, through }: LocalOptions): Promise<Local> {
  const stack = new AsyncDisposableStack();
  const engine = stack.use(await openEngine(policy));
  await installMovableClock(engine);
  const smsc = stack.use(await openSmsc({ port: 0, accounts: [{ systemId: 'slow', password: 'secret' }] }));
  const texts = new Map<string, SmscMessage[]>();
  smsc.onMessage((message) => texts.set(message.to, [...(texts.get(message.to) ?? []), message]));
  const log = createLog({ level: process.env['LOG_LEVEL'] ?? 'silent' });
  const smppUrl = parseSmppUrl(smsc.url());
  if (!smppUrl.ok) throw new Error(smppUrl.detail);
  const config = worldConfig();
  const { address } = engine.server();
  const server = stack.use(
    await openServer({
      config,
      database: through ? through(address) : address,
      roles,
      log,
      channels: [createSmppChannel({ urls: [smppUrl.value], log })],
    }),
  );
  const url = `http://127.0.0.1:${must(server.http, 'the api runs').port}`;
  const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
    callApi(`${url}${path}`, method, body, { authorization: `Bearer ${engine.apiKey}` });
  let numbers = 0;

  const textsOf = ({ number }: Opened) =>
    (texts.get(number) ?? []).filter(({ text }) => codeIn(text) !== null);
  return {
    engine,
    smsc,
    server,
    url,
    texts,
    call,
    textsOf,
    open: async (purpose) => {
      const number = `+336${String(50_000_000 + numbers++)}`;
      const subscriber = { address: { channel: 'sms', value: number } };
      const answer = await call('POST', '/v1/confirmations', { subscriber, act: ACTS[purpose] });
      assert.equal(answer.status, 201, answer.text);
      const id = String(answer.body['id']);
      const { secret } = answer.body['session'] as { secret: string };
      return { id, path: `/v1/confirmations/${id}`, secret, number };
    },
    verify: (opened) => {
      const code = codeIn(textsOf(opened).at(-1)?.text ?? '');
      return call('POST', `${opened.path}/verification`, { code: code ?? 'none', session: opened.secret });
    },
    stepClock: async (ms) => {
      await engine.store.sql`update test_clock set offset_ms = offset_ms + ${String(ms)}::bigint`;
    },
    check: async (acknowledged) => {
      const { store } = engine;
      const opened = new Map(acknowledged.map(({ id }) => [id, 'opened' as const]));
      await checkInvariants({ database: { store }, server }, opened);
      return checkSentCodes(store.sql, config.keys, texts);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function installMovableClock({ store }: Engine): Promise<void> {
  await store.sql.unsafe(`
    create table test_clock (offset_ms bigint not null);
    insert into test_clock values (0);
    create or replace function clock_now() returns timestamptz language sql stable
      return now() + (select offset_ms from test_clock) * interval '1 millisecond';`);
}

/** Waits until it is true, and fails with what was waited for when it does not become so. */
export async function until(
  what: string,
  maxMs: number,
  isTrue: () => Promise<boolean> | boolean,
): Promise<number> {
  const sinceMs = performance.now();
  for (;;) {
    if (await isTrue()) return performance.now() - sinceMs;
    assert(performance.now() - sinceMs < maxMs, `${what}: not within ${maxMs} ms`);
    await sleep(100);
  }
}

/** `state` and `delivery.state` of a confirmation, as its caller sees them. */
export async function seen(
  local: Local,
  opened: Opened,
): Promise<{ state: unknown; delivery: unknown; reason: unknown }> {
  const { status, body, text } = await local.call('GET', opened.path);
  assert.equal(status, 200, text);
  const delivery = body['delivery'] as { state: unknown; reason: unknown } | null;
  return { state: body['state'], delivery: delivery?.state, reason: delivery?.reason };
}
