/**
 * The books of the simulated bank: cards with their holders and limits, and what was authorised, captured,
 * reversed and refunded. Pure but for its own state; whoever speaks for it gives it messages.
 *
 *   authorised ──completion──▶ captured (or less)          refunded
 *       └──reversal──▶ reversed ◀──reversal──┘ ◀──reversal───┘
 *
 * A message is known again by type (its repeats included), STAN, retrieval reference, terminal and date: it
 * is answered as before and changes nothing (I2). A reversal that comes before its original is kept, and the
 * original is declined when it comes.
 */
import { partsOf, textOf, type Message } from '../src/bank/iso8583/message.ts';

export type SimCard = {
  readonly pan: string;
  /** YYMM. */
  readonly expiry: string;
  readonly securityCode: string;
  readonly holder: { readonly name: string; readonly mobile: string | null };
  /** What may be held and taken in all, in minor units. */
  limitMinor: bigint;
  /** ISO 4217, three digits. */
  readonly currency: string;
  /** A response code that this card is refused with; null while all is well. */
  refusal: string | null;
};

export type EntryState = 'authorised' | 'captured' | 'reversed' | 'refunded' | 'declined';

/** One question and what became of it: the bank's view of a payment (I8). */
export type BankEntry = {
  readonly rrn: string;
  readonly stan: string;
  readonly terminal: string;
  readonly pan: string;
  readonly mti: string;
  readonly currency: string;
  readonly askedMinor: bigint;
  readonly code: string;
  readonly authCode: string | null;
  state: EntryState;
  /** Held and not taken; taken; given back by a refund. */
  heldMinor: bigint;
  takenMinor: bigint;
  givenMinor: bigint;
};

export type Books = {
  readonly cards: () => readonly SimCard[];
  readonly card: (pan: string) => SimCard | null;
  readonly entries: () => readonly BankEntry[];
  /** What the card may still spend. */
  readonly leftMinor: (pan: string) => bigint;
  /** What was taken from all cards less what was given back, by currency number. */
  readonly takenByCurrency: () => ReadonlyMap<string, bigint>;
  /** Refuses questions for an amount with a code; null lifts it. */
  readonly refuseAmount: (minor: bigint, code: string | null) => void;
  /** The fields that the answer has beside those that are echoed. Today is the month, YYMM. */
  readonly take: (message: Message, today: string) => Reply;
};

export type Reply = {
  readonly code: string;
  readonly authCode?: string;
  readonly elements?: Readonly<Record<string, string>>;
};

const HOLDER_INQUIRY = '38';
const REFUND = '20';

