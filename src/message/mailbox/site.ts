import type { Context as HttpContext } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { LANGUAGES, type Language } from '../../std/language.ts';
import type { HttpEnv } from '../../http/app.ts';
import type { Client } from '../../client/client.ts';
import type { FindClientById } from '../../client/find.ts';
import { getSubscriber } from '../../directory/manage.ts';
import { maskAddress } from '../../directory/number.ts';
import type { WebAssets } from '../../web/assets.ts';
import { FORM_TOKEN_FIELD, isFormToken, isOwnPost, makeFormToken } from '../../web/form-token.ts';
import { asLanguage, chooseLanguage } from '../../web/language.ts';
import { problemPage, type ProblemKind } from '../../web/problem-page.ts';
import { partyKeyOf } from '../message.ts';
import type { MessageRoom } from '../messages.ts';
import type { Caller } from '../verbs.ts';
import { createLogins, type Logins, type SignedIn } from './login.ts';
import { signInPage } from './sign-in-view.ts';
import { mailPath, type Frame } from './view.ts';

/**
 * What every route of the mailbox begins with: which client's pages these are, who is signed in, and whether
 * a form that was posted is ours.
 */
export type SiteOptions = {
  readonly room: MessageRoom;
  readonly findClientById: FindClientById;
  readonly assets: WebAssets;
  readonly publicUrl: string;
};

export type Http = HttpContext<HttpEnv>;

export type Visit = {
  readonly client: Client;
  readonly language: Language;
  readonly frame: Frame;
};

/** Somebody who is signed in, and as whom he calls the verbs: under contract, and by his number. */
export type Person = Visit & {
  readonly signedIn: SignedIn;
  readonly callers: readonly [Caller, ...Caller[]];
};

export type Site = {
  readonly room: MessageRoom;
  readonly logins: Logins;
  readonly publicUrl: string;
  readonly https: boolean;
  /** A stranger's visit, with a cookie for the sign-in form; null when there is no such client. */
  readonly stranger: (c: Http) => Promise<Visit | null>;
  readonly person: (c: Http) => Promise<Person | null>;
  /** Whether the post is from a form of ours, in the session that the token was made for. */
  readonly isOwn: (c: Http, visit: Visit, token: unknown) => boolean;
  /** For who is not signed in: who are you? */
  readonly askWho: (c: Http, status?: 200 | 403) => Promise<Response>;
  readonly problem: (c: Http, kind: ProblemKind, status: 403 | 404 | 409) => Response | Promise<Response>;
};

const FORM_KEY_INFO = 'countersign/form-mail/1';
const LANGUAGE_COOKIE = 'cs_language';
const YEAR_SECONDS = 365 * 24 * 60 * 60;

export function createSite({ room, findClientById, assets, publicUrl }: SiteOptions): Site {
  const { confirmations, keys, store } = room.context;
  const logins = createLogins({ confirmations, place: 'mail', publicUrl });
  const https = publicUrl.startsWith('https:');
  const { origin } = new URL(publicUrl);
  const formKey = keys.derive(keys.currentId, FORM_KEY_INFO);

  const clientOf = (c: Http) => findClientById(c.req.param('clientId') ?? '');

  function frameOf(c: Http, client: Client, person: string | null, secret: string): Visit {
    const language = languageOf(c, https);
    const formToken = makeFormToken(formKey, secret, client.id);
    const { id, name } = client;
    // What was posted to a path is not where a language leads.
    const path = c.req.method === 'GET' ? c.req.path : mailPath(id);
    return { client, language, frame: { language, assets, client: { id, name }, person, formToken, path } };
  }

  async function stranger(c: Http): Promise<Visit | null> {
    const client = await clientOf(c);
    return client && frameOf(c, client, null, logins.visitor(c, client));
  }

  async function person(c: Http): Promise<Person | null> {
    const client = await clientOf(c);
    const signedIn = client && (await logins.find(c, client));
    if (!signedIn) return null;
    const { subscriberId, number, secret } = signedIn;
    const { tenantId, id: clientId } = client;
    const known = subscriberId === null ? null : await getSubscriber(store.sql, tenantId, subscriberId);
    const as = (who: { subscriberId: string | null; number: string }): Caller => ({
      tenantId,
      clientId,
      party: partyKeyOf(tenantId, who),
    });
    const byNumber = as({ subscriberId: null, number });
    return {
      ...frameOf(c, client, known?.name ?? maskAddress(number), secret),
      signedIn,
      // His code came to that number, so that what was sent to the number alone is his too.
      callers: subscriberId === null ? [byNumber] : [as({ subscriberId, number }), byNumber],
    };
  }

  function problem(c: Http, kind: ProblemKind, status: 403 | 404 | 409) {
    const language = languageOf(c, https);
    return c.html(problemPage({ kind, language, assets, requestId: null, back: null }), status);
  }

  return {
    room,
    logins,
    publicUrl,
    https,
    stranger,
    person,
    isOwn: (c, visit, token) => {
      const from = { secFetchSite: c.req.header('sec-fetch-site'), origin: c.req.header('origin') };
      const secret =
        'signedIn' in visit ? (visit as Person).signedIn.secret : logins.visitor(c, visit.client);
      return isOwnPost(from, origin) && isFormToken(formKey, secret, visit.client.id, token);
    },
    askWho: async (c, status = 403) => {
      const visit = await stranger(c);
      if (!visit) return problem(c, 'not_found', 404);
      const returnPath = c.req.method === 'GET' ? c.req.path : mailPath(visit.client.id);
      return c.html(signInPage(visit.frame, { identifier: '', returnPath, refused: null }), status);
    },
    problem,
  };
}

/** What was chosen here or on an earlier page, else what the browser prefers. */
function languageOf(c: Http, https: boolean): Language {
  const chosen = asLanguage(c.req.query('lang'));
  if (chosen !== null) {
    setCookie(c, LANGUAGE_COOKIE, chosen, {
      path: '/mail',
      httpOnly: true,
      sameSite: 'Lax',
      secure: https,
      maxAge: YEAR_SECONDS,
    });
    return chosen;
  }
  const kept = LANGUAGES.find((language) => language === getCookie(c, LANGUAGE_COOKIE));
  return chooseLanguage(c.req.header('accept-language'), kept);
}

export type Posted = { readonly person: Person; readonly fields: Readonly<Record<string, unknown>> };

/** A form of somebody who is signed in; the answer to give instead for any other post. */
export async function postedBy(site: Site, c: Http): Promise<Posted | { readonly answer: Response }> {
  const person = await site.person(c);
  if (!person) return { answer: await site.askWho(c) };
  const fields: Record<string, unknown> = await c.req.parseBody();
  if (site.isOwn(c, person, fields[FORM_TOKEN_FIELD])) return { person, fields };
  return { answer: await site.problem(c, 'refused', 403) };
}

export function textOf(field: unknown): string {
  return typeof field === 'string' ? field : '';
}

/** The first of the ways in which somebody is himself, that this message knows; null when it is not his. */
export async function callerFor(site: Site, person: Person, messageId: string): Promise<Caller | null> {
  for (const caller of person.callers) {
    if ((await site.room.view(caller, messageId)) !== null) return caller;
  }
  return null;
}
