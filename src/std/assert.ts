/** Assertions that stay on in production: a failed one is a fault, our own bug, never an expected no. */

export class Fault extends Error {
  override readonly name = 'Fault';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Fault(message);
}

/** Returns the value, or fails when it is absent: for what an earlier step has already guaranteed. */
export function must<T>(value: T | null | undefined, message: string): T {
  if (value === null || value === undefined) throw new Fault(message);
  return value;
}

export function unreachable(value: never): never {
  throw new Fault(`a closed union has an unexpected member: ${String(value)}`);
}
