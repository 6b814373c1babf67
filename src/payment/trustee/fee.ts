/**
 * What the operator keeps of what he pays a merchant out (the service charge of figure 10): a percentage in
 * steps of the volume, something for each payment, something for the payout, within a minimum and a maximum.
 * Pure, and exact: nothing is rounded but the sum, once.
 */
import { z } from '@hono/zod-openapi';
import { unreachable } from '../../std/assert.ts';
import { isCurrency, parseMoney } from '../../std/money.ts';

/** Of half a minor unit and less: up, to the nearest (half up or half to even), down. */
const ROUNDINGS = ['up', 'half_up', 'half_even', 'down'] as const;
type Rounding = (typeof ROUNDINGS)[number];

export type FeeRules = {
  /** Each for the part of the volume up to there; the last one has no end. */
  readonly steps: readonly { readonly upTo: bigint | null; readonly basisPoints: number }[];
  readonly perPayment: bigint;
  readonly perPayout: bigint;
  readonly minimum: bigint;
  readonly maximum: bigint | null;
  readonly rounding: Rounding;
};

export type Volume = {
  /** What the merchant is owed, in minor units. */
  readonly gross: bigint;
  readonly payments: number;
};

const BASIS = 10_000n;

/** In minor units; never more than there is to take it from. */
export function feeOf(rules: FeeRules, { gross, payments }: Volume): bigint {
  let parts = 0n;
  let from = 0n;
  for (const { upTo, basisPoints } of rules.steps) {
    const to = upTo === null || upTo > gross ? gross : upTo;
    if (to > from) parts += (to - from) * BigInt(basisPoints);
    from = to > from ? to : from;
  }
  let fee = rounded(parts, rules.rounding) + rules.perPayment * BigInt(payments) + rules.perPayout;
  if (fee < rules.minimum) fee = rules.minimum;
  if (rules.maximum !== null && fee > rules.maximum) fee = rules.maximum;
  return fee > gross ? gross : fee;
}

function rounded(parts: bigint, rounding: Rounding): bigint {
  const whole = parts / BASIS;
  const rest = (parts % BASIS) * 2n;
  if (rest === 0n) return whole;
  switch (rounding) {
    case 'up':
      return whole + 1n;
    case 'down':
      return whole;
    case 'half_up':
      return rest >= BASIS ? whole + 1n : whole;
    case 'half_even':
      return rest > BASIS || (rest === BASIS && whole % 2n === 1n) ? whole + 1n : whole;
    default:
      return unreachable(rounding);
  }
}

const amount = z
  .string()
  .max(20)
  .openapi({ example: '0.15', description: 'In major units of the currency.' });

export const FeesSchema = z
  .strictObject({
    steps: z
      .array(
        z.strictObject({
          upTo: amount.nullable().default(null).openapi({ example: '10000.00' }),
          basisPoints: z.number().int().min(0).max(10_000).openapi({ example: 150 }),
        }),
      )
      .min(1)
      .max(20)
      .default([{ upTo: null, basisPoints: 0 }])
      .openapi({
        description:
          'A percentage in hundredths of a per cent, each for the part of the volume up to there; the last one, ' +
          'without `upTo`, is for the rest.',
      }),
    perPayment: amount.default('0'),
    perPayout: amount.default('0'),
    minimum: amount.default('0'),
    maximum: amount.nullable().default(null),
    rounding: z.enum(ROUNDINGS).default('half_up'),
  })
  .openapi('Fees');

export type FeesDocument = z.output<typeof FeesSchema>;

/** The rules of a document in a currency, or one sentence about what is wrong with it. */
export function parseFees(document: FeesDocument, currency: string): FeeRules | string {
  if (!isCurrency(currency)) return `"${currency}" is not an ISO 4217 currency code.`;
  const wrong: string[] = [];
  const minor = (text: string): bigint => {
    const money = parseMoney(text, currency);
    if (!money.ok) wrong.push(money.detail ?? `"${text}" is not an amount in ${currency}.`);
    return money.ok ? money.value.minor : 0n;
  };
  const steps = document.steps.map(({ upTo, basisPoints }) => ({
    upTo: upTo === null ? null : minor(upTo),
    basisPoints,
  }));
  const ends = steps.slice(0, -1).map(({ upTo }) => upTo);
  const areSorted = ends.every((end, i) => end !== null && end > (i === 0 ? 0n : (ends[i - 1] ?? 0n)));
  if (!areSorted || steps.at(-1)?.upTo !== null) {
    wrong.push('The steps go upwards, and the last one, and only that one, has no upTo.');
  }
  const rules: FeeRules = {
    steps,
    perPayment: minor(document.perPayment),
    perPayout: minor(document.perPayout),
    minimum: minor(document.minimum),
    maximum: document.maximum === null ? null : minor(document.maximum),
    rounding: document.rounding,
  };
  if (rules.maximum !== null && rules.maximum < rules.minimum)
    wrong.push('The maximum is below the minimum.');
  return wrong[0] ?? rules;
}

/** Of a text that was found right when it was saved. */
export function readFees(text: string, currency: string): FeeRules {
  const rules = parseFees(FeesSchema.parse(JSON.parse(text)), currency);
  if (typeof rules === 'string') throw new Error(`the fees of a merchant cannot be read: ${rules}`);
  return rules;
}
