import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RESPONSE_CODES, responseCode, type Meaning } from './response-code.ts';

const ALL = Array.from({ length: 100 }, (_, code) => String(code).padStart(2, '0'));

/** Written a second time, by meaning, so that a slip in the table is seen. */
const BY_MEANING: Readonly<Record<Exclude<Meaning, 'declined'>, string>> = {
  approved: '00 11 16',
  partial: '10 32',
  refer: '01 02 08',
  pick_up: '04 07 33 34 35 36 37 38 41 43 67',
  later: '19 90 91 92 96',
  unknown: '06 09 20 22 68 94',
};

test('S17: of all 100 response codes three approve; the others decline, wait or are reversed', () => {
  assert.deepEqual(Object.keys(RESPONSE_CODES).toSorted(), ALL);
  const meanings = new Map(
    Object.entries(BY_MEANING).flatMap(([meaning, codes]) => codes.split(' ').map((code) => [code, meaning])),
  );
  for (const code of ALL) {
    assert.equal(responseCode(code).meaning, meanings.get(code) ?? 'declined', code);
    assert.ok(responseCode(code).name.length > 3, code);
  }
});

test('S17: a code that is in no table declines, and is reversed to be sure', () => {
  for (const code of ['', '0', '000', 'N7', 'A1', '0 ', ' 0', '__proto__', 'constructor', '٠٠']) {
    const { meaning, isReserved } = responseCode(code);
    assert.deepEqual([meaning, isReserved], ['declined', true], code);
  }
  const reserved = ALL.filter((code) => responseCode(code).isReserved);
  assert.equal(reserved.length, 6 + 6 + 14 + 3);
  assert.ok(reserved.every((code) => responseCode(code).meaning === 'declined'));
});
