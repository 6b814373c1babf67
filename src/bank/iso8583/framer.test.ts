import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFramer, MESSAGE_OCTETS_MAX, writeHeader, type Header } from './framer.ts';

const HEADERS: readonly Header[] = [2, 4];
const MESSAGES = ['sign-on-00', 'x'.repeat(300), 'authorise-1'];

function stream(header: Header): Buffer {
  return Buffer.concat(
    MESSAGES.map((text) => {
      const frame = Buffer.from(`${' '.repeat(header)}${text}`);
      writeHeader(frame, header);
      return frame;
    }),
  );
}

test('a stream gives its messages however it is cut, with either header', () => {
  for (const header of HEADERS) {
    const bytes = stream(header);
    for (let piece = 1; piece <= bytes.length; piece++) {
      const framer = createFramer(header);
      const found: string[] = [];
      for (let at = 0; at < bytes.length; at += piece) {
        const pushed = framer.push(bytes.subarray(at, at + piece), (message) =>
          found.push(message.toString()),
        );
        assert.ok(pushed.ok);
      }
      assert.deepEqual(found, MESSAGES, `pieces of ${piece}`);
      assert.equal(framer.pendingOctets(), 0);
    }
  }
});

test('the header says the length without itself: two bytes, or four digits', () => {
  assert.equal(stream(2).subarray(0, 2).toString('hex'), '000a');
  assert.equal(stream(4).subarray(0, 4).toString(), '0010');
});

test('S20: a length out of bounds is refused before anything is held, and for good', () => {
  const cases: readonly (readonly [Header, string, string])[] = [
    [2, '\xff\xff', '65535'],
    [2, '\x00\x05', '5'],
    [4, 'HTTP', 'no number'],
    [4, '0009', '9'],
  ];
  for (const [header, text, said] of cases) {
    const framer = createFramer(header);
    const refused = framer.push(Buffer.from(`${text}${'x'.repeat(100)}`, 'latin1'), () =>
      assert.fail('no message'),
    );
    assert.deepEqual(refused, {
      ok: false,
      refusal: 'malformed_length',
      detail: `the length in front of a message is ${said}, not 10 to ${MESSAGE_OCTETS_MAX}`,
    });
    assert.equal(
      framer.push(stream(header), () => assert.fail('no message')),
      refused,
    );
  }
});
