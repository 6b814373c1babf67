/**
 * A world with a payment terminal: the simulated device over TCP, the whole server, the bank and the
 * operator. What scenarios of terminals do again and again.
 */
import assert from 'node:assert/strict';
import { after, afterEach } from 'node:test';
import { createTerminal } from '../src/payment/terminal/manage.ts';
import { must } from '../src/std/assert.ts';
import { systemClock } from '../src/std/clock.ts';
import { systemRandom } from '../src/std/random.ts';
import { Secret } from '../src/std/secret.ts';
import type { Money } from '../src/std/money.ts';
import { createDevice, type Device, type DeviceAnswer, type Read } from '../sim/terminal.ts';
import { createDeviceLine, type DeviceLine } from '../sim/terminal-line.ts';
import {
  ALICE_NUMBER,
  aliceCard,
  ALICE_PAN,
  checkPayments,
  EUR_312,
  openPaymentWorld,
  type PaymentWorld,
  type PaymentWorldOptions,
} from './payment-kit.ts';
import { nextCode } from './security-kit.ts';

export const TERMINAL = { code: 'SHOP0001', merchant: '4711', name: 'Acme Bakery', place: 'Lyon' } as const;

export type TerminalWorld = PaymentWorld & {
  readonly line: DeviceLine;
  readonly device: Device;
  readonly terminalId: string;
  readonly key: Uint8Array;
  /** Another line of the same terminal, or of another one. */
  readonly openLine: (key?: Uint8Array, code?: string) => DeviceLine;
};

export async function openTerminalWorld(options: PaymentWorldOptions = {}): Promise<TerminalWorld> {
  const stack = new AsyncDisposableStack();
  const world = stack.use(
    await openPaymentWorld({
      ...options,
      world: { ...options.world, environment: { TERMINAL_PORT: '0', ...options.world?.environment } },
    }),
  );
  const { tenantId, clientId, server, database, config } = world;
  const made = await createTerminal(
    {
      sql: database.store.sql,
      keys: config.keys,
      clock: systemClock,
      random: systemRandom,
      clientOf: server.payments.context.clientOf,
    },
    { tenantId, clientId },
    { ...TERMINAL, language: 'en' },
  );
  assert.ok(made.ok, made.ok ? '' : made.refusal);
  const own = Buffer.from(made.value.key.reveal(), 'hex');
  const openLine = (key: Uint8Array = own, code: string = TERMINAL.code): DeviceLine =>
    stack.use(
      createDeviceLine({
        port: must(server.terminals, 'terminals may connect').port,
        code,
        key: new Secret(key),
        clock: systemClock,
        random: systemRandom,
        answerWithinMs: 10_000,
      }),
    );
  const line = openLine();
  return {
    ...world,
    line,
    device: deviceOf(line),
    terminalId: made.value.terminal.id,
    key: own,
    openLine,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Of the tests of one file: Alice's bank knows her telephone. */
export function openCounter(options: PaymentWorldOptions = {}): Promise<TerminalWorld> {
  return openTerminalWorld({
    ...options,
    host: { cards: [aliceCard({ holder: { name: 'ALICE SMITH', mobile: ALICE_NUMBER } })] },
  });
}

/** Between two of them: the bank says yes again, and nobody lost money. */
export async function clearCounter(world: TerminalWorld): Promise<void> {
  world.host.behaveWell();
  must(world.host.books.card(ALICE_PAN), 'Alice has a card').refusal = null;
  await checkPayments(world);
}

/** One for all tests of a file, cleared after each. */
export async function openSharedCounter(): Promise<TerminalWorld> {
  const world = await openCounter();
  afterEach(() => clearCounter(world));
  after(() => world[Symbol.asyncDispose]());
  return world;
}

/** What Alice can still spend, in cents. */
export function aliceLeftMinor(world: TerminalWorld): bigint {
  return world.host.books.leftMinor(ALICE_PAN);
}

export function deviceOf(line: DeviceLine, code: string = TERMINAL.code): Device {
  return createDevice({ ...TERMINAL, code, line, clock: systemClock, repeatAfterMs: 50 });
}

export const CHIP: Read = { card: aliceCard(), entry: 'chip' };

export type Asked = DeviceAnswer & { readonly reference: string; readonly sms: string };

/** Card in; the code is on Alice's telephone. */
export async function sell(
  world: TerminalWorld,
  device: Device = world.device,
  amount: Money = EUR_312,
  read: Read = CHIP,
): Promise<Asked> {
  const arriving = nextCode(world, ALICE_NUMBER);
  const answer = await device.sell(amount, read);
  assert.equal(answer.code, '1A', JSON.stringify(answer));
  return { ...answer, reference: answer.elements['10'] ?? '', sms: await arriving };
}

export function wrong(code: string): string {
  return code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
}
