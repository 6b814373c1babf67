/**
 * The policy: which acts are secured (a code on a second network) and which are normal (one channel is
 * enough), and how a secured one is done (P10). Pure: the document and the act in, a
 * decision out.
 *
 *   document ──parsePolicy──▶ Policy ──decide(purpose, client, amount)──┬─▶ secured, with everything that open needs
 *                                                                       └─▶ normal, with the reason for the evidence
 *
 * Rules are laid over each other: the built-in one of the purpose, then the tenant's, then the client's.
 * Whatever a rule does not answer is secured: an amount without a limit, a limit without this currency (S17).
 */
import { z } from '@hono/zod-openapi';
import type { Assurance, ChannelKind } from '../gateway/channel.ts';
import { AmountsInput } from '../http/inputs.ts';
import type { Money } from '../std/money.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { PURPOSES, type Purpose } from './act.ts';
import { LimitsSchema } from './policy-limits.ts';

const CHANNELS = ['sms'] as const satisfies readonly ChannelKind[];
const ASSURANCES = ['none', 'restricted'] as const satisfies readonly Assurance[];

/** One rule as it is written; what it leaves out, the rule beneath it says. */
const RuleSchema = z
  .strictObject({
    secured: z.enum(['always', 'above_limit', 'never']).optional().openapi({
      description:
        'above_limit: an amount up to the limit of its currency is normal, everything else is secured.',
    }),
    normalUpTo: AmountsInput.optional().openapi({
      description: 'Limits in major units by currency; replaces the limits of the rule beneath as a whole.',
      example: { EUR: '30.00' },
    }),
    digits: z.int().min(6).max(10).optional().openapi({ description: 'Length of the code (S1).' }),
    validityMs: z.int().min(30_000).max(600_000).optional().openapi({
      description: 'How long a code lives (S2): 10 minutes at most.',
    }),
    channels: z
      .array(z.enum(CHANNELS))
      .min(1)
      .refine((kinds) => new Set(kinds).size === kinds.length, 'must not name a channel twice')
      .optional()
      .openapi({ description: 'Second networks, in the order in which they are tried.' }),
    connected: z.boolean().optional().openapi({
      description: 'Demands a live connection of the session from opening to checking (P7).',
    }),
    minimumAssurance: z.enum(ASSURANCES).optional().openapi({
      description: 'The least that a channel must be trusted (S10).',
    }),
    callerAddress: z.boolean().optional().openapi({
      description: 'Whether the client may name the address itself (P3).',
    }),
    numberDirectory: z.boolean().optional().openapi({
      description: 'Whether a trusted number directory, where one is configured, may name the address (P3).',
    }),
    resendsMax: z.int().min(0).max(5).optional(),
    attemptsMax: z
      .int()
      .min(1)
      .max(5)
      .optional()
      .openapi({ description: 'Wrong tries until it is locked (S4).' }),
  })
  .openapi('PolicyRule');

const RulesSchema = z.partialRecord(z.enum(PURPOSES), RuleSchema).superRefine((rules, context) => {
  // S11: an address is bound by proof of possession only, so that this purpose has no normal way.
  if (rules.bind_address?.secured === 'never' || rules.bind_address?.normalUpTo !== undefined) {
    context.addIssue({ code: 'custom', path: ['bind_address'], message: 'must always be secured' });
  }
});

export const PolicySchema = z
  .strictObject({
    purposes: RulesSchema.default({}).openapi({ description: 'Rules of the tenant, by purpose.' }),
    clients: z
      .record(z.string().min(1).max(64), RulesSchema)
      .default({})
      .openapi({ description: 'Rules of single clients, by client id and purpose.' }),
    limits: LimitsSchema.prefault({}),
  })
  .openapi('Policy');

export type PolicyInput = z.input<typeof PolicySchema>;
export type Policy = z.output<typeof PolicySchema>;
type RuleOver = z.output<typeof RuleSchema>;

/** A rule with nothing left open. */
type Rule = {
  readonly secured: 'always' | 'above_limit' | 'never';
  readonly normalUpTo: ReadonlyMap<string, bigint>;
  readonly digits: number;
  readonly validityMs: number;
  readonly channels: readonly ChannelKind[];
  readonly connected: boolean;
  readonly minimumAssurance: Assurance;
  readonly callerAddress: boolean;
  readonly numberDirectory: boolean;
  readonly resendsMax: number;
  readonly attemptsMax: number;
};

