/** The HTTP face of every refusal of the trustee. */
import { KERNEL_PROBLEMS, type ProblemTable } from '../../http/problem.ts';
import type { RunRefusal } from './run.ts';
import type { SettleRefusal } from './settle.ts';

export type ContractRefusal =
  | 'unknown_subscriber'
  | 'unknown_client'
  | 'unknown_currency'
  | 'malformed_limit'
  | 'malformed_fees'
  | 'card_not_on_file';

export const TRUSTEE_PROBLEMS = {
  ...KERNEL_PROBLEMS,
  unknown_subscriber: {
    status: 404,
    title: 'No such subscriber',
    detail: 'Create the subscriber first.',
  },
  unknown_client: { status: 404, title: 'No such client', detail: 'Create the client first.' },
  unknown_currency: {
    status: 422,
    title: 'No such currency',
    detail: 'Send an ISO 4217 code, such as EUR.',
  },
  malformed_limit: {
    status: 422,
    title: 'The limit is malformed',
    detail: 'A limit is above zero, in major units of the currency.',
  },
  malformed_fees: {
    status: 422,
    title: 'The fees are malformed',
    detail: 'The steps go upwards, and the last one has no end.',
  },
  card_not_on_file: {
    status: 422,
    title: 'The card is not on file for this subscriber',
    detail: 'Send a token of one of his cards, or null.',
  },
  malformed_period: {
    status: 422,
    title: 'The period is malformed',
    detail: 'A period is a month, such as 2026-10.',
  },
  period_not_over: {
    status: 409,
    title: 'The period is not over',
    detail: 'Run it a minute after its end.',
  },
  bill_not_unpaid: {
    status: 409,
    title: 'The bill is not unpaid',
    detail: 'It is paid, or its bank is being asked.',
  },
} as const satisfies ProblemTable<
  ContractRefusal | RunRefusal | SettleRefusal | keyof typeof KERNEL_PROBLEMS
>;

export const USUAL = ['malformed_request', 'unauthenticated', 'forbidden', 'outage'] as const;
