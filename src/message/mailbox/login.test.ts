import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createSubscriber } from '../../directory/manage.ts';
import { createFindClientById } from '../../client/find.ts';
import { must } from '../../std/assert.ts';
import { createRouter } from '../../http/app.ts';
import { openWorld, type World } from '../../../test/world.ts';
import { createLogins } from './login.ts';

/** The sign-in of hosted pages, by a page of three routes, whose browsers are jars of cookies. */
const NUMBER = '+33639980121';
let world: World;

before(async () => {
  world = await openWorld({
    mount: (app) => {
      const pages = createRouter();
      const site = () => {
        const { confirmations, store } = world.server;
        const options = { confirmations, publicUrl: 'http://localhost:8080' } as const;
        return {
          mail: createLogins({ ...options, place: 'mail' }),
          declare: createLogins({ ...options, place: 'declare' }),
          clientOf: createFindClientById(store.sql),
        };
      };
      pages.post('/try/:client/in', async (c) => {
        const client = must(await site().clientOf(c.req.param('client')), 'a client');
        const begun = await site().mail.begin(c, {
          client,
          to: { identifier: { value: c.req.query('who') ?? '' } },
          resource: `${client.name}: registered messages`,
          returnPath: '/try',
          language: null,
        });
        return begun.ok ? c.redirect(begun.value.location, 303) : c.text(begun.refusal, 422);
      });
      pages.get('/try/:client/:place', async (c) => {
        const client = must(await site().clientOf(c.req.param('client')), 'a client');
        const place = c.req.param('place') === 'declare' ? site().declare : site().mail;
        return c.text((await place.find(c, client))?.number ?? 'a stranger');
      });
      pages.post('/try/:client/out', async (c) => {
        await site().mail.end(c, must(await site().clientOf(c.req.param('client')), 'a client'));
        return c.text('out');
      });
      app.route('/', pages);
    },
  });
  const made = await createSubscriber(
    { sql: world.server.store.sql },
    world.tenantId,
    {
      name: 'Anna',
      language: null,
      identifiers: [{ kind: 'username', value: 'anna' }],
      addresses: [{ channel: 'sms', value: NUMBER, vouched: true }],
    },
    'test',
  );
  assert.ok(made.ok);
});

after(() => world[Symbol.asyncDispose]());

/** A browser as far as it matters here: what it was given for which path. */
function browser() {
  const jar = new Map<string, { value: string; path: string }>();
  async function go(method: string, path: string, form?: Record<string, string>): Promise<Response> {
    const cookies = [...jar].filter(([, kept]) => path.startsWith(kept.path));
    const answer = await fetch(`${world.url}${path}`, {
      method,
      redirect: 'manual',
      headers: { cookie: cookies.map(([name, { value }]) => `${name}=${value}`).join('; ') },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /Path=([^;]+)/.exec(line)?.[1] ?? '/';
      if (value === '') jar.delete(name);
      else jar.set(name, { value, path });
    }
    return answer;
  }
  return { go, jar };
}

type Tab = ReturnType<typeof browser>;

async function askToSignIn(tab: Tab): Promise<string> {
  const arriving = world.handsets.next(NUMBER);
  const answer = await tab.go('POST', `/try/${world.clientId}/in?who=anna`);
  assert.equal(answer.status, 303);
  await arriving;
  return answer.headers.get('location') ?? '';
}

async function typeCode(tab: Tab, page: string): Promise<number> {
  const html = await (await tab.go('GET', page)).text();
  const token = /name="form_token" value="([^"]+)"/.exec(html)?.[1] ?? '';
  const code = world.handsets.lastCode(NUMBER) ?? '';
  return (await tab.go('POST', `${page}/verification`, { form_token: token, code })).status;
}

const who = async (tab: Tab, place = 'mail') =>
  (await tab.go('GET', `/try/${world.clientId}/${place}`)).text();

test('A1: the right code signs in the browser that asked, and no other; signing out ends it', async () => {
  const tab = browser();
  assert.equal(await who(tab), 'a stranger');
  const page = await askToSignIn(tab);
  assert.equal(await who(tab), 'a stranger', 'asking is not being');
  assert.equal(await typeCode(tab, page), 303);
  assert.equal(await who(tab), NUMBER);
  assert.equal(await who(tab, 'declare'), 'a stranger', 'signed in at one place is not signed in at another');
  assert.equal(await who(browser()), 'a stranger');
  const [name, kept] = [...tab.jar].find(([cookie]) => cookie.startsWith('cs_mail_')) ?? [];
  tab.jar.set(must(name, 'a cookie').replace('mail', 'declare'), must(kept, 'a cookie'));
  assert.equal(await who(tab, 'declare'), 'a stranger', 'nor by the same cookie under another name');
  await tab.go('POST', `/try/${world.clientId}/out`);
  assert.equal(await who(tab), 'a stranger');
});

test('S9: who sends the page of his own sign-in to the person is not signed in by her code', async () => {
  const thief = browser();
  const page = await askToSignIn(thief);
  const secret = [...thief.jar].find(([, { path }]) => path === page)?.[1].value ?? '';
  assert.ok(secret !== '');
  const person = browser();
  assert.equal((await person.go('GET', `${page}?session=${secret}`)).status, 404);
  assert.equal(await typeCode(person, page), 404);
  assert.equal(await who(thief), 'a stranger');
});

test('S2: a sign-in ends half an hour after its code, by the clock of the database', async () => {
  const tab = browser();
  assert.equal(await typeCode(tab, await askToSignIn(tab)), 303);
  assert.equal(await who(tab), NUMBER);
  await world.database.store.sql`update confirmation set ended_at = ended_at - interval '29 minutes'`;
  assert.equal(await who(tab), NUMBER);
  await world.database.store.sql`update confirmation set ended_at = ended_at - interval '2 minutes'`;
  assert.equal(await who(tab), 'a stranger');
});

test('an identifier that nobody has sends nothing and signs in nobody', async () => {
  const tab = browser();
  const answer = await tab.go('POST', `/try/${world.clientId}/in?who=nobody`);
  assert.deepEqual([answer.status, await answer.text()], [422, 'unknown_subscriber']);
  assert.equal(tab.jar.size, 0);
});
