import type { App } from '../../http/app.ts';
import { parseSmsNumber } from '../../directory/number.ts';
import { FORM_TOKEN_FIELD } from '../../web/form-token.ts';
import type { OpenInput, OpenRefusal } from '../../confirmation/open.ts';
import { isCursor } from '../list.ts';
import { partyKeyOf } from '../message.ts';
import type { Caller, ListInput, MessageList } from '../verbs.ts';
import { mailboxPage } from './list-view.ts';
import { signInPage } from './sign-in-view.ts';
import { textOf, type Http, type Person, type Site, type Visit } from './site.ts';
import { MAIL_TEXTS } from './texts.ts';
import { mailPath, SHOWN_BOXES, type SignInRefusal } from './view.ts';

/** Signing in and out, and the mailbox itself. */
const PAGE_ITEMS = 25;
const IDENTIFIER_MAX = 254;
const QUERY_MAX = 100;

export function listRoutes(app: App, site: Site): void {
  app.get('/mail/:clientId', async (c) => {
    const person = await site.person(c);
    if (!person) return site.askWho(c, 200);
    const box = SHOWN_BOXES.find((each) => each === c.req.query('box')) ?? 'waiting';
    const query = (c.req.query('q') ?? '').trim().slice(0, QUERY_MAX);
    const cursor = c.req.query('cursor') ?? null;
    const list = await listOf(site, person, {
      box,
      q: query === '' ? null : query,
      cursor,
      limit: PAGE_ITEMS,
    });
    return c.html(mailboxPage(person.frame, { box, query, list, isFirstPage: cursor === null }));
  });

  app.post('/mail/:clientId/sign-in', async (c) => {
    const visit = await site.stranger(c);
    if (!visit) return site.problem(c, 'not_found', 404);
    const fields = await c.req.parseBody();
    if (!site.isOwn(c, visit, fields[FORM_TOKEN_FIELD])) return site.problem(c, 'refused', 403);
    const identifier = textOf(fields['identifier']).trim().slice(0, IDENTIFIER_MAX);
    const returnPath = ownPath(visit.client.id, textOf(fields['return']));
    const begun = await signIn(site, c, visit, identifier, returnPath);
    if (begun.ok) return c.redirect(begun.value.location, 303);
    const refused = REFUSALS[begun.refusal];
    return c.html(
      signInPage(visit.frame, { identifier, returnPath, refused }),
      refused === 'wait' ? 429 : 422,
    );
  });

  app.post('/mail/:clientId/sign-out', async (c) => {
    const person = await site.person(c);
    const fields = await c.req.parseBody();
    if (person && site.isOwn(c, person, fields[FORM_TOKEN_FIELD])) await site.logins.end(c, person.client);
    return c.redirect(mailPath(c.req.param('clientId')), 303);
  });
}

const REFUSALS = {
  unknown_subscriber: 'unknown',
  address_not_allowed: 'unknown',
  malformed_address: 'unknown',
  no_address: 'no_address',
  sending_limit: 'wait',
  unknown_client: 'unavailable',
  return_url_not_allowed: 'unavailable',
  channel_unavailable: 'unavailable',
} as const satisfies Record<OpenRefusal, SignInRefusal>;

/** By what he is known by here; by a bare number only somebody to whom something was sent there. */
async function signIn(site: Site, c: Http, visit: Visit, identifier: string, returnPath: string) {
  const { client, language } = visit;
  const resource = `${client.name}: ${MAIL_TEXTS[language].product}`;
  const begin = (to: OpenInput['to'], more: { allowCallerAddress?: true } = {}) =>
    site.logins.begin(c, { client, to, resource, returnPath, language, ...more });
  const known = await begin({ identifier: { value: identifier } });
  if (known.ok || known.refusal !== 'unknown_subscriber') return known;
  const number = parseSmsNumber(identifier);
  if (!number.ok) return known;
  const { tenantId, id: clientId } = client;
  const value = number.value.e164;
  const party = partyKeyOf(tenantId, { subscriberId: null, number: value });
  const input: ListInput = { box: 'received', q: null, cursor: null, limit: 1 };
  const { items } = await site.room.list({ tenantId, clientId, party }, party, input);
  if (items.length === 0) return known;
  return begin({ address: { channel: 'sms', value } }, { allowCallerAddress: true });
}

const MESSAGE = /^\/messages\/msg_[0-9a-z]{26}$/;

/** One of this client's own pages; whatever else a form says leads to the mailbox. */
function ownPath(clientId: string, path: string): string {
  const home = mailPath(clientId);
  const below = path.startsWith(home) ? path.slice(home.length) : '';
  return below === '/new' || MESSAGE.test(below) ? path : home;
}

/** Stands in a cursor for a list that is at its end, and for one that has not begun. */
const ENDED = '-';
const BEGIN = '';

/**
 * What was sent to somebody under contract, and what was sent to his number alone, as one list: each keeps
 * its own place in the cursor, "place~place".
 */
async function listOf(site: Site, person: Person, input: ListInput): Promise<MessageList> {
  const places = input.cursor === null ? person.callers.map(() => BEGIN) : input.cursor.split('~');
  const lists = await Promise.all(
    person.callers.map((caller, i) => pageOf(site, caller, input, places[i] ?? ENDED)),
  );
  const [first] = lists;
  const items = lists.flatMap((list) => list.items);
  const sorted = lists.length === 1 ? items : items.toSorted((one, other) => timeOf(other) - timeOf(one));
  const isOver = lists.every(({ nextCursor }) => nextCursor === null);
  const next = lists.map(({ nextCursor }) => nextCursor ?? ENDED).join('~');
  return { items: sorted, nextCursor: isOver || !first ? null : next };
}

async function pageOf(site: Site, caller: Caller, input: ListInput, place: string): Promise<MessageList> {
  const cursor = place === BEGIN ? null : place;
  if (caller.party === null || (cursor !== null && !isCursor(cursor))) return { items: [], nextCursor: null };
  return site.room.list(caller, caller.party, { ...input, cursor });
}

function timeOf(item: MessageList['items'][number]): number {
  return item.acceptedAtMs ?? item.createdAtMs;
}
