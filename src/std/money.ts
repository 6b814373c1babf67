import { refuse, ok, type Result } from './result.ts';

/** An amount in minor units (cents for EUR, yen for JPY) and its ISO 4217 currency. */
export type Money = { readonly minor: bigint; readonly currency: string };

/** ISO 4217 minor-unit exponents that are not 2. */
const EXPONENTS: Readonly<Record<string, number>> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  CLF: 4,
  UYW: 4,
};

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const AMOUNT = /^(0|[1-9]\d{0,14})(?:\.(\d{1,4}))?$/;

export type MoneyRefusal = 'malformed_amount' | 'unknown_currency';

function exponentOf(currency: string): number {
  return EXPONENTS[currency] ?? 2;
}

/**
 * Reads an amount in major units, "312.40". More decimals than the currency has are refused, never rounded.
 */
export function parseMoney(amount: string, currency: string): Result<Money, MoneyRefusal> {
  if (!CURRENCIES.has(currency)) {
    return refuse('unknown_currency', {
      detail: `"${currency}" is not an ISO 4217 currency code, such as EUR.`,
    });
  }
  const match = AMOUNT.exec(amount);
  const exponent = exponentOf(currency);
  const decimals = match?.[2] ?? '';
  if (!match || decimals.length > exponent) {
    const example = exponent === 0 ? '312' : `312.${'40'.padEnd(exponent, '0').slice(0, exponent)}`;
    return refuse('malformed_amount', {
      detail: `An amount in ${currency} is digits with at most ${exponent} decimals after a point, such as "${example}".`,
    });
  }
  return ok({ minor: BigInt((match[1] ?? '0') + decimals.padEnd(exponent, '0')), currency });
}

/** Whether it is an ISO 4217 code that amounts can be written in. */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

/** Major units with exactly the decimals of the currency: the canonical form that codes are derived from. */
export function formatAmount(money: Money): string {
  const exponent = exponentOf(money.currency);
  const isNegative = money.minor < 0n;
  const digits = (isNegative ? -money.minor : money.minor).toString().padStart(exponent + 1, '0');
  const major = exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
  return isNegative ? `-${major}` : major;
}
