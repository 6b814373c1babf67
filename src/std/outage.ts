/**
 * The world failed (a network, a database, a peer): the same call may go through later. Only edges and
 * workers catch it.
 */
export class Outage extends Error {
  override readonly name = 'Outage';
  readonly retryAfterMs: number;

  constructor(message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs ?? 1000;
  }
}
