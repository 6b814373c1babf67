import { equalBytes, utf8 } from '../../std/bytes.ts';
import { keepSession } from '../../confirmation/page-session.ts';
import { createRouter, type App } from '../../http/app.ts';
import { securityHeaders } from '../../web/security-headers.ts';
import type { WebAssets } from '../../web/assets.ts';
import { createLogins, type SignedIn } from '../mailbox/login.ts';
import type { Declarations } from './declarations.ts';
import { fingerprintOf } from '../message.ts';
import { inputName, judgeAnswers, type Posted } from './answers.ts';
import type { JsonValue } from '../../evidence/json.ts';
import { contentText, digestOf, type Declaration } from './declaration.ts';
import { newContent } from './declare.ts';
import { wordedIn, type Worded } from './form.ts';
import { formPage } from './form-view.ts';
import {
  browserHashOf,
  declarationView,
  firstOf,
  nowhere,
  postOf,
  sendProof,
  visitOf,
  whoFaultOf,
  type Desk,
  type Visit,
  type Visitor,
} from './page-context.ts';
import { endPage } from './parts.ts';
import { receiptPage } from './receipt-view.ts';
import { reviewPage } from './review-view.ts';
import { openDeclaration, openDraft, sealDraft, type Draft } from './seal.ts';
import { inboxPages, showSignIn } from './inbox-pages.ts';
import { DECLARE_TEXTS, type WhoFault } from './texts.ts';
import type { FormNotice, Frame } from './view.ts';

/**
 * The pages on which somebody declares (M9, U3), without a script:
 *
 *   /declare/{form} ──answers──▶ (faults: the form again) ──▶ review ──who──▶ /c/{confirmation} ──code──▶ receipt
 *        ▲─────────────────────── change my answers ───────────┘
 *
 * Between form and code nothing is stored: what was typed travels sealed in the page, bound to the browser.
 */
const DRAFT_LIFE_MS = 4 * 3_600_000;
const ANSWERS_MAX_BYTES = 30_000;

export type PagesOptions = { readonly declarations: Declarations; readonly assets: WebAssets };

export function declarationPages({ declarations, assets }: PagesOptions): App {
  const app = createRouter();
  const { confirmations, publicUrl } = declarations.context;
  const logins = createLogins({ confirmations, place: 'declare', publicUrl });
  const desk: Desk = { declarations, logins, assets, publicUrl };
  const https = publicUrl.startsWith('https:');
  app.use('/declare/*', securityHeaders({ https }));

  app.get('/declare/:formId', async (c) => {
    const visit = await visitOf(desk, c);
    if (!visit) return nowhere(desk, c);
    return isClosed(visit) ? closed(c, visit) : c.html(emptyForm(visit));
  });

  app.post('/declare/:formId', async (c) => {
    const visit = await visitOf(desk, c);
    if (!visit) return nowhere(desk, c);
    if (isClosed(visit)) return closed(c, visit);
    const post = await postOf(desk, c, visit);
    if (firstOf(post, 'change') !== '') {
      const draft = draftOf(desk, visit, firstOf(post, 'draft'));
      return c.html(draft ? formOfDraft(visit, draft, null) : emptyForm(visit));
    }
    return review(desk, c, visit, post.fields);
  });

  app.post('/declare/:formId/confirmation', async (c) => {
    const visit = await visitOf(desk, c);
    if (!visit) return nowhere(desk, c);
    if (isClosed(visit)) return closed(c, visit);
    const post = await postOf(desk, c, visit);
    const text = firstOf(post, 'draft');
    const draft = post.own ? draftOf(desk, visit, text) : null;
    if (!draft) return nowhere(desk, c, 'link_expired');
    const stale = staleness(desk, visit, draft);
    if (stale) return c.html(formOfDraft(visit, draft, stale), 422);
    return confirm(desk, c, visit, { draft, text, identifier: firstOf(post, 'identifier').trim() });
  });

  app.get('/declare/:formId/receipts/:id', async (c) => {
    const visit = await visitOf(desk, c);
    if (!visit) return nowhere(desk, c);
    const seen = await receiptFor(desk, c, visit);
    return 'declaration' in seen
      ? c.html(receiptPage(visit.frame, await declarationView(desk, visit.frame, seen.declaration)))
      : seen.answer;
  });

  app.get('/declare/:formId/receipts/:id/:file', async (c) => {
    const visit = await visitOf(desk, c);
    if (!visit) return nowhere(desk, c);
    const seen = await receiptFor(desk, c, visit);
    return 'declaration' in seen
      ? sendProof(desk, c, visit.frame, seen.declaration, c.req.param('file'))
      : seen.answer;
  });

  app.route('/', inboxPages(desk));
  return app;
}

function isClosed({ form }: Visit): boolean {
  return form.state === 'closed';
}

function closed(c: Visitor, { frame }: Visit) {
  return c.html(endPage(frame, 'stopped', DECLARE_TEXTS[frame.language].closed, false), 410);
}

function emptyForm({ form, frame }: Visit) {
  const words = wordedIn(form, frame.language);
  const values = new Map(words.fields.map(({ name, initial }) => [name, initial]));
  return formPage(frame, { words, values, faults: new Map(), notice: null });
}

