/**
 * A channel is one second network: a way to put a text in front of the one person who holds an address there.
 * Accepted (the network took it), delivered (the device has it) and read are three different facts.
 */

/** How far NIST SP 800-63B-4 3.1.3 lets a channel be trusted to reach one device only (S10). */
export type Assurance = 'restricted' | 'none';

export type ChannelKind = 'sms';

/** What a kind of channel is trusted with, for processes that have none and leave the sending to others. */
export const ASSURANCES = { sms: 'restricted' } as const satisfies Record<ChannelKind, Assurance>;

export type OutboundMessage = {
  /**
   * The dispatch this text belongs to; a channel may use it to recognise a repeat, never to look anything up.
   */
  readonly dispatchId: string;
  /** The unique address on this network, in its canonical form: E.164 with a leading + for sms. */
  readonly to: string;
  readonly text: string;
  /** How long the network may still try to deliver, in milliseconds from now; at least 1. */
  readonly validityMs: number;
};

export type Delivery =
  /** The network took responsibility and named the message `reference`, which later receipts repeat. */
  | { readonly outcome: 'accepted'; readonly reference: string }
  | { readonly outcome: 'delivered'; readonly reference: string }
  /** A final no: sending the same text again to the same address would be refused again. */
  | { readonly outcome: 'rejected'; readonly reason: string }
  /** The request may or may not have arrived: at most one more attempt is allowed. */
  | { readonly outcome: 'unknown'; readonly reason: string };

/** What the network tells later about a message that it accepted. */
export type DeliveryReceipt = {
  readonly reference: string;
  readonly outcome: 'delivered' | 'failed' | 'expired';
  /** The network's own word for it, such as UNDELIV or a numeric error. */
  readonly reason: string;
};

/** What others may know of a channel, also of one that runs elsewhere. */
export type ChannelFace = {
  readonly kind: ChannelKind;
  /** How far this one is trusted; at most what its kind is. */
  readonly assurance: Assurance;
  /** Whether at least one connection to the network is up; for readiness and metrics. */
  readonly isUp: () => boolean;
};

export type Channel = AsyncDisposable &
  ChannelFace & {
    /**
     * Hands one message to the network. Throws only `Outage`, and only when the network certainly did not
     * take the message (no connection, throttled, queue full): then the attempt does not count and may be
     * repeated.
     */
    readonly deliver: (message: OutboundMessage, signal: AbortSignal) => Promise<Delivery>;
    /** Registers the one listener for delivery receipts; the network is told "taken" only after it resolves. */
    readonly onReceipt: (listener: (receipt: DeliveryReceipt) => Promise<void>) => void;
  };
