/** The HTTP face of every refusal of this room. */
import { KERNEL_PROBLEMS, type ProblemTable } from '../http/problem.ts';
import { MINOR_MAX } from './account.ts';
import type { AccountRefusal } from './accounts.ts';
import type { RegisterRefusal } from './registers.ts';
import type { TransferRefusal } from './transfer.ts';

const TRANSFER_PROBLEMS = {
  amount_not_positive: {
    status: 422,
    title: 'The amount is not above zero',
    detail: 'Send an amount above zero.',
  },
  same_account: {
    status: 422,
    title: 'Both accounts are the same',
    detail: 'Name two accounts: one is debited, the other credited.',
  },
  unknown_account: { status: 422, title: 'No such account', detail: 'Create the account first.' },
  account_closed: {
    status: 409,
    title: 'The account is closed',
    detail: 'No new transfer touches it; what is pending on it can still be posted or voided.',
  },
  currency_mismatch: {
    status: 422,
    title: 'The currencies differ',
    detail: 'Both accounts and the amount have one currency.',
  },
  debits_exceed_credits: {
    status: 422,
    title: 'The debits would exceed the credits',
    detail: 'The account may be debited only what was credited to it; pending debits count.',
  },
  credits_exceed_debits: {
    status: 422,
    title: 'The credits would exceed the debits',
    detail: 'The account may be credited only what was debited from it; pending credits count.',
  },
  below_minimum: {
    status: 422,
    title: 'The balance would fall below its minimum',
    detail: 'What is pending against the account counts.',
  },
  above_maximum: {
    status: 422,
    title: 'The balance would rise above its maximum',
    detail: 'What is pending in favour of the account counts.',
  },
  balance_overflow: {
    status: 422,
    title: 'The total would be too large',
    detail: `A total holds ${MINOR_MAX} minor units.`,
  },
  transfer_differs: {
    status: 409,
    title: 'This externalId was used for another transfer',
    detail:
      'The same externalId with the same content is answered the same. Use a new one for a new transfer.',
  },
  linked_refused: {
    status: 422,
    title: 'Another transfer of the same list was refused',
    detail: 'Linked transfers apply all together or not at all. See which one has a refusal of its own.',
  },
  unknown_transfer: {
    status: 404,
    title: 'No such transfer',
    detail: 'There is none of this id, or it is not yours.',
  },
  not_pending: {
    status: 409,
    title: 'The transfer was never pending',
    detail: 'It moved at once. Move the amount back with a transfer of its own.',
  },
  already_posted: {
    status: 409,
    title: 'The transfer is posted already',
    detail: 'A pending transfer ends once.',
  },
  already_voided: {
    status: 409,
    title: 'The transfer is voided already',
    detail: 'A pending transfer ends once.',
  },
  already_expired: {
    status: 409,
    title: 'The transfer has expired',
    detail: 'Its time has passed; make a new one.',
  },
  exceeds_pending: {
    status: 422,
    title: 'More than is pending',
    detail: 'Post the pending amount or a part of it.',
  },
} as const satisfies ProblemTable<TransferRefusal>;

const ACCOUNT_PROBLEMS = {
  unknown_currency: {
    status: 422,
    title: 'No such currency',
    detail: 'Send an ISO 4217 code, such as EUR.',
  },
  malformed_limit: {
    status: 422,
    title: 'The limit is malformed',
    detail: 'A minimum is at most zero and a maximum at least zero, for every account begins at zero.',
  },
  account_differs: {
    status: 409,
    title: 'This code is that of another account',
    detail: 'An account does not change. Use another code.',
  },
  account_in_use: {
    status: 409,
    title: 'The ledger counts in this account',
    detail: 'It belongs to a register. End the register.',
  },
} as const satisfies ProblemTable<AccountRefusal>;

const REGISTER_PROBLEMS = {
  register_differs: {
    status: 409,
    title: 'This name is that of another register',
    detail: 'A rule never changes. End the register and make one of another name.',
  },
  too_many_registers: {
    status: 409,
    title: 'The tenant has too many registers',
    detail: 'A tenant has at most 100, those that have ended too.',
  },
} as const satisfies ProblemTable<RegisterRefusal>;

export const LEDGER_PROBLEMS = {
  ...KERNEL_PROBLEMS,
  ...ACCOUNT_PROBLEMS,
  ...TRANSFER_PROBLEMS,
  ...REGISTER_PROBLEMS,
  time_in_future: {
    status: 422,
    title: 'The time has not come yet',
    detail: 'Ask for now or for a time before it.',
  },
  malformed_period: {
    status: 422,
    title: 'The period is malformed',
    detail: 'It begins before it ends.',
  },
  statement_too_long: {
    status: 422,
    title: 'The statement is too long for a PDF',
    detail: 'Take it as CSV, or for a shorter period.',
  },
} as const;

/** What can be answered to any transfer that is asked for. */
export const TRANSFER_REFUSALS = Object.keys(TRANSFER_PROBLEMS) as TransferRefusal[];
export const USUAL = ['malformed_request', 'unauthenticated', 'forbidden', 'outage'] as const;
