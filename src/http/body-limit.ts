/**
 * How long a request's body may be. Every route takes 64 kB; one that must take more says so in a
 * `BodyLimit`, which its room exports and the composition root hands to `createApp`.
 *
 *   announced length ──▶ within the limit? ──▶ the route
 *   unknown length   ──▶ gathered up to the limit ──▶ the route
 *                    └─▶ (streamed) counted as it passes; the stream breaks off with `BodyTooLarge`
 */
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import type { HttpEnv } from './app.ts';
import { KERNEL_PROBLEMS, problem } from './problem.ts';

/** A route whose bodies may be longer than those of others. */
export type BodyLimit = {
  readonly method: 'POST' | 'PUT' | 'PATCH';
  /** As the route itself writes it: `/v1/messages/:id/files/:n`. */
  readonly path: string;
  readonly maxBytes: number;
  /**
   * The route reads its body as a stream (`c.req.raw.body`) and keeps it nowhere whole, so one of unknown
   * length is not gathered first.
   */
  readonly streamed?: true;
  /**
   * What a person sees instead of the problem document. A browser listens only after it has sent all, so what
   * it sends is read first, and thrown away.
   */
  readonly tooLarge?: (c: Context<HttpEnv>) => Response | Promise<Response>;
};

/** Thrown out of a stream that grew beyond its limit; the app answers it with 413. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
  readonly maxBytes: number;
  constructor(maxBytes: number) {
    super(`The body has more than ${maxBytes} bytes.`);
    this.maxBytes = maxBytes;
  }
}

const USUAL_MAX_BYTES = 64 * 1024;
const DISCARD_MAX_BYTES = 100 * 1024 * 1024;

type Limit = { matches: (method: string, path: string) => boolean; limit: MiddlewareHandler<HttpEnv> };

/** Refuses bodies that are too long, before anything reads them. */
export function limitBodies(routes: readonly BodyLimit[]): MiddlewareHandler<HttpEnv> {
  const usual = limitOf({ maxBytes: USUAL_MAX_BYTES });
  const others = routes.map((route): Limit => {
    const segments = route.path.split('/').map((part) => (part.startsWith(':') ? null : part));
    return {
      matches: (method, path) => method === route.method && fits(segments, path),
      limit: limitOf(route),
    };
  });
  return createMiddleware<HttpEnv>((c, next) => {
    const { method, path } = c.req;
    if (method === 'GET' || method === 'HEAD') return next();
    const other = others.find((each) => each.matches(method, path));
    return (other?.limit ?? usual)(c, next);
  });
}

/** The answer to a body beyond `maxBytes`. */
export function tooLarge(c: Context<HttpEnv>, maxBytes: number): Response {
  return problem(c, KERNEL_PROBLEMS, 'too_large', {
    detail: `The body of this request may have at most ${inUnits(maxBytes)}.`,
  });
}

function limitOf(route: Pick<BodyLimit, 'maxBytes' | 'streamed' | 'tooLarge'>): MiddlewareHandler<HttpEnv> {
  const { maxBytes, streamed = false } = route;
  const refuse = async (c: Context<HttpEnv>) => {
    if (!route.tooLarge) return tooLarge(c, maxBytes);
    await discard(c.req.raw.body);
    return route.tooLarge(c);
  };
  const gather = bodyLimit({ maxSize: maxBytes, onError: refuse });
  return createMiddleware<HttpEnv>(async (c, next) => {
    const announced = c.req.header('content-length');
    // The parser takes no more than was announced, so that is all there is to judge.
    if (announced !== undefined && c.req.header('transfer-encoding') === undefined) {
      return Number(announced) <= maxBytes ? next() : refuse(c);
    }
    if (!streamed) return gather(c, next);
    const { body } = c.req.raw;
    if (body) {
      // A request with a stream for a body says that it sends before it hears (fetch, "half" duplex).
      const counted = { method: c.req.method, body: body.pipeThrough(counting(maxBytes)), duplex: 'half' };
      c.req.raw = new Request(c.req.raw, counted);
    }
    return next();
  });
}

/** Reads on to the end of the body, or until it is unlikely to come. */
async function discard(body: ReadableStream<Uint8Array> | null): Promise<void> {
  if (!body || body.locked) return;
  const reader = body.getReader();
  let bytes = 0;
  try {
    while (bytes < DISCARD_MAX_BYTES) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.length;
    }
    await reader.cancel();
  } catch {
    // Who sends it has gone away, and hears no answer.
  }
}

function counting(maxBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.length;
      if (bytes > maxBytes) controller.error(new BodyTooLarge(maxBytes));
      else controller.enqueue(chunk);
    },
  });
}

/** A name in the pattern stands for one part of the path, whatever it is. */
function fits(segments: readonly (string | null)[], path: string): boolean {
  const parts = path.split('/');
  return parts.length === segments.length && segments.every((part, i) => part === null || part === parts[i]);
}

function inUnits(bytes: number): string {
  const megabytes = bytes / 1024 / 1024;
  return megabytes >= 1 ? `${Math.floor(megabytes)} MB` : `${Math.floor(bytes / 1024)} kB`;
}
