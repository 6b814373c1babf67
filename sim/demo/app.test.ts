import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hono } from 'hono';
import { CountersignProblem } from '../../src/sdk/problem.ts';
import type { Confirmation, OpenConfirmation, OpenedConfirmation } from '../../src/sdk/types.ts';
import { systemRandom } from '../../src/std/random.ts';
import { openWebAssets } from '../../src/web/assets.ts';
import { createDemo, type DemoClient } from './app.ts';

const PUBLIC_URL = 'http://localhost:8080';

function refuse(title: string, status: number): CountersignProblem {
  return new CountersignProblem({
    type: '/problems/not_found',
    title,
    status,
    detail: '',
    instance: null,
    errors: [],
    retryAfterMs: null,
  });
}

/** An API that confirms what and when the test says; the demo sees nothing else of the product. */
function createApi(): DemoClient & {
  opened: OpenConfirmation[];
  set: (part: Partial<Confirmation>) => void;
} {
  const opened: OpenConfirmation[] = [];
  let now: Confirmation | null = null;
  return {
    opened,
    set: (part) => {
      if (now) now = { ...now, ...part };
    },
    open: (input) => {
      opened.push(input);
      if ('identifier' in input.subscriber && input.subscriber.identifier.value === 'nobody')
        return Promise.reject(refuse('There is no such subscriber', 404));
      now = {
        id: `cnf_${opened.length}`,
        state: 'sent',
        reason: null,
        act: input.act,
        client: 'cli_1',
        subscriber: 'sub_1',
        sentTo: '+33 6 •• •• •• 12',
        digits: 6,
        language: 'en',
        connected: false,
        delivery: null,
        createdAt: '2026-01-01T00:00:00.000Z',
        expiresAt: '2026-01-01T00:05:00.000Z',
        endedAt: null,
      };
      const page = `${PUBLIC_URL}/c/${now.id}?session=secret`;
      const answer: OpenedConfirmation = { ...now, session: { number: '1', secret: 'secret' }, page };
      return Promise.resolve(answer);
    },
    get: (id) => (now?.id === id ? Promise.resolve(now) : Promise.reject(refuse('Not found', 404))),
    receipt: (id) => Promise.resolve({ confirmation: id }),
  };
}

function createWorld() {
  const api = createApi();
  const demo = createDemo({
    client: api,
    publicUrl: PUBLIC_URL,
    assets: openWebAssets(),
    random: systemRandom,
    identifier: 'alice',
    number: '+33612345612',
    mailbox: '/mail/cli_1',
    form: '/declare/frm_1',
    shop: '/shop',
  });
  return { api, demo };
}

