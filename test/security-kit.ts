import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PolicyInput } from '../src/confirmation/policy.ts';
import { PURPOSES } from '../src/confirmation/act.ts';
import { createClient, createKey } from '../src/client/manage.ts';
import { must } from '../src/std/assert.ts';
import { GENEROUS, type Answer, type World } from './world.ts';

/** What the security scenarios do again and again: open, wait for the text, bring a code back. */
export const TRANSFER = {
  purpose: 'transfer',
  amount: { value: '312.40', currency: 'EUR' },
  payee: { name: 'Acme', account: 'FR7630006000011234567890189' },
};

export const NUMBER = '+33612345678';
export const REFUSED = { status: 422, type: '/problems/refused' };

/** Callers name addresses, and a code has ten digits, so that no wrong code is right by chance. */
export function openPolicy(rule: object = {}, limits: PolicyInput['limits'] = GENEROUS.limits): PolicyInput {
  const each = { callerAddress: true, digits: 10, ...rule };
  return { limits, purposes: Object.fromEntries(PURPOSES.map((purpose) => [purpose, each])) };
}

export type Opened = { id: string; secret: string; number: string; code: string };

/** A valid French mobile number for each n below 100,000. */
export function numberOf(n: number): string {
  return `+336123${String(n).padStart(5, '0')}`;
}

export function openBody(number: string, act: object = TRANSFER): object {
  return { subscriber: { address: { channel: 'sms', value: number } }, act };
}

/**
 * Opens and waits until the code is on the handset. Confirmations to one number are opened one after the
 * other.
 */
export async function open(
  world: World,
  options: { number?: string; act?: object; key?: string; more?: object } = {},
): Promise<Opened> {
  const { number = NUMBER, act = TRANSFER, key = world.apiKey, more = {} } = options;
  const arriving = nextCode(world, number);
  const opened = await world.call(
    'POST',
    '/v1/confirmations',
    { ...openBody(number, act), ...more },
    { authorization: `Bearer ${key}` },
  );
  assert.equal(opened.status, 201, opened.text);
  return { ...openedOf(opened), number, code: await arriving };
}

/** The code of the next text to the number that has one; alerts have none. */
export function nextCode(world: Pick<World, 'handsets'>, number: string): Promise<string> {
  return new Promise((resolve) => {
    const stop = world.handsets.subscribe(number, ({ text }) => {
      if (!/#\d+$/.test(text)) return;
      stop();
      resolve(codeOf(text));
    });
  });
}

export function openedOf(answer: Answer): { id: string; secret: string } {
  const { secret } = answer.body['session'] as { secret: string };
  return { id: String(answer.body['id']), secret };
}

export function codeOf(text: string): string {
  return must(/#(\d+)$/.exec(text)?.[1], 'a text ends with its code');
}

export type Tried = Pick<Opened, 'id' | 'secret'> & { code: string };

export function verify(world: World, tried: Tried, key = world.apiKey, headers = {}): Promise<Answer> {
  const { id, secret, code } = tried;
  return world.call(
    'POST',
    `/v1/confirmations/${id}/verification`,
    { code, session: secret },
    { authorization: `Bearer ${key}`, ...headers },
  );
}

/** A code of the same length that is certainly another one. */
export function wrongFor(code: string, n = 1): string {
  const modulus = 10 ** code.length;
  return String((Number(code) + 1 + (n % (modulus - 1))) % modulus).padStart(code.length, '0');
}

export function isRefused(answer: Answer): boolean {
  return answer.status === REFUSED.status && answer.body['type'] === REFUSED.type;
}

/** A further client of the world's tenant, and its key. */
export async function addClient(world: World): Promise<{ clientId: string; key: string }> {
  const { sql } = world.database.store;
  const fields = { name: 'Other Shop', domain: 'shop.example', returnOrigins: [] };
  const client = await createClient(sql, world.tenantId, fields);
  assert(client.ok);
  const asked = { tenantId: world.tenantId, clientId: client.value.id, scope: 'client', label: '' } as const;
  const key = await createKey(sql, asked);
  assert(key.ok);
  return { clientId: client.value.id, key: key.value.key.reveal() };
}

export type GuardRow = { inRow: number; inAll: number; blockedForMs: number | null };

/** The counters of the addresses of the world, which most scenarios have one of. */
export async function readGuards(world: World): Promise<GuardRow[]> {
  const rows = await world.database.store.sql<GuardRow[]>`
    select failures_in_row as "inRow", failures_in_all as "inAll",
      round(extract(epoch from blocked_until - clock_now()) * 1000)::float8 as "blockedForMs"
    from guard order by home, key`;
  return rows.map((row) => ({ ...row }));
}

/** Polls until `read` gives something. */
export async function until<T>(what: string, read: () => Promise<T | null> | T | null): Promise<T> {
  for (let round = 0; round < 600; round++) {
    const found = await read();
    if (found !== null) return found;
    await sleep(25);
  }
  throw new Error(`it never came: ${what}`);
}

/** Runs `count` of the work, `width` at a time. */
export async function inParallel<T>(
  count: number,
  width: number,
  work: (n: number) => Promise<T>,
): Promise<T[]> {
  const done: T[] = Array.from({ length: count });
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(width, count) }, async () => {
      for (let n = next++; n < count; n = next++) done[n] = await work(n);
    }),
  );
  return done;
}
