import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie, setCookie } from 'hono/cookie';
import { CountersignProblem, CountersignUnreachable } from '../../src/sdk/problem.ts';
import type { Confirmations } from '../../src/sdk/confirmations.ts';
import type { Confirmation } from '../../src/sdk/types.ts';
import type { Random } from '../../src/std/random.ts';
import type { WebAssets } from '../../src/web/assets.ts';
import { FORM_TOKEN_FIELD, isFormToken, isOwnPost, makeFormToken } from '../../src/web/form-token.ts';
import type { Html } from '../../src/web/html.ts';
import { asLanguage, chooseLanguage } from '../../src/web/language.ts';
import { allowFormTargets, securityHeaders } from '../../src/web/security-headers.ts';
import { openDemoAssets } from './assets.ts';
import { handsetPath } from './handset-view.ts';
import { asDoor, DOORS } from './doors.ts';
import { begin, createDemoSessions, grantedThrough, type DemoSession, type DemoSessions } from './session.ts';
import { intranetPage, landingPage, refusedPage, strangerPage, transferPage, type Look } from './views.ts';

/**
 * A made-up service that uses the product as any client does, by the SDK alone (A1, M1).
 *
 *   /demo ──POST──▶ open ──303──▶ the hosted page ──▶ /demo/return ──the API is asked──▶ yes, or no and why
 *
 * What the browser brings back from the hosted page is only a hint: the outcome comes from the API.
 */
export type DemoClient = Pick<Confirmations, 'open' | 'get' | 'receipt'>;

export type DemoOptions = {
  readonly client: DemoClient;
  /** Where people reach the demo and the hosted page. */
  readonly publicUrl: string;
  readonly assets: WebAssets;
  readonly random: Random;
  /**
   * The subscriber that the forms are filled with, and the number of the phone that their messages come to.
   */
  readonly identifier: string;
  readonly number: string | null;
  /** Where the registered messages of this client are. */
  readonly mailbox: string;
  /** The form of this client. */
  readonly form: string;
  /** A shop that takes payments; null where none was opened. */
  readonly shop: string | null;
};

type Posted = { readonly session: DemoSession; readonly fields: Readonly<Record<string, unknown>> };

const COOKIE = 'demo_session';
const BODY_MAX_BYTES = 4096;
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

type Site = Pick<DemoOptions, 'client' | 'publicUrl' | 'identifier' | 'mailbox' | 'form' | 'shop'> & {
  readonly own: URL;
  readonly look: Look;
  readonly sessions: DemoSessions;
  readonly formKey: Uint8Array;
  readonly handset: string;
};

export function createDemo(options: DemoOptions): Hono {
  const own = new URL(options.publicUrl);
  const look: Look = { web: options.assets, demo: openDemoAssets() };
  const headers = securityHeaders({ https: own.protocol === 'https:' });
  const site: Site = {
    ...options,
    own,
    look,
    sessions: createDemoSessions(options.random),
    formKey: options.random(32),
    handset: handsetPath(options.number),
  };
  const app = new Hono();
  app.route('/', look.demo.routes);
  app.use('/demo', headers);
  app.use('/demo/*', headers);
  app.use('/demo/*', bodyLimit({ maxSize: BODY_MAX_BYTES }));
  mountAsking(app, site);
  mountInside(app, site);
  app.onError((error, c) => {
    if (!(error instanceof CountersignProblem || error instanceof CountersignUnreachable)) throw error;
    return c.html(strangerPage(look, 'Not available for the moment', reasonOf(error)), 502);
  });
  return app;
}

/** From the landing page to the hosted page and back. */
function mountAsking(app: Hono, site: Site): void {
  const { client, own, look } = site;

  app.get('/demo', (c) => {
    const { hostname } = new URL(c.req.url);
    // Cookies of 127.0.0.1 are not those of localhost, and people come back to the public one.
    if (hostname !== own.hostname && LOOPBACK.test(hostname) && LOOPBACK.test(own.hostname))
      return c.redirect(new URL('/demo', own).toString(), 307);
    return c.html(landing(site, c, sessionFor(site, c)));
  });

  app.post('/demo/confirmations', async (c) => {
    const form = await posted(site, c);
    const door = asDoor(form?.fields['door']);
    if (!form || !door) {
      const text = 'The page was too old, or not ours. Nothing was begun.';
      return c.html(strangerPage(look, 'Please try once more', text), 403);
    }
    const identifier = textOf(form.fields['identifier']).trim().slice(0, 100);
    const language = asLanguage(textOf(form.fields['language']));
    try {
      const opened = await client.open({
        subscriber: { identifier: { value: identifier } },
        act: door.act,
        returnUrl: new URL('/demo/return', own).toString(),
        ...(language === null ? {} : { language }),
      });
      begin(form.session, opened.id, { door: door.name, identifier, page: opened.page, granted: false });
      return c.redirect(opened.page, 303);
    } catch (error) {
      return c.html(landing(site, c, form.session, reasonOf(error), identifier), 422);
    }
  });

  app.get('/demo/return', async (c) => {
    const id = c.req.query('confirmation') ?? '';
    const begun = sessionOf(site, c)?.begun.get(id);
    if (!begun) {
      const text = 'This browser did not begin that confirmation, or it was too long ago.';
      return c.html(strangerPage(look, 'We do not know you', text), 403);
    }
    const { state, act } = await client.get(id);
    const door = DOORS[begun.door];
    if (state !== 'confirmed' || !isActOf(door.act, act))
      return c.html(refusedPage(look, door, state, begun.page), 403);
    begun.granted = true;
    return c.redirect(begun.door === 'intranet' ? '/demo/intranet' : `/demo/transfers/${id}`, 303);
  });
}

