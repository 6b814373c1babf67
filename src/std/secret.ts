import { inspect } from 'node:util';

const MASK = '[secret]';

/** Wraps a value that must not be printed: logging, JSON and string conversion show `[secret]` (S8). */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. Every call site is a place where the secret leaves its wrapper: keep them few. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
