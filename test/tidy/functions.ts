/**
 * How long functions are. What a function defines inside itself is not its own length: a factory may hold
 * many.
 */
import { blank, lineAt, type SourceFile } from './source.ts';

export type FunctionSpan = {
  readonly line: number;
  /**
   * Lines between its braces that are neither empty nor comment, but for those of the functions inside it.
   */
  readonly ownLines: number;
};

type Span = { readonly open: number; readonly close: number };

const PAIRS: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' };
const HEADS = [
  /\bfunction\b\s*\*?\s*[\w$]*\s*(?:<[^(]*>)?\s*\(/g,
  /^\s+(?:(?:async|static|override|get|set)\s+)*(?!(?:if|for|while|switch|catch|function|return)\b)(?:#?[\w$]+|\[Symbol\.\w+\])\(/gm,
];

export function functionsOf(file: SourceFile): FunctionSpan[] {
  const code = blank(file.text, 'comments and strings');
  const shown = blank(file.text, 'comments');
  const named = HEADS.flatMap((head) => [...code.matchAll(head)]).map(({ 0: text, index }) =>
    bodyAfter(code, closeOf(code, index + text.length - 1) + 1),
  );
  const arrows = [...code.matchAll(/=>\s*\{/g)].map(({ 0: text, index }) => index + text.length - 1);
  const opens = [...new Set([...named, ...arrows])].filter((open) => open !== null);
  const spans = opens.map((open) => ({ open, close: closeOf(code, open) }));
  return spans.map((span) => ({ line: lineAt(code, span.open), ownLines: ownLines(shown, span, spans) }));
}

function ownLines(shown: string, span: Span, spans: readonly Span[]): number {
  const inside = spans.filter(({ open, close }) => open > span.open && close < span.close);
  let own = shown.slice(span.open + 1, span.close);
  for (const { open, close } of inside) {
    const from = open - span.open;
    const to = close - span.open - 1;
    own = own.slice(0, from) + own.slice(from, to).replaceAll(/\S/g, ' ') + own.slice(to);
  }
  return own.split('\n').filter((line) => line.trim() !== '').length;
}

/** Where the bracket at `open` is closed; the end of the text where it never is. */
function closeOf(code: string, open: number): number {
  const stack: string[] = [];
  for (let at = open; at < code.length; at++) {
    const char = code[at] ?? '';
    const closing = PAIRS[char];
    if (closing !== undefined) stack.push(closing);
    else if (char === stack.at(-1)) stack.pop();
    if (stack.length === 0) return at;
  }
  return code.length;
}

/**
 * The brace that opens the body, after the parameters and the type of the answer; null for a signature or a
 * call.
 */
function bodyAfter(code: string, start: number): number | null {
  const first = /\S/.exec(code.slice(start, start + 200))?.[0];
  if (first === '{') return code.indexOf('{', start);
  if (first !== ':') return null;
  let generics = 0;
  let before = '';
  for (let at = code.indexOf(':', start); at < code.length; at++) {
    const char = code[at] ?? '';
    if (char.trim() === '') continue;
    if (char === '<') generics++;
    if (char === '>' && before !== '=') generics--;
    if (char === ';' && generics === 0) return null;
    if (char === '{' && generics === 0 && !/[:|&]/.test(before)) return at;
    if (PAIRS[char] !== undefined) at = closeOf(code, at);
    before = char;
  }
  return null;
}
