import type { Context as HttpContext } from 'hono';
import { createRouter, type App, type HttpEnv } from '../http/app.ts';
import { homeOf } from '../std/id.ts';
import { maskAddress } from '../directory/number.ts';
import type { WebAssets } from '../web/assets.ts';
import { FORM_TOKEN_FIELD, isFormToken, isOwnPost, makeFormToken } from '../web/form-token.ts';
import { asLanguage, chooseLanguage } from '../web/language.ts';
import { problemPage } from '../web/problem-page.ts';
import { allowFormTargets, securityHeaders } from '../web/security-headers.ts';
import type { Act } from './act.ts';
import { isOpen } from './confirmation.ts';
import type { Confirmations } from './confirmations.ts';
import { streamEvents } from './events.ts';
import { keepSession, keptSession } from './page-session.ts';
import { confirmationPage } from './page-view.ts';
import { isBoundSession, isSessionSecret } from './session.ts';
import { readConfirmations, type ReadRow } from './store.ts';
import type { ConfirmationView } from './view.ts';

/**
 * The hosted page of a confirmation: the primary channel for clients that have no page of their own.
 *
 *   the client redirects to /c/{id}?session=… ─▶ cookie ─▶ /c/{id} ─▶ code ─▶ back to the client
 *   our own page of a payment redirects to /c/{id} ─▶ code ─▶ right: at once to that page again
 *
 * The session's secret is the only key to it. A GET changes nothing (S19); each form carries a token that is
 * bound to the cookie (S18).
 */
export type PageOptions = { readonly assets: WebAssets; readonly publicUrl: string };

const FORM_KEY_INFO = 'countersign/form/1';
/** Where the room of payments has its pages. */
const PAYMENT_PAGES = '/p/';

type Visit = { row: ReadRow; session: string };

