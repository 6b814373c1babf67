import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkInvariants } from './invariants.ts';
import { numberOf, open, openBody, openPolicy, TRANSFER } from './security-kit.ts';
import { createBareApp, sendAll, STRANGE } from './strange-bodies.ts';
import { openWorld } from './world.ts';

test('S20: 5,000 random and mutated bodies are read or refused with where they are wrong, and nothing else', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  // A client that does not exist: what reads is refused at once, so that nothing but the reading is done so
  // often.
  const app = createBareApp(world, 'cli_nobody');
  const statuses = await sendAll(app, 20_000_000, 5000, () => '/v1/confirmations');
  const seen = [...statuses.keys()];
  assert(
    seen.every((status) => [400, 403, 413].includes(status)),
    seen.join(),
  );
  assert((statuses.get(400) ?? 0) > 2500 && (statuses.get(403) ?? 0) > 50, JSON.stringify([...statuses]));
  await checkInvariants(world);
});

test('S20: what reads can also be stored, sent and refused, whatever is in it', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const app = createBareApp(world, world.clientId);
  const opened = await open(world);
  const routes = ['verification', 'resend', 'cancellation'];
  const statuses = await sendAll(app, 30_000_000, 1500, (dice) =>
    dice(8) === 0
      ? `/v1/confirmations/${opened.id}/${routes[dice(routes.length)] ?? ''}`
      : '/v1/confirmations',
  );
  assert((statuses.get(201) ?? 0) > 5, JSON.stringify([...statuses]));
  // Those that a random hand would rarely make: each right but for one strange text.
  const texts: readonly ((strange: string) => object)[] = [
    (strange) => ({ ...openBody(numberOf(1)), act: { ...TRANSFER, payee: { name: `A${strange}B` } } }),
    (strange) => ({ ...openBody(numberOf(1)), act: { ...TRANSFER, text: `A${strange}B` } }),
    (strange) => ({ ...openBody(numberOf(1)), act: { ...TRANSFER, debtorAccount: `DE89${strange}` } }),
    (strange) => ({ ...openBody(numberOf(1)), returnUrl: `https://bank.example/${strange}` }),
    (strange) => ({ ...openBody(`+33612345678${strange}`) }),
    (strange) => ({ subscriber: { identifier: { value: `alice${strange}` } }, act: TRANSFER }),
    (strange) => ({ subscriber: { id: `sub_${strange}` }, act: TRANSFER }),
  ];
  for (const strange of STRANGE) {
    for (const bodyOf of texts) {
      const body = bodyOf(strange);
      const answer = await world.call('POST', '/v1/confirmations', body);
      assert(answer.status < 500, `${JSON.stringify(body)}: ${answer.text}`);
    }
    for (const [path, body] of [
      ['/v1/subscribers', { name: `A${strange}B` }],
      ['/v1/subscribers', { identifiers: [{ kind: 'email', value: `a${strange}@example.com` }] }],
      ['/v1/clients', { name: `A${strange}B`, domain: 'a.example' }],
      ['/v1/clients', { name: 'A', domain: `a${strange}.example` }],
      ['/v1/clients', { name: 'A', domain: 'a.example', returnOrigins: [`https://a.example${strange}`] }],
      [`/v1/clients/${world.clientId}/keys`, { label: `A${strange}B` }],
    ] as const) {
      const authorization = `Bearer ${world.adminKey}`;
      const answer = await world.call('POST', path, body, { authorization });
      assert(answer.status < 500, `${path} ${JSON.stringify(body)}: ${answer.text}`);
    }
  }
  await checkInvariants(world);
});

test('S20: bodies that are too large, of no type, in another encoding or not closed are refused, and time is bounded', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const send = (body: string, headers = {}) => world.call('POST', '/v1/confirmations', body, headers);
  const right = JSON.stringify(openBody(numberOf(1)));
  assert.equal((await send(right + ' '.repeat(70_000))).status, 413);
  assert.equal((await send('[' + '1,'.repeat(40_000))).status, 413);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '']) {
    const answer = await send(right, { 'content-type': type });
    assert([400, 415].includes(answer.status), `${type}: ${answer.status}`);
  }
  for (const body of ['', ' ', 'null', '[]', '"x"', '1', '{}', '{"a"', '\ufeff{}', '{"act":1}{"act":2}']) {
    const answer = await send(body);
    assert.equal(answer.status, 400, `${body}: ${answer.text}`);
    assert.equal(answer.body['type'], '/problems/malformed_request');
  }
  const doubled = right.replace('"act":', '"act":{"purpose":"access","resource":"x"},"act":');
  const last = await send(doubled);
  assert([201, 400].includes(last.status), 'of a member that comes twice one is taken, or neither');
  await checkInvariants(world);
});
