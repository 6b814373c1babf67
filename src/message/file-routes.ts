import type { Context as HttpContext } from 'hono';
import { createRouter, type App, type HttpEnv } from '../http/app.ts';
import { refusalProblem } from '../http/problem.ts';
import { putFileRoute, readFileRoute, removeFileRoute } from './file-api.ts';
import { attachment, nameIn } from './disposition.ts';
import type { MessageRoom } from './messages.ts';
import { MESSAGE_PROBLEMS as PROBLEMS } from './problems.ts';
import { callerOf, clientKeyOnly } from './routes.ts';
import type { OpenFile } from './verbs.ts';

/** Files in both directions, streamed: neither way keeps one whole. */
export function messageFileRoutes(messages: MessageRoom): App {
  const app = createRouter();
  app.use('/v1/messages/*', clientKeyOnly);

  app.openapi(putFileRoute, async (c) => {
    const { id, n } = c.req.valid('param');
    const announced = c.req.header('content-length');
    const body = bodyOf(c);
    const put = await messages.putFile(callerOf(c), id, {
      n,
      name: c.req.valid('query').name ?? nameIn(c.req.header('content-disposition')) ?? '',
      type: c.req.header('content-type') ?? '',
      sizeBytes: announced === undefined ? null : Number(announced),
      body: body.parts,
    });
    if (!put.ok) await body.drain();
    return put.ok ? c.json(put.value, 200) : refusalProblem(c, PROBLEMS, put);
  });

  app.openapi(removeFileRoute, async (c) => {
    const { id, n } = c.req.valid('param');
    const removed = await messages.removeFile(callerOf(c), id, n);
    return removed.ok ? c.body(null, 204) : refusalProblem(c, PROBLEMS, removed);
  });

  app.openapi(readFileRoute, async (c) => {
    const { id, reading, n } = c.req.valid('param');
    const session = c.req.valid('header')['countersign-session'];
    const asked = { messageId: id, confirmationId: reading, session };
    const opened = await messages.readFile(callerOf(c), asked, n);
    if (!opened.ok) return refusalProblem(c, PROBLEMS, opened);
    return fileResponse(c, opened.value);
  });

  return app;
}

/** A file on its way to its addressee: to be saved, never to be run, shown or kept by anything on the way. */
export function fileResponse(c: HttpContext<HttpEnv>, { file, body }: OpenFile): Response {
  c.header('Content-Type', file.type);
  c.header('Content-Length', String(file.sizeBytes));
  c.header('Content-Disposition', attachment(file.name));
  c.header('X-Content-Type-Options', 'nosniff');
  c.header('Content-Security-Policy', 'sandbox');
  c.header('Cache-Control', 'no-store');
  return c.body(streamOf(body));
}

/** Reads on only when what was read is on its way; a person who leaves ends the reading. */
function streamOf(body: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const parts = body[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      pull: async (controller) => {
        const part = await parts.next();
        if (part.done) controller.close();
        else controller.enqueue(part.value);
      },
      cancel: async () => {
        await parts.return?.();
      },
    },
    { highWaterMark: 1 },
  );
}

/** How much of a refused upload is still read, so that its sender hears why before the connection ends. */
const LINGER_BYTES = 16 * 1024 * 1024;

/** The body as parts that are taken one after the other, and what to do with the parts that nobody took. */
function bodyOf(c: HttpContext<HttpEnv>): {
  parts: AsyncGenerator<Uint8Array, void>;
  drain: () => Promise<void>;
} {
  const reader = c.req.raw.body?.getReader();
  async function* parts(maxBytes = Infinity): AsyncGenerator<Uint8Array, void> {
    for (let bytes = 0; reader && bytes < maxBytes;) {
      const part = await reader.read();
      if (part.done) return;
      bytes += part.value.length;
      yield part.value;
    }
  }
  return {
    parts: parts(),
    drain: async () => {
      const rest = parts(LINGER_BYTES);
      // One that breaks off needs no answer.
      for (let more = true; more;)
        more = await rest.next().then(
          ({ done }) => !done,
          () => false,
        );
    },
  };
}
