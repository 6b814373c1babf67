import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Clock } from '../src/std/clock.ts';
import type { Random } from '../src/std/random.ts';
import type { Secret } from '../src/std/secret.ts';
import { openAssets, type WebAssets } from '../src/web/assets.ts';
import { FORM_TOKEN_FIELD, isFormToken, isOwnPost, makeFormToken } from '../src/web/form-token.ts';
import { securityHeaders } from '../src/web/security-headers.ts';
import type { SimCard } from './bank-books.ts';
import { createDevice } from './terminal.ts';
import { createDeviceLine } from './terminal-line.ts';
import { terminalPage } from './terminal-view.ts';
import { createTill } from './till.ts';

/** `/terminal`: a payment terminal for people to use, over a real line to the port of terminals. */
export type TerminalPagesOptions = {
  /** Where terminals connect; asked for when the first message is sent. */
  readonly port: () => number;
  readonly code: string;
  readonly key: Secret<Uint8Array>;
  /** Field 42, and the name on the device. */
  readonly merchant: string;
  readonly name: string;
  readonly currency?: string;
  readonly cards: () => readonly SimCard[];
  /** The path of the phones; null where there is no phone to look at. */
  readonly handset: string | null;
  readonly assets: WebAssets;
  readonly https: boolean;
  readonly random: Random;
  readonly clock: Clock;
  /** How long it waits for an answer before it asks again. */
  readonly answerWithinMs?: number;
};

const SHOWN_MAX = 20;
const BODY_MAX_BYTES = 4_096;
const SCOPE = 'terminal';

export function createTerminalPages(options: TerminalPagesOptions): Hono {
  const { code, merchant, name, currency = 'EUR', cards, handset, assets, https, random, clock } = options;
  const own = openAssets('/terminal/assets', {
    'terminal.css': new URL('./demo/assets/terminal.css', import.meta.url),
  });
  const line = createDeviceLine({
    get port() {
      return options.port();
    },
    code,
    key: options.key,
    clock,
    random,
    ...(options.answerWithinMs === undefined ? {} : { answerWithinMs: options.answerWithinMs }),
  });
  const till = createTill({ device: createDevice({ line, clock, code, merchant }), cards, currency });
  // There are no sessions: the terminal stands on the counter, and another site cannot read the page.
  const key = random(32);
  const token = makeFormToken(key, SCOPE, SCOPE);
  const app = new Hono();
  app.route('/', own.routes);
  app.use('/terminal', securityHeaders({ https }));
  app.use('/terminal/*', securityHeaders({ https }));
  app.use('/terminal/*', bodyLimit({ maxSize: BODY_MAX_BYTES }));

  async function posted(c: Context): Promise<Readonly<Record<string, string>>> {
    const from = { secFetchSite: c.req.header('sec-fetch-site'), origin: c.req.header('origin') };
    const fields = isOwnPost(from, new URL(c.req.url).origin) ? await c.req.parseBody() : {};
    if (!isFormToken(key, SCOPE, SCOPE, fields[FORM_TOKEN_FIELD])) return { refused: 'yes' };
    return Object.fromEntries(
      Object.entries(fields).flatMap(([field, value]) => (typeof value === 'string' ? [[field, value]] : [])),
    );
  }

  app.get('/terminal', (c) => {
    const view = {
      screen: till.screen(),
      isBusy: till.isBusy(),
      typed: till.typed(),
      cards: cards(),
      settings: till.settings,
      lines: line.lines.slice(-SHOWN_MAX).toReversed(),
      merchant: name,
      code,
      handset,
      formToken: token,
    };
    return c.html(terminalPage(view, assets, own));
  });

  /** A key of the terminal: does it, and shows the screen again. */
  function onPost(path: string, act: (fields: Readonly<Record<string, string>>) => Promise<void> | void) {
    app.post(path, async (c) => {
      const fields = await posted(c);
      if (fields['refused'] === undefined) await act(fields);
      return c.redirect('/terminal', 303);
    });
  }

  onPost('/terminal/amount', ({ amount = '' }) => till.setAmount(amount));
  onPost('/terminal/card', ({ pan = '' }) => till.insert(pan));
  onPost('/terminal/stop', () => till.stop());
  onPost('/terminal/next', () => till.next());
  onPost('/terminal/keys', ({ key: pressed = 'enter', typed = '' }) => {
    if (pressed === 'enter') return till.enter(typed);
    return till.press(/^\d$/.test(pressed) ? pressed : null, typed);
  });
  onPost('/terminal/settings', ({ asksPin, hasPaper, losesAnswer }) => {
    till.settings.asksPin = asksPin !== undefined;
    till.settings.hasPaper = hasPaper !== undefined;
    if (losesAnswer !== undefined) line.loseAnswers(1);
  });

  return app;
}
