/**
 * The payment policy: when a payment needs no code (P10, RTS 2018/389 art. 13 to 18), when the bank is asked
 * (B5), who completes, and whether the payer is told of a debit (B7). Pure: a document in, rules out.
 *
 *   document ──parsePaymentPolicy──▶ PaymentPolicy ──paymentRuleOf(client)──▶ PaymentRule
 *
 * Rules are laid over each other: the built-in one, then the tenant's, then the client's. The built-in one
 * exempts nothing. What the law bounds in euro, a document may tighten and never widen; there is no rate of
 * exchange here, so a limit in another currency is the tenant's own word.
 */
import { z } from '@hono/zod-openapi';
import { AmountsInput } from '../../http/inputs.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import { BANK_ASKED, CAPTURES, type BankAsked, type Capture } from '../payment.ts';

/** Art. 16: one payment, and all since the last code, in euro cents. */
const LOW_VALUE_EACH = 30_00n;
const LOW_VALUE_SUM = 100_00n;
/** Annex of the RTS, card payments: the highest exempt amount in euro cents by fraud rate in basis points. */
const LAW_BANDS = [
  { rateBpMax: 1, upTo: 500_00n },
  { rateBpMax: 6, upTo: 250_00n },
  { rateBpMax: 13, upTo: 100_00n },
] as const;

type Amounts = ReadonlyMap<string, bigint>;

const AmountsSchema = AmountsInput.openapi({
  type: 'object',
  additionalProperties: { type: 'string' },
  description: 'Amounts in major units by currency.',
  example: { EUR: '30.00' },
});

const atMost = (most: bigint) => (amounts: Amounts) => (amounts.get('EUR') ?? 0n) <= most;

const LowValueSchema = z
  .strictObject({
    each: AmountsSchema.refine(atMost(LOW_VALUE_EACH), { path: ['EUR'], message: 'is at most 30.00' })
      .prefault({ EUR: '30.00' })
      .openapi({ description: 'The largest payment; EUR 30.00 at most.' }),
    sumMax: AmountsSchema.refine(atMost(LOW_VALUE_SUM), { path: ['EUR'], message: 'is at most 100.00' })
      .prefault({ EUR: '100.00' })
      .openapi({ description: 'All of them since the last code, this one too; EUR 100.00 at most.' }),
    paymentsMax: z.int().min(1).max(5).default(5).openapi({
      description: 'How many since the last code, this one too.',
    }),
    bound: z.enum(['both', 'sum', 'payments']).default('both').openapi({
      description: 'Which of the two must hold; the law asks for one of them.',
    }),
  })
  .openapi('LowValueRule');

const RecurringSchema = z
  .strictObject({
    daysBetweenMin: z.int().min(0).max(366).default(1).openapi({
      description: 'Whole days that lie between two payments of a series at least.',
    }),
  })
  .openapi('RecurringRule');

const BandSchema = z
  .strictObject({ rateBpMax: z.number().min(0).max(10_000), upTo: AmountsSchema })
  .refine(({ rateBpMax, upTo }) => (upTo.get('EUR') ?? 0n) <= lawUpTo(rateBpMax), {
    path: ['upTo', 'EUR'],
    message: 'is more than the law allows at this fraud rate: 500 at 1 bp, 250 at 6 bp, 100 at 13 bp',
  })
  .openapi('RiskBand');

const SignalsSchema = z
  .strictObject({
    newMeans: z.boolean().default(true).openapi({
      description: 'A card or contract that this payer has never confirmed by a code demands one.',
    }),
    newPayee: z.boolean().default(true).openapi({
      description: 'A payee whom this payer has never paid demands a code.',
    }),
    perHourMax: z.int().min(1).max(50).default(3).openapi({
      description: 'Payments of the payer within an hour, this one too.',
    }),
    perDayMax: z.int().min(1).max(50).default(10),
    usualTimesMax: z.number().min(0.1).max(100).default(2).openapi({
      description: 'As many times the largest amount that he confirmed by a code in this currency.',
    }),
    country: z.enum(['must_match', 'must_not_differ', 'ignored']).default('must_match').openapi({
      description:
        'The country of the IP address beside that of the telephone number. must_match: one that is not known demands a code.',
    }),
  })
  .openapi('RiskSignals');

const RiskSchema = z
  .strictObject({
    bands: z
      .array(BandSchema)
      .min(1)
      .max(10)
      .prefault([
        { rateBpMax: 1, upTo: { EUR: '500.00' } },
        { rateBpMax: 6, upTo: { EUR: '250.00' } },
        { rateBpMax: 13, upTo: { EUR: '100.00' } },
      ])
      .openapi({
        description: 'The largest amount by fraud rate; the best band that the rate reaches holds.',
      }),
    signals: SignalsSchema.prefault({}),
  })
  .openapi('RiskRule');

/** tell the payer of a debit: never, of those without a code, or of each. */
export const STATEMENTS = ['never', 'exempt', 'always'] as const;
export type Statement = (typeof STATEMENTS)[number];

