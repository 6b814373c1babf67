/** What requests of several rooms hold, checked the same way in all of them. */
import { z } from '@hono/zod-openapi';
import { parseMoney, type Money } from '../std/money.ts';

/** No control characters, no direction overrides, nothing invisible. */
export const ONE_LINE = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u;

/** Text that a person reads, also on a small screen: one line in NFC of 1 to `max` UTF-16 units. */
export const line = (max: number) =>
  z
    .string()
    .transform((text) => text.normalize('NFC').trim())
    .pipe(
      z.string().min(1).max(max).regex(ONE_LINE, 'must be one line without control or invisible characters'),
    );

export const CurrencyInput = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code')
  .openapi({ example: 'EUR' });

/**
 * Money in major units, as everywhere in the API; in the code it is `Money`. `judge` says what is wrong with
 * an amount that the currency allows.
 */
export const amountInput = (judge: (minor: bigint) => string | null) =>
  z
    .strictObject({
      value: z.string().max(24).openapi({ example: '312.40', description: 'Major units with a point.' }),
      currency: CurrencyInput,
    })
    .transform(({ value, currency }, context): Money => {
      const money = parseMoney(value, currency);
      const wrong = money.ok ? judge(money.value.minor) : (money.detail ?? money.refusal);
      if (money.ok && wrong === null) return money.value;
      context.addIssue({ code: 'custom', message: wrong ?? 'is no amount' });
      return z.NEVER;
    });

/** Limits in major units by currency; in the code in minor units. */
export const AmountsInput = z
  .record(z.string(), z.string())
  .transform((amounts, context): ReadonlyMap<string, bigint> => {
    const read = new Map<string, bigint>();
    for (const [currency, value] of Object.entries(amounts)) {
      const money = parseMoney(value, currency);
      if (money.ok) read.set(currency, money.value.minor);
      else context.addIssue({ code: 'custom', path: [currency], message: money.detail ?? money.refusal });
    }
    return read;
  });

/** A subscriber: by his id, or by what the tenant calls him. */
export const SUBSCRIBER_INPUTS = [
  z.strictObject({ id: z.string().max(64) }),
  z.strictObject({
    identifier: z.strictObject({
      kind: z
        .string()
        .regex(/^[a-z_]{1,32}$/)
        .optional(),
      value: z.string().min(1).max(254),
    }),
  }),
] as const;

/** A subscriber, or an address where policy lets the caller name it. */
export const SomebodyInput = z.union([
  ...SUBSCRIBER_INPUTS,
  z.strictObject({
    address: z.strictObject({ channel: z.literal('sms'), value: z.string().min(3).max(64) }),
  }),
]);
