import type { App } from '../../http/app.ts';
import { keepSession } from '../../confirmation/page-session.ts';
import type { Result } from '../../std/result.ts';
import { streamMessage } from '../events.ts';
import type { Asking, Caller, CodeSent, MessageStory, Role } from '../verbs.ts';
import { messagePage } from './message-view.ts';
import { postedBy, type Http, type Person, type Site } from './site.ts';
import { messagePath, readingPath, type MessageNotice } from './view.ts';

/** The story of a message, and what its two sides do with it: send it, read it, take it back, prove it. */
type Found = { readonly person: Person; readonly caller: Caller; readonly story: MessageStory };

export function messageRoutes(app: App, site: Site): void {
  const { room } = site;

  async function find(c: Http, person: Person): Promise<Found | null> {
    for (const caller of person.callers) {
      const story = await room.view(caller, c.req.param('id') ?? '');
      if (story) return { person, caller, story };
    }
    return null;
  }

  async function show(
    c: Http,
    found: Found,
    notice: MessageNotice | null = null,
    status: 200 | 409 | 429 = 200,
  ) {
    const asksRecall = c.req.query('recall') === 'ask';
    return c.html(messagePage(found.person.frame, { story: found.story, asksRecall, notice }), status);
  }

  /** Whoever asks for it by a link: signed in, and one of its two sides. */
  async function visited(c: Http): Promise<Found | { readonly answer: Response }> {
    const person = await site.person(c);
    if (!person) return { answer: await site.askWho(c) };
    const found = await find(c, person);
    return found ?? { answer: await site.problem(c, 'not_found', 404) };
  }

  async function posted(c: Http): Promise<Found | { readonly answer: Response }> {
    const form = await postedBy(site, c);
    if ('answer' in form) return form;
    const found = await find(c, form.person);
    return found ?? { answer: await site.problem(c, 'not_found', 404) };
  }

  /** The message as it is now, with what came of the try. */
  async function showAnew(c: Http, before: Found, notice: MessageNotice) {
    const found = (await find(c, before.person)) ?? before;
    return show(c, found, notice, notice === 'wait' ? 429 : 409);
  }

  app.get('/mail/:clientId/messages/:id', async (c) => {
    const found = await visited(c);
    return 'answer' in found ? found.answer : show(c, found);
  });

  app.get('/mail/:clientId/messages/:id/events', async (c) => {
    const found = await visited(c);
    if ('answer' in found) return found.answer;
    const { caller, story } = found;
    const stream = await streamMessage(c, room.context, caller, story.id, async () => {
      const now = await room.view(caller, story.id);
      return now && { state: now.state, data: { state: now.state, events: now.events.length } };
    });
    return stream ?? site.problem(c, 'not_found', 404);
  });

  app.post('/mail/:clientId/messages/:id/submission', async (c) => {
    const found = await posted(c);
    if ('answer' in found) return found.answer;
    const sent = await submit(site, c, found.caller, found.story.id);
    return sent.ok ? c.redirect(sent.page, 303) : showAnew(c, found, sent.notice);
  });

  app.post('/mail/:clientId/messages/:id/readings', async (c) => {
    const found = await posted(c);
    if ('answer' in found) return found.answer;
    const { client } = found.person;
    const { id } = found.story;
    const asking = askingOf(site, c, messagePath(client.id, id, '/readings'));
    const sent = sentTo(site, c, await room.openReading(found.caller, id, asking));
    if (!sent.ok) return showAnew(c, found, sent.notice);
    const path = readingPath(client.id, { messageId: id, readingId: sent.id });
    keepSession(c, { id: sent.id, secret: sent.secret, https: site.https, path });
    return c.redirect(sent.page, 303);
  });

  // The way back from the page of the code names its confirmation (`withOutcome` there).
  app.get('/mail/:clientId/messages/:id/readings', (c) => {
    const { clientId, id: messageId } = c.req.param();
    const readingId = c.req.query('confirmation') ?? '';
    if (!/^cnf_[0-9a-z]{26}$/.test(readingId)) return c.redirect(messagePath(clientId, messageId), 303);
    return c.redirect(readingPath(clientId, { messageId, readingId }), 303);
  });

  app.post('/mail/:clientId/messages/:id/recall', async (c) => {
    const found = await posted(c);
    if ('answer' in found) return found.answer;
    const recalled = await room.recall(found.caller, found.story.id);
    if (!recalled.ok) return showAnew(c, found, 'too_late');
    return c.redirect(messagePath(found.person.client.id, found.story.id), 303);
  });

  app.get('/mail/:clientId/messages/:id/receipt', async (c) => {
    const found = await visited(c);
    if ('answer' in found) return found.answer;
    const receipt = await room.receipt(found.caller, found.story.id, roleOf(found));
    if (!receipt.ok) return showAnew(c, found, proofNotice(receipt.refusal));
    attach(c, `${found.story.id}.receipt.json`);
    return c.body(receipt.value, 200, { 'Content-Type': 'application/json' });
  });

  app.get('/mail/:clientId/messages/:id/certificate', async (c) => {
    const found = await visited(c);
    if ('answer' in found) return found.answer;
    const certificate = await room.certificate(found.caller, found.story.id, roleOf(found));
    if (!certificate.ok) return showAnew(c, found, proofNotice(certificate.refusal));
    attach(c, `${found.story.id}.pdf`);
    return c.body(new Uint8Array(certificate.value), 200, { 'Content-Type': 'application/pdf' });
  });
}

function roleOf({ story }: Found): Role {
  return story.role ?? 'sender';
}

function proofNotice(refusal: string): MessageNotice {
  return refusal === 'not_yet_logged' ? 'not_yet_logged' : 'too_late';
}

function attach(c: Http, name: string): void {
  c.header('Content-Disposition', `attachment; filename="${name}"`);
}

export type CodeSentTo =
  | { readonly ok: true; readonly id: string; readonly secret: string; readonly page: string }
  | { readonly ok: false; readonly refusal: string; readonly notice: MessageNotice };

/** Sends the sender his code; he comes back to the message, or finds it there later. */
export async function submit(site: Site, c: Http, caller: Caller, id: string): Promise<CodeSentTo> {
  const asking = askingOf(site, c, messagePath(caller.clientId, id));
  return sentTo(site, c, await site.room.submit(caller, id, asking));
}

function askingOf(site: Site, c: Http, path: string): Asking {
  return { ip: c.get('ip'), returnUrl: `${site.publicUrl}${path}`, isInside: true };
}

const NOTICES: Readonly<Record<string, MessageNotice>> = {
  sending_limit: 'wait',
  not_found: 'too_late',
  not_draft: 'too_late',
  not_waiting: 'too_late',
  content_erased: 'too_late',
  draft_changed: 'too_late',
};

/** Keeps the session of a confirmation in this browser, and says where its page is. */
function sentTo(site: Site, c: Http, sent: Result<CodeSent, string>): CodeSentTo {
  if (!sent.ok) {
    return { ok: false, refusal: sent.refusal, notice: NOTICES[sent.refusal] ?? 'unavailable' };
  }
  const { row, secret: wrapped } = sent.value.opened;
  const secret = wrapped.reveal();
  keepSession(c, { id: row.id, secret, https: site.https });
  return { ok: true, id: row.id, secret, page: `/c/${row.id}` };
}
