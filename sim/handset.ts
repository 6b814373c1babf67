/**
 * Phones in memory: the texts that arrived for each number, newest last, for the handset page, tests and
 * benches. Bounded: the last 50 of a number, and the numbers that were heard of last.
 */

import { createRecent } from '../src/std/recent.ts';

export type HandsetMessage = {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** Epoch milliseconds. */
  readonly at: number;
};

export type Handsets<M extends HandsetMessage = HandsetMessage> = {
  readonly receive: (message: M) => void;
  /** The texts of a number, oldest first. */
  readonly messages: (number: string) => readonly M[];
  /** The numbers that have texts, roughly the one heard of last first. */
  readonly numbers: () => readonly string[];
  /** Calls the listener with each text for the number from now on, for any number when it is null. */
  readonly subscribe: (number: string | null, listener: (message: M) => void) => () => void;
  /** The code in the newest text of the number that has one. */
  readonly lastCode: (number: string) => string | null;
  /** The next text for the number that arrives after this call. */
  readonly next: (number: string) => Promise<M>;
};

export type HandsetsOptions = { readonly perNumberMax?: number; readonly numbersMax?: number };

type Listener<M> = (message: M) => void;

export function createHandsets<M extends HandsetMessage = HandsetMessage>(
  options: HandsetsOptions = {},
): Handsets<M> {
  const { perNumberMax = 50, numbersMax = 10_000 } = options;
  const phones = createRecent<M[]>(numbersMax);
  const listeners = new Map<string | null, Set<Listener<M>>>();

  function keep(message: M): void {
    const messages = phones.get(message.to) ?? [];
    messages.push(message);
    if (messages.length > perNumberMax) messages.shift();
    phones.set(message.to, messages);
  }

  function subscribe(number: string | null, listener: Listener<M>): () => void {
    const set = listeners.get(number) ?? new Set();
    listeners.set(number, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0 && listeners.get(number) === set) listeners.delete(number);
    };
  }

  return {
    receive: (message) => {
      keep(message);
      if (listeners.size === 0) return;
      for (const listener of listeners.get(message.to) ?? []) listener(message);
      for (const listener of listeners.get(null) ?? []) listener(message);
    },
    messages: (number) => [...(phones.get(number) ?? [])],
    numbers: () => phones.keys().toReversed(),
    subscribe,
    lastCode: (number) => {
      for (const { text } of (phones.get(number) ?? []).toReversed()) {
        const code = codeIn(text);
        if (code !== null) return code;
      }
      return null;
    },
    next: (number) =>
      new Promise((resolve) => {
        const stop = subscribe(number, (message) => {
          stop();
          resolve(message);
        });
      }),
  };
}

/** The code of an origin-bound text, whose last line is `@domain #code`; null when there is none. */
export function codeIn(text: string): string | null {
  const line = text.slice(text.lastIndexOf('\n') + 1);
  return /^@\S+ #([0-9A-Za-z]+)(?: |$)/.exec(line)?.[1] ?? null;
}
