/**
 * Fields that are made of characters at fixed places (43, 90), or of elements of number, length and value
 * (48), as their spec says. Elements are written in the order of their numbers.
 */
import type { Parts } from './message.ts';
import { strangeCharacter } from './notation.ts';
import type { Inside, PartSpec } from './spec.ts';

type Made = Exclude<Inside, { kind: 'ber' }>;
/** Told the part that was being read or written, and why it is none. */
type Stop = (part: string, why: string) => null;

const DIGITS = /^\d+$/;

export function readParts(text: string, inside: Made, stop: Stop): Parts | null {
  const found: Record<string, string> = {};
  let at = 0;
  if (inside.kind === 'parts') {
    for (const { name, content, size } of inside.parts) {
      const part = text.slice(at, at + size);
      if (part.length < size) return stop(name, `${part.length} characters of ${size}`);
      const strange = strangeCharacter(part, content);
      if (strange >= 0) return stop(name, `character ${strange} is no ${content}`);
      found[name] = part;
      at += size;
    }
    return at === text.length ? found : stop('end', `${text.length - at} characters too many`);
  }
  const { idDigits, lengthDigits } = inside;
  while (at < text.length) {
    const id = text.slice(at, at + idDigits);
    if (id.length < idDigits || !DIGITS.test(id)) return stop('', `no element begins at character ${at}`);
    const counted = text.slice(at + idDigits, at + idDigits + lengthDigits);
    if (counted.length < lengthDigits || !DIGITS.test(counted)) return stop(id, 'has no length');
    const from = at + idDigits + lengthDigits;
    const size = Number(counted);
    if (from + size > text.length) return stop(id, `${text.length - from} characters of ${size}`);
    if (found[id] !== undefined) return stop(id, 'is there twice');
    found[id] = text.slice(from, from + size);
    at = from + size;
  }
  return found;
}

export function writeParts(parts: Parts, inside: Made, stop: Stop): string | null {
  let text = '';
  if (inside.kind === 'parts') {
    const names = Object.keys(parts);
    const strange = names.length <= inside.parts.length ? null : strangeName(names, inside.parts);
    if (strange !== null) return stop(strange, 'is no part of the field');
    for (const { name, content, size } of inside.parts) {
      const part = parts[name] ?? '';
      if (part.length !== size) return stop(name, `${part.length} characters of ${size}`);
      const strange = strangeCharacter(part, content);
      if (strange >= 0) return stop(name, `character ${strange} is no ${content}`);
      text += part;
    }
    return text;
  }
  const { idDigits, lengthDigits } = inside;
  for (const id of Object.keys(parts).toSorted()) {
    const value = parts[id] ?? '';
    if (id.length !== idDigits || !DIGITS.test(id)) return stop(id, 'is no number of an element');
    if (value.length >= 10 ** lengthDigits) return stop(id, `${value.length} characters are too many`);
    text += id + String(value.length).padStart(lengthDigits, '0') + value;
  }
  return text;
}

/** A name that no part has; with more names than parts there is one. */
function strangeName(names: readonly string[], parts: readonly PartSpec[]): string | null {
  return names.find((name) => !parts.some((part) => part.name === name)) ?? null;
}
