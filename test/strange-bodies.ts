import assert from 'node:assert/strict';
import { createApp, type App } from '../src/http/app.ts';
import { asOutage } from '../src/store/connection.ts';
import { confirmationRoutes } from '../src/confirmation/routes.ts';
import { createLog } from '../src/std/log.ts';
import { inParallel, numberOf, openBody, TRANSFER } from './security-kit.ts';
import type { World } from './world.ts';

/** Random and mutated request bodies from a seed (S20). */

/** mulberry32: a small generator with a seed, so that a body that fails comes again. */
function createDice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
type Dice = ReturnType<typeof createDice>;

export const STRANGE = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udc00x',
  '\u202e123',
  '\ufeff',
  '\u2028',
  'e\u0301'.repeat(70),
  'ﷺ'.repeat(64),
  '🏦'.repeat(30),
  'x'.repeat(5000),
  '__proto__',
  'constructor',
  '1e400',
  '-0.00',
  '00312.40',
  '312.4000000000000000000000000000000001',
  '99999999999999999999999999999999999999.99',
  '٣١٢.٤٠',
  '312,40',
  'NaN',
  'EUR\n',
  "'; drop table guard; --",
  '${7*7}{{7*7}}',
  '+336123456789012345678901234567890',
  'https://bank.example/\u0000',
  'https://bank.example/\ud800',
  'https://bank.example@evil.example/',
  'javascript:alert(1)',
];
const OTHERS: readonly unknown[] = [null, true, false, 0, -1, 1e308, 0.1, [], {}, [[]], [null], { a: {} }];

/** A body that is right, of one of the routes. */
function rightBody(dice: Dice): Record<string, unknown> {
  return {
    ...openBody(numberOf(dice(50_000))),
    act: {
      ...TRANSFER,
      debtorAccount: 'DE89370400440532013000',
      text: 'Invoice 7',
      items: [{ name: 'Book', quantity: 2 }],
      contentDigest: 'ab'.repeat(32),
      resource: 'intranet',
    },
    connected: false,
    language: 'fr',
    returnUrl: 'https://bank.example/back',
  };
}

/**
 * Changes one place of a value, however deep: another value, a lost or doubled member, a name that is not
 * known.
 */
function mutate(value: unknown, dice: Dice): unknown {
  const isContainer = typeof value === 'object' && value !== null;
  if (!isContainer || dice(6) === 0) {
    if (typeof value === 'string' && dice(3) === 0) return mutateText(value, dice);
    return dice(2) === 0 ? STRANGE[dice(STRANGE.length)] : OTHERS[dice(OTHERS.length)];
  }
  if (Array.isArray(value)) {
    if (dice(4) === 0) return Array.from({ length: dice(40) }, () => value[0] as unknown);
    return value.map((item: unknown) => mutate(item, dice));
  }
  const entries = Object.entries(value);
  const [name = 'x', member] = entries[dice(Math.max(1, entries.length))] ?? [];
  const rest = entries.filter(([other]) => other !== name);
  if (dice(8) === 0) return Object.fromEntries(rest);
  if (dice(8) === 0) return Object.fromEntries([...entries, [STRANGE[dice(STRANGE.length)] ?? '', member]]);
  return Object.fromEntries([...rest, [name, mutate(member, dice)]]);
}

function mutateText(text: string, dice: Dice): string {
  const place = dice(text.length + 1);
  const strange = STRANGE[dice(STRANGE.length)] ?? '';
  return text.slice(0, place) + strange.slice(0, 40) + text.slice(place + dice(3));
}

/**
 * What arrives: mostly JSON of a changed value, sometimes JSON that is cut or has a byte changed, sometimes
 * noise.
 */
function rawBody(dice: Dice): string {
  let value: unknown = rightBody(dice);
  for (let times = 1 + dice(3); times > 0; times--) value = mutate(value, dice);
  const text = JSON.stringify(value) ?? 'undefined';
  const place = dice(text.length);
  switch (dice(12)) {
    case 0:
      return text.slice(0, place);
    case 1:
      return text.slice(0, place) + String.fromCharCode(dice(256)) + text.slice(place + 1);
    case 2:
      return '['.repeat(dice(30_000));
    case 3:
      return `{"subscriber":${'{"a":'.repeat(dice(5000))}`;
    case 4:
      return Array.from({ length: dice(200) }, () => String.fromCharCode(dice(65_536))).join('');
    case 5:
      return text.replace('{', '{"__proto__":{"state":"confirmed"},');
    default:
      return text;
  }
}

/**
 * The same app as the server's for these routes, called without a socket; whatever is thrown is answered as a
 * fault.
 */
export function createBareApp(world: World, clientId: string): App {
  const app = createApp({ log: createLog({ level: 'silent' }), trustedHops: 0, asOutage });
  app.use(async (c, next) => {
    c.set('principal', { tenantId: world.tenantId, clientId, scope: 'client', keyId: 'key' });
    await next();
  });
  app.route('/', confirmationRoutes(world.server.confirmations));
  return app;
}

/** Sends the bodies of `count` seeds from `first` on, and gives how often each status came. */
export async function sendAll(app: App, first: number, count: number, pathOf: (dice: Dice) => string) {
  const statuses = new Map<number, number>();
  await inParallel(count, 64, async (n) => {
    const dice = createDice(first + n);
    const body = rawBody(dice);
    const path = pathOf(dice);
    const headers = { 'content-type': 'application/json' };
    const response = await app.request(path, { method: 'POST', headers, body });
    const text = await response.text();
    const { status } = response;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    assert(status < 500, `seed ${first + n} to ${path}: ${status} ${text} for ${body.slice(0, 2000)}`);
    if (status < 300) return;
    const problem = JSON.parse(text) as { type: string; detail: string };
    assert.match(problem.type, /^\/problems\/[a-z_]+$/);
    assert(problem.detail.length > 0 && text.length < 20_000, `seed ${first + n}: ${text.length} characters`);
  });
  assert.equal(({} as { state?: unknown }).state, undefined, 'no prototype was changed');
  return statuses;
}
