/**
 * What is on the screen of the simulated terminal, and what its keys do. One terminal stands on one
 * counter: all who look at it see the same.
 *
 *   amount ─▶ card ─▶ (PIN) ─▶ code ─▶ end ─▶ amount
 *                └────────────────┴──── a no, or the red key ─▶ end
 */
import type { SimCard } from './bank-books.ts';
import type { Device, DeviceAnswer, Read } from './terminal.ts';
import { parseMoney, type Money } from '../src/std/money.ts';

export type Screen =
  | { readonly at: 'amount'; readonly wrong: boolean }
  | { readonly at: 'card'; readonly amount: Money }
  | { readonly at: 'pin'; readonly amount: Money; readonly pan: string }
  | {
      readonly at: 'code';
      readonly amount: Money;
      readonly reference: string;
      readonly sentTo: string;
      readonly digits: number;
      readonly triesLeft: string;
      readonly isWrong: boolean;
    }
  | {
      readonly at: 'end';
      readonly amount: Money;
      /** Field 39; null where the host was not reached. */
      readonly code: string | null;
      readonly ticket: readonly string[];
      /** Why it was undone; null where it was not. */
      readonly undone: 'paper' | 'cancelled' | 'line' | null;
    };

export type Till = {
  readonly screen: () => Screen;
  /** The line is in use. */
  readonly isBusy: () => boolean;
  /** What the keypad has typed so far. */
  readonly typed: () => string;
  readonly settings: { asksPin: boolean; hasPaper: boolean };
  readonly cards: () => readonly SimCard[];
  readonly setAmount: (text: string) => void;
  readonly insert: (pan: string) => Promise<void>;
  /** A digit, or null for the yellow key that takes the last one back. */
  readonly press: (digit: string | null, before: string) => void;
  /** The green key: the PIN, or the code. */
  readonly enter: (typed: string) => Promise<void>;
  /** The red key. */
  readonly stop: () => Promise<void>;
  readonly next: () => void;
};

export type TillOptions = {
  readonly device: Device;
  readonly cards: () => readonly SimCard[];
  readonly currency: string;
};

const TYPED_MAX = 10;
const PIN = /^\d{4,6}$/;

export function createTill({ device, cards, currency }: TillOptions): Till {
  const settings = { asksPin: false, hasPaper: true };
  let screen: Screen = { at: 'amount', wrong: false };
  let isBusy = false;
  let typed = '';

  async function alone(work: () => Promise<void>): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    await work().finally(() => {
      isBusy = false;
      typed = '';
    });
  }

  async function show(amount: Money, answer: DeviceAnswer): Promise<void> {
    const { code, elements, ticket } = answer;
    if (code === '1A') {
      const { '10': reference = '', '11': sentTo = '', '12': digits = '8', '14': triesLeft = '' } = elements;
      const asked = { amount, reference, sentTo, digits: Number(digits), triesLeft, isWrong: false };
      screen = { at: 'code', ...asked };
    } else if (code === '55' && screen.at === 'code') {
      screen = { ...screen, triesLeft: elements['14'] ?? '', isWrong: true };
    } else if (code === '00' && !settings.hasPaper) {
      // What cannot be printed is not sold.
      await device.undo();
      screen = { at: 'end', amount, code, ticket: [], undone: 'paper' };
    } else {
      screen = { at: 'end', amount, code, ticket, undone: code === null ? 'line' : null };
    }
  }

  async function sell(amount: Money, pan: string, pin: string | null): Promise<void> {
    const card = cards().find((one) => one.pan === pan);
    if (card === undefined) return;
    const read: Read = pin === null ? { card, entry: 'chip' } : { card, entry: 'chip', pin };
    await show(amount, await device.sell(amount, read));
  }

  return {
    screen: () => screen,
    isBusy: () => isBusy,
    typed: () => typed,
    settings,
    cards,
    setAmount: (text) => {
      if (screen.at !== 'amount' || isBusy) return;
      const amount = parseMoney(text.trim().replace(',', '.'), currency);
      screen =
        amount.ok && amount.value.minor > 0n
          ? { at: 'card', amount: amount.value }
          : { at: 'amount', wrong: true };
    },
    insert: (pan) =>
      alone(async () => {
        if (screen.at !== 'card') return;
        const { amount } = screen;
        if (settings.asksPin) screen = { at: 'pin', amount, pan };
        else await sell(amount, pan, null);
      }),
    press: (digit, before) => {
      if (screen.at !== 'pin' && screen.at !== 'code') return;
      const kept = before.replace(/\D/g, '');
      typed = (digit === null ? kept.slice(0, -1) : kept + digit).slice(0, TYPED_MAX);
    },
    enter: (text) =>
      alone(async () => {
        const digits = text.replace(/\D/g, '');
        if (screen.at === 'pin' && PIN.test(digits)) await sell(screen.amount, screen.pan, digits);
        else if (screen.at === 'code' && digits !== '') {
          const { reference, amount } = screen;
          await show(amount, await device.bringCode(reference, digits, amount));
        }
      }),
    stop: () =>
      alone(async () => {
        if (screen.at === 'amount' || screen.at === 'end') return;
        const { amount } = screen;
        if (screen.at === 'code') await device.undo();
        screen = { at: 'end', amount, code: '17', ticket: [], undone: 'cancelled' };
      }),
    next: () => {
      if (screen.at === 'end' && !isBusy) screen = { at: 'amount', wrong: false };
    },
  };
}
