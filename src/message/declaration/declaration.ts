/**
 * A declaration: the answers of one person to one version of a form, confirmed by a code, and numbered (M9).
 *
 *   (a page) ──review──▶ content, with its digest ──▶ opened ──right code──▶ received: numbered, recorded
 *                                                        └─ locked, expired, cancelled ─▶ nothing is left of it
 *
 * The code depends on the digest of the content, so that nothing of it can change between the review and the
 * receipt. A nonce in the content keeps the digest from telling what was answered.
 */
import { sha256 } from '../../std/bytes.ts';
import type { Language } from '../../std/language.ts';
import { jcs, readJson, type JsonObject } from '../../evidence/json.ts';

export type Content = {
  readonly v: 1;
  /** Of the declaration, dcl_... */
  readonly id: string;
  readonly form: string;
  readonly version: number;
  readonly title: string;
  readonly answers: JsonObject;
  /** 16 random bytes in hexadecimal. */
  readonly nonce: string;
};

/** Who declared, as the confirmation proved him. */
export type Declarant = {
  /** Null for somebody who is known by his number only. */
  readonly subscriberId: string | null;
  readonly name: string | null;
  /** E.164: where his code went. */
  readonly number: string;
};

/** What is sealed: everything that tells something of a person. */
export type Sealed = {
  /** In canonical form; the digest is over these very bytes. */
  readonly content: string;
  readonly declarant: Declarant;
  /** Who asks, by the name that it had then. */
  readonly addressee: string;
  readonly language: Language;
};

export type Declaration = {
  readonly home: number;
  readonly id: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly formId: string;
  readonly version: number;
  readonly year: number;
  /** From 1 in each year, without gaps. */
  readonly number: number;
  readonly confirmationId: string;
  /** SHA-256 of the content. */
  readonly digest: Uint8Array;
  readonly keyId: string;
  readonly sealed: Uint8Array;
  readonly salt: Uint8Array;
  /** Of the browser that declared, which sees the receipt at once. */
  readonly browserHash: Uint8Array;
  readonly receivedAtMs: number;
};

export function contentText(content: Content): string {
  return jcs(content);
}

export function digestOf(contentText: string): Uint8Array {
  return sha256(contentText);
}

/** Of a text that this file made. */
export function readContent(text: string): Content {
  const read = readJson(text);
  if (!read.ok) throw new Error(`The content of a declaration cannot be read: ${read.detail ?? ''}`);
  return read.value as unknown as Content;
}

/** "2026-000042": what people quote. */
export function numberText({ year, number }: Pick<Declaration, 'year' | 'number'>): string {
  return `${year}-${String(number).padStart(6, '0')}`;
}