const RuleSchema = z
  .strictObject({
    bankAsked: z.enum(BANK_ASKED).optional().openapi({
      description: 'Whether the bank is asked before the code is sent or after it was right (B5).',
    }),
    capture: z
      .enum(CAPTURES)
      .optional()
      .openapi({ description: 'Who completes, where a payment says nothing.' }),
    statement: z.enum(STATEMENTS).optional().openapi({
      description:
        'Which debits the payer is told of by SMS (B7); exempt: those that no code was demanded for.',
    }),
    lowValue: LowValueSchema.nullable()
      .optional()
      .openapi({ description: 'Art. 16; null for no such rule.' }),
    trustedPayees: z.boolean().optional().openapi({
      description: 'Art. 13: payees whom the payer put on his list by a code.',
    }),
    recurring: RecurringSchema.nullable().optional().openapi({
      description: 'Art. 14: a series with one payee and one amount, begun by a code; null for no such rule.',
    }),
    risk: RiskSchema.nullable().optional().openapi({
      description: 'Art. 18: transaction risk analysis; null for no such rule.',
    }),
  })
  .openapi('PaymentRule');

const FraudRateSchema = z
  .strictObject({
    bp: z.number().min(0).max(10_000).openapi({
      description:
        'Fraud in basis points of the value of remote card payments, over the last quarter (art. 19).',
      example: 4.2,
    }),
    statedOn: z.iso.date().openapi({ description: 'It is old after 92 days.', example: '2026-09-30' }),
  })
  .openapi('FraudRate');

export const PaymentPolicySchema = z
  .strictObject({
    rules: RuleSchema.default({}).openapi({ description: 'Rules of the tenant.' }),
    clients: z
      .record(z.string().min(1).max(64), RuleSchema)
      .default({})
      .openapi({ description: 'Rules of single clients; what they leave out, the rule of the tenant says.' }),
    fraudRates: z
      .record(z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code'), FraudRateSchema)
      .default({})
      .openapi({ description: 'What the tenant states of itself, by currency.' }),
  })
  .openapi('PaymentPolicy');

export type PaymentPolicyInput = z.input<typeof PaymentPolicySchema>;
export type PaymentPolicy = z.output<typeof PaymentPolicySchema>;
export type FraudRate = Readonly<z.output<typeof FraudRateSchema>>;
export type LowValueRule = Readonly<z.output<typeof LowValueSchema>>;
export type RecurringRule = Readonly<z.output<typeof RecurringSchema>>;
export type RiskRule = Readonly<z.output<typeof RiskSchema>>;
type RuleOver = z.output<typeof RuleSchema>;

/** A rule with nothing left open. */
export type PaymentRule = {
  readonly bankAsked: BankAsked;
  readonly capture: Capture;
  readonly statement: Statement;
  readonly lowValue: LowValueRule | null;
  readonly trustedPayees: boolean;
  readonly recurring: RecurringRule | null;
  readonly risk: RiskRule | null;
};

const BUILT_IN: PaymentRule = {
  bankAsked: 'before',
  capture: 'automatic',
  statement: 'exempt',
  lowValue: null,
  trustedPayees: false,
  recurring: null,
  risk: null,
};

/** Reads a document. The refusal's detail says where it is wrong, first fault first. */
export function parsePaymentPolicy(document: unknown): Result<PaymentPolicy, 'malformed_policy'> {
  const parsed = PaymentPolicySchema.safeParse(document);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const place = issue && issue.path.length > 0 ? issue.path.map(String).join('.') : 'policy';
  return refuse('malformed_policy', { detail: `${place}: ${issue?.message ?? 'malformed'}` });
}

/** The policy of a tenant that wrote none: every payment needs a code. */
export const DEFAULT_PAYMENT_POLICY: PaymentPolicy = PaymentPolicySchema.parse({});

export function paymentRuleOf(policy: PaymentPolicy, clientId: string): PaymentRule {
  const client = Object.hasOwn(policy.clients, clientId) ? policy.clients[clientId] : undefined;
  return lay(lay(BUILT_IN, policy.rules), client);
}

function lay(rule: PaymentRule, over: RuleOver | undefined): PaymentRule {
  if (over === undefined) return rule;
  return {
    bankAsked: over.bankAsked ?? rule.bankAsked,
    capture: over.capture ?? rule.capture,
    statement: over.statement ?? rule.statement,
    lowValue: over.lowValue === undefined ? rule.lowValue : over.lowValue,
    trustedPayees: over.trustedPayees ?? rule.trustedPayees,
    recurring: over.recurring === undefined ? rule.recurring : over.recurring,
    risk: over.risk === undefined ? rule.risk : over.risk,
  };
}

function lawUpTo(rateBpMax: number): bigint {
  return LAW_BANDS.find((band) => rateBpMax <= band.rateBpMax)?.upTo ?? 0n;
}
