/**
 * One-dimensional arrays of the types that our statements use, between JavaScript and Postgres's text form
 * (PostgreSQL documentation, 8.15.6): {1,2}, {"with \"quotes\" and \\",NULL}.
 *
 * The driver can learn the array types of a server by itself (fetch_types), but asks for them in a promise
 * that nobody holds: a connection that is lost at that moment ends the whole process. So it does not ask, and
 * is told here.
 */
export type ArrayItem = string | number | bigint | boolean | Date | null;

type Handler = {
  readonly to: number;
  readonly from: number[];
  readonly serialize: (items: readonly ArrayItem[] | string) => string;
  readonly parse: (text: string) => unknown;
};

type Item = (text: string) => unknown;

const asText: Item = (text) => text;

/** By the array type's oid, which is the same on every server (pg_type.dat); with how to read one item. */
const ARRAYS: Readonly<Record<string, readonly [oid: number, item: Item]>> = {
  booleans: [1000, (text) => text === 't'],
  smallints: [1005, Number],
  integers: [1007, Number],
  texts: [1009, asText],
  varchars: [1015, asText],
  bigints: [1016, BigInt],
  floats: [1022, Number],
  timestamps: [1185, (text) => new Date(text)],
};

export const ARRAY_TYPES: Readonly<Record<string, Handler>> = Object.fromEntries(
  Object.entries(ARRAYS).map(([name, [oid, item]]) => [
    name,
    { to: oid, from: [oid], serialize: writeArray, parse: (text: string) => readArray(text, item) },
  ]),
);

/** Text that is an array already is left as it is. */
export function writeArray(items: readonly ArrayItem[] | string): string {
  return typeof items === 'string' ? items : `{${items.map(writeItem).join(',')}}`;
}

function writeItem(item: ArrayItem): string {
  if (item === null) return 'NULL';
  const text = item instanceof Date ? item.toISOString() : String(item);
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/** Reads what Postgres writes; it quotes every item that could be mistaken. */
export function readArray(text: string, item: Item): unknown[] {
  const items: unknown[] = [];
  for (const match of text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/gs)) {
    const [, quoted, plain] = match;
    if (quoted !== undefined) items.push(item(quoted.replace(/\\(.)/gs, '$1')));
    else items.push(plain === 'NULL' ? null : item(plain ?? ''));
  }
  return items;
}
