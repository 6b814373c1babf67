/** Messages of ISO 8583 as fast-check makes them from a spec, and what is done to their bytes; for tests. */
import * as fc from 'fast-check';
import { encode } from '../src/bank/iso8583/encode.ts';
import type { Fields, Message, Parts, Tlv } from '../src/bank/iso8583/message.ts';
import type { Content } from '../src/bank/iso8583/notation.ts';
import type { FieldSpec, PartSpec, Spec } from '../src/bank/iso8583/spec.ts';

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SPECIAL = `!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`;
const UNITS: Readonly<Record<Exclude<Content, 'b' | 'x+n'>, string>> = {
  a: `${LETTERS} `,
  n: DIGITS,
  an: `${LETTERS}${DIGITS} `,
  ns: `${DIGITS}${SPECIAL} `,
  ans: `${LETTERS}${DIGITS}${SPECIAL} `,
  z: `${DIGITS}:;<=>?`,
};

function characters(content: Content, minLength: number, maxLength: number): fc.Arbitrary<string> {
  if (content === 'x+n') {
    return fc
      .tuple(fc.constantFrom('C', 'D'), characters('n', minLength - 1, maxLength - 1))
      .map(([sign, digits]) => sign + digits);
  }
  const units = content === 'b' ? '' : UNITS[content];
  return fc.string({ unit: fc.constantFrom(...units.split('')), minLength, maxLength });
}

function anyParts(parts: readonly PartSpec[]): fc.Arbitrary<Parts> {
  const named = parts.map(({ name, content, size }) => [name, characters(content, size, size)] as const);
  return fc.record(Object.fromEntries(named)) as fc.Arbitrary<Parts>;
}

const anyElements = (idDigits: number): fc.Arbitrary<Parts> =>
  fc.dictionary(characters('n', idDigits, idDigits), characters('ans', 0, 40), {
    maxKeys: 6,
    noNullPrototype: true,
  });

const TAGS: readonly (readonly [tag: string, min: number, max: number])[] = [
  ['9F26', 8, 8],
  ['82', 2, 2],
  ['9F10', 0, 32],
  ['71', 0, 128],
  ['DF8129', 0, 200],
  ['C1', 0, 300],
];
const anyTlvs: fc.Arbitrary<readonly Tlv[]> = fc
  .subarray([...TAGS])
  .chain((tags) =>
    fc.tuple(
      ...tags.map(([tag, minLength, maxLength]) =>
        fc.uint8Array({ minLength, maxLength }).map((value): Tlv => ({ tag, value })),
      ),
    ),
  );

function anyValue(field: FieldSpec): fc.Arbitrary<Fields[number]> {
  const { inside, size } = field;
  const least = field.length === 'fixed' ? size : 0;
  if (inside?.kind === 'ber') return anyTlvs;
  if (inside?.kind === 'parts') return anyParts(inside.parts);
  if (inside?.kind === 'elements') return anyElements(inside.idDigits);
  if (field.content === 'b') return fc.uint8Array({ minLength: least, maxLength: size });
  return characters(field.content, least, size);
}

/** Any fields of the spec, each with any value that it allows. */
export function anyMessage(spec: Spec): fc.Arbitrary<Message> {
  const fields = spec.fields.filter((field) => field !== undefined);
  return fc.subarray(fields, { maxLength: Math.min(30, fields.length) }).chain((chosen) =>
    fc.record({
      mti: fc.constantFrom(
        '0100',
        '0110',
        '0200',
        '0210',
        '0221',
        '0230',
        '0401',
        '0410',
        '0420',
        '0800',
        '0810',
      ),
      fields: fc.record(
        Object.fromEntries(chosen.map((field) => [field.number, anyValue(field)])),
      ) as fc.Arbitrary<Fields>,
    }),
  );
}

/** Views and buffers as hex, and plain objects, so that values compare by what they hold. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}

/** A small seeded generator (mulberry32), so that a message that failed can be made again. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Good messages to begin with, the same for a seed. */
export function samplesOf(spec: Spec, seed: number, count: number): Buffer[] {
  return fc.sample(anyMessage(spec), { seed, numRuns: count }).map((message) => {
    const written = encode(message, spec);
    if (!written.ok) throw new Error(written.detail);
    return written.value;
  });
}

/**
 * One to five changes: a byte set, a bit turned, some left out, a piece said again, the end cut; or noise.
 */
export function mutated(sample: Buffer, random: (below: number) => number): Buffer {
  if (random(50) === 0) return Buffer.from(Array.from({ length: random(200) }, () => random(256)));
  let bytes = Buffer.from(sample);
  const changes = 1 + random(1 + random(5));
  for (let i = 0; i < changes && bytes.length > 4; i++) {
    const at = random(bytes.length);
    const kind = random(6);
    if (kind === 0) bytes[at] = random(256);
    else if (kind === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(8))]);
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random(bytes.length))]);
    else if (kind === 4) bytes = bytes.subarray(0, at);
    else bytes[random(Math.min(bytes.length, 20))] = random(256);
  }
  return bytes;
}
