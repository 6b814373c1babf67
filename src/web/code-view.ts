import { html, type Child, type Html } from './html.ts';

/** JSON with its keys, texts and other values told apart, as the API reference shows it. */
export function jsonView(value: unknown): Html {
  return html`${coloured(JSON.stringify(value, null, 2) ?? 'null')}`;
}

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function coloured(text: string): Child[] {
  const parts: Child[] = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    parts.push(text.slice(at, match.index));
    const [whole, quoted, colon] = match;
    if (quoted === undefined) parts.push(html`<span class="json-value">${whole}</span>`);
    else if (colon === undefined) parts.push(html`<span class="json-text">${whole}</span>`);
    else parts.push(html`<span class="json-key">${quoted}</span>`, colon);
    at = match.index + whole.length;
  }
  return [...parts, text.slice(at)];
}

/** Text with `code` in back ticks and an empty line between paragraphs, as descriptions are written. */
export function proseView(text: string): Html[] {
  return text
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => html`<p>${inline(paragraph)}</p>`);
}

export function inline(text: string): Child[] {
  return text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part));
}
