/** The laws, each a function from the tree to what it found; `test/tidy.test.ts` holds the tree to them. */
import { posix } from 'node:path';
import { functionsOf } from './functions.ts';
import { ALONE, LONG_FILES, ROOMS, STORE_GUESTS, WIDE_FILES, WORDS } from './house.ts';
import {
  blank,
  finding,
  importsOf,
  isScript,
  isTest,
  linesInTemplates,
  type Finding,
  type SourceFile,
} from './source.ts';

export const COLUMNS_MAX = 110;
export const LINES_MAX = 400;
export const FUNCTION_LINES_MAX = 70;

/** The room of a file below src/: a folder, or `config.ts` or `main.ts`, which stand for themselves. */
function roomOf(path: string): string | null {
  return /^src\/([^/]+)/.exec(path)?.[1] ?? null;
}

export function orderOfRooms(files: readonly SourceFile[]): Finding[] {
  return files.filter(isScript).flatMap((file) => {
    const room = roomOf(file.path);
    if (room === null) return [];
    if (room !== ALONE && !ROOMS.includes(room)) {
      return [finding(file, 0, `say where the room ${room} stands, in ROOMS of test/tidy/house.ts`)];
    }
    return importsOf(file).flatMap(({ target, index }) => {
      const advice = target === null ? null : adviceOnImport(file.path, room, target);
      return advice === null ? [] : [finding(file, index, advice)];
    });
  });
}

function adviceOnImport(path: string, room: string, target: string): string | null {
  const other = roomOf(target);
  if (other === null) {
    const commandOfSimulator = room === 'cli' && target.startsWith('sim/');
    if (isTest(path) || commandOfSimulator || target === 'package.json') return null;
    return `${target} is not part of the product: move what is needed below src/`;
  }
  if (other === room || (isTest(path) && room === ALONE)) return null;
  if (other === ALONE || room === ALONE) return `${ALONE} stands alone: nothing in src/ may tie it to a room`;
  if (ROOMS.indexOf(other) < ROOMS.indexOf(room)) return null;
  return `${room} stands above ${other} and may not know it: take what is needed as an argument, or move it up`;
}

