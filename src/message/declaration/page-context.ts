import type { Context as HttpContext } from 'hono';
import type { HttpEnv } from '../../http/app.ts';
import { sha256 } from '../../std/bytes.ts';
import { sleep } from '../../std/timer.ts';
import type { Result } from '../../std/result.ts';
import type { Client } from '../../client/client.ts';
import type { OpenRefusal } from '../../confirmation/open.ts';
import type { WebAssets } from '../../web/assets.ts';
import { FORM_TOKEN_FIELD, isFormToken, isOwnPost, makeFormToken } from '../../web/form-token.ts';
import { asLanguage, chooseLanguage } from '../../web/language.ts';
import { problemPage, PROBLEM_STATUS } from '../../web/problem-page.ts';
import type { Logins } from '../mailbox/login.ts';
import type { Declarations } from './declarations.ts';
import { numberText, readContent, type Declaration } from './declaration.ts';
import { wordedIn, type Form } from './form.ts';
import { findForm } from './manage.ts';
import { certificateOf, fileNameOf, receiptOfDeclaration } from './receipt.ts';
import { openDeclaration } from './seal.ts';
import { DECLARE_TEXTS, type WhoFault } from './texts.ts';
import { endPage } from './parts.ts';
import type { DeclarationView, Frame } from './view.ts';
import { fingerprintOf } from '../message.ts';

/** What every page of declarations begins with: the form of its path, and the browser that asks for it. */
export type Desk = {
  readonly declarations: Declarations;
  readonly logins: Logins;
  readonly assets: WebAssets;
  readonly publicUrl: string;
};

export type Visit = {
  readonly form: Form;
  readonly client: Client;
  readonly frame: Frame;
  /** The cookie that the forms of this browser's pages are bound to. */
  readonly browser: string;
};

export type Visitor = HttpContext<HttpEnv>;

const FORM_KEY = 'countersign/form/1';

/** Null where there is no such form, or its client was disabled. */
export async function visitOf(desk: Desk, c: Visitor): Promise<Visit | null> {
  const { context } = desk.declarations;
  const form = await findForm(context, c.req.param('formId') ?? '');
  const client = form && (await context.clientOf(form.tenantId, form.clientId));
  if (!form || !client) return null;
  const browser = desk.logins.visitor(c, client);
  const wished = asLanguage(c.req.query('lang'));
  const header = c.req.header('accept-language');
  const language = wished ?? (header === undefined ? form.language : chooseLanguage(header));
  const frame = {
    language,
    assets: desk.assets,
    client: client.name,
    formId: form.id,
    formToken: makeFormToken(formKey(desk), browser, form.id),
    path: c.req.path,
  };
  return { form, client, frame, browser };
}

function formKey({ declarations }: Desk): Uint8Array {
  const { keys } = declarations.context;
  return keys.derive(keys.currentId, FORM_KEY);
}

export function nowhere(desk: Desk, c: Visitor, kind: 'not_found' | 'link_expired' = 'not_found') {
  const language = chooseLanguage(c.req.header('accept-language'), c.req.query('lang'));
  const page = problemPage({ kind, language, assets: desk.assets, requestId: null, back: null });
  return c.html(page, PROBLEM_STATUS[kind]);
}

/** What was posted, and whether by a form of ours in this browser (S18). */
export type Post = { readonly fields: ReadonlyMap<string, readonly string[]>; readonly own: boolean };

export async function postOf(desk: Desk, c: Visitor, { browser, form }: Visit): Promise<Post> {
  const body = await c.req.parseBody({ all: true });
  const fields = new Map<string, string[]>();
  for (const [name, value] of Object.entries(body)) {
    const values = Array.isArray(value) ? value : [value];
    fields.set(
      name,
      values.filter((one) => typeof one === 'string'),
    );
  }
  const from = { secFetchSite: c.req.header('sec-fetch-site'), origin: c.req.header('origin') };
  const isOwn = isOwnPost(from, new URL(desk.publicUrl).origin);
  const token = fields.get(FORM_TOKEN_FIELD)?.[0];
  return { fields, own: isOwn && isFormToken(formKey(desk), browser, form.id, token) };
}

export function firstOf(post: Post, name: string): string {
  return post.fields.get(name)?.[0] ?? '';
}

/** The browser that declared sees its receipt; what is stored of its cookie is this. */
export function browserHashOf(browser: string): Uint8Array {
  return sha256('countersign/declaration-browser/1\n', browser);
}

/** What a page says when no code could be sent. */
export function whoFaultOf(refusal: OpenRefusal): WhoFault {
  switch (refusal) {
    case 'no_address':
      return 'no_address';
    case 'sending_limit':
      return 'wait';
    case 'unknown_subscriber':
    case 'malformed_address':
    case 'address_not_allowed':
      return 'unknown';
    case 'unknown_client':
    case 'return_url_not_allowed':
    case 'channel_unavailable':
      return 'unavailable';
    default:
      return refusal satisfies never;
  }
}

const LOG_WAIT_MS = 100;
const LOG_WAITS_MAX = 30;

/** The proof as a file. The log takes a moment for the newest entries, and a page can wait for it. */
export async function sendProof(
  desk: Desk,
  c: Visitor,
  frame: Frame,
  declaration: Declaration,
  file: string,
) {
  const { context } = desk.declarations;
  const isPdf = file === 'certificate.pdf';
  if (!isPdf && file !== 'receipt.json') return nowhere(desk, c);
  const make = (): Promise<Result<string | Uint8Array, 'not_yet_logged'>> =>
    isPdf ? certificateOf(context, declaration) : receiptOfDeclaration(context, declaration);
  let made = await make();
  for (let n = 0; !made.ok && n < LOG_WAITS_MAX; n++) {
    await sleep(LOG_WAIT_MS);
    made = await make();
  }
  if (!made.ok) {
    const { later } = DECLARE_TEXTS[frame.language].receipt;
    return c.html(endPage(frame, 'late', [later, ''], false), 503, { 'Retry-After': '2' });
  }
  const name = fileNameOf(declaration, isPdf ? 'pdf' : 'json');
  c.header('Content-Type', isPdf ? 'application/pdf' : 'application/json');
  c.header('Content-Disposition', `attachment; filename="${name}"`);
  return c.body(Buffer.from(made.value));
}

/** In the words of the version that was answered. */
export async function declarationView(
  desk: Desk,
  frame: Frame,
  declaration: Declaration,
): Promise<DeclarationView> {
  const { context } = desk.declarations;
  const { content, declarant } = openDeclaration(context.keys, declaration);
  const form = await findForm(context, declaration.formId, declaration.version);
  if (!form) throw new Error(`The form of ${declaration.id} is gone.`);
  return {
    id: declaration.id,
    number: numberText(declaration),
    words: wordedIn(form, frame.language),
    content: readContent(content),
    fingerprint: fingerprintOf(declaration.digest),
    declarant,
    receivedAtMs: declaration.receivedAtMs,
  };
}
