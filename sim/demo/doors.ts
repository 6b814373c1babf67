import type { Act } from '../../src/sdk/types.ts';

/**
 * The two things that a customer of Acme can ask for in the demo; both end at the product's own confirmation.
 */
export type DoorName = 'intranet' | 'transfer';

export type Door = {
  readonly name: DoorName;
  readonly title: string;
  readonly text: string;
  readonly button: string;
  readonly act: Act;
};

export const DOORS = {
  intranet: {
    name: 'intranet',
    title: 'Sign in to the Acme intranet',
    text: 'No password: a code for this one visit comes to your phone.',
    button: 'Sign in',
    act: { purpose: 'access', resource: 'Acme intranet' },
  },
  transfer: {
    name: 'transfer',
    title: 'Transfer EUR\u00a0312.40 to Acme',
    text: 'The code is made from this amount and this account, and fits no other.',
    button: 'Order the transfer',
    act: {
      purpose: 'transfer',
      amount: { value: '312.40', currency: 'EUR' },
      payee: { name: 'Acme', account: 'FR7630006000011234567890189' },
    },
  },
} as const satisfies Record<DoorName, Door>;

export function asDoor(name: unknown): Door | null {
  return name === 'intranet' || name === 'transfer' ? DOORS[name] : null;
}
