import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { checkDer } from './der.ts';

function problem(hex: string): string {
  const checked = checkDer(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  return checked.ok ? '' : (checked.detail ?? '');
}

/** The DER of a value with this tag. */
function tlv(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

test('S20: a frame is refused with the byte where it breaks', () => {
  const cases: [string, RegExp | ''][] = [
    ['0500', ''],
    ['3000', ''],
    ['3003 0201 05', ''],
    ['3006 3104 3002 0500', ''],
    ['a003 0101 ff', ''],
    ['', /^byte 0: the value ends within its header/],
    ['30', /^byte 0: the value ends within its header/],
    ['3001 05', /^byte 2: the value ends within its header/],
    ['3002 0501', /^byte 2: the length reaches beyond the end/],
    ['3003 0501 0000', /^byte 5: more follows/],
    ['0500 00', /^byte 2: more follows/],
    ['3080 0500 0000', /^byte 0: the length is indefinite or absurd/],
    ['0484 ffffffff', /^byte 0: the length is indefinite or absurd/],
    ['0483 ffffff', /^byte 0: the length reaches beyond the end/],
    ['0481 0100', /^byte 0: the length is not in its shortest form/],
    ['0482 0001 00', /^byte 0: the length is not in its shortest form/],
    ['0482 01', /^byte 0: the value ends within its length/],
    ['3003 0201', /^byte 0: the length reaches beyond the end/],
    ['1f00', /^byte 0: the tag is longer than one byte/],
    ['2403 0401 00', /^byte 0: the value has the wrong form/],
    ['1000', /^byte 0: the value has the wrong form/],
    ['0101 01', /^byte 0: the boolean/],
    ['0200', /^byte 0: the integer is empty/],
    ['0202 0001', /^byte 0: the integer is not in its shortest form/],
    ['0202 ff80', /^byte 0: the integer is not in its shortest form/],
    ['3002 3002 0500', /^byte 2: the length reaches beyond the end/],
  ];
  for (const [hex, expected] of cases) {
    const found = problem(hex);
    if (expected === '') assert.equal(found, '', hex);
    else assert.match(found, expected, hex);
  }
});

test('S20: neither depth nor number of values grows without end', () => {
  let deep: Buffer = Buffer.from([5, 0]);
  for (let i = 0; i < 100; i++) deep = tlv(0x30, deep);
  assert.match(problem(deep.toString('hex')), /nested more than 32 deep/);
  const many = tlv(0x30, Buffer.concat(Array.from({ length: 5000 }, () => Buffer.from([5, 0]))));
  assert.match(problem(many.toString('hex')), /more than 4096 values/);
});

test('whatever is built by the rules passes, and not when it is cut', () => {
  const { node } = fc.letrec<{ node: Buffer; leaf: Buffer }>((tie) => ({
    node: fc.oneof({ maxDepth: 5 }, tie('leaf'), fc.array(tie('node'), { maxLength: 4 }).map(wrap)),
    leaf: fc.uint8Array({ maxLength: 300 }).map((bytes) => tlv(0x04, bytes)),
  }));
  fc.assert(
    fc.property(node, (der) => {
      assert.deepEqual(checkDer(der), { ok: true, value: undefined });
      assert.equal(checkDer(der.subarray(0, -1)).ok, false);
    }),
  );
});

function wrap(parts: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

test('S20: no bytes at all make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const checked = checkDer(bytes);
      assert.ok(checked.ok || /^byte \d+: /.test(checked.detail ?? ''));
    }),
  );
});
