/**
 * The operator's pages, behind a link that an administrator makes: `/operator/enter?key=` keeps it in a
 * cookie, and nothing on these pages changes anything.
 */
import type { Context as HttpContext } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { createFindClientById } from '../../client/find.ts';
import { createRouter, type App } from '../../http/app.ts';
import type { WebAssets } from '../../web/assets.ts';
import { html } from '../../web/html.ts';
import { chooseLanguage } from '../../web/language.ts';
import { problemPage, PROBLEM_STATUS } from '../../web/problem-page.ts';
import { securityHeaders } from '../../web/security-headers.ts';
import { listBills } from './bill-store.ts';
import type { TrusteeDesk } from './desk.ts';
import type { TrusteeDocument } from './document.ts';
import { documentPage } from './document-view.ts';
import { LINK_LIFE_MS, readLink } from './link.ts';
import { periodPage, periodsPage } from './operator-view.ts';
import { listPayouts } from './payout-store.ts';
import { findRun, listRuns, readTotals } from './period-store.ts';
import { CSV_LINES_MAX, LINES_MAX, readBillDocument, readPayoutDocument } from './read-document.ts';
import { fileAnswer } from './routes.ts';

const COOKIE = 'cs_operator';
const PAGE = 100;
const SHOWN_MAX = 1_000;
const RUNS_MAX = 240;

export function operatorPages(desk: TrusteeDesk, assets: WebAssets): App {
  const { keys, clock, publicUrl, context } = desk;
  const { sql } = context;
  const https = publicUrl.startsWith('https:');
  const clientOf = createFindClientById(sql);
  const app = createRouter();
  app.use('/operator', securityHeaders({ https }));
  app.use('/operator/*', securityHeaders({ https }));

  const languageOf = (c: HttpContext) => chooseLanguage(c.req.header('accept-language'), c.req.query('lang'));
  const tenantOf = (c: HttpContext): string | null =>
    readLink(keys, getCookie(c, COOKIE) ?? '', clock.nowMs())?.tenantId ?? null;
  const nothing = (c: HttpContext) => {
    const kind = 'not_found';
    const requestId = String(c.get('requestId'));
    const page = problemPage({ kind, language: languageOf(c), assets, requestId, back: null });
    return c.html(page, PROBLEM_STATUS[kind]);
  };

  app.get('/operator/enter', (c) => {
    const key = c.req.query('key') ?? '';
    if (readLink(keys, key, clock.nowMs()) === null) return nothing(c);
    const maxAge = LINK_LIFE_MS / 1000;
    setCookie(c, COOKIE, key, { path: '/operator', httpOnly: true, sameSite: 'Lax', secure: https, maxAge });
    return c.redirect('/operator', 303);
  });

  app.get('/operator', async (c) => {
    const tenantId = tenantOf(c);
    if (tenantId === null) return nothing(c);
    return c.html(periodsPage({ assets }, await listRuns(sql, tenantId, RUNS_MAX)));
  });

  app.get('/operator/periods/:period', async (c) => {
    const tenantId = tenantOf(c);
    const { period } = c.req.param();
    const row = tenantId === null ? null : await findRun(sql, tenantId, period);
    if (tenantId === null || !row) return nothing(c);
    const after = (c.req.query('after') ?? '').slice(0, 64);
    const all = { tenantId, period };
    const [totals, unpaid, bills, payouts] = await Promise.all([
      readTotals(sql, tenantId, period),
      listBills(sql, { ...all, state: 'unpaid' }, '', SHOWN_MAX),
      listBills(sql, { ...all, state: null }, after, PAGE + 1),
      listPayouts(sql, { ...all, clientId: null }, '', SHOWN_MAX),
    ]);
    const names = new Map<string, string>();
    for (const { clientId } of payouts) names.set(clientId, (await clientOf(clientId))?.name ?? clientId);
    const shown = bills.slice(0, PAGE);
    const last = bills.length > PAGE ? shown.at(-1) : undefined;
    return c.html(
      periodPage({
        assets,
        row,
        totals,
        unpaid,
        bills: shown,
        moreHref: last === undefined ? null : `/operator/periods/${period}?after=${last.id}`,
        payouts,
        nameOf: (clientId) => names.get(clientId) ?? clientId,
      }),
    );
  });

  addDocuments(app, 'bills', (asked) => readBillDocument(asked));
  addDocuments(app, 'payouts', (asked) => readPayoutDocument(asked, null));
  return app;

  function addDocuments(
    to: App,
    name: 'bills' | 'payouts',
    read: (asked: Parameters<typeof readBillDocument>[0]) => Promise<TrusteeDocument | null>,
  ): void {
    to.get(`/operator/${name}/:id`, async (c) => {
      const tenantId = tenantOf(c);
      const [, id = '', format] = /^([a-z0-9_]+?)(?:\.(csv|pdf))?$/.exec(c.req.param('id') ?? '') ?? [];
      const linesMax = format === 'csv' ? CSV_LINES_MAX : LINES_MAX;
      const language = languageOf(c);
      const document = tenantId === null ? null : await read({ sql, tenantId, id, language, linesMax });
      if (!document) return nothing(c);
      if (format === 'csv' || format === 'pdf') return fileAnswer(c, document, format);
      const path = `/operator/${name}/${id}`;
      const csvHref = `${path}.csv?lang=${language}`;
      const pdfHref = `${path}.pdf?lang=${language}`;
      const back = html`<p><a href="/operator" lang="en">All periods</a></p>`;
      return c.html(documentPage({ document, assets, csvHref, pdfHref, back }));
    });
  }
}
