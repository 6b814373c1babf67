import type { Context as HttpContext } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { sha256, toBase64Url } from '../../std/bytes.ts';
import type { Language } from '../../std/language.ts';
import { ok, type Result } from '../../std/result.ts';
import type { HttpEnv } from '../../http/app.ts';
import type { Client } from '../../client/client.ts';
import type { Confirmations } from '../../confirmation/confirmations.ts';
import type { OpenInput, OpenRefusal } from '../../confirmation/open.ts';
import { keepSession } from '../../confirmation/page-session.ts';
import { deleteLogin, findLogin, insertLogin } from './login-store.ts';

/**
 * Signing in to hosted pages by a code (A1), for a while, in one browser.
 *
 *   (cookie) ──identifier posted──▶ asked ──right code, in this browser──▶ signed in ──30 min, sign out──▶ (nothing)
 *
 * The cookie is random, new with every asking, and stored as a digest only. Signed in means: the confirmation
 * that this cookie asked for came to its right code. Its session is bound to this browser too (`isInside`),
 * so that a code typed elsewhere, through a link that somebody sent, signs in nobody (S9).
 */
export type Logins = {
  /** Who is signed in in this browser at this client's pages; null for a stranger. */
  readonly find: (c: HttpContext, client: Client) => Promise<SignedIn | null>;
  /** What the forms of a page for strangers are bound to; gives this browser a cookie when it has none. */
  readonly visitor: (c: HttpContext, client: Client) => string;
  /** Sends the code. The value is where to go to type it; refusals are those of opening. */
  readonly begin: (
    c: HttpContext<HttpEnv>,
    asked: LoginAsked,
  ) => Promise<Result<{ readonly location: string }, OpenRefusal>>;
  readonly end: (c: HttpContext, client: Client) => Promise<void>;
};

export type LoginAsked = {
  readonly client: Client;
  readonly to: OpenInput['to'];
  /** What access is asked to, in the person's words, such as "Acme Bank: registered messages". */
  readonly resource: string;
  /** One of our own paths, to come back to. */
  readonly returnPath: string;
  readonly language: Language | null;
  /** Only where the caller's own rules allow a number that is in no contract. */
  readonly allowCallerAddress?: true;
};

export type SignedIn = {
  readonly client: Client;
  /** The confirmation that proved it. */
  readonly confirmationId: string;
  /** Null for somebody who is known by his number only. */
  readonly subscriberId: string | null;
  /** E.164: where the code was received. */
  readonly number: string;
  readonly language: Language;
  /** What the forms of this person's pages are bound to. */
  readonly secret: string;
};

export type LoginsOptions = {
  readonly confirmations: Confirmations;
  /** Pages with other names know nothing of each other's sign-ins. */
  readonly place: 'mail' | 'declare';
  readonly publicUrl: string;
};

const SECRET_BYTES = 32;
/** Stands where the id of an API key does: nobody's key asked for it. */
const PAGE_KEY = 'page';
const RESOURCE_MAX = 70;
const SIGNED_IN_MS = 30 * 60_000;
/** Time to bring the code back, and then to stay. */
const LOGIN_LIFE_MS = SIGNED_IN_MS + 10 * 60_000;

export function createLogins({ confirmations, place, publicUrl }: LoginsOptions): Logins {
  const { store, random } = confirmations.context;
  const https = publicUrl.startsWith('https:');

  const nameOf = (client: Client) => `${https ? '__Host-' : ''}cs_${place}_${client.id.slice(-16)}`;
  const secretOf = (c: HttpContext, client: Client) => getCookie(c, nameOf(client)) ?? '';
  /** The place is part of the digest, so that a cookie under another name signs in nobody. */
  const hashOf = (secret: string, client: Client) => sha256(`${place}\n${client.id}\n${secret}`);

  function give(c: HttpContext, client: Client): string {
    const secret = toBase64Url(random(SECRET_BYTES));
    setCookie(c, nameOf(client), secret, { path: '/', httpOnly: true, sameSite: 'Lax', secure: https });
    return secret;
  }

  return {
    visitor: (c, client) => secretOf(c, client) || give(c, client),

    find: async (c, client) => {
      const secret = secretOf(c, client);
      if (secret === '') return null;
      const confirmationId = await findLogin(store.sql, hashOf(secret, client));
      const row = confirmationId === null ? null : await confirmations.find(confirmationId);
      // What policy lets pass without a code has proved nobody; of an erased person nothing is left.
      if (!row || row.state !== 'confirmed' || row.reason !== 'right_code' || row.salt === null) return null;
      if (row.tenantId !== client.tenantId || row.clientId !== client.id) return null;
      if (row.endedAtMs === null || row.nowMs >= row.endedAtMs + SIGNED_IN_MS) return null;
      const { subscriberId, address: number, language } = row;
      return { client, confirmationId: row.id, subscriberId, number, language, secret };
    },

    begin: async (c, asked) => {
      const { client, to, resource, language } = asked;
      const opened = await confirmations.open(
        { tenantId: client.tenantId, clientId: client.id, scope: 'client', keyId: PAGE_KEY },
        {
          to,
          act: { purpose: 'access', resource: Array.from(resource).slice(0, RESOURCE_MAX).join('') },
          connected: false,
          language,
          returnUrl: `${publicUrl}${asked.returnPath}`,
          ip: c.get('ip'),
          isInside: true,
          alwaysSecured: true,
          ...(asked.allowCallerAddress ? { allowCallerAddress: true } : {}),
        },
      );
      if (!opened.ok) return opened;
      const { row, secret } = opened.value;
      const before = hashOf(secretOf(c, client), client);
      const hash = hashOf(give(c, client), client);
      await insertLogin(store.sql, { hash, before, confirmationId: row.id, lifeMs: LOGIN_LIFE_MS });
      keepSession(c, { id: row.id, secret: secret.reveal(), https });
      return ok({ location: language === null ? `/c/${row.id}` : `/c/${row.id}?lang=${language}` });
    },

    end: async (c, client) => {
      await deleteLogin(store.sql, hashOf(secretOf(c, client), client));
      deleteCookie(c, nameOf(client), { path: '/', secure: https });
    },
  };
}
