/**
 * Asking a bank who holds a card (B3): name and mobile number, by an inquiry that moves no money and of which
 * nothing is kept.
 */
import type { Card } from './card.ts';
import { isPan } from './card.ts';
import type { Context } from './context.ts';
import { partsOf, textOf } from './iso8583/message.ts';
import { responseCode } from './iso8583/response-code.ts';
import { ELEMENTS, holderInquiry } from './messages.ts';
import { referenceOf, stanOf } from './number.ts';
import { findBanks } from './route.ts';

export type HolderRequest = {
  readonly tenantId: string;
  readonly card: Card;
  readonly contract?: string | null;
  readonly terminal?: string;
  readonly merchant?: string;
};

/** `mobile` as the bank wrote it; whether it is a number is for the directory to say. */
export type HolderOutcome =
  | { readonly outcome: 'known'; readonly name: string; readonly mobile: string | null }
  | { readonly outcome: 'declined'; readonly code: string | null; readonly reason: string };

export async function askHolder(context: Context, request: HolderRequest): Promise<HolderOutcome> {
  const { links, clock } = context;
  const { tenantId, card, contract = null } = request;
  const no = (code: string | null, reason: string): HolderOutcome => ({ outcome: 'declined', code, reason });
  if (!isPan(card.pan)) return no(null, 'the card number is malformed');
  for (const bankId of findBanks(await links.routes(), { tenantId, contract, pan: card.pan.reveal() })) {
    const reach = await links.reach(bankId);
    if (reach === null) continue;
    const { url } = reach;
    const nowMs = clock.nowMs();
    const sequence = await reach.sequence.next();
    const facts = {
      stan: stanOf(sequence),
      rrn: referenceOf(sequence, nowMs),
      terminal: (request.terminal ?? url.terminal).padEnd(8),
      merchant: (request.merchant ?? url.merchant).padEnd(15),
      transmittedMs: nowMs,
    };
    const answer = await reach.link.exchange(holderInquiry(facts, card, url.acquirer));
    if (answer.kind === 'unsent') continue;
    if (answer.kind === 'lost') return no(null, answer.reason);
    const code = textOf(answer.message, 39);
    const { meaning, name } = responseCode(code ?? '');
    if (meaning !== 'approved') return no(code, name);
    const parts = partsOf(answer.message, 48);
    const holder = parts?.[ELEMENTS.holderName]?.trim() ?? '';
    if (holder === '') return no(code, 'the bank did not say who holds the card');
    return { outcome: 'known', name: holder, mobile: parts?.[ELEMENTS.holderMobile]?.trim() || null };
  }
  return no(null, 'no bank is known for this card, or none can be reached');
}
