/**
 * The part of the policy document that bounds: how much may be sent (S13), and what wrong tries cost (S4).
 * Every count is over a sliding hour or day; numbers are E.164 and IPv6 is counted by /64 before any of it
 * (S12).
 */
import { z } from '@hono/zod-openapi';

const count = (preset: number) => z.int().min(1).max(1_000_000_000).default(preset);

const FailureRuleSchema = z
  .strictObject({
    inARowMax: z.int().min(1).max(5).default(5).openapi({
      description: 'Wrong tries in a row on one address until it is blocked.',
    }),
    blockFirstMs: z.int().min(1_000).max(3_600_000).default(30_000).openapi({
      description: 'The first block; each further wrong try doubles it.',
    }),
    blockMaxMs: z.int().min(1_000).max(86_400_000).default(3_600_000),
    inAllMax: z.int().min(5).max(100).default(100).openapi({
      description: 'Wrong tries in all until the address is disabled and must be bound again.',
    }),
  })
  .refine((rule) => rule.blockFirstMs <= rule.blockMaxMs, {
    path: ['blockMaxMs'],
    message: 'must not be shorter than blockFirstMs',
  });
export type FailureRule = Readonly<z.output<typeof FailureRuleSchema>>;

export const LimitsSchema = z
  .strictObject({
    recordOnly: z.boolean().default(false).openapi({
      description:
        'Sending limits are counted and recorded but refuse nothing; the failure rule still holds.',
    }),
    address: z
      .strictObject({
        perHourMax: count(10),
        perDayMax: count(50),
        spacingMs: z.int().min(0).max(3_600_000).default(60_000).openapi({
          description: 'The least time between two codes to one address.',
        }),
      })
      .prefault({}),
    prefix: z
      .strictObject({
        lastDigits: z.int().min(1).max(6).default(3).openapi({
          description: 'Numbers that differ in this many last digits only share a prefix.',
        }),
        perHourMax: count(100),
      })
      .prefault({}),
    ip: z
      .strictObject({ perHourMax: count(600) })
      .prefault({})
      .openapi({ description: 'By the address that the request came from.' }),
    client: z.strictObject({ perHourMax: count(100_000) }).prefault({}),
    country: z
      .strictObject({
        unverifiedPerHourMax: count(5_000),
        byCountry: z
          .record(z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166 code such as FR'), z.int().min(0))
          .default({})
          .openapi({ description: 'Budgets that differ; 0 closes a country.', example: { FR: 20_000 } }),
      })
      .prefault({})
      .openapi({ description: 'Codes sent and not yet verified: fraud with paid numbers never verifies.' }),
    failures: FailureRuleSchema.prefault({}),
  })
  .openapi('PolicyLimits');

export type Limits = z.output<typeof LimitsSchema>;
export const DEFAULT_FAILURE_RULE: FailureRule = FailureRuleSchema.parse({});
