/**
 * Something the person at the keyboard can mend: printed as one line, without a stack, and the exit code is
 * 1.
 */
export class Mistake extends Error {
  override readonly name = 'Mistake';
}

/**
 * Prints what went wrong as one clear line. Faults of our own show their stack, for that is what a report
 * needs.
 */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return `countersign: ${String(error)}`;
  if (error instanceof Mistake || !isFault(error)) return `countersign: ${error.message}`;
  return `countersign: this is our fault, please report it:\n${error.stack ?? error.message}`;
}

function isFault(error: Error): boolean {
  return error.name === 'Fault' || error instanceof TypeError || error instanceof RangeError;
}
