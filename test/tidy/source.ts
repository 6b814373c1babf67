/**
 * The tree as the tidy laws read it: every text file that is ours, with its comments and strings told from
 * its code.
 */
import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export type SourceFile = {
  /** From the top of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
};

export type Finding = { readonly path: string; readonly line: number; readonly advice: string };

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const PATTERNS = [
  '{src,sim,test,bench,examples,migrations,docs}/**/*.{ts,js,sql,css,md,json,html,svg,pl,sh,txt}',
  '*.{md,json}',
  '.ox*.json',
  '.ci/*',
  '.gitignore',
];

export function readTree(): SourceFile[] {
  const paths = globSync(PATTERNS, { cwd: TOP }).map((path) => path.replaceAll('\\', '/'));
  return paths.toSorted().map((path) => ({ path, text: readFileSync(`${TOP}${path}`, 'utf8') }));
}

export function isScript(file: SourceFile): boolean {
  return /\.(ts|js)$/.test(file.path);
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts');
}

/** The line, counted from 1, of the character at `index`. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

export function finding(file: SourceFile, index: number, advice: string): Finding {
  return { path: file.path, line: lineAt(file.text, index), advice };
}

export type Import = {
  /** As it is written. */
  readonly specifier: string;
  /** From the top of the repository where the specifier is relative; null for packages. */
  readonly target: string | null;
  readonly index: number;
};

/**
 * Every module that a file names: imports of types too, for they tie rooms together just as well, and
 * `import()`.
 */
export function importsOf(file: SourceFile): Import[] {
  const text = blank(file.text, 'comments');
  const found: Import[] = [];
  const pattern = /\bfrom\s*(['"])(.+?)\1|\bimport\s*\(?\s*(['"])(.+?)\3/g;
  for (const match of text.matchAll(pattern)) {
    const specifier = match[2] ?? match[4] ?? '';
    const target = specifier.startsWith('.')
      ? posix.normalize(posix.join(posix.dirname(file.path), specifier))
      : null;
    found.push({ specifier, target, index: match.index });
  }
  return found;
}

/**
 * The same text with its comments, or its comments and the insides of its strings, replaced by spaces; every
 * character and every line stays where it was. What stands in `${}` of a template is code, and is kept.
 */
export function blank(text: string, what: 'comments' | 'comments and strings'): string {
  let out = '';
  for (const { kind, text: part } of partsOf(text)) {
    const hidden = kind === 'comment' || (kind === 'string' && what === 'comments and strings');
    out += hidden ? part.replaceAll(/[^\n]/g, ' ') : part;
  }
  return out;
}

/**
 * The lines, counted from 1, that stand wholly or in part inside a string of several lines, such as a
 * statement of SQL.
 */
export function linesInTemplates(file: SourceFile): Set<number> {
  const found = new Set<number>();
  const isProse = file.path.endsWith('.md');
  if (!isProse && !isScript(file)) return found;
  let line = 1;
  for (const { kind, text } of isProse ? fencesOf(file.text) : partsOf(file.text)) {
    const lines = text.split('\n').map((_, n) => line + n);
    if (kind === 'string' && lines.length > 1) for (const n of lines) found.add(n);
    line += lines.length - 1;
  }
  return found;
}

/** Of prose: examples and the answers of programs stand between fences, and are strings of several lines. */
function fencesOf(text: string): Part[] {
  return text
    .split(/^(```[\s\S]*?^```$)/m)
    .map((part) => ({ kind: part.startsWith('```') ? 'string' : 'code', text: part }));
}

type Part = { readonly kind: 'comment' | 'string' | 'code'; readonly text: string };

const COMMENT = /\/\/.*|\/\*[\s\S]*?\*\//y;
const QUOTED = /'(\\[\s\S]|[^'\\\n])*'|"(\\[\s\S]|[^"\\\n])*"/y;
/** From a backtick, or the brace that ends `${}`, to the next `${` or the last backtick. */
const TEMPLATE = /[`}](\\[\s\S]|\$(?!\{)|[^\\`$])*(`|\$\{)/y;
const REGEX = /\/(\\.|\[(\\.|[^\]\\\n])*\]|[^/\\\n[])+\//y;
/** A slash divides after a value; after one of these it begins a regular expression. */
const BEFORE_REGEX = /(^|[=(,:;!&|?{}[+\-*%<>~^]|\b(return|typeof|case|in|of|void|await|yield))$/;
const WORD = /[\w$]+|\s+/y;

function* partsOf(text: string): Generator<Part> {
  /** For each template that is open, how deep in braces its `${}` stands. */
  const templates: number[] = [];
  let depth = 0;
  let before = '';
  for (let at = 0; at < text.length;) {
    const take = (pattern: RegExp): string | undefined => {
      pattern.lastIndex = at;
      return pattern.exec(text)?.[0];
    };
    const head = text[at] ?? '';
    const closes = head === '}' && templates.at(-1) === depth;
    const comment = head === '/' ? take(COMMENT) : undefined;
    const string =
      head === '`' || closes
        ? take(TEMPLATE)
        : head === "'" || head === '"'
          ? take(QUOTED)
          : head === '/' && comment === undefined && BEFORE_REGEX.test(before)
            ? take(REGEX)
            : undefined;
    const taken = comment ?? string ?? take(WORD) ?? head;
    if (string !== undefined && closes) templates.pop();
    if (string?.endsWith('${')) templates.push(depth);
    if (taken === '{') depth++;
    if (taken === '}') depth--;
    yield { kind: comment !== undefined ? 'comment' : string !== undefined ? 'string' : 'code', text: taken };
    if (comment === undefined) before = `${before}${taken}`.trimEnd().slice(-12);
    at += taken.length;
  }
}
