/**
 * What two parties agreed on, as data: which fields there are, and how each is written on the line.
 *
 *   row of a table: number, name, notation ──┐
 *   the spec's habits: digits, bytes, lengths ├──makeSpec──▶ Spec: a FieldSpec for each number
 *   what one field does otherwise ───────────┘
 *
 *   encoding  ascii: a byte for each character    bcd: two digits in a byte
 *             binary: bytes as they are           hex: two characters for each byte
 */
import { assert } from '../../std/assert.ts';
import { maskOf, parseNotation, type Content, type LengthKind } from './notation.ts';

export type Encoding = 'ascii' | 'bcd' | 'binary' | 'hex';
export type LengthEncoding = 'ascii' | 'bcd' | 'binary';

/** One data object of BER-TLV (EMV 4.3, Book 3, annex A): bounds in bytes. */
export type TagSpec = {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly shown: boolean;
};

export type PartSpec = { readonly name: string; readonly content: Content; readonly size: number };

/** What a field is made of, where it is made of something. */
export type Inside =
  /** Tag, length, value, in bytes: field 55. */
  | { readonly kind: 'ber'; readonly tags: Readonly<Record<string, TagSpec>> }
  /** Characters at fixed places: fields 43 and 90. */
  | { readonly kind: 'parts'; readonly parts: readonly PartSpec[] }
  /** Elements of number, length and value, all characters: field 48. */
  | { readonly kind: 'elements'; readonly idDigits: number; readonly lengthDigits: number };

/** How a field looks in a log (S8): its value, first six and last four digits, its length, or nothing. */
export type Shown = 'value' | 'pan' | 'length' | 'never';

export type FieldSpec = {
  readonly number: number;
  readonly name: string;
  readonly content: Content;
  /** Of the content, made once (notation.ts). */
  readonly mask: number;
  readonly length: LengthKind;
  readonly size: number;
  readonly encoding: Encoding;
  readonly lengthEncoding: LengthEncoding;
  /** Where the empty half byte stands when an odd number of digits is packed: 0 in front, or F behind. */
  readonly pad: 'front' | 'behind';
  readonly inside: Inside | null;
  readonly shown: Shown;
};

export type Spec = {
  readonly name: string;
  readonly mti: 'ascii' | 'bcd';
  readonly bitmap: 'binary' | 'hex';
  /** By number; absent where the spec has no such field. */
  readonly fields: readonly (FieldSpec | undefined)[];
  /** Whether anything in it is packed two digits in a byte. */
  readonly isPacked: boolean;
  /** The longest message that there can be. */
  readonly octetsMax: number;
};

export type FieldRow = {
  readonly number: number;
  readonly name: string;
  readonly is: string;
  readonly shown?: Shown;
  readonly inside?: Inside;
};

type Own = Partial<Pick<FieldSpec, 'encoding' | 'lengthEncoding' | 'pad' | 'inside'>> & {
  readonly is?: string;
};

export type Habits = {
  readonly name: string;
  readonly mti: 'ascii' | 'bcd';
  readonly bitmap: 'binary' | 'hex';
  /** Of `n`, `z` and the digits of `x+n`. */
  readonly digits: 'ascii' | 'bcd';
  /** Of `b`. */
  readonly bytes: 'binary' | 'hex';
  readonly lengths: LengthEncoding;
  readonly rows: readonly FieldRow[];
  /** By number: what a field does otherwise. */
  readonly own?: Readonly<Record<number, Own>>;
};

export const FIELDS_MAX = 128;
/** The bitmaps are no fields: bit 1 announces the second, bit 65 a third, which this standard never uses. */
const BITMAPS: ReadonlySet<number> = new Set([1, 65]);

export function makeSpec(habits: Habits): Spec {
  const fields: (FieldSpec | undefined)[] = Array.from({ length: FIELDS_MAX + 1 }, () => undefined);
  let octetsMax = 4 + 32;
  for (const row of habits.rows) {
    const { number } = row;
    assert(number >= 2 && number <= FIELDS_MAX && !BITMAPS.has(number), `there is no field ${number}`);
    assert(fields[number] === undefined, `field ${number} is twice in ${habits.name}`);
    const field = fieldOf(row, habits);
    fields[number] = field;
    octetsMax += 3 + octetsOf(field, field.size);
  }
  const { name, mti, bitmap } = habits;
  const isPacked = mti === 'bcd' || fields.some((field) => field?.encoding === 'bcd');
  return { name, mti, bitmap, fields, isPacked, octetsMax };
}

function fieldOf(row: FieldRow, habits: Habits): FieldSpec {
  const own = habits.own?.[row.number] ?? {};
  const { content, length, size } = parseNotation(own.is ?? row.is);
  const isDigits = content === 'n' || content === 'z' || content === 'x+n';
  const encoding = own.encoding ?? (content === 'b' ? habits.bytes : isDigits ? habits.digits : 'ascii');
  assert(encoding !== 'bcd' || isDigits, `field ${row.number} is no digits and cannot be packed`);
  assert(
    (content === 'b') === (encoding === 'binary' || encoding === 'hex'),
    `field ${row.number}: b is bytes`,
  );
  const inside = own.inside ?? row.inside ?? null;
  assert(
    inside === null || (inside.kind === 'ber') === (content === 'b'),
    `field ${row.number} holds no such parts`,
  );
  return {
    number: row.number,
    name: row.name,
    content,
    mask: maskOf(content),
    length,
    size,
    encoding,
    lengthEncoding: own.lengthEncoding ?? habits.lengths,
    pad: own.pad ?? 'front',
    inside,
    shown: row.shown ?? 'length',
  };
}

/** How many bytes `size` characters or bytes of the field take on the line. */
export function octetsOf(field: FieldSpec, size: number): number {
  if (field.encoding === 'bcd') return field.content === 'x+n' ? 1 + (size >> 1) : (size + 1) >> 1;
  return field.encoding === 'hex' ? size * 2 : size;
}

const LENGTH_OCTETS = {
  fixed: { ascii: 0, bcd: 0, binary: 0 },
  LLVAR: { ascii: 2, bcd: 1, binary: 1 },
  LLLVAR: { ascii: 3, bcd: 2, binary: 2 },
} as const satisfies Record<LengthKind, Record<LengthEncoding, number>>;

/** How many bytes stand in front of the field and say how long it is. */
export function lengthOctetsOf(field: FieldSpec): number {
  return LENGTH_OCTETS[field.length][field.lengthEncoding];
}
