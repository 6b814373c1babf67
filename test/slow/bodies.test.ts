import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkInvariants } from '../invariants.ts';
import { openPolicy } from '../security-kit.ts';
import { createBareApp, sendAll } from '../strange-bodies.ts';
import { openWorld } from '../world.ts';

test('S20: 100,000 random and mutated bodies are read or refused with where they are wrong, and nothing else', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  // A client that does not exist: what reads is refused at once, so that nothing but the reading is done so
  // often.
  const app = createBareApp(world, 'cli_nobody');
  const statuses = await sendAll(app, 20_000_000, 100_000, () => '/v1/confirmations');
  const seen = [...statuses.keys()];
  assert(
    seen.every((status) => [400, 403, 413].includes(status)),
    seen.join(),
  );
  assert((statuses.get(400) ?? 0) > 50_000 && (statuses.get(403) ?? 0) > 1000, JSON.stringify([...statuses]));
  await checkInvariants(world);
});
