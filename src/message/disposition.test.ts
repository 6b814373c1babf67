import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { attachment, nameIn } from './disposition.ts';

test('a name comes out of the header as it went in, and the header is plain ASCII', () => {
  for (const name of ['lease.pdf', 'Bail n° 7 «final».pdf', "it's (1)*.txt", '東京.png', 'a"b\\c%20.txt']) {
    const header = attachment(name);
    assert.equal(nameIn(header), name);
    assert.match(header, /^attachment; filename="[ -~]*"; filename\*=UTF-8''[!-~]+$/);
  }
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
      assert.equal(nameIn(attachment(name)), name.toWellFormed());
      assert.match(attachment(name), /^[ -~]*$/);
    }),
  );
});

test('names are read as clients write them, and S20: broken headers have none', () => {
  assert.equal(nameIn('attachment; filename="a \\"b\\".pdf"'), 'a "b".pdf');
  assert.equal(nameIn('inline; filename=plain.txt'), 'plain.txt');
  for (const header of [undefined, '', 'attachment', "attachment; filename*=utf-8''%zz"]) {
    assert.equal(nameIn(header), null);
  }
});
