import { KERNEL_PROBLEMS, type ProblemTable } from '../http/problem.ts';
import type { OpenRefusal } from './open.ts';
import type { ResendRefusal } from './resend.ts';
import type { VerifyRefusal } from './verify.ts';

/** The HTTP face of every refusal of this room. */
export const CONFIRMATION_PROBLEMS = {
  ...KERNEL_PROBLEMS,
  unknown_client: {
    status: 403,
    title: 'The client is disabled',
    detail: 'Ask the administrator of your tenant.',
  },
  unknown_subscriber: {
    status: 422,
    title: 'No such subscriber',
    detail:
      'Nobody under contract has this identifier, and no third party that policy allows vouches for one.',
  },
  no_address: {
    status: 422,
    title: 'The subscriber has no address to send to',
    detail: 'Add an address to the subscriber and bind it.',
  },
  address_not_allowed: {
    status: 422,
    title: 'The caller may not name the address',
    detail: 'Policy for this purpose takes addresses from the directory only. Name a subscriber.',
  },
  malformed_address: {
    status: 422,
    title: 'The address is malformed',
    detail: 'Write the telephone number in international form, such as "+33612345678".',
  },
  return_url_not_allowed: {
    status: 422,
    title: 'The return URL is not allowed',
    detail: 'Add its origin to the return origins of the client.',
  },
  channel_unavailable: {
    status: 422,
    title: 'No channel is trusted enough',
    detail: 'Policy for this purpose demands more assurance than any configured channel has.',
  },
  sending_limit: {
    status: 429,
    title: 'A sending limit is reached',
    detail: 'Wait as long as Retry-After says before asking for another code.',
  },
  refused: {
    status: 422,
    title: 'Not confirmed',
    detail: 'The code was not accepted in this session.',
  },
  ended: {
    status: 409,
    title: 'The confirmation has ended',
    detail: 'It was confirmed, locked, cancelled, or its time has passed. Open a new one.',
  },
  resends_used_up: { status: 409, title: 'No resend is left', detail: 'Open a new confirmation.' },
  too_soon: { status: 429, title: 'Too soon for another code', detail: 'Wait as long as Retry-After says.' },
  malformed_policy: {
    status: 422,
    title: 'The policy is malformed',
    detail: 'See the schema of the policy.',
  },
  not_yet_logged: {
    status: 409,
    title: 'The evidence is not in the log yet',
    detail: 'Ask again after Retry-After: entries are integrated within a second or so.',
  },
  erased: {
    status: 410,
    title: 'The person was erased',
    detail: 'The log still holds; what it committed to is gone.',
  },
} as const satisfies ProblemTable<string> &
  ProblemTable<
    OpenRefusal | ResendRefusal | VerifyRefusal | 'malformed_policy' | 'not_yet_logged' | 'erased'
  >;
