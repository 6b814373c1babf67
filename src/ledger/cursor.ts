/** A place in an account's history as text that a caller sends back to read on. */
import { z } from '@hono/zod-openapi';
import type { Place } from './history-store.ts';

const FORM = /^(\d{1,16})-(\d{1,9})$/;

export const CURSOR = z.string().regex(FORM, 'is not one that was given');

export function placeOf(cursor: string | undefined): Place | null {
  const match = FORM.exec(cursor ?? '');
  return match ? { atUs: Number(match[1]), n: Number(match[2]) } : null;
}

export function cursorOf(place: Place | undefined): string | null {
  return place ? `${place.atUs}-${place.n}` : null;
}
