import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  codingOf,
  decodePayload,
  decodeUcs2,
  encodeUcs2,
  readUserData,
  reassemble,
  segment,
  type ReceivedSegment,
  type Segment,
} from './segment.ts';

function cutText(text: string, referenceBits: 8 | 16 = 8): Segment[] {
  const cut = segment(text, { reference: 0x1234, referenceBits });
  assert.ok(cut.ok);
  return cut.value;
}

function receive(part: Segment): ReceivedSegment {
  const data = readUserData(Buffer.concat([part.header, part.payload]));
  assert.ok(data.ok && data.value.concatenation);
  return { coding: part.coding, payload: data.value.payload, concatenation: data.value.concatenation };
}

test('one segment holds 160 septets or 70 units, and more makes two', () => {
  assert.equal(cutText('a'.repeat(160)).length, 1);
  assert.equal(cutText('a'.repeat(161)).length, 2);
  assert.equal(cutText('€'.repeat(80)).length, 1);
  assert.equal(cutText(`${'€'.repeat(80)}a`).length, 2);
  assert.equal(cutText('ж'.repeat(70)).length, 1);
  assert.equal(cutText('ж'.repeat(71)).length, 2);
  assert.equal(cutText('').length, 1);
});

test('parts hold 153 and 67 behind an 8-bit reference, 152 and 66 behind a 16-bit one', () => {
  assert.deepEqual(sizes('a'.repeat(320), 8), [153, 153, 14]);
  assert.deepEqual(sizes('a'.repeat(320), 16), [152, 152, 16]);
  assert.deepEqual(sizes('ж'.repeat(140), 8), [134, 134, 12]);
  assert.deepEqual(sizes('ж'.repeat(140), 16), [132, 132, 16]);
  assert.deepEqual(cutText('a'.repeat(161))[1]?.header, Uint8Array.of(5, 0, 3, 0x34, 2, 2));
  assert.deepEqual(cutText('a'.repeat(161), 16)[0]?.header, Uint8Array.of(6, 8, 4, 0x12, 0x34, 2, 1));

  function sizes(text: string, bits: 8 | 16): number[] {
    return cutText(text, bits).map((part) => part.payload.length);
  }
});

test('an escape pair and a surrogate pair are never cut', () => {
  const euro = cutText(`${'a'.repeat(152)}€${'b'.repeat(20)}`);
  assert.equal(euro[0]?.payload.length, 152);
  const smile = cutText(`${'ж'.repeat(66)}😀${'ж'.repeat(20)}`);
  assert.equal(smile[0]?.payload.length, 132);
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '€', 'ж', '😀'), minLength: 60, maxLength: 400 }),
      (text) => {
        const joined = cutText(text).map((part) => decodePayload(part.coding, part.payload));
        assert.equal(joined.join(''), text);
      },
    ),
  );
});

test('255 segments are the most', () => {
  assert.equal(cutText('a'.repeat(153 * 255)).length, 255);
  const tooLong = segment('a'.repeat(153 * 255 + 1), { reference: 1 });
  assert.equal(tooLong.ok ? '' : tooLong.refusal, 'text_too_long');
});

const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '€', '{', 'é'), minLength: 161, maxLength: 900 }),
  fc.string({ unit: fc.constantFrom('ж', '漢', '😀', 'a'), minLength: 71, maxLength: 500 }),
);

function other(part: ReceivedSegment): ReceivedSegment {
  // The same number of another text: it must not stand in for the missing one.
  return { ...part, concatenation: { ...part.concatenation, total: part.concatenation.total + 1 } };
}

test('segments in any order, some of them doubled, give the text back once all are there', () => {
  const cases = fc.record({ text: anyText, bits: fc.constantFrom<8 | 16>(8, 16), seed: fc.nat() });
  fc.assert(
    fc.property(cases, ({ text, bits, seed }) => {
      const parts = cutText(text, bits).map(receive);
      const first = parts[seed % parts.length];
      assert.ok(first);
      const turned = [
        ...parts.slice(seed % parts.length),
        ...parts.slice(0, seed % parts.length),
      ].toReversed();
      assert.equal(reassemble([first, ...turned]), text);
      assert.equal(reassemble([...parts.filter((part) => part !== first), other(first)]), null);
    }),
  );
});

test('UCS-2 round-trips every string, and its coding is chosen by content', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(decodeUcs2(encodeUcs2(text)), text);
    }),
  );
  assert.equal(codingOf('Order EUR 312.40 to Acme'), 'gsm');
  assert.equal(codingOf('Заказ'), 'ucs2');
});

test('S20: a user data header is refused with a place, or read, whatever the octets are', () => {
  for (const octets of [
    [9, 0],
    [5, 0, 9, 1, 2, 3],
    [1, 0],
    [2, 0, 1],
  ]) {
    const data = readUserData(Uint8Array.from(octets));
    assert.equal(data.ok, false, String(octets));
  }
  const skipped = readUserData(Uint8Array.of(6, 0x24, 1, 1, 0x70, 1, 7, 65));
  assert.deepEqual(skipped.ok && skipped.value, { payload: Uint8Array.of(65), concatenation: null });
  const nonsense = readUserData(Uint8Array.of(5, 0, 3, 1, 2, 3, 65));
  assert.deepEqual(nonsense.ok && nonsense.value.concatenation, null);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
      const data = readUserData(octets);
      if (!data.ok) assert.match(data.detail ?? '', /octet/);
      else assert.ok(data.value.payload.length <= octets.length);
    }),
  );
});