/** A browser as far as needed: it keeps the cookie and reads the form's token. */
async function visit(demo: Hono) {
  const landing = await demo.request(`${PUBLIC_URL}/demo`);
  const cookie = (landing.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
  const page = await landing.text();
  const token = /name="form_token" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const go = (path: string) => demo.request(PUBLIC_URL + path, { headers: { cookie } });
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    demo.request(PUBLIC_URL + path, {
      method: 'POST',
      headers: { cookie, 'Sec-Fetch-Site': 'same-origin', ...headers },
      body: new URLSearchParams({ form_token: token, ...fields }),
    });
  return { landing, page, go, post };
}

const ASK = { door: 'intranet', identifier: 'alice', language: 'fr' };

test('A1: sign in: to the hosted page, and after it into the intranet, with a receipt', async () => {
  const { api, demo } = createWorld();
  const { go, post } = await visit(demo);
  const asked = await post('/demo/confirmations', ASK);
  assert.equal(asked.status, 303);
  assert.equal(asked.headers.get('location'), `${PUBLIC_URL}/c/cnf_1?session=secret`);
  assert.deepEqual(api.opened[0], {
    subscriber: { identifier: { value: 'alice' } },
    act: { purpose: 'access', resource: 'Acme intranet' },
    returnUrl: `${PUBLIC_URL}/demo/return`,
    language: 'fr',
  });
  assert.equal((await go('/demo/intranet')).status, 303);
  api.set({ state: 'confirmed' });
  const back = await go('/demo/return?confirmation=cnf_1');
  assert.equal(back.headers.get('location'), '/demo/intranet');
  const inside = await (await go('/demo/intranet')).text();
  assert.match(inside, /Welcome, alice\./);
  const receipt = await go('/demo/receipts/cnf_1?download');
  assert.equal(receipt.headers.get('content-disposition'), 'attachment; filename="receipt.json"');
  assert.deepEqual(await receipt.json(), { confirmation: 'cnf_1' });
});

test('M1: order a transfer: the act goes out as it is shown, and is done only once confirmed', async () => {
  const { api, demo } = createWorld();
  const { go, post } = await visit(demo);
  await post('/demo/confirmations', { ...ASK, door: 'transfer' });
  assert.deepEqual(api.opened[0]?.act.amount, { value: '312.40', currency: 'EUR' });
  assert.equal((await go('/demo/transfers/cnf_1')).status, 303);
  api.set({ state: 'confirmed' });
  const back = await go('/demo/return?confirmation=cnf_1');
  assert.equal(back.headers.get('location'), '/demo/transfers/cnf_1');
  assert.match(await (await go('/demo/transfers/cnf_1')).text(), /is on its way/);
});

test('A1: the outcome comes from the API: a refusal has its cause, and nothing opens', async () => {
  const causes = [
    ['sent', /Not confirmed yet/],
    ['locked', /too many wrong codes/],
    ['expired', /did not come back in time/],
    ['cancelled', /this was not me/],
  ] as const;
  for (const [state, cause] of causes) {
    const { api, demo } = createWorld();
    const { go, post } = await visit(demo);
    await post('/demo/confirmations', ASK);
    api.set({ state });
    const back = await go('/demo/return?confirmation=cnf_1&state=confirmed');
    assert.equal(back.status, 403, state);
    assert.match(await back.text(), cause);
    assert.equal((await go('/demo/intranet')).headers.get('location'), '/demo', state);
  }
});

test('M1: another act than was asked for opens nothing, though it was confirmed', async () => {
  const { api, demo } = createWorld();
  const { go, post } = await visit(demo);
  await post('/demo/confirmations', { ...ASK, door: 'transfer' });
  api.set({ state: 'confirmed', act: { purpose: 'transfer', amount: { value: '1.00', currency: 'EUR' } } });
  assert.equal((await go('/demo/return?confirmation=cnf_1')).status, 403);
  assert.equal((await go('/demo/transfers/cnf_1')).headers.get('location'), '/demo');
});

test('S14: what another browser began opens nothing here, and its receipt is not shown', async () => {
  const { api, demo } = createWorld();
  const first = await visit(demo);
  await first.post('/demo/confirmations', ASK);
  api.set({ state: 'confirmed' });
  await first.go('/demo/return?confirmation=cnf_1');
  const second = await visit(demo);
  assert.equal((await second.go('/demo/return?confirmation=cnf_1')).status, 403);
  assert.equal((await second.go('/demo/intranet')).headers.get('location'), '/demo');
  assert.equal((await second.go('/demo/receipts/cnf_1')).headers.get('location'), '/demo');
});

test('S18: a post from elsewhere, or without the token, begins nothing', async () => {
  const { api, demo } = createWorld();
  const { post } = await visit(demo);
  const elsewhere = await post('/demo/confirmations', ASK, { 'Sec-Fetch-Site': 'cross-site' });
  const without = await post('/demo/confirmations', { ...ASK, form_token: 'x' });
  const noDoor = await post('/demo/confirmations', { ...ASK, door: 'vault' });
  assert.deepEqual([elsewhere.status, without.status, noDoor.status], [403, 403, 403]);
  assert.equal(api.opened.length, 0);
});

test('a refusal of the API is said on the page, with what was typed', async () => {
  const { demo } = createWorld();
  const { post } = await visit(demo);
  const answer = await post('/demo/confirmations', { ...ASK, identifier: 'nobody' });
  assert.equal(answer.status, 422);
  const page = await answer.text();
  assert.match(page, /There is no such subscriber/);
  assert.match(page, /value="nobody"/);
});

test('signing out closes the door', async () => {
  const { api, demo } = createWorld();
  const { go, post } = await visit(demo);
  await post('/demo/confirmations', ASK);
  api.set({ state: 'confirmed' });
  await go('/demo/return?confirmation=cnf_1');
  assert.equal((await go('/demo/intranet')).status, 200);
  await post('/demo/sign-out', {});
  assert.equal((await go('/demo/intranet')).status, 303);
});

test('S18: the landing page lets its forms go on to the hosted page, and has nothing inline', async () => {
  const { demo } = createWorld();
  const { landing, page } = await visit(demo);
  assert.match(page, /href="\/handset\?number=%2B33612345612"/);
  const policy = landing.headers.get('content-security-policy') ?? '';
  assert.match(policy, /form-action 'self' http:\/\/localhost:8080/);
  assert.match(landing.headers.get('set-cookie') ?? '', /Path=\/demo; HttpOnly; SameSite=Lax/);
  assert.doesNotMatch(page, /<script|style=/);
});

test('another name of this machine leads to the one that people come back to', async () => {
  const { demo } = createWorld();
  const moved = await demo.request('http://127.0.0.1:8080/demo');
  assert.equal(moved.headers.get('location'), `${PUBLIC_URL}/demo`);
  const proxied = await demo.request('http://demo.example/demo');
  assert.equal(proxied.status, 200);
});
