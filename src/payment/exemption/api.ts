import { createRoute, z } from '@hono/zod-openapi';
import { CONFIRMATION_PROBLEMS } from '../../confirmation/problems.ts';
import { OpenedSchema } from '../../confirmation/routes.ts';
import { BEHIND_API_KEY, jsonAnswer, jsonBody, problemAnswers } from '../../http/openapi.ts';
import type { ProblemTable } from '../../http/problem.ts';
import { LANGUAGES } from '../../std/language.ts';
import { amountInput, line } from '../../http/inputs.ts';
import { BANK_ASKED, CAPTURES, MEANS } from '../payment.ts';
import type { DryRunRefusal } from './dry-run.ts';
import { PaymentPolicySchema, STATEMENTS } from './policy.ts';
import { EXEMPTIONS } from './rules.ts';

/** The shapes and routes of payment policy and of trusted payees, as the public reference shows them. */
export const EXEMPTION_PROBLEMS = {
  ...CONFIRMATION_PROBLEMS,
  unknown_subscriber: {
    status: 404,
    title: 'No such subscriber',
    detail: 'The tenant has no subscriber of this id who has an address, or he was erased.',
  },
  unknown_card: {
    status: 422,
    title: 'There is no such card on file',
    detail: 'Name a card token of the subscriber.',
  },
} as const satisfies ProblemTable<string> & ProblemTable<DryRunRefusal>;
const PROBLEMS = EXEMPTION_PROBLEMS;

const COMMON = ['malformed_request', 'unauthenticated', 'outage'] as const;

const AmountSchema = amountInput((minor) => (minor > 0n ? null : 'must be more than zero')).openapi({
  type: 'object',
  required: ['value', 'currency'],
  properties: { value: { type: 'string' }, currency: { type: 'string' } },
  example: { value: '24.90', currency: 'EUR' },
});

const PolicyAnswer = z
  .record(z.string(), z.unknown())
  .openapi({ description: 'The document as it was written.' });

const policyShared = { tags: ['Payment policy'], security: BEHIND_API_KEY };

export const getPaymentPolicyRoute = createRoute({
  ...policyShared,
  method: 'get',
  path: '/v1/payment-policy',
  operationId: 'getPaymentPolicy',
  summary: 'Read the payment policy of the tenant',
  responses: {
    200: jsonAnswer(PolicyAnswer, 'What it leaves out has its default: no exemption at all.'),
    ...problemAnswers(PROBLEMS, ['unauthenticated', 'forbidden', 'outage']),
  },
});

export const putPaymentPolicyRoute = createRoute({
  ...policyShared,
  method: 'put',
  path: '/v1/payment-policy',
  operationId: 'putPaymentPolicy',
  summary: 'Replace the payment policy of the tenant',
  description:
    'Which payments need no code (RTS 2018/389 art. 13, 14, 16 and 18), and how payments are done that do not say it ' +
    'themselves. In force on every server within a second. Ask /v1/payment-decisions what it does.',
  request: { body: jsonBody(PaymentPolicySchema, 'The whole document.') },
  responses: {
    200: jsonAnswer(PolicyAnswer, 'Written.'),
    ...problemAnswers(PROBLEMS, [...COMMON, 'malformed_policy', 'forbidden']),
  },
});

const HypothesisSchema = z
  .strictObject({
    amount: AmountSchema,
    payee: line(70).optional().openapi({ description: "Else the client's name.", example: 'Acme' }),
    means: z.enum(MEANS).default('card_on_file'),
    client: z.string().max(64).optional().openapi({ description: "Else the key's own." }),
    subscriber: z.string().max(64).optional().openapi({
      description: 'Who pays; nobody of whom anything is known when absent.',
    }),
    card: z.string().max(64).optional().openapi({
      description: 'The token of a card on file; one that he never confirmed when absent.',
    }),
    series: line(64).optional(),
    ip: z.union([z.ipv4(), z.ipv6()]).optional(),
  })
  .openapi('PaymentHypothesis', {
    example: { amount: { value: '24.90', currency: 'EUR' }, subscriber: 'sub_g5067bscq1mrcmxnvhcz8krbp0' },
  });

