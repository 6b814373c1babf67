import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parsePattern } from './pattern.ts';

function matcher(source: string): (text: string) => boolean {
  const parsed = parsePattern(source);
  assert(parsed.ok, `${source}: ${parsed.ok ? '' : (parsed.detail ?? '')}`);
  return parsed.value.test;
}

test('what people write in forms is matched as the language would', () => {
  const rows: [string, string[], string[]][] = [
    ['^[0-9]{5}$', ['75001', '00000'], ['7500', '750011', 'x75001', '']],
    ['^[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]{1,4}){1,8}$', ['FR76 3000 6000', 'DE893704'], ['FR', 'fr7630006']],
    ["^\\p{L}[\\p{L} .'-]*$", ['José', "O'Neill", 'Anne-Marie'], ['3', '']],
    ['^(red|green|blue)$', ['red', 'blue'], ['redgreen', 'Red']],
    ['\\d', ['a1', '1'], ['a', '']],
    ['^.{2,3}$', ['ab', '€€€'], ['a', 'abcd']],
    ['^a{2,}b?$', ['aa', 'aaab'], ['a', 'ab']],
    ['^[^@]+@[^@]+$', ['a@b'], ['@', 'a@b@c']],
    ['^(a*)*$', ['', 'aaa'], ['b']],
    ['^\\+?[0-9-]+$|^none$', ['+33-1', 'none'], ['some']],
  ];
  for (const [source, right, wrong] of rows) {
    const matches = matcher(source);
    for (const text of right) assert.equal(matches(text), true, `${source} ${text}`);
    for (const text of wrong) assert.equal(matches(text), false, `${source} ${text}`);
  }
});

test('M9 S20: patterns and texts that would keep other engines busy for years are judged all the same', () => {
  for (const source of ['^(a+)+$', '^(a|aa)+$', '^(a|a)*b$', 'a*a*a*a*a*a*a*a*a*b', '^([a-z]+)*@$']) {
    assert.equal(matcher(source)(`${'a'.repeat(10_000)}!`), false, source);
  }
});

test('S20: what is not in the subset is refused with a reason, and nothing is thrown', () => {
  for (const source of [
    '(?=a)',
    '(?<name>a)',
    '(?!a)',
    '\\1',
    '\\b',
    'a**',
    'a{2}{3}',
    '*a',
    '(a',
    'a)',
    '[a',
    'a{3,2}',
    '[z-a]',
    '\\p{Nothing}',
    '(a{100}){100}',
    '^*',
    'x{',
    '('.repeat(40),
    'a'.repeat(501),
    '\\',
    '\\q',
  ]) {
    const parsed = parsePattern(source);
    assert(!parsed.ok, source);
    assert.match(parsed.detail ?? '', /^The pattern /);
  }
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.string({ maxLength: 40 }),
      (source, text) => {
        const parsed = parsePattern(source);
        if (parsed.ok) assert.equal(typeof parsed.value.test(text), 'boolean');
      },
    ),
  );
});

test('on what it takes, it agrees with the engine of the language', () => {
  const atom = fc.constantFrom('a', 'b', '[ab]', '[^a]', '.', '\\d', '(?:a|b)', '(ab)?', '(a|b){1,2}', 'c');
  const times = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{0,2}');
  const piece = fc.tuple(atom, times).map(([one, many]) => (/[?}]$/.test(one) ? one : one + many));
  const source = fc
    .tuple(fc.constantFrom('', '^'), fc.array(piece, { maxLength: 5 }), fc.constantFrom('', '$', '|c$'))
    .map(([begin, pieces, end]) => begin + pieces.join('') + end);
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1'), maxLength: 8 });
  fc.assert(
    fc.property(source, text, (written, typed) => {
      assert.equal(matcher(written)(typed), new RegExp(written, 'u').test(typed), `${written} on ${typed}`);
    }),
    { numRuns: 2000 },
  );
});
