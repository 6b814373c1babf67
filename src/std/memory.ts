import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Memory that is not needed any more and that the engine would give back late or never, so that a server fits
 * into a small machine (docs/operating.md says how small).
 */
type Collect = (options: Readonly<Record<'type' | 'execution' | 'flavor', string>>) => void;

/** As buffers pass through, the youngest objects are looked over each time that so much has passed. */
const PASSED_MAX_BYTES = 2 * 1024 * 1024;

const collect = findCollect();
let passedBytes = 0;

/**
 * After a start: to read some hundred source files takes each thread 30 MB and more that it may not need
 * again. They grow again where there is work for them. Takes some tenths of a second of the calling thread.
 */
export function giveBackMemory(): void {
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/**
 * Says that so many bytes passed through this thread in buffers. Buffers lie outside the engine's heap: it
 * looks for those that are done with after some 30 MB only, and then beside the work, which falls behind on
 * a busy machine; 100 MB that passed were seen to take 100 MB. Looking over what is young takes 1 to 3 ms.
 */
export function bytesPassed(count: number): void {
  passedBytes += count;
  if (passedBytes < PASSED_MAX_BYTES) return;
  passedBytes = 0;
  collect({ type: 'minor', execution: 'sync', flavor: 'regular' });
}

/** The engine's own function, without a flag at the start of the process. */
function findCollect(): Collect {
  setFlagsFromString('--expose-gc');
  const found = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return found;
}
