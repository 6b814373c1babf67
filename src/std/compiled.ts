import { enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { giveBackMemory } from './memory.ts';
import { afterUnref } from './timer.ts';

/** Beside the packages, for whoever may write there has our code in hand anyway. */
export const COMPILED_FOLDER = fileURLToPath(
  new URL('../../node_modules/.cache/countersign', import.meta.url),
);

/**
 * Keeps what the engine makes of our source files, so that the next start does not make it again: some
 * hundred files take each thread a second otherwise. An entry calls it before it imports the rest, which it
 * therefore does by `import()`; threads that are begun later do as it does. Where nobody may write, it is
 * as if this were not there.
 */
export function keepCompiled(): void {
  enableCompileCache(COMPILED_FOLDER);
  process.env['NODE_COMPILE_CACHE'] ??= COMPILED_FOLDER;
}

/** So late that the first answers are given: it takes a tenth of a second or two of each thread. */
const SETTLE_AFTER_MS = 2_000;

/**
 * Some time after a start: writes what was compiled, which the engine does only at the end of a process, and
 * a server may end by a kill; and gives back the memory that it took.
 */
export function settleDown(): void {
  afterUnref(SETTLE_AFTER_MS, () => {
    flushCompileCache();
    giveBackMemory();
  });
}
