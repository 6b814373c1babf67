/** Sealing of what people declared: at rest under a key from the master key, and in a page on its way. Pure. */
import { utf8 } from '../../std/bytes.ts';
import { assert } from '../../std/assert.ts';
import type { KeyRing } from '../../std/key-ring.ts';
import type { Random } from '../../std/random.ts';
import { open, seal } from '../../std/seal.ts';
import type { Content, Declaration, Sealed } from './declaration.ts';

const REST = 'countersign/declaration/1';
const DRAFT = 'countersign/declaration-draft/1';

type Owner = Pick<Declaration, 'id' | 'keyId'>;

export function sealDeclaration(keys: KeyRing, owner: Owner, plain: Sealed, random: Random): Uint8Array {
  return seal(keys.derive(owner.keyId, REST), utf8(JSON.stringify(plain)), utf8(owner.id), random);
}

/** A master key that is gone, or a row that was altered, is a fault and not an empty declaration. */
export function openDeclaration(keys: KeyRing, row: Owner & Pick<Declaration, 'sealed'>): Sealed {
  const plain = open(keys.derive(row.keyId, REST), row.sealed, utf8(row.id));
  assert(plain !== null, 'the content of a declaration was altered in the database');
  return JSON.parse(Buffer.from(plain).toString('utf8')) as Sealed;
}

/**
 * What was typed, between the form and the code: it travels sealed in the page, so that nothing is stored of
 * somebody who has not even asked for a code, and nothing of it can be changed on the way.
 */
export type Draft = { readonly content: Content; readonly madeAtMs: number };

/** In one browser, on one form. */
export type DraftPlace = { readonly formId: string; readonly browser: string };

export function sealDraft(keys: KeyRing, place: DraftPlace, draft: Draft, random: Random): string {
  const key = keys.derive(keys.currentId, DRAFT);
  const sealed = seal(key, utf8(JSON.stringify(draft)), placeOf(place), random);
  return Buffer.from(sealed).toString('base64url');
}

/** Null for what this server did not seal for this place, or under a key that is gone. */
export function openDraft(keys: KeyRing, place: DraftPlace, text: string): Draft | null {
  const sealed = Buffer.from(text, 'base64url');
  for (const keyId of keys.ids) {
    const plain = open(keys.derive(keyId, DRAFT), sealed, placeOf(place));
    if (plain) return JSON.parse(Buffer.from(plain).toString('utf8')) as Draft;
  }
  return null;
}

function placeOf({ formId, browser }: DraftPlace): Uint8Array {
  return utf8(`${formId}\n${browser}`);
}
