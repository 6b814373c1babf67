import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeIn, createHandsets, type HandsetMessage } from './handset.ts';

function message(to: string, text: string): HandsetMessage {
  return { from: 'Bank', to, text, at: 0 };
}

test('a phone keeps its last 50 texts, and as many phones are kept as allowed', () => {
  const handsets = createHandsets({ numbersMax: 100 });
  for (let i = 0; i < 60; i++) handsets.receive(message('+1', `text ${i}`));
  assert.equal(handsets.messages('+1').length, 50);
  assert.equal(handsets.messages('+1')[0]?.text, 'text 10');
  for (let i = 0; i < 1000; i++) handsets.receive(message(`+2${i}`, 'x'));
  assert.ok(handsets.numbers().length <= 100);
  assert.equal(handsets.numbers()[0], '+2999');
  assert.deepEqual(handsets.messages('+1'), []);
});

test('the last code is that of the newest text that has one', () => {
  const handsets = createHandsets();
  assert.equal(handsets.lastCode('+1'), null);
  handsets.receive(message('+1', 'Sign in: 482913\n@bank.example #482913'));
  handsets.receive(message('+1', 'Pay: 11111111\n@bank.example #11111111'));
  handsets.receive(message('+1', 'Someone tried to sign in.'));
  assert.equal(handsets.lastCode('+1'), '11111111');
  assert.equal(codeIn('@bank.example #482913 and more'), '482913');
  assert.equal(codeIn('@bank.example #482913\nlater'), null);
});

test('live listeners hear their number until they leave', async () => {
  const handsets = createHandsets();
  const heard: string[] = [];
  const stop = handsets.subscribe('+1', ({ text }) => heard.push(text));
  const stopAll = handsets.subscribe(null, ({ text }) => heard.push(`all ${text}`));
  const next = handsets.next('+1');
  handsets.receive(message('+1', 'a'));
  handsets.receive(message('+2', 'b'));
  stop();
  stopAll();
  handsets.receive(message('+1', 'c'));
  assert.deepEqual(heard, ['a', 'all a', 'all b']);
  assert.equal((await next).text, 'a');
});
