import type { ProblemTable } from '../http/problem.ts';
import { ENDPOINTS_MAX } from './endpoint.ts';
import type { ManageRefusal } from './manage.ts';

/** The HTTP face of every refusal of this room. */
export const WEBHOOK_PROBLEMS = {
  malformed_url: {
    status: 400,
    title: 'The URL is malformed',
    detail: 'Send a URL such as "https://shop.example/countersign", without password and fragment.',
  },
  malformed_event_type: {
    status: 400,
    title: 'A type of event is malformed',
    detail: 'Write a type such as "confirmation.confirmed", or a beginning such as "message.*", or "*".',
  },
  unknown_client: {
    status: 404,
    title: 'No such client',
    detail: 'The tenant has no active client of this id.',
  },
  unknown_endpoint: {
    status: 404,
    title: 'No such endpoint',
    detail: 'The tenant has no endpoint of this id.',
  },
  unknown_delivery: {
    status: 404,
    title: 'No such delivery',
    detail: 'The tenant has no delivery of this id. They are kept for 30 days.',
  },
  too_many_endpoints: {
    status: 409,
    title: 'The tenant has too many endpoints',
    detail: `A tenant has at most ${ENDPOINTS_MAX} endpoints. Delete one first.`,
  },
  two_live_secrets: {
    status: 409,
    title: 'The endpoint has two live secrets',
    detail: 'The one before still signs until oldSecretUntil. Wait, or send "revokeOld": true.',
  },
  endpoint_disabled: {
    status: 409,
    title: 'The endpoint is disabled',
    detail: 'Enable it first: PATCH it with "disabled": false.',
  },
  delivery_running: {
    status: 409,
    title: 'The delivery is under way',
    detail: 'It is being sent at this moment. Look at the attempts.',
  },
  url_not_allowed: {
    status: 422,
    title: 'Nothing may be sent to this URL',
    detail: 'Only https, and only public addresses.',
  },
} as const satisfies ProblemTable<ManageRefusal>;
