/**
 * SMSC delivery receipts inside deliver_sm (SMPP 3.4, 5.2.12, 5.3.2.35 and appendix B).
 *
 * Two forms say the same: the text "id:... sub:... dlvrd:... submit date:... done date:... stat:DELIVRD
 * err:000 text:...", whose details every operator writes in its own way, and the optional parameters
 * receipted_message_id and message_state. The parameters win, for they are not ambiguous.
 */
import { decodeGsm } from '../sms/gsm.ts';
import { tlvNumber, tlvOctets, tlvText, type Pdu } from './pdu.ts';

/** message_state (5.2.28): the state and the word that the text form has for it. */
export const MESSAGE_STATES = {
  ENROUTE: 1,
  DELIVRD: 2,
  EXPIRED: 3,
  DELETED: 4,
  UNDELIV: 5,
  ACCEPTD: 6,
  UNKNOWN: 7,
  REJECTD: 8,
} as const;

export type MessageState = keyof typeof MESSAGE_STATES;

export type SmppReceipt = {
  readonly messageId: string;
  readonly state: MessageState;
  /** The operator's error, "000" when there is none or it does not say. */
  readonly error: string;
};

const STATES = new Map(Object.entries(MESSAGE_STATES).map(([name, state]) => [state as number, name]));
const MESSAGE_TYPE_BITS = 0x3c;
const DELIVERY_RECEIPT = 0x04;
const TEXT_MAX = 1024;

/**
 * The receipt in a deliver_sm, or null when it is none. The text form counts only when esm_class says
 * "receipt": a subscriber can write such a text himself, but neither the class nor the optional parameters.
 */
export function parseReceipt(pdu: Pdu<'deliver_sm'>): SmppReceipt | null {
  const { body, tlvs } = pdu;
  const type = body.esm_class & MESSAGE_TYPE_BITS;
  const idParameter = tlvText(tlvs, 'receipted_message_id');
  if (type !== DELIVERY_RECEIPT && (type !== 0 || idParameter === null)) return null;
  const text = type === DELIVERY_RECEIPT ? receiptText(pdu) : '';
  const messageId = idParameter ?? wordAfter(text, 'id');
  const state = stateOf(tlvNumber(tlvs, 'message_state'), wordAfter(text, 'stat'));
  if (messageId === null || messageId === '' || state === null) return null;
  return { messageId, state, error: wordAfter(text, 'err') ?? networkError(pdu) ?? '000' };
}

function receiptText(pdu: Pdu<'deliver_sm'>): string {
  const { short_message: short, esm_class: esmClass } = pdu.body;
  const octets = short.length > 0 ? short : (tlvOctets(pdu.tlvs, 'message_payload') ?? short);
  // A user data header before the text is skipped by its length; the words are searched, not counted.
  const from = (esmClass & 0x40) === 0 ? 0 : 1 + (octets[0] ?? 0);
  return decodeGsm(octets.subarray(from, TEXT_MAX));
}

/** The word after "name:", at the beginning or after a blank; names are compared without case. */
function wordAfter(text: string, name: string): string | null {
  const lower = text.toLowerCase();
  const key = `${name}:`;
  for (let at = lower.indexOf(key); at >= 0; at = lower.indexOf(key, at + 1)) {
    if (at > 0 && lower[at - 1] !== ' ') continue;
    const from = at + key.length;
    const end = text.indexOf(' ', from);
    return text.slice(from, end < 0 ? text.length : end).trim();
  }
  return null;
}

function stateOf(parameter: number | null, word: string | null): MessageState | null {
  const name = parameter === null ? undefined : STATES.get(parameter);
  if (name !== undefined) return name as MessageState;
  // Some operators write the words in full (DELIVERED); five letters tell the eight states apart.
  const wanted = (word ?? '').toUpperCase().slice(0, 5);
  const written =
    wanted.length < 5 ? undefined : [...STATES.values()].find((state) => state.startsWith(wanted));
  return (written as MessageState | undefined) ?? null;
}

function networkError(pdu: Pdu<'deliver_sm'>): string | null {
  const error = tlvOctets(pdu.tlvs, 'network_error_code');
  if (error === null || error.length !== 3) return null;
  return String((error[1] ?? 0) * 256 + (error[2] ?? 0)).padStart(3, '0');
}

/**
 * The forms in which operators repeat a message id: many answer submit_sm in hexadecimal and write the
 * receipt in decimal, or the reverse, and pad with zeros. The id itself comes first, likelier readings before
 * unlikelier.
 */
export function idForms(messageId: string): readonly string[] {
  const plain = messageId.toLowerCase();
  if (!/^[0-9a-f]{1,32}$/.test(plain)) return plain === messageId ? [messageId] : [messageId, plain];
  const forms = [messageId, plain, stripZeros(plain)];
  if (/^\d+$/.test(plain)) forms.push(BigInt(plain).toString(16));
  forms.push(BigInt(`0x${plain}`).toString());
  return [...new Set(forms)];
}

/** The form under which an id is remembered, so that case and padding do not matter. */
export function canonicalId(messageId: string): string {
  const plain = messageId.toLowerCase();
  return /^[0-9a-f]{1,32}$/.test(plain) ? stripZeros(plain) : plain;
}

function stripZeros(digits: string): string {
  return digits.replace(/^0+(?=.)/, '');
}

/** Writes the text form; what the simulated operator sends. Dates are YYMMDDhhmm. */
export function formatReceipt(receipt: SmppReceipt, dates: { submitted: string; done: string }): string {
  const delivered = receipt.state === 'DELIVRD' ? '001' : '000';
  return (
    `id:${receipt.messageId} sub:001 dlvrd:${delivered} submit date:${dates.submitted} ` +
    `done date:${dates.done} stat:${receipt.state} err:${receipt.error} text:`
  );
}
