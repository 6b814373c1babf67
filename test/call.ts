import assert from 'node:assert/strict';
import type { App } from '../src/http/app.ts';

/** What a call was answered, its JSON read. An empty body is an empty object. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
};

export type Call = (
  key: string | null,
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

/** Calls an app as an API client does, without a socket. */
export function createCall(app: App): Call {
  return async (key, method, path, body, headers = {}) => {
    const response = await app.request(path, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, text, json };
  };
}

/** A field that must be a string. */
export function textOf(answer: { readonly json: Readonly<Record<string, unknown>> }, name: string): string {
  const value = answer.json[name];
  assert(typeof value === 'string', `${name} is a string in ${JSON.stringify(answer.json)}`);
  return value;
}

/** The items of a list. */
export function itemsOf(answer: Answer): Record<string, unknown>[] {
  const { items } = answer.json;
  assert(Array.isArray(items), `items is a list in ${answer.text}`);
  return items as Record<string, unknown>[];
}
