import assert from 'node:assert/strict';
import { createSubscriber } from '../src/directory/manage.ts';
import { must } from '../src/std/assert.ts';
import { nextCode, NUMBER } from './security-kit.ts';
import type { Answer, World } from './world.ts';

/** A browser without eyes: keeps cookies, posts the forms of pages. */
export type Reader = {
  readonly get: (path: string) => Promise<Page>;
  /** Posts to `path` the hidden fields of the page's forms, and these. */
  readonly post: (page: Page, path: string, fields?: Fields) => Promise<Page>;
};

type Fields = Readonly<Record<string, string | readonly string[]>>;
export type Page = { readonly status: number; readonly text: string; readonly location: string | null };

export function openReader(world: World): Reader {
  const jar = new Map<string, string>();

  async function send(path: string, init: RequestInit = {}): Promise<Page> {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { 'accept-language': 'en', cookie };
    const answer = await fetch(`${world.url}${path}`, { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = must(/^([^=]+)=([^;]*)/.exec(line), 'a cookie has a name');
      if (name !== undefined && value !== undefined) jar.set(name, value);
    }
    return { status: answer.status, text: await answer.text(), location: answer.headers.get('location') };
  }

  return {
    get: (path) => send(path),
    post: (page, path, fields = {}) => {
      const body = new FormData();
      const hidden = page.text.matchAll(/<input\s+type="hidden"\s+name="(\w+)"\s+value="([^"]*)"/g);
      for (const [, name = '', value = ''] of hidden) if (name !== 'change') body.set(name, value);
      for (const [name, values] of Object.entries(fields)) {
        body.delete(name);
        for (const value of typeof values === 'string' ? [values] : values) body.append(name, value);
      }
      return send(path, { method: 'POST', body });
    },
  };
}

export function admin(world: World, method: string, path: string, body?: unknown): Promise<Answer> {
  return world.call(method, path, body, { authorization: `Bearer ${world.adminKey}` });
}

export async function makeForm(world: World, form: object): Promise<string> {
  const made = await admin(world, 'POST', '/v1/forms', form);
  assert.equal(made.status, 201, made.text);
  return String(made.body['id']);
}

export async function addPerson(world: World, username: string, number = NUMBER): Promise<string> {
  const made = await createSubscriber(
    { sql: world.server.store.sql },
    world.tenantId,
    {
      name: username,
      language: 'en',
      identifiers: [{ kind: 'username', value: username }],
      addresses: [{ channel: 'sms', value: number, vouched: true }],
    },
    'test',
  );
  assert(made.ok);
  return made.value.id;
}

export type Asked = { readonly reader: Reader; readonly code: string; readonly confirmation: string };

/** Fills the form in, and asks for the code. */
export async function ask(
  world: World,
  formId: string,
  answers: Fields,
  who: { readonly identifier: string; readonly number: string },
): Promise<Asked> {
  const reader = openReader(world);
  const path = `/declare/${formId}`;
  const review = await reader.post(await reader.get(path), path, answers);
  assert.equal(review.status, 200, review.text);
  const arriving = nextCode(world, who.number);
  const asked = await reader.post(review, `${path}/confirmation`, { identifier: who.identifier });
  assert.equal(asked.status, 303, asked.text);
  const confirmation = must(/cnf_[0-9a-z]+/.exec(asked.location ?? '')?.[0], 'it leads to the code');
  return { reader, confirmation, code: await arriving };
}

/** Brings the code back on the hosted page; gives the page that follows. */
export async function bring(asked: Asked, code = asked.code): Promise<Page> {
  const path = `/c/${asked.confirmation}`;
  const page = await asked.reader.get(path);
  await asked.reader.post(page, `${path}/verification`, { code });
  return asked.reader.get(path);
}

/** Where the page of an ended confirmation leads back to. */
export function wayBack(page: Page): string {
  const href = must(/href="([^"]*\/receipts\/[^"]*)"/.exec(page.text)?.[1], 'it leads back');
  const url = new URL(href.replaceAll('&amp;', '&'));
  return url.pathname + url.search;
}
