import { follow } from './follow.ts';
import { pathOf, type CallOptions, type StreamOptions, type Transport } from './transport.ts';
import {
  ENDED_STATES,
  type CancelReason,
  type Confirmation,
  type ConfirmationEvent,
  type OpenConfirmation,
  type OpenedConfirmation,
  type Receipt,
  type VerifiedConfirmation,
} from './types.ts';

export type Confirmations = {
  /** Asks a person, on the device that only they hold, to confirm exactly this act. */
  readonly open: (input: OpenConfirmation, options?: CallOptions) => Promise<OpenedConfirmation>;
  readonly get: (id: string, options?: CallOptions) => Promise<Confirmation>;
  /**
   * Checks a code. Throws a `CountersignProblem` whose `refusal` is `refused` when it is wrong, of another
   * session, or may not be tried now: the server does not say which.
   */
  readonly verify: (
    id: string,
    input: { code: string; session: string },
    options?: CallOptions,
  ) => Promise<VerifiedConfirmation>;
  /** Sends a new code; the old one is worthless from then on. */
  readonly resend: (id: string, input: { session: string }, options?: CallOptions) => Promise<Confirmation>;
  readonly cancel: (
    id: string,
    input?: { reason?: CancelReason },
    options?: CallOptions,
  ) => Promise<Confirmation>;
  /** Just after the end it waits, within the bounds of retrying, until the evidence is in the log. */
  readonly receipt: (id: string, options?: CallOptions) => Promise<Receipt>;
  /**
   * The state now and each one after it, until the confirmation is over. A connection that breaks is opened
   * again; in connected mode this stream is the session's live connection. Leaving the loop closes it.
   */
  readonly events: (id: string, options?: StreamOptions) => AsyncGenerator<ConfirmationEvent, void>;
};

const ROOT = ['v1', 'confirmations'] as const;

export function confirmationsOver(transport: Transport): Confirmations {
  const { send } = transport;
  return {
    open: (input, options) => send('POST', pathOf(...ROOT), input, options),
    get: (id, options) => send('GET', pathOf(...ROOT, id), undefined, options),
    verify: (id, input, options) => send('POST', pathOf(...ROOT, id, 'verification'), input, options),
    resend: (id, input, options) => send('POST', pathOf(...ROOT, id, 'resend'), input, options),
    cancel: (id, input = {}, options) => send('POST', pathOf(...ROOT, id, 'cancellation'), input, options),
    receipt: (id, options) => send('GET', pathOf(...ROOT, id, 'receipt'), undefined, options),
    events: (id, options = {}) => follow(transport, pathOf(...ROOT, id, 'events'), options, isEnded),
  };
}

function isEnded({ state }: ConfirmationEvent): boolean {
  return ENDED_STATES.some((ended) => ended === state);
}