export function confirmationPages(confirmations: Confirmations, options: PageOptions): App {
  const app = createRouter();
  const { context } = confirmations;
  const { assets, publicUrl } = options;
  const https = publicUrl.startsWith('https:');
  const formKey = context.keys.derive(context.keys.currentId, FORM_KEY_INFO);
  app.use('/c/*', securityHeaders({ https }));

  /** The confirmation, when the cookie holds the secret of its session. */
  async function visit(c: HttpContext<HttpEnv>): Promise<Visit | null> {
    const id = c.req.param('id') ?? '';
    return visitWith(id, keptSession(c, id));
  }

  async function visitWith(id: string, session: string): Promise<Visit | null> {
    const home = homeOf('cnf', id);
    if (home === null || session === '') return null;
    const [row] = await readConfirmations(context.store.sql, context.keys, [{ home, id }]);
    return row && isSessionSecret(session, row.sessionHash) ? { row, session } : null;
  }

  async function show(
    c: HttpContext<HttpEnv>,
    found: Visit,
    more: Partial<ConfirmationView> = {},
    status: 200 | 422 | 429 = 200,
  ) {
    const { row, session } = found;
    const client = await context.clientOf(row.tenantId, row.clientId);
    const returnUrl = row.returnUrl === null ? null : withOutcome(row.returnUrl, row);
    allowFormTargets(c, [returnUrl]);
    const view: ConfirmationView = {
      id: row.id,
      language: asLanguage(c.req.query('lang')) ?? row.language,
      state: row.state,
      act: JSON.parse(row.act) as Act,
      clientName: client?.name ?? '',
      sentTo: row.attemptsMax === 0 || row.salt === null ? null : maskAddress(row.address),
      digits: row.digits,
      nowMs: row.nowMs,
      expiresAtMs: row.expiresAtMs,
      resendAtMs: row.issue < row.resendsMax ? row.issuedAtMs + row.resendGapMs : null,
      notice: null,
      waitSeconds: null,
      returnUrl,
      formToken: makeFormToken(formKey, session, row.id),
      ...more,
    };
    return c.html(confirmationPage(view, assets), status);
  }

  function stranger(c: HttpContext<HttpEnv>) {
    const language = chooseLanguage(c.req.header('accept-language'), c.req.query('lang'));
    return c.html(problemPage({ kind: 'link_expired', language, assets, requestId: null, back: null }), 404);
  }

  app.get('/c/:id', async (c) => {
    const id = c.req.param('id');
    const offered = c.req.query('session');
    if (offered !== undefined) {
      if (isBoundSession(offered) || !(await visitWith(id, offered))) return stranger(c);
      keepSession(c, { id, secret: offered, https });
      const language = asLanguage(c.req.query('lang'));
      return c.redirect(language ? `/c/${id}?lang=${language}` : `/c/${id}`, 303);
    }
    const found = await visit(c);
    if (!found) return stranger(c);
    return found.row.state === 'confirmed' ? (onwards(c, found) ?? show(c, found)) : show(c, found);
  });

  /** Every form of the page: who posts must hold the cookie, and the form must be ours. */
  type Form = { found: Visit; code: string };
  async function form(c: HttpContext<HttpEnv>): Promise<Form | null> {
    const found = await visit(c);
    if (!found) return null;
    const from = { secFetchSite: c.req.header('sec-fetch-site'), origin: c.req.header('origin') };
    const body = await c.req.parseBody();
    const own = isOwnPost(from, new URL(publicUrl).origin);
    if (!own || !isFormToken(formKey, found.session, found.row.id, body[FORM_TOKEN_FIELD])) return null;
    return { found, code: typeof body['code'] === 'string' ? body['code'] : '' };
  }

  function back(c: HttpContext<HttpEnv>, id: string) {
    return seeOther(c, `/c/${id}`);
  }

  function seeOther(c: HttpContext<HttpEnv>, path: string) {
    const language = asLanguage(c.req.query('lang'));
    return c.redirect(language ? `${path}?lang=${language}` : path, 303);
  }

  /**
   * After a right code, the page of the payment that it was for: that page says how it ended, so that nobody
   * reads of two ends. Its session is bound to the browser that has that page open. Null for all others, who
   * press the link themselves.
   */
  function onwards(c: HttpContext<HttpEnv>, { row: { returnUrl }, session }: Visit) {
    if (returnUrl === null || !isBoundSession(session)) return null;
    return returnUrl.startsWith(`${publicUrl}${PAYMENT_PAGES}`)
      ? seeOther(c, new URL(returnUrl).pathname)
      : null;
  }

  app.post('/c/:id/verification', async (c) => {
    const posted = await form(c);
    if (!posted) return stranger(c);
    const { found, code } = posted;
    const { id } = found.row;
    const verified = await confirmations.verify({ id, session: found.session, code, within: null });
    if (verified.ok) return onwards(c, found) ?? back(c, id);
    if (verified.refusal === 'ended') return back(c, id);
    const now = await visit(c);
    if (!now || !isOpen(now.row.state)) return back(c, id);
    return show(c, now, { notice: 'refused' }, 422);
  });

  app.post('/c/:id/resend', async (c) => {
    const posted = await form(c);
    if (!posted) return stranger(c);
    const { row, session } = posted.found;
    const resent = await confirmations.resend({ id: row.id, session, within: null, ip: c.get('ip') });
    const now = await visit(c);
    if (!now || !isOpen(now.row.state)) return back(c, row.id);
    if (resent.ok) return show(c, now, { notice: 'resent' });
    const waitSeconds = resent.retryAfterMs === undefined ? null : Math.ceil(resent.retryAfterMs / 1000);
    return show(c, now, { notice: 'wait', waitSeconds }, 429);
  });

  for (const [path, reason] of [
    ['not-me', 'not_me'],
    ['cancellation', 'cancelled'],
  ] as const) {
    app.post(`/c/:id/${path}`, async (c) => {
      const posted = await form(c);
      if (!posted) return stranger(c);
      const { row, session } = posted.found;
      await confirmations.cancel({ id: row.id, reason, by: { session } });
      return back(c, row.id);
    });
  }

  app.get('/c/:id/events', async (c) => {
    const found = await visit(c);
    if (!found) return stranger(c);
    return streamEvents(c, context, { home: found.row.home, id: found.row.id }, true);
  });

  return app;
}

/**
 * The client is told which confirmation it was; it must ask the API for the outcome, for anybody can type a
 * URL.
 */
function withOutcome(returnUrl: string, row: ReadRow): string {
  const url = new URL(returnUrl);
  url.searchParams.set('confirmation', row.id);
  return url.toString();
}
