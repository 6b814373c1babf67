/**
 * The patterns of forms: regular expressions that are matched in a time that grows with the text, and with
 * nothing else. A tenant writes the pattern and anybody the text, so that an engine which tries one way after
 * the other (and for `(a+)+$` all of them) is out.
 *
 *   pattern ──parse──▶ tree ──lay out──▶ states (500 at most) ──test: all states at once, letter by letter──▶ yes, no
 *
 * A subset of ECMA-262 with the flag u, as JSON Schema 2020-12 (6.4) wants it: letters, `.`, classes, `\d`
 * and its like, `\p{…}`, groups, `|`, `* + ? {n} {n,} {n,m}`, `^` and `$`. Not: what looks around or back.
 */
import { ok, refuse, type Result } from '../../std/result.ts';

export type Pattern = { readonly test: (text: string) => boolean };

type Node =
  | { readonly kind: 'letter'; readonly fits: (letter: string) => boolean }
  | { readonly kind: 'begin' | 'end' }
  | { readonly kind: 'row' | 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number | null };

type State =
  | { readonly kind: 'letter'; readonly fits: (letter: string) => boolean; readonly next: number }
  | { readonly kind: 'begin' | 'end'; readonly next: number }
  | { readonly kind: 'fork'; readonly next: readonly number[] }
  | { readonly kind: 'match' };

const STATES_MAX = 500;
const LENGTH_MAX = 500;
const DEPTH_MAX = 20;

export function parsePattern(source: string): Result<Pattern, 'unsafe_pattern'> {
  if (source.length > LENGTH_MAX) return unsafe(`is longer than ${LENGTH_MAX} characters`);
  const tree = parse(Array.from(source));
  if (!tree.ok) return tree;
  if (statesOf(tree.value) > STATES_MAX) return unsafe('repeats too much');
  const { states, start } = layOut(tree.value);
  return ok({ test: (text) => run(states, start, text) });
}

function unsafe(what: string): Result<never, 'unsafe_pattern'> {
  return refuse('unsafe_pattern', { detail: `The pattern ${what}.` });
}

/** One letter, or what stands for one: the engine of the language judges single letters, which is safe. */
const ESCAPE = /^\\(?:[dDwWsS]|[pP]\{[A-Za-z_=]{1,40}\}|[\\^$.*+?()[\]{}|/-]|[tn])/u;
const CLASS = /^\[\^?(?:\\(?:[dDwWsS]|[pP]\{[A-Za-z_=]{1,40}\}|[\\^$.*+?()[\]{}|/-]|[tn])|[^\\\]])*\]/u;
const TIMES = /^\{(\d{1,3})(,(\d{1,3})?)?\}/;

type Found<T> = { readonly value: T; readonly at: number };

type Reader = {
  readonly letters: readonly string[];
  readonly rest: (at: number) => string;
  /** The first fault is kept, and the reading ends. */
  readonly fail: (what: string) => Found<Node>;
};

function parse(letters: readonly string[]): Result<Node, 'unsafe_pattern'> {
  let fault: string | null = null;
  const reader: Reader = {
    letters,
    rest: (at) => letters.slice(at).join(''),
    fail: (what) => {
      fault ??= what;
      return { value: { kind: 'row', parts: [] }, at: letters.length };
    },
  };
  const whole = readChoice(reader, 0, 0);
  if (whole.at < letters.length) reader.fail('has a ")" without its "("');
  return fault === null ? ok(whole.value) : unsafe(fault);
}

function readChoice(reader: Reader, at: number, depth: number): Found<Node> {
  if (depth > DEPTH_MAX) return reader.fail(`has groups within groups, more than ${DEPTH_MAX} deep`);
  const parts: Node[] = [];
  for (let place = at; ; place++) {
    const row = readRow(reader, place, depth);
    parts.push(row.value);
    place = row.at;
    if (reader.letters[place] !== '|') return { value: { kind: 'choice', parts }, at: place };
  }
}

function readRow(reader: Reader, at: number, depth: number): Found<Node> {
  const { letters } = reader;
  const parts: Node[] = [];
  let place = at;
  while (place < letters.length && letters[place] !== '|' && letters[place] !== ')') {
    const atom = readAtom(reader, place, depth);
    const times = readTimes(reader, atom.value, atom.at);
    parts.push(times.value);
    place = times.at;
  }
  return { value: { kind: 'row', parts }, at: place };
}

function readAtom(reader: Reader, at: number, depth: number): Found<Node> {
  const letter = reader.letters[at] ?? '';
  if (letter === '^') return { value: { kind: 'begin' }, at: at + 1 };
  if (letter === '$') return { value: { kind: 'end' }, at: at + 1 };
  if (letter === '(') return readGroup(reader, at, depth);
  if (letter === '[' || letter === '\\' || letter === '.') return readOneOf(reader, letter, at);
  if ('*+?{}])'.includes(letter)) return reader.fail(`has a "${letter}" that stands for nothing`);
  return { value: { kind: 'letter', fits: (other) => other === letter }, at: at + 1 };
}

