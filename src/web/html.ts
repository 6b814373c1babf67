import { html as template } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { assert } from '../std/assert.ts';

/**
 * Templates that escape by themselves. Views take values and return `Html`; nothing in them waits, so that a
 * page is a plain function of its arguments.
 */
export type Html = HtmlEscapedString;

/**
 * What may stand in a template: text is escaped, `Html` is not, lists are joined, false and null are left
 * out.
 */
export type Child = Html | string | number | boolean | null | undefined | readonly Child[];

export function html(strings: TemplateStringsArray, ...values: readonly Child[]): Html {
  const made = template(strings, ...values);
  assert(!(made instanceof Promise), 'a view waited for something');
  return made;
}