export function forbiddenWords(files: readonly SourceFile[]): Finding[] {
  const judged = files.filter((file) => isScript(file) && /^(src|sim)\//.test(file.path));
  return judged.flatMap((file) => {
    const code = blank(file.text, 'comments and strings');
    return WORDS.filter(({ allowed }) => !allowed.some(({ path }) => path.test(file.path))).flatMap(
      ({ pattern, instead }) =>
        [...code.matchAll(new RegExp(pattern, 'g'))].map(({ 0: word, index }) =>
          finding(file, index, `no ${word} here: ${instead}`),
        ),
    );
  });
}

/** Of our own files: a word that a library gave may be said again by the file that hides the library. */
const BARREL = /\bexport\s+(type\s+)?(\*|\{[^}]*\}\s*from\s*['"]\.)/g;
const DEFAULT = /\bexport\s+default\b|\bas\s+default\b/g;
/** A package's own entry says again what it offers, by name; there is one. */
const ENTRIES = new Set(['src/sdk/countersign.ts']);

export function exportsByName(files: readonly SourceFile[]): Finding[] {
  return files.filter(isScript).flatMap((file) => {
    const code = blank(file.text, 'comments and strings');
    const barrels = [...blank(file.text, 'comments').matchAll(BARREL)].filter(
      ({ 0: text, index }) =>
        code.startsWith('export', index) && (!ENTRIES.has(file.path) || text.includes('*')),
    );
    return [
      ...barrels.map(({ index }) =>
        finding(file, index, 'no barrels: import it from the file that defines it'),
      ),
      ...[...code.matchAll(DEFAULT)].map(({ index }) => finding(file, index, 'no default exports: name it')),
      ...(/(^|\/)index\.(ts|js)$/.test(file.path)
        ? [finding(file, 0, 'no index files: name it after its noun or verb')]
        : []),
    ];
  });
}

export function storesAreOwn(files: readonly SourceFile[]): Finding[] {
  const judged = files.filter((file) => isScript(file) && /^(src|sim)\//.test(file.path));
  return judged.flatMap((file) =>
    importsOf(file).flatMap(({ target, index }) => {
      if (target === null || !/(^|[/-])store\.ts$/.test(target)) return [];
      const guest = STORE_GUESTS.some(({ path, store }) => path === file.path && store === target);
      if (guest || roomOf(file.path) === roomOf(target)) return [];
      return [finding(file, index, `${target} is for its own room: use a verb of ${posix.dirname(target)}`)];
    }),
  );
}

export function lengths(files: readonly SourceFile[]): Finding[] {
  return files.filter(isOurText).flatMap((file) => [...tooManyLines(file), ...tooWideLines(file)]);
}

function tooManyLines(file: SourceFile): Finding[] {
  const max = LONG_FILES.find(({ path }) => path.test(file.path))?.linesMax ?? LINES_MAX;
  const isShort = file.text.split('\n').length - 1 <= max || file.path.endsWith('.md');
  return isShort
    ? []
    : [{ path: file.path, line: max + 1, advice: `over ${max} lines: find its second noun` }];
}

function tooWideLines(file: SourceFile): Finding[] {
  if (WIDE_FILES.some(({ path }) => path.test(file.path))) return [];
  const inTemplate = linesInTemplates(file);
  return file.text.split('\n').flatMap((text, n) => {
    const columns = Array.from(text).length;
    const line = n + 1;
    if (columns <= COLUMNS_MAX || mayBeWide(file, text, inTemplate.has(line))) return [];
    return [{ path: file.path, line, advice: `${columns} columns, ${COLUMNS_MAX} at most: wrap it` }];
  });
}

export function functionLengths(files: readonly SourceFile[]): Finding[] {
  return files.filter(isScript).flatMap((file) =>
    functionsOf(file)
      .filter(({ ownLines }) => ownLines > FUNCTION_LINES_MAX)
      .map(({ line, ownLines }) => ({
        path: file.path,
        line,
        advice: `a function of ${ownLines} lines, ${FUNCTION_LINES_MAX} at most: give its parts names`,
      })),
  );
}

function isOurText({ path }: SourceFile): boolean {
  return /\.(ts|js|sql|css|md)$/.test(path);
}

/** What the formatter leaves alone and nobody should wrap by hand. */
const UNWRAPPED = {
  address: /https?:\/\/\S+/,
  diagram: /[─▶│└]|\S {3,}\S/,
  regularExpression: /^\s*\/.+\/[a-z]*[;,]?$/,
  longString: /(['"`]).{30,}(\1|\$\{$)/,
  proseTable: /^\|| {4}/,
};

function mayBeWide(file: SourceFile, line: string, isInTemplate: boolean): boolean {
  if (UNWRAPPED.address.test(line)) return true;
  if (file.path.endsWith('.md')) return isInTemplate || UNWRAPPED.proseTable.test(line);
  if (!isScript(file)) return false;
  if (isInTemplate || UNWRAPPED.longString.test(line) || UNWRAPPED.regularExpression.test(line)) return true;
  return /^\s*(\/\/|\/?\*)/.test(line) && UNWRAPPED.diagram.test(line);
}

export function migrationsBeginWithProse(files: readonly SourceFile[]): Finding[] {
  const migrations = files.filter((file) => file.path.startsWith('migrations/'));
  return migrations.flatMap((file) => {
    const comment = /^(--[^\n]*\n)+/.exec(file.text)?.[0] ?? '';
    const isProse = comment.length >= 80 && /[a-z]\.(\s|$)/.test(comment);
    return [
      ...(/^migrations\/\d{3}-[a-z0-9-]+\.sql$/.test(file.path)
        ? []
        : [finding(file, 0, 'name it NNN-one-idea.sql')]),
      ...(isProse ? [] : [finding(file, 0, 'begin with sentences: what this is for, and who owns it')]),
    ];
  });
}

type Lock = {
  readonly packages: Readonly<
    Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }>
  >;
};

/**
 * npm ci refuses a lock file that leaves out a package of any platform, and trusts the registry that one
 * names.
 */
export function lockIsWhole(files: readonly SourceFile[]): Finding[] {
  return files
    .filter(({ path }) => path === 'package-lock.json')
    .flatMap((file) => {
      const { packages } = JSON.parse(file.text) as Lock;
      return Object.entries(packages).flatMap(([path, entry]) => {
        const missing = Object.keys(entry.optionalDependencies ?? {}).filter(
          (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
        );
        const index = file.text.indexOf(`"${path}": {`);
        return [
          ...missing.map((name) => finding(file, index, `${name} is not there: npm ci would refuse`)),
          ...(entry.resolved === undefined
            ? []
            : [finding(file, index, 'names a registry: leave that to npm')]),
        ];
      });
    });
}

/** Folders that belong to some machine, and documents that are not in this repository. */
const ELSEWHERE = /(?<![\w.~$})-])\/(work|home|Users|workspaces?)\/|(?<!\w)shared\/docs\b/g;

export function namesNoMachine(files: readonly SourceFile[]): Finding[] {
  return files.flatMap((file) =>
    [...file.text.matchAll(ELSEWHERE)].map(({ 0: found, index }) =>
      finding(
        file,
        index,
        `${found} is nowhere but on one machine: name a path from the top of the repository`,
      ),
    ),
  );
}

const SWITCHES =
  /\b(oxlint|eslint|biome|prettier|oxfmt)-(disable|ignore)|@ts-(ignore|nocheck|expect-error)|\bTODO\b|\bFIXME\b/g;

export function nothingIsSwitchedOff(files: readonly SourceFile[]): Finding[] {
  return files
    .filter((file) => isScript(file) && !file.path.startsWith('test/tidy'))
    .flatMap((file) =>
      [...file.text.matchAll(SWITCHES)].map(({ 0: found, index }) =>
        finding(file, index, `no ${found}: do it, or open an issue`),
      ),
    );
}