const DecisionSchema = z
  .object({
    decision: z.enum(['code', 'exempt']),
    reason: z
      .enum([...EXEMPTIONS, 'no_rule', 'no_rule_applies', 'not_remote', 'unreadable'])
      .openapi({ description: 'The rule that exempts it, or why none does.' }),
    considered: z
      .array(
        z.object({
          rule: z.enum(EXEMPTIONS),
          verdict: z.enum(['off', 'code', 'exempt']),
          why: z.string().openapi({ example: 'The limit is EUR 30.00.' }),
        }),
      )
      .openapi({ description: 'Every rule, in the order in which the first that exempts is taken.' }),
    bankAsked: z.enum(BANK_ASKED),
    capture: z.enum(CAPTURES),
    statement: z.enum(STATEMENTS),
  })
  .openapi('PaymentDecision');

export const decidePaymentRoute = createRoute({
  ...policyShared,
  method: 'post',
  path: '/v1/payment-decisions',
  operationId: 'decidePayment',
  summary: 'Ask what policy would do with a payment',
  description: 'No payment is made, no bank is asked and no counter moves.',
  request: { body: jsonBody(HypothesisSchema, 'The payment as it would be.') },
  responses: {
    200: jsonAnswer(DecisionSchema, 'What would happen now, and why.'),
    ...problemAnswers(PROBLEMS, [
      ...COMMON,
      'forbidden',
      'unknown_client',
      'unknown_subscriber',
      'unknown_card',
    ]),
  },
});

const subscriberId = z.string().max(64).openapi({ example: 'sub_g5067bscq1mrcmxnvhcz8krbp0' });
const trustShared = { tags: ['Trusted payees'], security: BEHIND_API_KEY };

const TrustedPayeesSchema = z
  .object({ items: z.array(z.object({ payee: z.string(), trustedAt: z.iso.datetime() })) })
  .openapi('TrustedPayeeList');

export const listTrustedPayeesRoute = createRoute({
  ...trustShared,
  method: 'get',
  path: '/v1/subscribers/{subscriberId}/trusted-payees',
  operationId: 'listTrustedPayees',
  summary: 'List the payees that a subscriber trusts',
  description: 'Those of your own payments.',
  request: { params: z.strictObject({ subscriberId }) },
  responses: {
    200: jsonAnswer(TrustedPayeesSchema, 'His list.'),
    ...problemAnswers(PROBLEMS, [...COMMON, 'unknown_subscriber']),
  },
});

export const changeTrustedPayeeRoute = createRoute({
  ...trustShared,
  method: 'post',
  path: '/v1/subscribers/{subscriberId}/trusted-payees',
  operationId: 'changeTrustedPayee',
  summary: 'Put a payee on the list of a subscriber, or take one off',
  description:
    'A code is sent to the subscriber; the list changes once it came back (POST /v1/confirmations/{id}/verification, or ' +
    'the hosted page). Payments to a trusted payee need no code where the payment policy says so.',
  request: {
    params: z.strictObject({ subscriberId }),
    body: jsonBody(
      z
        .strictObject({
          payee: line(70).optional().openapi({
            description: "As your payments name it; else the client's name.",
            example: 'Acme',
          }),
          trusted: z.boolean().default(true),
          language: z.enum(LANGUAGES).optional(),
          returnUrl: z
            .url({ protocol: /^https?$/ })
            .max(1000)
            .transform((text) => new URL(text).href)
            .optional(),
        })
        .openapi('TrustedPayeeChange'),
      'Which payee.',
    ),
  },
  responses: {
    201: jsonAnswer(OpenedSchema, 'A code is on its way.'),
    ...problemAnswers(PROBLEMS, [
      ...COMMON,
      'unknown_client',
      'unknown_subscriber',
      'no_address',
      'return_url_not_allowed',
      'channel_unavailable',
      'sending_limit',
    ]),
  },
});
