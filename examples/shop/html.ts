import { html as template } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/** Templates that escape by themselves; what is `Html` is not escaped again. */
export type Html = HtmlEscapedString;
export type Child = Html | string | number | boolean | null | undefined | readonly Child[];

export function html(strings: TemplateStringsArray, ...values: readonly Child[]): Html {
  const made = template(strings, ...values);
  if (made instanceof Promise) throw new TypeError('A view waited for something.');
  return made;
}
