/**
 * An address of a subscriber on a secondary network.
 *
 *               claimed                     possession proven by a code (S11)
 *   (nothing) ─────────▶ pending ────────────────────────────┐
 *       │                   │                                ▼
 *       └─────────▶ vouched ┴──────────────────────────▶ bound
 *      a third party        │                                │
 *      answers for it       └────────▶ retired ◀─────────────┘
 *
 * Codes go to vouched and bound addresses; to a pending one only to bind it.
 */
export type AddressState = 'pending' | 'vouched' | 'bound' | 'retired';

/** Who gave it: the contract database, a network operator's number directory, or the caller of the API. */
export type AddressSource = 'contract' | 'number_directory' | 'caller';

export type AddressChannel = 'sms';

export type Address = {
  readonly id: string;
  readonly subscriberId: string;
  readonly channel: AddressChannel;
  /** E.164. */
  readonly value: string;
  readonly state: AddressState;
  readonly source: AddressSource;
  readonly vouchedBy: string | null;
  readonly createdAt: Date;
  readonly boundAt: Date | null;
};
