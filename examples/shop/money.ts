/** Amounts of the shop: whole cents of one currency, so that no sum is ever rounded. */
const CURRENCY = 'EUR';
type Money = { readonly value: string; readonly currency: string };

const AMOUNT = /^(\d{1,7})(?:[.,](\d{1,2}))?$/;
const SHOWN = new Intl.NumberFormat('en-IE', { style: 'currency', currency: CURRENCY });

/** "€18.50" */
export function price(cents: number): string {
  return SHOWN.format(cents / 100);
}

/** "18.50", as the API has it. */
export function amountOf(cents: number): Money {
  return { value: `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`, currency: CURRENCY };
}

/** Null for another currency, or what is no amount. */
export function centsOf(money: Money | null | undefined): number | null {
  return money?.currency === CURRENCY ? parseCents(money.value) : null;
}

/** Reads "18.5" or "18,50" as a person types it; null when it is no amount. */
export function parseCents(text: string): number | null {
  const [, whole, part = ''] = AMOUNT.exec(text.trim()) ?? [];
  return whole === undefined ? null : Number(whole) * 100 + Number(part.padEnd(2, '0'));
}
