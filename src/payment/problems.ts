import { CONFIRMATION_PROBLEMS } from '../confirmation/problems.ts';
import { KERNEL_PROBLEMS, type ProblemTable } from '../http/problem.ts';
import type { BeginRefusal, CancelRefusal, CompleteRefusal, CreateRefusal, RefundRefusal } from './verbs.ts';

/** The HTTP faces of this room's refusals; those of opening a confirmation are that room's. */
export const PAYMENT_PROBLEMS = {
  ...KERNEL_PROBLEMS,
  ...CONFIRMATION_PROBLEMS,
  unsupported_currency: {
    status: 422,
    title: 'Payments are not made in this currency',
    detail: 'Cards know the active ISO 4217 currencies that have a number, such as EUR.',
  },
  not_open: {
    status: 409,
    title: 'The payment is not open',
    detail: 'It was begun already, or has ended. Look at its state.',
  },
  unknown_payer: {
    status: 422,
    title: 'The payer is not known',
    detail: 'Name a subscriber who has an address, by id or identifier. No bank was asked.',
  },
  card_malformed: {
    status: 422,
    title: 'The card number is not right',
    detail: 'It does not have the length or the check digit of its kind. No bank was asked.',
  },
  card_expired: {
    status: 422,
    title: 'The card has expired',
    detail: 'Use another card. No bank was asked.',
  },
  unknown_card: {
    status: 422,
    title: 'There is no such card on file',
    detail: 'Name a card token of the payer. No bank was asked.',
  },
  card_of_another: {
    status: 422,
    title: 'The card cannot be used',
    detail: 'A card on file belongs to one person. Use another card.',
  },
  no_contract: {
    status: 422,
    title: 'The payer has no contract for this',
    detail: 'Pay by card, or have a contract made with the operator. No bank was asked.',
  },
  contract_limit: {
    status: 422,
    title: 'The limit of the contract is reached',
    detail: 'What the payer may still spend in this period is less. Pay by card.',
  },
  bank_declined: {
    status: 402,
    title: 'The bank said no',
    detail: 'Nothing was debited and no code was sent. Try another card.',
  },
  // Not 503, which clients repeat by themselves: every try asks a bank and counts.
  bank_unreachable: {
    status: 504,
    title: 'The bank did not answer',
    detail: 'Nothing is debited; what it may have held is given back. Try again in a minute.',
  },
  tries_used_up: {
    status: 409,
    title: 'No try is left',
    detail: 'The payment is refused for good. Make another one.',
  },
  not_authorised: {
    status: 409,
    title: 'The payment does not wait for its completion',
    detail: 'Only a payment with manual capture that is authorised is completed by hand, once.',
  },
  amount_too_high: {
    status: 422,
    title: 'The amount is too high',
    detail: 'It is more than was authorised, or than is left to refund, or in another currency.',
  },
  not_cancellable: {
    status: 409,
    title: 'The payment can no longer be cancelled',
    detail: 'Its bank is being asked, or it has ended. Of a completed payment make a refund.',
  },
  not_completed: {
    status: 409,
    title: 'Nothing was debited',
    detail: 'Only a completed payment is refunded. Cancel one that is not.',
  },
  refund_running: {
    status: 409,
    title: 'Another refund is running',
    detail: 'Wait until it has ended, then ask again.',
  },
} as const satisfies ProblemTable<string> &
  ProblemTable<BeginRefusal | CancelRefusal | CompleteRefusal | CreateRefusal | RefundRefusal>;
