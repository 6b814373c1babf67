import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createRecent } from './recent.ts';

test('what was used among the last half is always there, and never more than the maximum', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { maxLength: 300 }), (keys) => {
      const recent = createRecent<number>(10);
      keys.forEach((key, i) => {
        recent.set(String(key), i);
        assert.equal(recent.get(String(key)), i);
        assert.ok(recent.keys().length <= 10);
        const lastFive = new Set<number>();
        for (let at = i; at >= 0 && lastFive.size < 5; at--) lastFive.add(keys[at] ?? 0);
        for (const known of lastFive) assert.ok(recent.keys().includes(String(known)));
      });
    }),
  );
});

test('looking at an entry keeps it, deleting forgets it', () => {
  const recent = createRecent<string>(4);
  recent.set('a', 'A');
  for (const key of ['b', 'c', 'd', 'e', 'f']) {
    assert.equal(recent.get('a'), 'A');
    recent.set(key, key);
  }
  recent.delete('a');
  assert.equal(recent.get('a'), undefined);
});
