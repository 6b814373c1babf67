/**
 * A strict reader of JSON texts (RFC 8259, and I-JSON, RFC 7493): what a receipt says must be the same for
 * every reader, so names given twice, broken Unicode and integers beyond 2^53 are refused, and each refusal
 * says where.
 */
import canonicalize from 'canonicalize';
import { must } from '../std/assert.ts';
import { ok, refuse, type Result } from '../std/result.ts';

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };
export type JsonObject = { readonly [name: string]: JsonValue };

const LENGTH_MAX = 16_000_000;
const DEPTH_MAX = 64;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERALS: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/** RFC 8785. Throws on what is not JSON: values come from our own code or from `readJson`. */
export function jcs(value: JsonValue): string {
  // A plain string needs no walk; `isWellFormed` is the one condition that RFC 8785 adds to JSON.stringify.
  if (typeof value === 'string' && value.isWellFormed()) return JSON.stringify(value);
  return must(canonicalize(value), 'a JSON value has a canonical form');
}

/** Reads one JSON text of at most 16 million characters and 64 levels. */
export function readJson(text: string): Result<JsonValue, 'malformed_json'> {
  if (text.length > LENGTH_MAX) {
    return refuse('malformed_json', { detail: `The text has more than ${LENGTH_MAX} characters.` });
  }
  const reader = createReader(text);
  const value = reader.value(0);
  if (value !== undefined && reader.end()) return ok(value);
  return refuse('malformed_json', { detail: reader.complaint() });
}

/** Each part gives `undefined` once it has failed; the first complaint is kept with its place. */
function createReader(text: string) {
  let at = 0;
  let failure: string | null = null;

  function fail(what: string, index = at): undefined {
    if (failure !== null) return undefined;
    const before = text.slice(0, index).split('\n');
    failure = `Line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${what}.`;
    return undefined;
  }

  function skip(): void {
    SPACE.lastIndex = at;
    SPACE.test(text);
    at = SPACE.lastIndex;
  }

  function take(mark: string): boolean {
    skip();
    if (text[at] !== mark) return false;
    at++;
    return true;
  }

  function value(depth: number): JsonValue | undefined {
    skip();
    if (depth > DEPTH_MAX) return fail(`values are nested deeper than ${DEPTH_MAX} levels`);
    const first = text[at];
    if (first === '{') return object(depth);
    if (first === '[') return array(depth);
    if (first === '"') return string();
    const literal = LITERALS.find(([word]) => text.startsWith(word, at));
    if (!literal) return number();
    at += literal[0].length;
    return literal[1];
  }

  function object(depth: number): JsonValue | undefined {
    const made: Record<string, JsonValue> = {};
    at++;
    if (take('}')) return made;
    do {
      skip();
      const start = at;
      const name = text[at] === '"' ? string() : fail('a name in double quotes is missing');
      if (name === undefined) return undefined;
      if (name === '__proto__') return fail('the name "__proto__" is not taken', start);
      if (Object.hasOwn(made, name)) return fail(`the name ${JSON.stringify(name)} comes twice`, start);
      if (!take(':')) return fail('a colon is missing');
      const member = value(depth + 1);
      if (member === undefined) return undefined;
      made[name] = member;
    } while (take(','));
    return take('}') ? made : fail('a comma or a closing brace is missing');
  }

  function array(depth: number): JsonValue | undefined {
    const made: JsonValue[] = [];
    at++;
    if (take(']')) return made;
    do {
      const item = value(depth + 1);
      if (item === undefined) return undefined;
      made.push(item);
    } while (take(','));
    return take(']') ? made : fail('a comma or a closing bracket is missing');
  }

  function string(): string | undefined {
    const start = at;
    for (at++; at < text.length && text[at] !== '"'; at++) {
      if (text.charCodeAt(at) < 0x20) return fail('a control character stands in a string');
      if (text[at] === '\\') at++;
    }
    if (at >= text.length) return fail('a string is not closed', start);
    at++;
    const read = unescape(text.slice(start, at));
    if (read === null) return fail('a string has an escape that does not exist', start);
    return read.isWellFormed() ? read : fail('a string is not well-formed Unicode', start);
  }

  function number(): number | undefined {
    NUMBER.lastIndex = at;
    const match = NUMBER.exec(text);
    if (!match) return fail(at < text.length ? 'this is no JSON value' : 'the text ends too early');
    const read = Number(match[0]);
    // Beyond 2^53 only the spelling that RFC 8785 gives is certain to mean one number.
    const large = Number.isInteger(read) && !Number.isSafeInteger(read);
    if (!Number.isFinite(read) || (large && JSON.stringify(read) !== match[0])) {
      return fail('a number is too large to be the same for every reader');
    }
    at = NUMBER.lastIndex;
    return read;
  }

  return {
    value,
    end: () => {
      skip();
      if (at < text.length) fail('something follows the value');
      return failure === null;
    },
    complaint: () => failure ?? 'The text is no JSON.',
  };
}

function unescape(quoted: string): string | null {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return null;
  }
}
