import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBook, type Book } from './book.ts';

function tell(book: Book, messageId: string, outcome: 'delivered' | 'failed' | 'expired'): string | null {
  const weighed = book.weigh(messageId, outcome);
  weighed.settle();
  return weighed.reference;
}

test('a text of one segment is reported once, however often the receipt comes', () => {
  const book = createBook();
  book.open('A1', 1);
  assert.equal(book.weigh('A1', 'delivered').reference, 'A1');
  assert.equal(tell(book, 'A1', 'delivered'), 'A1', 'what was not settled may be reported again');
  assert.equal(tell(book, 'A1', 'delivered'), null);
});

test('a text of several is delivered with its last segment, in any order', () => {
  const book = createBook();
  book.open('1', 3);
  book.join('1', '2');
  assert.equal(tell(book, '2', 'delivered'), null);
  book.join('1', '3');
  assert.equal(tell(book, '2', 'delivered'), null);
  assert.equal(tell(book, '1', 'delivered'), null);
  assert.equal(tell(book, '3', 'delivered'), '1');
});

test('one lost segment fails the text, once', () => {
  const book = createBook();
  book.open('1', 2);
  book.join('1', '2');
  assert.equal(tell(book, '1', 'delivered'), null);
  assert.equal(tell(book, '2', 'expired'), '1');
  assert.equal(tell(book, '2', 'failed'), null);
  assert.equal(tell(book, '1', 'delivered'), null);
});

test('an id is known again in another base, case and padding, and reported as it was given', () => {
  const book = createBook();
  book.open('00AB12CD', 1);
  assert.equal(tell(book, String(0xab12cd), 'delivered'), '00AB12CD');
  book.open('1234567', 1);
  assert.equal(tell(book, (1234567).toString(16), 'failed'), '1234567');
});

test('an unknown id is its own reference, and the memory is bounded', () => {
  const book = createBook({ entriesMax: 4 });
  for (const id of ['x1', 'x2', 'x3', 'x4', 'x5']) book.open(id, 2);
  assert.equal(tell(book, 'x1', 'delivered'), 'x1');
  assert.equal(tell(book, 'x5', 'delivered'), null);
});
