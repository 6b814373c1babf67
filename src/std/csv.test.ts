import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { csvLine } from './csv.ts';

test('a reader of RFC 4180 gets back every cell, and none that begins a formula', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('=1+1', '+33', '-5.00', '@x', 'a,b', '"', '\r\n', ' x ', '＝1', "'=1", '\t=1'),
  );
  fc.assert(
    fc.property(fc.array(cell, { minLength: 2, maxLength: 6 }), (cells) => {
      const rows: unknown = parse(csvLine(cells), {
        relax_column_count: true,
        bom: false,
        record_delimiter: '\r\n',
      });
      assert(Array.isArray(rows) && Array.isArray(rows[0]) && rows.length === 1);
      const read = rows[0] as string[];
      assert.equal(read.length, cells.length);
      for (const [i, text] of read.entries()) {
        assert.equal(text.replace(/^'/, ''), (cells[i] ?? '').replace(/^'/, ''));
        assert(/^-?\d+(\.\d+)?$/.test(text) || !/^[=+\-@\t\r\n＝＋－＠]/u.test(text), text);
      }
    }),
  );
});

test('a negative amount stays a number', () => {
  assert.equal(csvLine(['-5.00', '=A1', 'Say "x"']), `-5.00,'=A1,"Say ""x"""\r\n`);
});
