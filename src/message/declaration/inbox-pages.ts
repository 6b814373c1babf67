import { createRouter, type App } from '../../http/app.ts';
import { numberText, type Declaration } from './declaration.ts';
import type { Place } from './declaration-store.ts';
import { wordedIn } from './form.ts';
import {
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
import { inboxPage, readingPage } from './receipt-view.ts';
import { signInPage } from './review-view.ts';
import { openDeclaration } from './seal.ts';
import { DECLARE_TEXTS, type WhoFault } from './texts.ts';
import { declarePath, type SignInView } from './view.ts';

/**
 * Where the staff of a form reads what was declared: subscribers that the form names, each signed in by a
 * code of his own (M9).
 */
const ROWS_MAX = 50;
const ID = '[0-9a-z_]{30}';

export function inboxPages(desk: Desk): App {
  const app = createRouter();

  app.get('/declare/:formId/inbox', (c) =>
    asStaff(desk, c, async ({ form, frame }) => {
      const before = placeOf(c.req.query('before'));
      const found = await desk.declarations.list(form, { before, fromMs: 0, max: ROWS_MAX + 1 });
      const rows = found.slice(0, ROWS_MAX).map((declaration) => rowOf(desk, declaration));
      const last = rows.at(-1);
      const olderPath =
        found.length > ROWS_MAX && last ? `${declarePath(frame, '/inbox')}&before=${last.number}` : null;
      const { title } = wordedIn(form, frame.language);
      return c.html(inboxPage(frame, { title, rows, olderPath }));
    }),
  );

  app.get('/declare/:formId/inbox/:id', (c) =>
    asStaff(desk, c, async (visit) => {
      const declaration = await ofForm(desk, visit, c.req.param('id'));
      if (!declaration) return nowhere(desk, c);
      return c.html(readingPage(visit.frame, await declarationView(desk, visit.frame, declaration)));
    }),
  );

  app.get('/declare/:formId/inbox/:id/:file', (c) =>
    asStaff(desk, c, async (visit) => {
      const declaration = await ofForm(desk, visit, c.req.param('id'));
      if (!declaration) return nowhere(desk, c);
      return sendProof(desk, c, visit.frame, declaration, c.req.param('file'));
    }),
  );

  app.post('/declare/:formId/sign-in', async (c) => {
    const visit = await visitOf(desk, c);
    if (!visit) return nowhere(desk, c);
    const post = await postOf(desk, c, visit);
    return post.own
      ? signIn(desk, c, visit, {
          identifier: firstOf(post, 'identifier').trim(),
          path: firstOf(post, 'return'),
        })
      : nowhere(desk, c, 'link_expired');
  });

  app.post('/declare/:formId/sign-out', async (c) => {
    const visit = await visitOf(desk, c);
    if (!visit) return nowhere(desk, c);
    const post = await postOf(desk, c, visit);
    if (!post.own) return nowhere(desk, c, 'link_expired');
    await desk.logins.end(c, visit.client);
    return c.redirect(declarePath(visit.frame, '/inbox'), 303);
  });

  return app;
}

type Show = (visit: Visit) => Promise<Response>;

async function asStaff(desk: Desk, c: Visitor, show: Show): Promise<Response> {
  const visit = await visitOf(desk, c);
  if (!visit) return nowhere(desk, c);
  const signedIn = await desk.logins.find(c, visit.client);
  if (!signedIn) return showSignIn(c, visit, 'inbox', { refused: null, identifier: '', path: c.req.path });
  const { subscriberId } = signedIn;
  if (subscriberId !== null && visit.form.staff.includes(subscriberId)) return show(visit);
  const { frame } = visit;
  return c.html(endPage(frame, 'stopped', DECLARE_TEXTS[frame.language].inbox.stranger, false), 403);
}

async function ofForm(desk: Desk, { form }: Visit, id: string): Promise<Declaration | null> {
  const found = await desk.declarations.find(id);
  return found?.formId === form.id ? found : null;
}

function rowOf(desk: Desk, declaration: Declaration) {
  const { declarant } = openDeclaration(desk.declarations.context.keys, declaration);
  const { id, receivedAtMs } = declaration;
  return { id, number: numberText(declaration), declarant, receivedAtMs };
}

function placeOf(text: string | undefined): Place | null {
  const found = /^(\d{4})-(\d{6,15})$/.exec(text ?? '');
  return found ? { year: Number(found[1]), number: Number(found[2]) } : null;
}

type Entered = { readonly identifier: string; readonly path: string };

export function showSignIn(
  c: Visitor,
  { form, frame }: Visit,
  what: SignInView['what'],
  { refused, identifier, path }: Entered & { readonly refused: WhoFault | null },
) {
  const { title } = wordedIn(form, frame.language);
  const view = { what, title, identifier, returnPath: path, refused };
  return c.html(signInPage(frame, view), refused === null ? 401 : refused === 'wait' ? 429 : 422);
}

async function signIn(desk: Desk, c: Visitor, visit: Visit, { identifier, path }: Entered) {
  const { form, client, frame } = visit;
  const own = new RegExp(`^/declare/${form.id}/(?:inbox(?:/${ID})?|receipts/${ID})$`);
  const returnPath = own.test(path) ? path : `/declare/${form.id}/inbox`;
  const what = returnPath.includes('/receipts/') ? 'receipt' : 'inbox';
  const again = (refused: WhoFault) =>
    showSignIn(c, { ...visit, frame: { ...frame, path: returnPath } }, what, {
      identifier,
      path: returnPath,
      refused,
    });
  if (identifier === '') return again('missing');
  if (identifier.length > 254) return again('unknown');
  const asked = {
    client,
    resource: `${client.name}: ${wordedIn(form, frame.language).title}`,
    returnPath: `${returnPath}?lang=${frame.language}`,
    language: frame.language,
  };
  let begun = await desk.logins.begin(c, { ...asked, to: { identifier: { value: identifier } } });
  // Who declared by his number alone shows by it that the receipt is his.
  if (!begun.ok && begun.refusal === 'unknown_subscriber' && what === 'receipt' && form.openToAll) {
    const to = { address: { channel: 'sms', value: identifier } } as const;
    begun = await desk.logins.begin(c, { ...asked, to, allowCallerAddress: true });
  }
  return begun.ok ? c.redirect(begun.value.location, 303) : again(whoFaultOf(begun.refusal));
}