function readGroup(reader: Reader, at: number, depth: number): Found<Node> {
  const { letters, fail } = reader;
  const isPlain = letters[at + 1] === '?';
  if (isPlain && letters[at + 2] !== ':') return fail('looks around, or names a group');
  const inner = readChoice(reader, at + (isPlain ? 3 : 1), depth + 1);
  if (letters[inner.at] !== ')') return fail('has a group that is not closed');
  return { value: inner.value, at: inner.at + 1 };
}

function readOneOf(reader: Reader, letter: string, at: number): Found<Node> {
  const found = letter === '.' ? '.' : (letter === '[' ? CLASS : ESCAPE).exec(reader.rest(at))?.[0];
  const matcher = found === undefined ? null : letterMatcher(found);
  if (found === undefined || !matcher) return reader.fail(`has something that is not allowed at ${at}`);
  const fits = (other: string) => matcher.test(other);
  return { value: { kind: 'letter', fits }, at: at + Array.from(found).length };
}

function readTimes(reader: Reader, part: Node, at: number): Found<Node> {
  const { letters, fail } = reader;
  const times = timesAt(reader, at);
  if (!times) {
    return letters[at] === '{' ? fail('has a "{" that stands for nothing') : { value: part, at };
  }
  const { min, max, length } = times;
  if (part.kind === 'begin' || part.kind === 'end') return fail('repeats a place');
  if (max !== null && max < min) return fail('repeats fewer times than it must');
  if ('*+?{'.includes(letters[at + length] ?? ' ')) return fail('repeats a repetition');
  return { value: { kind: 'repeat', part, min, max }, at: at + length };
}

type Times = { readonly min: number; readonly max: number | null; readonly length: number };

const SIGNS: Readonly<Record<string, Times>> = {
  '*': { min: 0, max: null, length: 1 },
  '+': { min: 1, max: null, length: 1 },
  '?': { min: 0, max: 1, length: 1 },
};

function timesAt(reader: Reader, at: number): Times | null {
  const letter = reader.letters[at] ?? '';
  if (letter !== '{') return SIGNS[letter] ?? null;
  const found = TIMES.exec(reader.rest(at));
  if (!found) return null;
  const [{ length }, min = '', comma, max] = found;
  if (comma === undefined) return { min: Number(min), max: Number(min), length };
  return { min: Number(min), max: max === undefined ? null : Number(max), length };
}

function letterMatcher(source: string): RegExp | null {
  try {
    return new RegExp(`^${source}$`, 'u');
  } catch {
    return null;
  }
}

/** How many states `layOut` will need; without laying them out, for repetitions multiply. */
function statesOf(node: Node): number {
  switch (node.kind) {
    case 'row':
    case 'choice':
      return node.parts.reduce((sum, part) => sum + statesOf(part), 1);
    case 'repeat':
      return Math.max(node.min + 1, node.max ?? 0) * (statesOf(node.part) + 1);
    case 'letter':
    case 'begin':
    case 'end':
      return 1;
    default:
      return node satisfies never;
  }
}

/** From the end to the beginning: each part is laid out before what it leads to is known to be there. */
function layOut(tree: Node): { states: readonly State[]; start: number } {
  const states: State[] = [{ kind: 'match' }];
  const add = (state: State): number => states.push(state) - 1;

  function emit(node: Node, next: number): number {
    switch (node.kind) {
      case 'letter':
        return add({ kind: 'letter', fits: node.fits, next });
      case 'begin':
      case 'end':
        return add({ kind: node.kind, next });
      case 'row':
        return node.parts.reduceRight((after, part) => emit(part, after), next);
      case 'choice':
        return add({ kind: 'fork', next: node.parts.map((part) => emit(part, next)) });
      case 'repeat':
        return repeat(node, next);
      default:
        return node satisfies never;
    }
  }

  function repeat({ part, min, max }: Node & { kind: 'repeat' }, next: number): number {
    let entry = next;
    if (max === null) {
      const ways: number[] = [];
      entry = add({ kind: 'fork', next: ways });
      ways.push(emit(part, entry), next);
    } else {
      for (let n = min; n < max; n++) entry = add({ kind: 'fork', next: [emit(part, entry), next] });
    }
    for (let n = 0; n < min; n++) entry = emit(part, entry);
    return entry;
  }

  const start = emit(tree, 0);
  return { states, start };
}

/** Anywhere in the text, as JSON Schema has it; `^` and `$` bind to its ends. */
function run(states: readonly State[], start: number, text: string): boolean {
  const letters = Array.from(text);
  let reached: number[] = [];
  for (let at = 0; at <= letters.length; at++) {
    const seen = new Set<number>();
    const todo = [...reached, start];
    reached = [];
    for (let index = todo.pop(); index !== undefined; index = todo.pop()) {
      const state = states[index];
      if (!state || seen.has(index)) continue;
      seen.add(index);
      if (state.kind === 'match') return true;
      if (state.kind === 'fork') todo.push(...state.next);
      else if (state.kind === 'begin' && at === 0) todo.push(state.next);
      else if (state.kind === 'end' && at === letters.length) todo.push(state.next);
      else if (state.kind === 'letter' && at < letters.length && state.fits(letters[at] ?? ''))
        reached.push(state.next);
    }
  }
  return false;
}