export function createBooks(cards: readonly SimCard[], options: { readonly strict?: boolean } = {}): Books {
  const byPan = new Map(cards.map((card) => [card.pan, card]));
  const replies = new Map<string, Reply>();
  const entries = new Map<string, BankEntry>();
  const reversedEarly = new Set<string>();
  const refusedAmounts = new Map<bigint, string>();
  /** By card number: held and taken, less what was given. */
  const used = new Map<string, bigint>();

  function leftMinor(pan: string): bigint {
    return (byPan.get(pan)?.limitMinor ?? 0n) - (used.get(pan) ?? 0n);
  }

  function move(
    entry: BankEntry,
    state: EntryState,
    heldMinor: bigint,
    takenMinor: bigint,
    givenMinor: bigint,
  ): void {
    const before = entry.heldMinor + entry.takenMinor - entry.givenMinor;
    used.set(entry.pan, (used.get(entry.pan) ?? 0n) + heldMinor + takenMinor - givenMinor - before);
    Object.assign(entry, { state, heldMinor, takenMinor, givenMinor });
  }

  function refusalOf(
    message: Message,
    card: SimCard | undefined,
    minor: bigint,
    today: string,
  ): string | null {
    if (card === undefined) return '14';
    if (card.refusal !== null) return card.refusal;
    const expiry = textOf(message, 14);
    if (card.expiry < today || (expiry !== null && expiry !== card.expiry)) return '54';
    const securityCode = partsOf(message, 48)?.['92'];
    if (securityCode !== undefined && securityCode !== card.securityCode) return '63';
    if (textOf(message, 49) !== card.currency) return '57';
    const byAmount = refusedAmounts.get(minor);
    if (byAmount !== undefined) return byAmount;
    return textOf(message, 3)?.startsWith(REFUND) || leftMinor(card.pan) >= minor ? null : '51';
  }

  function question(message: Message, today: string): Reply {
    const pan = textOf(message, 2) ?? '';
    const processing = textOf(message, 3) ?? '';
    const card = byPan.get(pan);
    if (processing.startsWith(HOLDER_INQUIRY)) return whoHolds(card);
    const minor = BigInt(textOf(message, 4) ?? '0');
    const key = questionKey(message.mti.slice(0, 2), message);
    const refusal = reversedEarly.has(key) ? '21' : refusalOf(message, card, minor, today);
    const code = refusal ?? '00';
    const authCode = refusal === null ? authCodeOf(key) : null;
    const isRefund = processing.startsWith(REFUND);
    const isHeld = message.mti.startsWith('01');
    const entry: BankEntry = {
      rrn: textOf(message, 37) ?? '',
      stan: textOf(message, 11) ?? '',
      terminal: textOf(message, 41) ?? '',
      pan,
      mti: message.mti,
      currency: textOf(message, 49) ?? '',
      askedMinor: minor,
      code,
      authCode,
      state: 'declined',
      heldMinor: 0n,
      takenMinor: 0n,
      givenMinor: 0n,
    };
    entries.set(key, entry);
    if (refusal !== null) return { code };
    if (isRefund) move(entry, 'refunded', 0n, 0n, minor);
    else if (isHeld) move(entry, 'authorised', minor, 0n, 0n);
    else move(entry, 'captured', 0n, minor, 0n);
    return authCode === null ? { code } : { code, authCode };
  }

  function complete(message: Message): Reply {
    const entry = entries.get(originalKey(message));
    if (entry === undefined) return { code: '25' };
    const minor = BigInt(textOf(message, 4) ?? '0');
    if (entry.state !== 'authorised') return { code: '12' };
    if (minor > entry.heldMinor) return { code: '64' };
    move(entry, 'captured', 0n, minor, 0n);
    return { code: '00' };
  }

  function reverse(message: Message): Reply {
    const key = originalKey(message);
    const entry = entries.get(key);
    if (entry === undefined) {
      if (options.strict === true) return { code: '25' };
      reversedEarly.add(key);
    } else if (entry.state !== 'declined') {
      move(entry, 'reversed', 0n, 0n, 0n);
    }
    return { code: '00' };
  }

  function carryOut(message: Message, today: string): Reply {
    const kind = message.mti.slice(0, 3);
    if (kind === '010' || kind === '020') return question(message, today);
    if (kind === '022') return complete(message);
    if (kind === '040' || kind === '042') return reverse(message);
    return { code: '12' };
  }

  return {
    cards: () => [...byPan.values()],
    card: (pan) => byPan.get(pan) ?? null,
    entries: () => [...entries.values()],
    leftMinor,
    takenByCurrency: () => {
      const sums = new Map<string, bigint>();
      for (const { currency, takenMinor, givenMinor } of entries.values())
        sums.set(currency, (sums.get(currency) ?? 0n) + takenMinor - givenMinor);
      return sums;
    },
    refuseAmount: (minor, code) =>
      void (code === null ? refusedAmounts.delete(minor) : refusedAmounts.set(minor, code)),
    take: (message, today) => {
      const key = `${message.mti.slice(0, 3)} ${identityOf(message)}`;
      const known = replies.get(key);
      if (known !== undefined) return known;
      const reply = carryOut(message, today);
      replies.set(key, reply);
      return reply;
    },
  };
}

function whoHolds(card: SimCard | undefined): Reply {
  if (card === undefined) return { code: '14' };
  const { name, mobile } = card.holder;
  return { code: '00', elements: mobile === null ? { '01': name } : { '01': name, '02': mobile } };
}

function identityOf(message: Message): string {
  return [11, 37, 41, 13].map((field) => textOf(message, field) ?? '').join(' ');
}

/** A question is found by an advice through its type, STAN, reference and terminal. */
function questionKey(kind: string, message: Message): string {
  return `${kind} ${textOf(message, 11)} ${textOf(message, 37)} ${textOf(message, 41)}`;
}

function originalKey(message: Message): string {
  const original = partsOf(message, 90);
  return `${original?.['mti']?.slice(0, 2)} ${original?.['stan']} ${textOf(message, 37)} ${textOf(message, 41)}`;
}

/** Six letters and digits that follow from the question. */
function authCodeOf(key: string): string {
  let hash = 7;
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) >>> 0;
  return (hash % 36 ** 6).toString(36).toUpperCase().padStart(6, '0');
}
