import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { sleep } from '../../src/std/timer.ts';
import type { WebAssets } from '../../src/web/assets.ts';
import { securityHeaders } from '../../src/web/security-headers.ts';
import type { Handsets } from '../handset.ts';
import { openDemoAssets } from './assets.ts';
import { handsetPage } from './handset-view.ts';

/**
 * `/handset`: the simulated phones for a person to look at, live by `/handset/events`, or by loading again.
 */
export type HandsetPagesOptions = {
  readonly handsets: Pick<Handsets, 'numbers' | 'messages' | 'subscribe'>;
  readonly assets: WebAssets;
  readonly https: boolean;
  /** Numbers that are there before any message came, the first of which is shown first. */
  readonly known: readonly string[];
};

const HEARTBEAT_MS = 15_000;
const SHOWN_MAX = 30;

export function createHandsetPages(options: HandsetPagesOptions): Hono {
  const { handsets, assets } = options;
  const demo = openDemoAssets();
  const app = new Hono();
  app.route('/', demo.routes);
  app.use('/handset', securityHeaders({ https: options.https }));
  app.use('/handset/*', securityHeaders({ https: options.https }));

  app.get('/handset', (c) => {
    const numbers = [...new Set([...options.known, ...handsets.numbers()])].slice(0, SHOWN_MAX);
    const number = c.req.query('number') ?? numbers[0] ?? null;
    const messages = number === null ? [] : handsets.messages(number);
    return c.html(handsetPage({ numbers, number, messages }, assets, demo));
  });

  // Only that something came: the page then asks for itself, so that there is one place that draws messages.
  app.get('/handset/events', (c) =>
    streamSSE(c, async (stream) => {
      const ended = new AbortController();
      const stop = handsets.subscribe(c.req.query('number') ?? null, () => {
        void stream.writeSSE({ event: 'message', data: '{}' });
      });
      stream.onAbort(() => ended.abort());
      try {
        while (!ended.signal.aborted) {
          await stream.write(': alive\n\n');
          await sleep(HEARTBEAT_MS, ended.signal);
        }
      } finally {
        stop();
      }
    }),
  );
  return app;
}
