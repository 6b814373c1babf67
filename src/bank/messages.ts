/**
 * Exchanges as messages of ISO 8583:1987. Pure.
 *
 *   authorise 0100   purchase, refund 0200   complete 0220   reverse 0400   undo 0420   who holds the card 0100
 *
 * An advice has its own STAN and the retrieval reference of its original, and names the original in field 90.
 */
import { assert } from '../std/assert.ts';
import { isoTime } from '../std/clock.ts';
import { utf8 } from '../std/bytes.ts';
import type { Card, KeptCard } from './card.ts';
import { ENTRIES } from './card.ts';
import { currencyNumber } from './currency.ts';
import { transmissionTime } from './number.ts';
import { ADVICES, amountField, isAdvice, QUESTIONS, type Exchange } from './exchange.ts';
import { repeatMti, type Fields, type Message } from './iso8583/message.ts';
import { REVERSAL_REASONS, type ReversalReason } from './iso8583/response-code.ts';

/** Who takes the card, as the receipt and the bank's statement will name it. */
export type Acceptor = {
  readonly name: string;
  readonly city: string;
  /** ISO 3166, two letters. */
  readonly country: string;
  /** ISO 18245, four digits. */
  readonly category: string;
};

/** Field 48, private data: the elements that both sides agreed on. */
export const ELEMENTS = { holderName: '01', holderMobile: '02', securityCode: '92' } as const;

/** Processing code 38: an inquiry for private use, here "who holds this card". */
const HOLDER_INQUIRY = '380000';

export function questionMessage(
  exchange: Exchange,
  card: Card,
  acquirer: string,
  acceptor: Acceptor | null,
): Message {
  const { kind } = exchange;
  assert(!isAdvice(kind), 'an advice is no question');
  return {
    mti: QUESTIONS[kind].mti,
    fields: {
      ...commonFields(exchange, acquirer),
      ...cardFields(card),
      ...(acceptor === null ? {} : acceptorFields(acceptor)),
    },
  };
}

export type AdviceFacts = {
  readonly acquirer: string;
  readonly original: Pick<Exchange, 'stan' | 'transmittedMs'> & { readonly kind: keyof typeof QUESTIONS };
  readonly authCode: string | null;
  readonly reason: ReversalReason | null;
  /** 1 for the first time; later ones are repeats. */
  readonly attempt: number;
};

export function adviceMessage(exchange: Exchange, card: KeptCard, facts: AdviceFacts): Message {
  const { kind } = exchange;
  assert(isAdvice(kind), 'a question is no advice');
  const { mti } = ADVICES[kind];
  const { original, authCode, reason } = facts;
  return {
    mti: facts.attempt > 1 ? repeatMti(mti) : mti,
    fields: {
      ...commonFields(exchange, facts.acquirer),
      2: card.pan.reveal(),
      14: card.expiry ?? undefined,
      38: authCode?.padEnd(6) ?? undefined,
      39: reason === null ? undefined : REVERSAL_REASONS[reason],
      90: {
        mti: QUESTIONS[original.kind].mti,
        stan: original.stan,
        transmitted: transmissionTime(original.transmittedMs),
        acquirer: facts.acquirer.padStart(11, '0'),
        forwarder: '0'.repeat(11),
      },
    },
  };
}

export type InquiryFacts = Pick<Exchange, 'stan' | 'rrn' | 'terminal' | 'merchant' | 'transmittedMs'>;

/** Asks for name and mobile number of who holds the card (B3); moves no money. */
export function holderInquiry(facts: InquiryFacts, card: Card, acquirer: string): Message {
  return {
    mti: '0100',
    fields: { ...timeFields(facts), ...partyFields(facts, acquirer), ...cardFields(card), 3: HOLDER_INQUIRY },
  };
}

function commonFields(exchange: Exchange, acquirer: string): Fields {
  return {
    3: exchange.processing,
    4: amountField(exchange.amount),
    49: currencyNumber(exchange.amount.currency) ?? undefined,
    ...timeFields(exchange),
    ...partyFields(exchange, acquirer),
  };
}

function timeFields({ stan, transmittedMs }: Pick<Exchange, 'stan' | 'transmittedMs'>): Fields {
  const iso = isoTime(transmittedMs);
  return {
    7: transmissionTime(transmittedMs),
    11: stan,
    12: iso.slice(11, 19).replaceAll(':', ''),
    13: iso.slice(5, 10).replace('-', ''),
  };
}

function partyFields(
  { rrn, terminal, merchant }: Pick<Exchange, 'rrn' | 'terminal' | 'merchant'>,
  acquirer: string,
) {
  return { 32: acquirer, 37: rrn, 41: terminal, 42: merchant };
}

function cardFields(card: Card): Fields {
  const { mode, condition } = ENTRIES[card.entry];
  const securityCode = card.securityCode?.reveal();
  return {
    2: card.pan.reveal(),
    14: card.expiry ?? undefined,
    22: mode,
    25: condition,
    35: card.track2?.reveal(),
    48: securityCode === undefined ? undefined : { [ELEMENTS.securityCode]: securityCode },
    52: card.pinBlock?.reveal(),
    55: card.emv?.reveal(),
  };
}

function acceptorFields({ name, city, country, category }: Acceptor): Fields {
  return {
    18: category,
    43: { name: characters(name, 25), city: characters(city, 13), country: characters(country, 2) },
  };
}

/** Field 43 knows ASCII only: marks are taken off letters, and what is left over becomes a dot. */
function characters(text: string, size: number): string {
  const bare = text.normalize('NFKD').replace(/\p{M}/gu, '');
  const ascii = Array.from(bare, (char) =>
    utf8(char).length === 1 && char >= ' ' && char <= '~' ? char : '.',
  );
  return ascii.slice(0, size).join('').padEnd(size);
}
