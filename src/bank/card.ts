/**
 * A card as it goes to a bank. Number, track, security code, PIN and chip data come wrapped and stay so until
 * they are written into a message (S8). Of all this only number and expiry are ever kept, sealed, for as long
 * as a later message has to name the card; the security code never is (PCI DSS 3.3).
 */
import { utf8 } from '../std/bytes.ts';
import type { KeyRing } from '../std/key-ring.ts';
import type { Random } from '../std/random.ts';
import { open, seal } from '../std/seal.ts';
import { Secret } from '../std/secret.ts';
import type { Tlv } from './iso8583/message.ts';

/** How the card was read: field 22 and, of the surroundings, field 25. */
export const ENTRIES = {
  ecommerce: { mode: '812', condition: '59' },
  on_file: { mode: '102', condition: '59' },
  keyed: { mode: '012', condition: '08' },
  stripe: { mode: '021', condition: '00' },
  chip: { mode: '051', condition: '00' },
} as const;
export type Entry = keyof typeof ENTRIES;

export type Card = {
  /** 12 to 19 digits. */
  readonly pan: Secret<string>;
  /** YYMM; null where the track has it. */
  readonly expiry: string | null;
  readonly entry: Entry;
  readonly securityCode?: Secret<string>;
  readonly track2?: Secret<string>;
  /** As the terminal encrypted it, 8 bytes; passed on unread. */
  readonly pinBlock?: Secret<Uint8Array>;
  readonly emv?: Secret<readonly Tlv[]>;
};

/** What is kept of it. */
export type KeptCard = { readonly pan: Secret<string>; readonly expiry: string | null };
export type SealedCard = { readonly keyId: string; readonly card: Uint8Array };

const KEY = 'countersign/bank-card/1';
const PAN = /^\d{12,19}$/;

export function isPan(pan: Secret<string>): boolean {
  return PAN.test(pan.reveal());
}

/** `owner` is the id of the exchange that the card was first used in: elsewhere it does not open. */
export function sealCard(keys: KeyRing, owner: string, card: KeptCard, random: Random): SealedCard {
  const keyId = keys.currentId;
  const plain = utf8(`${card.pan.reveal()} ${card.expiry ?? ''}`);
  return { keyId, card: seal(keys.derive(keyId, KEY), plain, utf8(owner), random) };
}

/** Null when its master key is gone, or it was sealed for another exchange. */
export function openCard(keys: KeyRing, owner: string, sealed: SealedCard): KeptCard | null {
  if (!keys.has(sealed.keyId)) return null;
  const plain = open(keys.derive(sealed.keyId, KEY), sealed.card, utf8(owner));
  if (plain === null) return null;
  const [pan = '', expiry = ''] = Buffer.from(plain).toString('utf8').split(' ');
  return { pan: new Secret(pan), expiry: expiry === '' ? null : expiry };
}