const COMMON: Rule = {
  secured: 'above_limit',
  normalUpTo: new Map(),
  digits: 8,
  validityMs: 300_000,
  channels: ['sms'],
  connected: false,
  minimumAssurance: 'restricted',
  callerAddress: false,
  numberDirectory: true,
  resendsMax: 3,
  attemptsMax: 5,
};

/** What holds where the document is silent. */
const BUILT_IN = {
  access: { ...COMMON, secured: 'always', digits: 6 },
  transfer: COMMON,
  payment: COMMON,
  order: COMMON,
  send_message: { ...COMMON, secured: 'always' },
  message: { ...COMMON, secured: 'always' },
  declaration: { ...COMMON, secured: 'always' },
  bind_address: { ...COMMON, secured: 'always', digits: 6 },
} as const satisfies Record<Purpose, Rule>;

/** Why a code is demanded. */
type SecuredReason = 'always_secured' | 'above_limit' | 'no_amount' | 'no_limit' | 'no_limit_in_currency';
/** Why none is: the evidence of an exempt confirmation carries it. */
type NormalReason = 'within_limit' | 'never_secured';

export type Decision =
  | ({ readonly secured: true; readonly reason: SecuredReason } & Omit<Rule, 'secured' | 'normalUpTo'>)
  | { readonly secured: false; readonly reason: NormalReason };

export type DecisionInput = {
  readonly purpose: Purpose;
  readonly clientId: string;
  /** Null when the act has none (`amountOf` of act.ts). */
  readonly amount: Money | null;
  /** For acts of rooms inside that nothing but a code may stand for. */
  readonly alwaysSecured?: boolean;
};

/** Reads a document. The refusal's detail says where it is wrong, first fault first. */
export function parsePolicy(document: unknown): Result<Policy, 'malformed_policy'> {
  const parsed = PolicySchema.safeParse(document);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const place = issue && issue.path.length > 0 ? issue.path.map(String).join('.') : 'policy';
  return refuse('malformed_policy', { detail: `${place}: ${issue?.message ?? 'malformed'}` });
}

/** The policy of a tenant that wrote none. */
export const DEFAULT_POLICY: Policy = PolicySchema.parse({});

export function decide(policy: Policy, input: DecisionInput): Decision {
  const rule = ruleOf(policy, input.purpose, input.clientId);
  const reason = input.alwaysSecured ? 'always_secured' : judge(rule, input.amount);
  if (reason === 'within_limit' || reason === 'never_secured') return { secured: false, reason };
  const { secured: _, normalUpTo: __, ...how } = rule;
  return { ...how, secured: true, reason };
}

/** Whether a channel is trusted enough for a rule (S10). */
export function assuranceSuffices(assurance: Assurance, minimum: Assurance): boolean {
  return ASSURANCES.indexOf(assurance) >= ASSURANCES.indexOf(minimum);
}

export function ruleOf(policy: Policy, purpose: Purpose, clientId: string): Rule {
  const client = Object.hasOwn(policy.clients, clientId) ? policy.clients[clientId] : undefined;
  return lay(lay(BUILT_IN[purpose], policy.purposes[purpose]), client?.[purpose]);
}

function judge(rule: Rule, amount: Money | null): SecuredReason | NormalReason {
  if (rule.secured === 'always') return 'always_secured';
  if (rule.secured === 'never') return 'never_secured';
  if (rule.normalUpTo.size === 0) return 'no_limit';
  if (amount === null) return 'no_amount';
  const limit = rule.normalUpTo.get(amount.currency);
  if (limit === undefined) return 'no_limit_in_currency';
  return amount.minor <= limit ? 'within_limit' : 'above_limit';
}

function lay(rule: Rule, over: RuleOver | undefined): Rule {
  if (over === undefined) return rule;
  return {
    secured: over.secured ?? rule.secured,
    normalUpTo: over.normalUpTo ?? rule.normalUpTo,
    digits: over.digits ?? rule.digits,
    validityMs: over.validityMs ?? rule.validityMs,
    channels: over.channels ?? rule.channels,
    connected: over.connected ?? rule.connected,
    minimumAssurance: over.minimumAssurance ?? rule.minimumAssurance,
    callerAddress: over.callerAddress ?? rule.callerAddress,
    numberDirectory: over.numberDirectory ?? rule.numberDirectory,
    resendsMax: over.resendsMax ?? rule.resendsMax,
    attemptsMax: over.attemptsMax ?? rule.attemptsMax,
  };
}
