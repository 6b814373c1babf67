/** What a payment of a terminal has come to, as an answer; and undoing it. */
import { sleep } from '../../std/timer.ts';
import type { PaymentView } from '../verbs.ts';
import type { TerminalCode } from './answer-code.ts';
import { answer, callerOf, UNDER_WAY, type Answer, type AtTerminal, type Context } from './context.ts';
import type { Terminal } from './terminal.ts';
import { plain, ticketText } from './ticket.ts';

/** Longer than a bank may take. */
const SETTLE_MAX_MS = 20_000;
const LOOK_MS = 150;

/** Waits while the bank is asked after the code (B5); "under way" when that takes too long. */
export async function settled(context: Context, at: AtTerminal, paymentId: string): Promise<Answer> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const view = await context.payments.find(callerOf(at.terminal), paymentId);
    if (view === null) return answer('25');
    const found = answerOf(view, at);
    if (found.code !== UNDER_WAY.code || waitedMs >= SETTLE_MAX_MS) return found;
    await sleep(LOOK_MS);
  }
}

export function answerOf(view: PaymentView, at: AtTerminal): Answer {
  switch (view.state) {
    case 'completed':
      return approved(view, at);
    case 'refused':
      return answer(codeOfReason(view.reason));
    case 'cancelled':
      return answer('17');
    case 'expired':
      return answer('68');
    case 'created':
    case 'authorising':
    case 'confirming':
    case 'executing':
    case 'authorised':
      return UNDER_WAY;
    default:
      return view.state satisfies never;
  }
}

function approved(view: PaymentView, { terminal, localDate, localTime }: AtTerminal): Answer {
  const { authCode, rrn, exemption } = view;
  const ticket = ticketText({
    language: terminal.language,
    merchant: terminal.name,
    place: terminal.place,
    terminal: terminal.code,
    localDate,
    localTime,
    amount: view.completed ?? view.amount,
    card: view.card ?? '',
    authCode,
    rrn,
    payment: view.id,
    exemption,
  });
  return {
    code: '00',
    ticket,
    ...(authCode === null ? {} : { authCode }),
    ...(rrn === null ? {} : { rrn }),
  };
}

/** Why a payment was refused, in the words of confirmations and banks. */
const REASONS: Readonly<Record<string, TerminalCode>> = {
  attempts_used_up: '75',
  tries_used_up: '75',
  time_passed: '68',
  not_me: '17',
  session_closed: '17',
  cancelled: '17',
  erased: '17',
  bank_unreachable: '91',
};

function codeOfReason(reason: string | null): TerminalCode {
  return REASONS[reason ?? ''] ?? '05';
}

const UNDO_MAX_MS = 10_000;
/** So long a completed payment is given back to the card; later the merchant refunds. */
const REVERSIBLE_MS = 24 * 60 * 60_000;

/** 00: the payer is debited nothing. 09: not yet known. 21: too late. */
export async function undone(
  context: Context,
  terminal: Terminal,
  paymentId: string,
  ageMs: number,
): Promise<'00' | '09' | '21'> {
  const caller = callerOf(terminal);
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const view = await context.payments.find(caller, paymentId);
    if (view === null || view.state === 'refused' || view.state === 'cancelled' || view.state === 'expired')
      return '00';
    if (view.state === 'completed') return givenBack(context, terminal, view, ageMs);
    // Between two looks it may have gone on; while its bank is asked it can only be waited for.
    const cancelled = await context.payments.cancel(caller, paymentId);
    if (cancelled.ok) return '00';
    if (waitedMs >= UNDO_MAX_MS) return '09';
    await sleep(LOOK_MS);
  }
}

async function givenBack(
  { payments }: Context,
  terminal: Terminal,
  view: PaymentView,
  ageMs: number,
): Promise<'00' | '09' | '21'> {
  const taken = view.completed?.minor ?? 0n;
  if (view.refunded.minor >= taken) return '00';
  if (ageMs > REVERSIBLE_MS) return '21';
  const refunded = await payments.refund(callerOf(terminal), view.id, null);
  if (!refunded.ok) return refunded.refusal === 'bank_declined' ? '21' : '09';
  return refunded.value.state === 'done' ? '00' : refunded.value.state === 'declined' ? '21' : '09';
}

/** "+33 6 ** ** ** 12" */
export function maskedForLine(sentTo: string | null): string {
  return plain(sentTo ?? '');
}