/** The form with what was typed, as far as its fields are still there. */
function formOfDraft({ form, frame }: Visit, { content }: Draft, notice: FormNotice | null) {
  const words = wordedIn(form, frame.language);
  const { answers } = content;
  const values = new Map(
    words.fields.map(({ name }) => [name, textsOf(Object.hasOwn(answers, name) ? answers[name] : undefined)]),
  );
  return formPage(frame, { words, values, faults: new Map(), notice });
}

/** As a browser would post it. */
function textsOf(answer: JsonValue | undefined): string[] {
  if (Array.isArray(answer)) return (answer as readonly JsonValue[]).flatMap(textsOf);
  if (answer === undefined || answer === false) return [];
  return [typeof answer === 'string' ? answer : JSON.stringify(answer)];
}

function valuesOf(words: Worded, posted: Posted) {
  return new Map(words.fields.map((field) => [field.name, posted.get(inputName(field)) ?? []]));
}

function review(desk: Desk, c: Visitor, { form, frame, browser }: Visit, posted: Posted) {
  const { declarations } = desk;
  const words = wordedIn(form, frame.language);
  const { answers, faults } = judgeAnswers(words.fields, declarations.validatorOf(form), posted);
  const isTooLong = utf8(JSON.stringify(answers)).length > ANSWERS_MAX_BYTES;
  if (faults.size > 0 || isTooLong) {
    const notice = isTooLong ? 'tooLong' : null;
    return c.html(formPage(frame, { words, values: valuesOf(words, posted), faults, notice }), 422);
  }
  const { context } = declarations;
  const draft = { content: newContent(context, form, words.title, answers), madeAtMs: context.clock.nowMs() };
  const text = sealDraft(context.keys, { formId: form.id, browser }, draft, context.random);
  return c.html(reviewOf(form.openToAll, frame, words, { draft, text, identifier: '', refused: null }));
}

type Asked = { readonly draft: Draft; readonly text: string; readonly identifier: string };

function reviewOf(
  openToAll: boolean,
  frame: Frame,
  words: Worded,
  { draft, text, identifier, refused }: Asked & { readonly refused: WhoFault | null },
) {
  const fingerprint = fingerprintOf(digestOf(contentText(draft.content)));
  // The switch would lead to an empty form.
  const still = { ...frame, path: null };
  return reviewPage(still, {
    words,
    content: draft.content,
    fingerprint,
    draft: text,
    openToAll,
    identifier,
    refused,
  });
}

function draftOf(desk: Desk, { form, browser }: Visit, text: string): Draft | null {
  return openDraft(desk.declarations.context.keys, { formId: form.id, browser }, text);
}

function staleness(desk: Desk, { form }: Visit, draft: Draft): FormNotice | null {
  if (draft.content.version !== form.version) return 'changed';
  const { clock } = desk.declarations.context;
  return clock.nowMs() - draft.madeAtMs > DRAFT_LIFE_MS ? 'tooOld' : null;
}

async function confirm(desk: Desk, c: Visitor, visit: Visit, asked: Asked) {
  const { form, client, frame, browser } = visit;
  const { language } = frame;
  const { identifier, draft } = asked;
  const words = wordedIn(form, language);
  const refused = (why: WhoFault, status: 422 | 429 = 422) =>
    c.html(reviewOf(form.openToAll, frame, words, { ...asked, refused: why }), status);
  if (identifier === '') return refused('missing');
  if (identifier.length > 254) return refused('unknown');
  const opened = await desk.declarations.declare({
    form,
    client,
    content: draft.content,
    identifier,
    language,
    ip: c.get('ip'),
    browserHash: browserHashOf(browser),
  });
  if (!opened.ok) {
    const why = whoFaultOf(opened.refusal);
    return refused(why, why === 'wait' ? 429 : 422);
  }
  const { confirmationId, secret } = opened.value;
  keepSession(c, {
    id: confirmationId,
    secret: secret.reveal(),
    https: desk.publicUrl.startsWith('https:'),
  });
  return c.redirect(`/c/${confirmationId}?lang=${language}`, 303);
}

type Seen = { readonly declaration: Declaration } | { readonly answer: Response | Promise<Response> };

/** To the browser that declared, and to the person who did, once he has shown that he is. */
async function receiptFor(desk: Desk, c: Visitor, visit: Visit): Promise<Seen> {
  const { form, client, frame, browser } = visit;
  const declaration = await desk.declarations.find(c.req.param('id') ?? '');
  if (!declaration || declaration.formId !== form.id) {
    const texts = DECLARE_TEXTS[frame.language].receipt;
    return { answer: c.html(endPage(frame, 'lost', texts.missing, true), 404) };
  }
  if (equalBytes(browserHashOf(browser), declaration.browserHash)) return { declaration };
  const signedIn = await desk.logins.find(c, client);
  if (signedIn && isDeclarant(desk, signedIn, declaration)) return { declaration };
  return { answer: showSignIn(c, visit, 'receipt', { refused: null, identifier: '', path: c.req.path }) };
}

function isDeclarant(desk: Desk, signedIn: SignedIn, declaration: Declaration): boolean {
  const { declarant } = openDeclaration(desk.declarations.context.keys, declaration);
  return declarant.subscriberId === null
    ? signedIn.subscriberId === null && signedIn.number === declarant.number
    : signedIn.subscriberId === declarant.subscriberId;
}
