/**
 * The basket is a cookie: `field-notebook.2~mug.1`. It says only what and how many; prices come from the
 * catalogue, so nobody can make his own.
 */
import { findGood, type Good } from './catalogue.ts';

export type Line = { readonly good: Good; readonly count: number };
export type Basket = readonly Line[];

export const COUNT_MAX = 20;
const LINES_MAX = 12;

/** What is unknown, or no count, is left out. */
export function readBasket(cookie: string | undefined): Basket {
  let basket: Basket = [];
  for (const part of (cookie ?? '').split('~').slice(0, LINES_MAX)) {
    const [id = '', count = ''] = part.split('.');
    const good = findGood(id);
    if (good && /^\d{1,2}$/.test(count)) basket = setCount(basket, good, Number(count));
  }
  return basket;
}

export function writeBasket(basket: Basket): string {
  return basket.map(({ good, count }) => `${good.id}.${count}`).join('~');
}

/** Zero takes it out. */
export function setCount(basket: Basket, good: Good, count: number): Basket {
  const kept = Math.min(COUNT_MAX, Math.max(0, count));
  const isIn = basket.some((line) => line.good === good);
  const all = isIn
    ? basket.map((line) => (line.good === good ? { good, count: kept } : line))
    : [...basket, { good, count: kept }];
  return all.filter(({ count }) => count > 0);
}

export function countIn(basket: Basket, good: Good): number {
  return basket.find((line) => line.good === good)?.count ?? 0;
}

export function countAll(basket: Basket): number {
  return basket.reduce((sum, { count }) => sum + count, 0);
}

export const SHIPPING_CENTS = 490;
export const FREE_FROM_CENTS = 5000;

export type Sums = { readonly goods: number; readonly shipping: number; readonly total: number };

export function sumsOf(basket: Basket): Sums {
  const goods = basket.reduce((sum, { good, count }) => sum + good.cents * count, 0);
  const shipping = goods === 0 || goods >= FREE_FROM_CENTS ? 0 : SHIPPING_CENTS;
  return { goods, shipping, total: goods + shipping };
}
