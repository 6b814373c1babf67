import type { Context as HttpContext } from 'hono';
import { formatAmount, type Money } from '../../std/money.ts';
import { createRouter, type App, type HttpEnv } from '../../http/app.ts';
import type { Changes } from '../../confirmation/changes.ts';
import { keepSession, keptSession } from '../../confirmation/page-session.ts';
import type { Client } from '../../client/client.ts';
import type { Clock } from '../../std/clock.ts';
import type { KeyRing } from '../../std/key-ring.ts';
import type { Language } from '../../std/language.ts';
import type { Log } from '../../std/log.ts';
import type { WebAssets } from '../../web/assets.ts';
import { FORM_TOKEN_FIELD, isFormToken, isOwnPost, makeFormToken } from '../../web/form-token.ts';
import { asLanguage, chooseLanguage } from '../../web/language.ts';
import { problemPage } from '../../web/problem-page.ts';
import { securityHeaders } from '../../web/security-headers.ts';
import type { Begin, Begun, BeginRefusal, Caller, PaymentVerbs, PaymentView } from '../verbs.ts';
import type { Result } from '../../std/result.ts';
import { streamPayment } from './events.ts';
import { readForm, type Choice, type Posted } from './form.ts';
import { payPage } from './page-view.ts';
import { noticeOfReason, saidOf } from './said.ts';
import { NOTHING_TYPED, payPath, type Offers, type PayForm, type PayView } from './view.ts';

/**
 * The hosted payment page: the one place where card numbers enter (B1, B2, B4; figures 7, 8, 10; S8).
 *
 *   the merchant redirects to /p/{id}?session=… ─▶ cookie ─▶ /p/{id}: who, how ─▶ the bank is asked ─▶ /c/…: the code
 *                                                      ▲    └─ the bank says no: said, and tried again     │
 *   back to the merchant ◀── paid, refused, cancelled ─┴──────────────────────────────────────────────────┘
 *
 * The secret in the link is the only key to it. A GET changes nothing (S19); each form carries a token that
 * is bound to the cookie (S18). What was typed of a card goes to the verb and nowhere else.
 */
export type PayPagesOptions = {
  readonly payments: PaymentVerbs;
  readonly offersOf: (payment: Visited) => Promise<Offers>;
  readonly clientOf: (tenantId: string, clientId: string) => Promise<Client | null> | Client | null;
  readonly changes: Changes;
  readonly clock: Clock;
  readonly keys: KeyRing;
  readonly log: Log;
  readonly assets: WebAssets;
  readonly publicUrl: string;
};

export type Visited = PaymentView & Caller;
type Visit = { readonly payment: Visited; readonly session: string };
type Http = HttpContext<HttpEnv>;

const FORM_KEY_INFO = 'countersign/form-pay/1';

