/**
 * A register adds up, for each address, what was confirmed there (P12, the fifth to the seventh aspect): the
 * amount of an act, a price for the duration of its session, or a fixed value.
 *
 *   counted before:  opened ── pending ──▶ confirmed: posted    else: voided
 *   counted after:   confirmed ──▶ posted
 *
 * The register of an address is an account; what is added is debited there and credited to the total of the
 * register, so that registers sum to zero like everything else (I1).
 */
import { z } from '@hono/zod-openapi';
import { unreachable } from '../std/assert.ts';
import { isCurrency, parseMoney } from '../std/money.ts';
import { PURPOSES } from '../confirmation/act.ts';
import { MINOR_MAX } from './account.ts';

/** How a duration becomes units: those begun, those completed, the nearest, or a fraction of one. */
const ROUNDINGS = ['started', 'completed', 'nearest', 'exact'] as const;
type Rounding = (typeof ROUNDINGS)[number];

/** What one unit costs, for so many units; the last step has no end. */
type Step = { readonly units: number | null; readonly price: bigint };

export type Tariff = {
  readonly unitSeconds: number;
  readonly rounding: Rounding;
  /** Once for each session. */
  readonly setup: bigint;
  readonly steps: readonly Step[];
  /** No session costs more. */
  readonly maximum: bigint | null;
};

export type Adds =
  | { readonly kind: 'amount' }
  | { readonly kind: 'fixed'; readonly value: bigint }
  | ({ readonly kind: 'duration' } & Tariff);

export type Register = {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  /** Null for every purpose. */
  readonly purpose: string | null;
  readonly counted: 'before' | 'after';
  readonly currency: string;
  readonly adds: Adds;
};

/** The price of a duration, in minor units. A fraction of one is rounded to the nearest, half upwards. */
export function priceOf(tariff: Tariff, durationMs: number): bigint {
  const unitMs = tariff.unitSeconds * 1000;
  const whole = Math.floor(durationMs / unitMs);
  const restMs = durationMs - whole * unitMs;
  const units = BigInt(whole + (isCounted(tariff.rounding, restMs, unitMs) ? 1 : 0));
  let price = tariff.setup + priceOfUnits(tariff.steps, units);
  if (tariff.rounding === 'exact' && restMs > 0) {
    const next = priceOfUnits(tariff.steps, units + 1n) - priceOfUnits(tariff.steps, units);
    const scale = BigInt(unitMs) * 2n;
    price += (next * BigInt(Math.round(restMs)) * 2n + BigInt(unitMs)) / scale;
  }
  return tariff.maximum !== null && price > tariff.maximum ? tariff.maximum : price;
}

function isCounted(rounding: Rounding, restMs: number, unitMs: number): boolean {
  if (rounding === 'started') return restMs > 0;
  return rounding === 'nearest' && restMs * 2 >= unitMs;
}

function priceOfUnits(steps: readonly Step[], units: bigint): bigint {
  let price = 0n;
  let left = units;
  for (const step of steps) {
    const taken = step.units === null || left < BigInt(step.units) ? left : BigInt(step.units);
    price += taken * step.price;
    left -= taken;
  }
  return price;
}

/** What an act adds to a register, in its minor units; zero when the act has nothing that it counts. */
export function addedBy(
  register: Pick<Register, 'adds' | 'currency'>,
  act: { readonly amount: { readonly minor: bigint; readonly currency: string } | null },
  durationMs: number,
): bigint {
  const { adds, currency } = register;
  switch (adds.kind) {
    case 'amount':
      return act.amount?.currency === currency ? act.amount.minor : 0n;
    case 'fixed':
      return adds.value;
    case 'duration':
      return priceOf(adds, Math.max(0, durationMs));
    default:
      return unreachable(adds);
  }
}

const price = z.string().max(24).openapi({ example: '0.15', description: 'In major units of the currency.' });

/** As the administrator writes it and as it is kept. */
export const RegisterSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'must be lower-case letters, digits, - and _')
      .openapi({ example: 'minutes' }),
    purpose: z
      .enum(PURPOSES)
      .nullable()
      .default(null)
      .openapi({ description: 'Which acts count; null for all.', example: 'access' }),
    counted: z.enum(['before', 'after']).default('after').openapi({
      description:
        '`after`: when the code was right. `before`: reserved at opening, and given back if it was not.',
    }),
    currency: z.string().refine(isCurrency, 'must be an ISO 4217 code').openapi({
      example: 'EUR',
      description: 'Of the register; acts in another one are not counted by amount.',
    }),
    adds: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('amount') }),
        z.strictObject({ kind: z.literal('fixed'), value: price }),
        z.strictObject({
          kind: z.literal('duration'),
          unitSeconds: z.number().int().min(1).max(86_400).default(60),
          rounding: z.enum(ROUNDINGS).default('started').openapi({
            description:
              'Units begun count whole, or completed ones only, or the nearest number, or fractions too.',
          }),
          setup: price.default('0'),
          steps: z
            .array(
              z.strictObject({
                units: z.number().int().min(1).max(1_000_000).nullable().default(null),
                price,
              }),
            )
            .min(1)
            .max(10)
            .openapi({
              description: 'What each unit costs: the first so many, the next so many, and all others.',
            }),
          maximum: price.nullable().default(null),
        }),
      ])
      .openapi({
        description: 'The amount of the act, a fixed value, or a price for how long its session took.',
      }),
  })
  .superRefine((rule, context) => {
    for (const [path, text] of pricesOf(rule.adds)) {
      const money = parseMoney(text, rule.currency);
      const isRight = money.ok && money.value.minor <= MINOR_MAX / 1_000_000_000n;
      if (!isRight) context.addIssue({ code: 'custom', path: ['adds', ...path], message: saying(money) });
    }
    const steps = rule.adds.kind === 'duration' ? rule.adds.steps : [];
    for (const [i, { units }] of steps.entries()) {
      if ((units === null) === (i === steps.length - 1)) continue;
      const message = 'the last step, and only that one, is for all further units: leave its units out';
      context.addIssue({ code: 'custom', path: ['adds', 'steps', i, 'units'], message });
    }
  })
  .openapi('Register');

export type RegisterDocument = z.output<typeof RegisterSchema>;

function saying(money: ReturnType<typeof parseMoney>): string {
  return money.ok ? 'is too much' : (money.detail ?? money.refusal);
}

function pricesOf(adds: RegisterDocument['adds']): [path: (string | number)[], text: string][] {
  if (adds.kind === 'amount') return [];
  if (adds.kind === 'fixed') return [[['value'], adds.value]];
  return [
    [['setup'], adds.setup],
    ...(adds.maximum === null ? [] : ([[['maximum'], adds.maximum]] as [string[], string][])),
    ...adds.steps.map(({ price: text }, i): [(string | number)[], string] => [['steps', i, 'price'], text]),
  ];
}

/** Of a document that was found right. */
export function addsOf({ adds, currency }: RegisterDocument): Adds {
  const minor = (text: string): bigint => {
    const money = parseMoney(text, currency);
    return money.ok ? money.value.minor : 0n;
  };
  if (adds.kind === 'amount') return adds;
  if (adds.kind === 'fixed') return { kind: 'fixed', value: minor(adds.value) };
  return {
    ...adds,
    setup: minor(adds.setup),
    steps: adds.steps.map(({ units, price: text }) => ({ units, price: minor(text) })),
    maximum: adds.maximum === null ? null : minor(adds.maximum),
  };
}
