/**
 * Brands of cards by their first digits, as data (ISO/IEC 7812-1; the schemes' published ranges). Pure.
 *
 * The longest prefix decides, so that a range within another brand's stands beside it without order. What no
 * row names is a card of no known brand: only its check digit is judged, and the bank says the rest.
 */
export const BRANDS = [
  'visa',
  'mastercard',
  'amex',
  'maestro',
  'discover',
  'diners',
  'jcb',
  'unionpay',
  'cb',
  'unknown',
] as const;
export type Brand = (typeof BRANDS)[number];

export type BrandRule = {
  /** As people know it. */
  readonly name: string;
  /** How many digits a number may have. */
  readonly lengths: readonly number[];
  /** How many digits the security code has. */
  readonly securityCodeDigits: 3 | 4;
  /** Where digits are set apart, from the left; four by four from then on. */
  readonly groups: readonly number[];
  /** Whether the last digit is a check digit by ISO/IEC 7812-1, annex B. */
  readonly checked: boolean;
};

const LONG = [12, 13, 14, 15, 16, 17, 18, 19] as const;
const UP_TO_19 = [16, 17, 18, 19] as const;

export const BRAND_RULES = {
  visa: { name: 'Visa', lengths: [13, 16, 18, 19], securityCodeDigits: 3, groups: [], checked: true },
  mastercard: { name: 'Mastercard', lengths: [16], securityCodeDigits: 3, groups: [], checked: true },
  amex: { name: 'American Express', lengths: [15], securityCodeDigits: 4, groups: [4, 6, 5], checked: true },
  maestro: { name: 'Maestro', lengths: LONG, securityCodeDigits: 3, groups: [], checked: true },
  discover: { name: 'Discover', lengths: UP_TO_19, securityCodeDigits: 3, groups: [], checked: true },
  diners: {
    name: 'Diners Club',
    lengths: [14, ...UP_TO_19],
    securityCodeDigits: 3,
    groups: [4, 6],
    checked: true,
  },
  jcb: { name: 'JCB', lengths: UP_TO_19, securityCodeDigits: 3, groups: [], checked: true },
  // Cards of this scheme have been given out without a check digit.
  unionpay: { name: 'UnionPay', lengths: UP_TO_19, securityCodeDigits: 3, groups: [], checked: false },
  cb: { name: 'CB', lengths: [16], securityCodeDigits: 3, groups: [], checked: true },
  unknown: { name: 'Card', lengths: LONG, securityCodeDigits: 3, groups: [], checked: true },
} as const satisfies Record<Brand, BrandRule>;

type Range = { readonly from: string; readonly to: string; readonly of: Brand };

/** From and to have as many digits as are compared. */
const RANGES = ranges(`
  visa        4
  mastercard  51-55 2221-2720
  amex        34 37
  maestro     50 56-58 6390 67 6304 5018 5020 5038 5893 6759 6761-6763
  discover    6011 644-649 65
  diners      300-305 3095 36 38-39
  jcb         3528-3589
  unionpay    62 810-817`);

/**
 * Cards of French banks that carry CB beside the other brand: the payer may choose between both (Regulation
 * (EU) 2015/751, art. 8). These are the well-known ranges, for showing; which one a card belongs to is
 * known to its bank alone.
 */
const CO_BADGED = ranges(`
  cb          4970-4979 4533-4534 4561 513`);

/** What the digits typed so far tell; `unknown` while they tell nothing. */
export function brandOf(digits: string): Brand {
  return longest(RANGES, digits) ?? 'unknown';
}

/** A second brand on the same card; null for none that is known. */
export function coBadgeOf(digits: string): Brand | null {
  return longest(CO_BADGED, digits);
}

function longest(table: readonly Range[], digits: string): Brand | null {
  let best: Range | null = null;
  for (const range of table) {
    const first = digits.slice(0, range.from.length);
    if (first.length < range.from.length || first < range.from || first > range.to) continue;
    if (best === null || range.from.length > best.from.length) best = range;
  }
  return best?.of ?? null;
}

function ranges(table: string): Range[] {
  return table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [name = '', ...each] = line.trim().split(/\s+/);
      const of = BRANDS.find((brand) => brand === name) ?? 'unknown';
      return each.map((text) => {
        const [from = '', to = from] = text.split('-');
        return { from, to, of };
      });
    });
}
