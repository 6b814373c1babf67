import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Random } from '../src/std/random.ts';
import { openAssets, type WebAssets } from '../src/web/assets.ts';
import { FORM_TOKEN_FIELD, isFormToken, isOwnPost, makeFormToken } from '../src/web/form-token.ts';
import { securityHeaders } from '../src/web/security-headers.ts';
import { RESPONSE_CODES } from '../src/bank/iso8583/response-code.ts';
import type { BankHost } from './bank-host.ts';
import { bankPage, BEHAVIOURS, MESSAGE_KINDS } from './bank-view.ts';

/** `/bank`: the simulated bank for a person to look at, and to make it misbehave. */
export type BankPagesOptions = {
  readonly host: BankHost;
  readonly assets: WebAssets;
  readonly https: boolean;
  readonly random: Random;
};

const SHOWN_MAX = 30;
const BODY_MAX_BYTES = 4_096;
const SCOPE = 'bank';

export function createBankPages(options: BankPagesOptions): Hono {
  const { host, assets } = options;
  const own = openAssets('/bank/assets', { 'bank.css': new URL('./demo/assets/bank.css', import.meta.url) });
  // There are no sessions: whoever can read the page may steer, and another site cannot read it.
  const key = options.random(32);
  const token = makeFormToken(key, SCOPE, SCOPE);
  const app = new Hono();
  app.route('/', own.routes);
  app.use('/bank', securityHeaders({ https: options.https }));
  app.use('/bank/*', securityHeaders({ https: options.https }));
  app.use('/bank/*', bodyLimit({ maxSize: BODY_MAX_BYTES }));

  async function posted(c: Context): Promise<Readonly<Record<string, unknown>> | null> {
    const from = { secFetchSite: c.req.header('sec-fetch-site'), origin: c.req.header('origin') };
    if (!isOwnPost(from, new URL(c.req.url).origin)) return null;
    const fields: Record<string, unknown> = await c.req.parseBody();
    return isFormToken(key, SCOPE, SCOPE, fields[FORM_TOKEN_FIELD]) ? fields : null;
  }

  app.get('/bank', (c) => {
    const { books } = host;
    const view = {
      cards: books.cards().map((card) => ({ ...card, leftMinor: books.leftMinor(card.pan) })),
      entries: books.entries().slice(-SHOWN_MAX).toReversed(),
      lines: host.lines.slice(-SHOWN_MAX).toReversed(),
      rules: host.rules,
      connections: host.connections,
      formToken: token,
    };
    return c.html(bankPage(view, assets, own));
  });

  app.post('/bank/rules', async (c) => {
    const fields = await posted(c);
    const { behaviour, mti, times } = fields ?? {};
    if (isName(BEHAVIOURS, behaviour) && isName(MESSAGE_KINDS, mti)) {
      const count = typeof times === 'string' && /^[1-9]\d?$/.test(times) ? { times: Number(times) } : {};
      host.behave({ behaviour, mti, ...count });
    }
    return c.redirect('/bank', 303);
  });

  app.post('/bank/rules/clear', async (c) => {
    if (await posted(c)) host.behaveWell();
    return c.redirect('/bank', 303);
  });

  app.post('/bank/cards', async (c) => {
    const fields = await posted(c);
    const { pan, refusal } = fields ?? {};
    const card = typeof pan === 'string' ? host.books.card(pan) : null;
    if (card !== null && (refusal === '' || isName(RESPONSE_CODES, refusal))) {
      card.refusal = refusal === '' ? null : refusal;
    }
    return c.redirect('/bank', 303);
  });

  return app;
}

function isName<T extends Readonly<Record<string, unknown>>>(
  names: T,
  text: unknown,
): text is keyof T & string {
  return typeof text === 'string' && Object.hasOwn(names, text);
}