/** What is behind the doors, for sessions to which it was granted. */
function mountInside(app: Hono, site: Site): void {
  const { client, look } = site;

  app.get('/demo/intranet', (c) => {
    const session = sessionOf(site, c);
    const granted = grantedThrough(session, 'intranet');
    if (!session || !granted) return c.redirect('/demo', 303);
    const { id, begun } = granted;
    const formToken = tokenOf(site, session);
    return c.html(intranetPage(look, { confirmation: id, identifier: begun.identifier, formToken }));
  });

  app.get('/demo/transfers/:id', (c) => {
    const id = c.req.param('id');
    const begun = sessionOf(site, c)?.begun.get(id);
    if (!begun?.granted || begun.door !== 'transfer') return c.redirect('/demo', 303);
    return c.html(transferPage(look, { confirmation: id, identifier: begun.identifier }));
  });

  app.get('/demo/receipts/:id', async (c) => {
    const id = c.req.param('id');
    if (!sessionOf(site, c)?.begun.get(id)?.granted) return c.redirect('/demo', 303);
    const receipt = await client.receipt(id);
    const disposition = c.req.query('download') === undefined ? 'inline' : 'attachment';
    c.header('Content-Disposition', `${disposition}; filename="receipt.json"`);
    return c.body(`${JSON.stringify(receipt, null, 2)}\n`, 200, { 'Content-Type': 'application/json' });
  });

  app.post('/demo/sign-out', async (c) => {
    const form = await posted(site, c);
    if (form) site.sessions.close(form.session);
    return c.redirect('/demo', 303);
  });
}

function sessionOf(site: Site, c: Context): DemoSession | null {
  return site.sessions.find(getCookie(c, COOKIE));
}

function sessionFor(site: Site, c: Context): DemoSession {
  const found = sessionOf(site, c);
  if (found) return found;
  const session = site.sessions.open();
  const secure = site.own.protocol === 'https:';
  setCookie(c, COOKIE, session.id, { path: '/demo', httpOnly: true, sameSite: 'Lax', secure });
  return session;
}

function tokenOf(site: Site, session: DemoSession): string {
  return makeFormToken(site.formKey, session.id, 'demo');
}

function landing(
  site: Site,
  c: Context,
  session: DemoSession,
  refused: string | null = null,
  identifier = site.identifier,
): Html {
  // Browsers hold the redirect to the hosted page against form-action too.
  allowFormTargets(c, [site.publicUrl]);
  const language = chooseLanguage(c.req.header('accept-language'), c.req.query('lang'));
  const formToken = tokenOf(site, session);
  const { handset, mailbox, form, shop } = site;
  return landingPage(site.look, { identifier, language, formToken, refused, handset, mailbox, form, shop });
}

/** The session and the fields of one of our own forms; null for any other post. */
async function posted(site: Site, c: Context): Promise<Posted | null> {
  const session = sessionOf(site, c);
  const from = { secFetchSite: c.req.header('sec-fetch-site'), origin: c.req.header('origin') };
  if (!session || !isOwnPost(from, site.own.origin)) return null;
  const fields: Record<string, unknown> = await c.req.parseBody();
  return isFormToken(site.formKey, session.id, 'demo', fields[FORM_TOKEN_FIELD]) ? { session, fields } : null;
}

/** Whether what was confirmed is what this door stands for: a service checks both, the yes and the act. */
function isActOf(asked: Confirmation['act'], confirmed: Confirmation['act']): boolean {
  return (
    asked.purpose === confirmed.purpose &&
    asked.resource === confirmed.resource &&
    asked.amount?.value === confirmed.amount?.value &&
    asked.amount?.currency === confirmed.amount?.currency &&
    asked.payee?.account === confirmed.payee?.account
  );
}

function textOf(field: unknown): string {
  return typeof field === 'string' ? field : '';
}

function reasonOf(error: unknown): string {
  if (error instanceof CountersignProblem) return error.message;
  if (error instanceof CountersignUnreachable) return 'The confirmation server does not answer. Try again.';
  throw error;
}
