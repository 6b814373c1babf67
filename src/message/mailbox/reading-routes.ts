import type { App } from '../../http/app.ts';
import { keptSession } from '../../confirmation/page-session.ts';
import { fileResponse } from '../file-routes.ts';
import { createLookAtReading } from '../look.ts';
import type { Caller, InReading, InReadingRefusal } from '../verbs.ts';
import { readingPage } from './reading-view.ts';
import { callerFor, postedBy, type Http, type Person, type Site } from './site.ts';
import { readingPath, type ReadingKey, type ReadingStep } from './view.ts';

/**
 * A reading after its code: accept or refuse where that is asked, take the message over, read it. Everything
 * that counts is a post; pages and downloads may be asked for as often as one likes (S19).
 */
type InSession = { readonly person: Person; readonly caller: Caller; readonly asked: InReading };

/** A text is shown in the page up to this length; a longer one is a file to be fetched. */
const TEXT_SHOWN_MAX_BYTES = 256 * 1024;

export function readingRoutes(app: App, site: Site): void {
  const { room } = site;
  const look = createLookAtReading(room.context);

  function keyOf(c: Http): ReadingKey {
    return { messageId: c.req.param('id') ?? '', readingId: c.req.param('readingId') ?? '' };
  }

  async function sessionOf(c: Http, person: Person): Promise<InSession | null> {
    const { messageId, readingId } = keyOf(c);
    const session = keptSession(c, readingId);
    const caller = await callerFor(site, person, messageId);
    return caller && session !== ''
      ? { person, caller, asked: { messageId, confirmationId: readingId, session } }
      : null;
  }

  async function visited(c: Http): Promise<InSession | { readonly answer: Response }> {
    const person = await site.person(c);
    if (!person) return { answer: await site.askWho(c) };
    const found = await sessionOf(c, person);
    return found ?? { answer: await site.problem(c, 'link_expired', 404) };
  }

  async function posted(c: Http): Promise<InSession | { readonly answer: Response }> {
    const form = await postedBy(site, c);
    if ('answer' in form) return form;
    const found = await sessionOf(c, form.person);
    return found ?? { answer: await site.problem(c, 'link_expired', 404) };
  }

  async function show(c: Http, found: InSession): Promise<Response> {
    const { person, caller, asked } = found;
    const key = keyOf(c);
    const looked = await look(caller, asked);
    if (!looked.ok) {
      if (looked.refusal === 'not_proved') return c.redirect(`/c/${key.readingId}`, 303);
      if (looked.refusal === 'not_found') return site.problem(c, 'link_expired', 404);
      return c.html(
        readingPage(person.frame, { ...key, sender: null, fingerprint: null, step: overOf(looked.refusal) }),
      );
    }
    const { sender, fingerprint, asksAnswer, contentErased, handedOver } = looked.value;
    const shown = { ...key, sender, fingerprint };
    if (handedOver === null) {
      return c.html(
        readingPage(person.frame, {
          ...shown,
          step: contentErased ? 'over' : asksAnswer ? 'answer' : 'open',
        }),
      );
    }
    const { subject, files, readableUntilMs: untilMs } = handedOver;
    const inPage = files.find(({ n, sizeBytes }) => n === 0 && sizeBytes <= TEXT_SHOWN_MAX_BYTES);
    const text = inPage ? await textOf(caller, asked) : null;
    const others = files.filter((file) => file !== inPage);
    return c.html(
      readingPage(person.frame, { ...shown, step: 'content', subject, text, files: others, untilMs }),
    );
  }

  async function textOf(caller: Caller, asked: InReading): Promise<string | null> {
    const opened = await room.readFile(caller, asked, 0);
    if (!opened.ok) return null;
    const parts: Uint8Array[] = [];
    for await (const part of opened.value.body) parts.push(part);
    return Buffer.concat(parts).toString('utf8');
  }

  app.get('/mail/:clientId/messages/:id/readings/:readingId', async (c) => {
    const found = await visited(c);
    return 'answer' in found ? found.answer : show(c, found);
  });

  // What is refused here shows in the page that follows, which looks at how the reading now stands.
  app.post('/mail/:clientId/messages/:id/readings/:readingId/acceptance', async (c) => {
    const found = await posted(c);
    if ('answer' in found) return found.answer;
    const accepted = await room.accept(found.caller, found.asked);
    return accepted.ok ? handOver(c, found) : back(c, found);
  });

  app.post('/mail/:clientId/messages/:id/readings/:readingId/refusal', async (c) => {
    const found = await posted(c);
    if ('answer' in found) return found.answer;
    await room.refuse(found.caller, found.asked);
    return back(c, found);
  });

  app.post('/mail/:clientId/messages/:id/readings/:readingId/handover', async (c) => {
    const found = await posted(c);
    if ('answer' in found) return found.answer;
    return handOver(c, found);
  });

  async function handOver(c: Http, found: InSession) {
    const handed = await room.handOver(found.caller, found.asked);
    if (handed.ok || handed.refusal !== 'damaged') return back(c, found);
    const shown = { ...keyOf(c), sender: null, fingerprint: null, step: 'damaged' as const };
    return c.html(readingPage(found.person.frame, shown), 409);
  }

  function back(c: Http, found: InSession) {
    return c.redirect(readingPath(found.person.client.id, keyOf(c)), 303);
  }

  app.get('/mail/:clientId/messages/:id/readings/:readingId/files/:n', async (c) => {
    const found = await visited(c);
    if ('answer' in found) return found.answer;
    const n = Number(c.req.param('n'));
    if (!Number.isInteger(n) || n < 0) return site.problem(c, 'not_found', 404);
    const opened = await room.readFile(found.caller, found.asked, n);
    if (!opened.ok) return site.problem(c, 'link_expired', 404);
    return fileResponse(c, opened.value);
  });
}

function overOf(
  refusal: Exclude<InReadingRefusal, 'not_found' | 'not_proved'>,
): Exclude<ReadingStep['step'], 'content'> {
  return refusal === 'message_refused' ? 'refused' : 'over';
}
