/**
 * What the HTTP API takes and gives, written by hand so that the SDK stands alone. Times are RFC 3339 in UTC.
 */

export type Language = 'en' | 'fr' | 'de' | 'es';

export type Purpose =
  | 'access'
  | 'transfer'
  | 'payment'
  | 'order'
  | 'send_message'
  | 'message'
  | 'declaration'
  | 'bind_address';

/** What a person is asked to confirm. Which details a purpose needs, the server says. */
export type Act = {
  purpose: Purpose;
  /** Major units with a point, `{ value: "312.40", currency: "EUR" }`. */
  amount?: { value: string; currency: string };
  payee?: { name: string; account?: string };
  debtorAccount?: string;
  /** What access is asked to. */
  resource?: string;
  text?: string;
  items?: { name: string; quantity: number }[];
  /** SHA-256 of a content too long to show, in lower-case hexadecimal. */
  contentDigest?: string;
};

export type ConfirmationState = 'opened' | 'sent' | 'confirmed' | 'locked' | 'expired' | 'cancelled';

/** Nothing follows these states. */
export const ENDED_STATES = ['confirmed', 'locked', 'expired', 'cancelled'] as const;

export type SubscriberReference =
  | { id: string }
  /** Without a kind the server looks among all that it may be. */
  | { identifier: { kind?: string; value: string } }
  /** Only where policy lets the client name the address. */
  | { address: { channel: 'sms'; value: string } };

export type OpenConfirmation = {
  subscriber: SubscriberReference;
  act: Act;
  /** Demands a live connection (`events`) from opening to checking. */
  connected?: boolean;
  language?: Language;
  /** Where the hosted page sends the person back to. */
  returnUrl?: string;
};

export type Confirmation = {
  id: string;
  state: ConfirmationState;
  /** Why it ended, such as `right_code`, `attempts_used_up`, `not_me`; or why the act is exempt. */
  reason: string | null;
  act: Act;
  /** The id of the client that asked. */
  client: string;
  subscriber: string | null;
  /** Masked; null when nothing was sent because the act is exempt. */
  sentTo: string | null;
  digits: number;
  language: Language;
  connected: boolean;
  /** What the second network said of the latest text. */
  delivery: {
    state: 'queued' | 'leased' | 'accepted' | 'delivered' | 'rejected' | 'unknown' | 'expired' | 'failed';
    reason: string | null;
  } | null;
  createdAt: string;
  expiresAt: string;
  endedAt: string | null;
};

export type OpenedConfirmation = Confirmation & {
  /**
   * The secret is answered this once. Keep it with the person's own session: only with it a code can be
   * checked.
   */
  session: { number: string; secret: string };
  /** The hosted page, to redirect the person to; it carries the session. */
  page: string;
};

export type VerifiedConfirmation = { id: string; state: 'confirmed' };

export type CancelReason = 'cancelled' | 'not_me' | 'session_closed';

export type ConfirmationEvent = {
  state: ConfirmationState;
  /** Why it ended; null while it is open. */
  reason: string | null;
  /** What the second network said of the latest text. */
  delivery: string | null;
};

/** A file to keep: `countersign verify receipt.json` checks it without network or database. */
export type Receipt = Record<string, unknown>;

export type Page<T> = { items: T[]; nextCursor: string | null };
export type PageQuery = { limit?: number; cursor?: string };

export type Identifier = { kind: string; value: string };

export type Subscriber = {
  id: string;
  name: string | null;
  language: Language | null;
  identifiers: Identifier[];
  addresses: Address[];
  createdAt: string;
};

export type Address = {
  id: string;
  channel: 'sms';
  /** E.164. */
  value: string;
  /** For showing to a person. */
  masked: string;
  /** Codes go to vouched and bound addresses; to a pending one only to bind it. */
  state: 'pending' | 'vouched' | 'bound' | 'retired';
  source: 'contract' | 'number_directory' | 'caller';
  createdAt: string;
  boundAt: string | null;
};

export type NewAddress = {
  channel: 'sms';
  value: string;
  /** With an administrator's key only: the contract vouches for it. */
  vouched?: boolean;
};

export type NewSubscriber = {
  name?: string | null;
  language?: Language | null;
  identifiers?: Identifier[];
  addresses?: NewAddress[];
};

/**
 * Only the fields that are sent change; identifiers need an administrator's key, and replace those there are.
 */
export type SubscriberChange = {
  name?: string | null;
  language?: Language | null;
  identifiers?: Identifier[];
};

export type Client = {
  id: string;
  name: string;
  /** The host of the page where codes are typed. */
  domain: string;
  returnOrigins: string[];
  createdAt: string;
  disabledAt: string | null;
};

export type NewClient = { name: string; domain: string; returnOrigins?: string[] };
export type ClientChange = Partial<NewClient>;

export type ApiKey = {
  id: string;
  scope: 'admin' | 'client';
  label: string;
  createdAt: string;
  revokedAt: string | null;
};
export type NewApiKey = { scope?: ApiKey['scope']; label?: string };
/** With the key's own text, answered this once. */
export type MadeApiKey = ApiKey & { key: string };
