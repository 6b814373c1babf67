/**
 * The ticket that a terminal prints: lines of 32 characters in plain ASCII, as field 63 holds them and the
 * paper is wide. Pure. It says how the payment was confirmed, and of the card the last four digits only
 * (PCI DSS 3.4).
 */
import { formatAmount, type Money } from '../../std/money.ts';
import type { Language } from '../../std/language.ts';

const TICKET_COLUMNS = 32;
const LINES_MAX = 31;

export type Ticket = {
  readonly language: Language;
  readonly merchant: string;
  readonly place: string;
  readonly terminal: string;
  /** MMDD and hhmmss at the terminal. */
  readonly localDate: string;
  readonly localTime: string;
  readonly amount: Money;
  /** "Visa ···· 1234" */
  readonly card: string;
  readonly authCode: string | null;
  readonly rrn: string | null;
  /** The payment's id. */
  readonly payment: string;
  /** Why no code was demanded; null where one was right. */
  readonly exemption: string | null;
};

type Texts = Readonly<
  Record<'title' | 'terminal' | 'card' | 'amount' | 'auth' | 'reference' | 'code' | 'noCode' | 'keep', string>
>;

const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    title: 'CARD PAYMENT',
    terminal: 'Terminal',
    card: 'Card',
    amount: 'AMOUNT',
    auth: 'Authorisation',
    reference: 'Reference',
    code: 'CONFIRMED BY CODE',
    noCode: 'NO CODE NEEDED',
    keep: 'Keep this ticket. Thank you.',
  },
  fr: {
    title: 'PAIEMENT PAR CARTE',
    terminal: 'Terminal',
    card: 'Carte',
    amount: 'MONTANT',
    auth: 'Autorisation',
    reference: 'Référence',
    code: 'CONFIRMÉ PAR CODE',
    noCode: 'SANS CODE',
    keep: 'Ticket à conserver. Merci.',
  },
  de: {
    title: 'KARTENZAHLUNG',
    terminal: 'Terminal',
    card: 'Karte',
    amount: 'BETRAG',
    auth: 'Genehmigung',
    reference: 'Referenz',
    code: 'MIT CODE BESTÄTIGT',
    noCode: 'OHNE CODE',
    keep: 'Bitte aufbewahren. Danke.',
  },
  es: {
    title: 'PAGO CON TARJETA',
    terminal: 'Terminal',
    card: 'Tarjeta',
    amount: 'IMPORTE',
    auth: 'Autorización',
    reference: 'Referencia',
    code: 'CONFIRMADO CON CÓDIGO',
    noCode: 'SIN CÓDIGO',
    keep: 'Guarde este recibo. Gracias.',
  },
};

/** What field 63 holds. */
export function ticketText(ticket: Ticket): string {
  return ticketLines(ticket)
    .slice(0, LINES_MAX)
    .map((line) => line.padEnd(TICKET_COLUMNS))
    .join('');
}

/** The lines of field 63, without the spaces behind them. */
export function linesOf(text: string): string[] {
  return Array.from({ length: Math.ceil(text.length / TICKET_COLUMNS) }, (_, i) =>
    text.slice(i * TICKET_COLUMNS, (i + 1) * TICKET_COLUMNS).trimEnd(),
  );
}

export function ticketLines(ticket: Ticket): string[] {
  const texts = TEXTS[ticket.language];
  const { localDate: date, localTime: time, amount } = ticket;
  const proof =
    ticket.exemption === null ? [texts.code] : [texts.noCode, ...wrapped(plain(`(${ticket.exemption})`))];
  return [
    ...wrapped(plain(ticket.merchant)).map(centred),
    ...wrapped(plain(ticket.place)).map(centred),
    '',
    centred(plain(texts.title)),
    sides(`${date.slice(2)}.${date.slice(0, 2)}.`, `${time.slice(0, 2)}:${time.slice(2, 4)}`),
    sides(texts.terminal, ticket.terminal.trim()),
    sides(texts.card, ticket.card),
    '',
    sides(texts.amount, `${amount.currency} ${formatAmount(amount)}`),
    '',
    ...(ticket.authCode === null ? [] : [sides(texts.auth, ticket.authCode)]),
    ...(ticket.rrn === null ? [] : [sides('RRN', ticket.rrn)]),
    plain(texts.reference),
    ticket.payment.slice(0, TICKET_COLUMNS),
    '',
    ...proof.map((line) => centred(plain(line))),
    centred(plain(texts.keep)),
  ];
}

/** Marks are taken off letters, dots of a mask become stars, and what is left over becomes a dot. */
export function plain(text: string): string {
  const bare = text.normalize('NFKD').replace(/\p{M}/gu, '').replace(/[·•]/gu, '*').replace(/ß/gu, 'ss');
  return Array.from(bare, (char) => (char >= ' ' && char <= '~' ? char : '.')).join('');
}

function sides(left: string, right: string): string {
  const from = plain(left);
  const to = plain(right);
  const gap = Math.max(1, TICKET_COLUMNS - from.length - to.length);
  return `${from}${' '.repeat(gap)}${to}`.slice(0, TICKET_COLUMNS);
}

function centred(line: string): string {
  return ' '.repeat(Math.floor((TICKET_COLUMNS - line.length) / 2)) + line;
}

/** Broken between words; a word that is longer than a line is cut. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= TICKET_COLUMNS)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word.slice(0, TICKET_COLUMNS));
  }
  return lines;
}