export function paymentPages(options: PayPagesOptions): App {
  const { payments, offersOf, keys, assets, publicUrl, clock } = options;
  const app = createRouter();
  const https = publicUrl.startsWith('https:');
  const formKey = keys.derive(keys.currentId, FORM_KEY_INFO);
  const headers = securityHeaders({ https });
  app.use('/p/:id', headers);
  app.use('/p/:id/*', headers);

  async function visitWith(id: string, session: string): Promise<Visit | null> {
    const payment = session === '' ? null : await payments.visit(id, session);
    return payment && { payment, session };
  }

  /** The payment, when the cookie holds the secret of its page. */
  async function visit(c: Http): Promise<Visit | null> {
    const id = c.req.param('id') ?? '';
    return visitWith(id, keptSession(c, id));
  }

  type Shown = { readonly status: 200 | 402 | 422 | 429 | 503; readonly form: Partial<PayForm> };

  async function show(c: Http, { payment, session }: Visit, shown: Shown = { status: 200, form: {} }) {
    const client = await options.clientOf(payment.tenantId, payment.clientId);
    const offers = payment.state === 'created' ? await offersOf(payment) : NO_OFFERS;
    const notice = payment.state === 'created' ? noticeOfReason(payment.reason) : null;
    const view: PayView = {
      ...viewOf(payment),
      language: languageOf(c, payment),
      clientName: client?.name ?? payment.payee,
      form: { ...offers, typed: NOTHING_TYPED, errors: {}, notice, ...shown.form },
      formToken: makeFormToken(formKey, session, payment.id),
    };
    return c.html(payPage(view, assets), shown.status);
  }

  function stranger(c: Http) {
    const language = chooseLanguage(c.req.header('accept-language'), c.req.query('lang'));
    return c.html(problemPage({ kind: 'link_expired', language, assets, requestId: null, back: null }), 404);
  }

  function back(c: Http, id: string) {
    const language = asLanguage(c.req.query('lang'));
    return c.redirect(language ? `${payPath(id)}?lang=${language}` : payPath(id), 303);
  }

  app.get('/p/:id', async (c) => {
    const id = c.req.param('id');
    const offered = c.req.query('session');
    if (offered === undefined) {
      const found = await visit(c);
      return found ? show(c, found) : stranger(c);
    }
    if (!(await visitWith(id, offered))) return stranger(c);
    keepSession(c, { id, secret: offered, https, path: payPath(id) });
    return back(c, id);
  });

  /** Who posts must hold the cookie, and the form must be ours. */
  async function posted(c: Http): Promise<{ readonly found: Visit; readonly fields: Posted } | null> {
    const found = await visit(c);
    if (!found) return null;
    const from = { secFetchSite: c.req.header('sec-fetch-site'), origin: c.req.header('origin') };
    const fields: Posted = await c.req.parseBody();
    const isOwn = isOwnPost(from, new URL(publicUrl).origin);
    const isOurs = isOwn && isFormToken(formKey, found.session, found.payment.id, fields[FORM_TOKEN_FIELD]);
    return isOurs ? { found, fields } : null;
  }

  app.post('/p/:id/begin', async (c) => {
    const own = await posted(c);
    if (!own) return stranger(c);
    const { payment, session } = own.found;
    if (payment.state !== 'created') return back(c, payment.id);
    const offers = await offersOf(payment);
    const { typed, choice, errors } = readForm(own.fields, offers, clock.nowMs());
    if (choice === null) {
      const notice = typed.means === 'card' ? 'check_fields' : null;
      return show(c, own.found, { status: 422, form: { typed, errors, notice } });
    }
    const begun = await begin(c, payment, choice);
    if (begun.ok) return goOn(c, own.found, begun.value);
    const now = await visitWith(payment.id, session);
    if (!now || now.payment.state !== 'created') return back(c, payment.id);
    const { status, ...form } = saidOf(begun.refusal);
    return show(c, now, { status, form: { typed, ...form } });
  });

  /** Under each of the names that the payer may have meant, until one is known. */
  async function begin(c: Http, payment: Visited, choice: Choice): Promise<Result<Begun, BeginRefusal>> {
    const { tenantId, clientId, id } = payment;
    const { means, trustsPayee } = choice;
    const [first = null, ...others] = choice.payers;
    const how: Begin = {
      payer: first,
      means,
      ip: c.get('ip'),
      language: languageOf(c, payment),
      trustsPayee,
    };
    const begun = await payments.begin({ tenantId, clientId }, id, how);
    const [next] = others;
    if (begun.ok || next === undefined || !isUnknown(begun.refusal)) return begun;
    const again = await payments.begin({ tenantId, clientId }, id, { ...how, payer: next });
    return again.ok || again.refusal !== 'address_not_allowed' ? again : begun;
  }

  function goOn(c: Http, { payment: { id }, session }: Visit, begun: Begun) {
    if (begun.next === 'done') return back(c, id);
    const { row, secret } = begun.confirmation;
    keepSession(c, { id: row.id, secret: secret.reveal(), https });
    // He comes back after the code, however long he took to begin.
    keepSession(c, { id, secret: session, https, path: payPath(id) });
    const language = asLanguage(c.req.query('lang'));
    return c.redirect(language ? `/c/${row.id}?lang=${language}` : `/c/${row.id}`, 303);
  }

  app.post('/p/:id/cancellation', async (c) => {
    const own = await posted(c);
    if (!own) return stranger(c);
    const { tenantId, clientId, id } = own.found.payment;
    await payments.cancel({ tenantId, clientId }, id);
    return back(c, id);
  });

  app.get('/p/:id/events', async (c) => {
    const found = await visit(c);
    if (!found) return stranger(c);
    const { tenantId, clientId, id } = found.payment;
    return streamPayment(c, options, id, () => payments.find({ tenantId, clientId }, id));
  });

  return app;
}

const NO_OFFERS: Offers = { payer: 'named', cards: [], bill: false, trust: false, mayBeExempt: false };

function isUnknown(refusal: BeginRefusal): boolean {
  return refusal === 'unknown_payer' || refusal === 'unknown_subscriber';
}

/** As it was chosen here, as the merchant made the payment, or as the browser prefers. */
function languageOf(c: Http, { language }: PaymentView): Language {
  return chooseLanguage(c.req.header('accept-language'), asLanguage(c.req.query('lang')) ?? language);
}

function viewOf(payment: Visited): Omit<PayView, 'language' | 'clientName' | 'form' | 'formToken'> {
  const { id, state, reason, payee, description, reference, card, authCode, exemption } = payment;
  const { confirmationId, returnUrl, refunded } = payment;
  return {
    id,
    state,
    reason,
    payee,
    amount: shown(payment.amount),
    completed: payment.completed === null ? null : shown(payment.completed),
    refunded: refunded.minor === 0n ? null : shown(refunded),
    description,
    reference,
    card,
    onBill: payment.means === 'trustee',
    authCode,
    exemption,
    codePath: confirmationId === null ? null : `/c/${confirmationId}`,
    returnUrl: returnUrl === null ? null : withOutcome(returnUrl, payment),
  };
}

function shown(money: Money): { value: string; currency: string } {
  return { value: formatAmount(money), currency: money.currency };
}

/** The merchant is told which payment it was; he must ask the API for its state, for anybody can type a URL. */
function withOutcome(returnUrl: string, { id, state }: PaymentView): string {
  const url = new URL(returnUrl);
  url.searchParams.set('payment', id);
  url.searchParams.set('state', state);
  return url.toString();
}
