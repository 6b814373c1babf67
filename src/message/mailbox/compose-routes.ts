import { ok, refuse, type Result } from '../../std/result.ts';
import type { App } from '../../http/app.ts';
import type { BodyLimit } from '../../http/body-limit.ts';
import { FORM_TOKEN_FIELD } from '../../web/form-token.ts';
import { CONTENT_MAX_BYTES, FILES_MAX } from '../message.ts';
import type { Caller, DraftRefusal, FileRefusal, NewMessage } from '../verbs.ts';
import { draftOf, fieldsOf, NO_FIELDS, typeOfFile } from './compose-form.ts';
import { composePage } from './compose-view.ts';
import { submit } from './message-routes.ts';
import { readForm } from './multipart.ts';
import { postedBy, type Http, type Person, type Site } from './site.ts';
import { MAIL_TEXTS } from './texts.ts';
import {
  COMPOSE_PROBLEMS,
  mailPath,
  messagePath,
  type ComposeFields,
  type ComposeProblem,
  type ComposeProblemKind,
} from './view.ts';

/**
 * Writing a message, in two ways to the same verbs:
 *
 *   without a script   POST /new, one form with its files ─▶ draft, files, submission ─▶ 303 to the page of the code
 *   with one           POST /drafts ─▶ PUT /drafts/{id}/files/{n} each ─▶ POST /drafts/{id}/submission, answered in JSON
 */
const FORM_OVERHEAD_BYTES = 1024 * 1024;

/** A form may be twice as long as its content may be: what is too much is then said on the page itself. */
export const MAIL_BODY_LIMITS: readonly BodyLimit[] = [
  { method: 'POST', path: '/mail/:clientId/new', maxBytes: 2 * CONTENT_MAX_BYTES, streamed: true },
  { method: 'POST', path: '/mail/:clientId/drafts', maxBytes: FORM_OVERHEAD_BYTES },
  {
    method: 'PUT',
    path: '/mail/:clientId/drafts/:id/files/:n',
    maxBytes: CONTENT_MAX_BYTES + FORM_OVERHEAD_BYTES,
    streamed: true,
  },
];

/** The token of a form in a header, which no page of another site can send with a PUT. */
const TOKEN_HEADER = 'Countersign-Form';

export function composeRoutes(app: App, site: Site): void {
  const { room } = site;

  app.get('/mail/:clientId/new', async (c) => {
    const person = await site.person(c);
    if (!person) return site.askWho(c);
    const fields = { ...NO_FIELDS, to: (c.req.query('to') ?? '').slice(0, 254) };
    return c.html(composePage(person.frame, { fields, problem: null, filesLost: false }));
  });

  app.post('/mail/:clientId/new', async (c) => {
    const person = await site.person(c);
    if (!person) return site.askWho(c);
    const form = await receive(site, c, person);
    if (form.isForeign) return site.problem(c, 'refused', 403);
    const { draft, problem, fields, filesLost } = form;
    const show = (shown: ComposeProblem) =>
      c.html(composePage(person.frame, { fields, problem: shown, filesLost }), statusOf(shown.kind));
    if (problem !== null || draft === null) return show(problem ?? { kind: 'unavailable' });
    const sent = await submit(site, c, draft.caller, draft.id);
    return sent.ok ? c.redirect(sent.page, 303) : show({ kind: submitProblem(sent.refusal) });
  });

  app.post('/mail/:clientId/drafts', async (c) => {
    const posted = await postedBy(site, c);
    if ('answer' in posted) return say(c, null, { kind: 'unavailable' }, 403);
    const { person, fields } = posted;
    const typed = new Map(
      Object.entries(fields).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    );
    const begun = await begin(site, person, fieldsOf(typed));
    if (!begun.ok) return say(c, person, { kind: begun.refusal });
    return c.json({ draft: mailPath(person.client.id, `/drafts/${begun.value.id}`) }, 201);
  });

  app.put('/mail/:clientId/drafts/:id/files/:n', async (c) => {
    const person = await site.person(c);
    const isOwn = person !== null && site.isOwn(c, person, c.req.header(TOKEN_HEADER));
    if (!isOwn) return say(c, null, { kind: 'unavailable' }, 403);
    const n = Number(c.req.param('n'));
    const name = c.req.query('name') ?? '';
    if (!Number.isInteger(n) || n < 1 || n > FILES_MAX)
      return say(c, person, { kind: 'too_large', file: name });
    const announced = c.req.header('content-length');
    const put = await room.putFile(person.callers[0], c.req.param('id'), {
      n,
      name,
      type: typeOfFile(name, c.req.header('content-type') ?? ''),
      sizeBytes: announced === undefined ? null : Number(announced),
      body: bodyOf(c),
    });
    return put.ok ? c.json({ n }) : say(c, person, { kind: FILE_PROBLEMS[put.refusal], file: name });
  });

  app.post('/mail/:clientId/drafts/:id/submission', async (c) => {
    const posted = await postedBy(site, c);
    if ('answer' in posted) return say(c, null, { kind: 'unavailable' }, 403);
    const sent = await submit(site, c, posted.person.callers[0], c.req.param('id'));
    if (sent.ok)
      return c.json({ page: sent.page, message: messagePath(posted.person.client.id, c.req.param('id')) });
    return say(c, posted.person, { kind: submitProblem(sent.refusal) });
  });
}

type Begun = { readonly caller: Caller; readonly id: string };

/** Makes the draft of what was typed, as the person who is signed in. */
async function begin(
  site: Site,
  person: Person,
  fields: ComposeFields,
): Promise<Result<Begun, ComposeProblemKind>> {
  const draft = draftOf(fields);
  if (!draft.ok) return draft;
  const { addressees, ...rest } = draft.value;
  const { subscriberId, number } = person.signedIn;
  const [caller] = person.callers;
  let problem: ComposeProblemKind = 'to_unknown';
  for (const addressee of addressees) {
    const input: NewMessage = {
      ...rest,
      sender: subscriberId === null ? { number } : { subscriberId },
      senderName: null,
      addressee,
    };
    const made = await site.room.createDraft(caller, input);
    if (made.ok) return ok({ caller, id: made.value.id });
    problem = draftProblem(made.refusal, fields.number !== '');
    if (made.refusal !== 'unknown_addressee') break;
  }
  return refuse(problem);
}

type Received = {
  readonly isForeign: boolean;
  readonly fields: ComposeFields;
  readonly draft: Begun | null;
  readonly problem: ComposeProblem | null;
  readonly filesLost: boolean;
};

/** Takes a whole form with its files; at the first thing that is wrong the rest of it is passed over. */
async function receive(site: Site, c: Http, person: Person): Promise<Received> {
  const typed = new Map<string, string>();
  const isForeign = () => !site.isOwn(c, person, typed.get(FORM_TOKEN_FIELD));
  let begun: Result<Begun, ComposeProblemKind> | null = null;
  let problem: ComposeProblem | null = null;
  let files = 0;
  const request = { contentType: c.req.header('content-type'), body: c.req.raw.body };
  const end = await readForm(request, typed, async ({ name, type, body }) => {
    files++;
    if (problem !== null || isForeign()) return;
    begun ??= await begin(site, person, fieldsOf(typed));
    if (!begun.ok) return;
    if (files > FILES_MAX) {
      problem = { kind: 'too_large' };
      return;
    }
    const { caller, id } = begun.value;
    const file = { n: files, name, type: typeOfFile(name, type), sizeBytes: null, body };
    const put = await site.room.putFile(caller, id, file);
    if (!put.ok) problem = { kind: FILE_PROBLEMS[put.refusal], file: name };
  });
  const fields = fieldsOf(typed);
  const result = { fields, filesLost: files > 0 };
  if (isForeign()) return { ...result, isForeign: true, draft: null, problem: null };
  if (end === 'malformed')
    return { ...result, isForeign: false, draft: null, problem: { kind: 'file_lost' } };
  const made = begun ?? (await begin(site, person, fields));
  if (!made.ok) return { ...result, isForeign: false, draft: null, problem: { kind: made.refusal } };
  return { ...result, isForeign: false, draft: made.value, problem };
}

const FILE_PROBLEMS = {
  not_found: 'unavailable',
  not_draft: 'unavailable',
  file_type_not_allowed: 'file_type',
  file_too_large: 'too_large',
  file_empty: 'file_empty',
  file_incomplete: 'file_lost',
  file_superseded: 'file_lost',
} as const satisfies Record<FileRefusal, ComposeProblemKind>;

function draftProblem(refusal: DraftRefusal, hasNumber: boolean): ComposeProblemKind {
  if (refusal === 'unknown_addressee') return 'to_unknown';
  if (refusal === 'malformed_address') return hasNumber ? 'number_malformed' : 'to_unknown';
  return refusal === 'file_type_not_allowed' ? 'text_malformed' : 'unavailable';
}

function submitProblem(refusal: string): ComposeProblemKind {
  if (refusal === 'no_content') return 'no_content';
  if (refusal === 'file_incomplete') return 'file_lost';
  return refusal === 'sending_limit' ? 'wait' : 'unavailable';
}

function statusOf(kind: ComposeProblemKind): 422 | 429 {
  return kind === 'wait' ? 429 : 422;
}

/** What the page's script shows: `{title, text, place}`. */
function say(
  c: Http,
  person: Person | null,
  problem: ComposeProblem,
  status: 403 | 422 | 429 = statusOf(problem.kind),
) {
  const texts = MAIL_TEXTS[person?.language ?? 'en'].compose;
  const { kind, file } = problem;
  const text = file ? `${file}: ${texts.problems[kind]}` : texts.problems[kind];
  return c.json({ title: texts.problemTitle, text, place: COMPOSE_PROBLEMS[kind] }, status);
}

async function* bodyOf(c: Http): AsyncGenerator<Uint8Array, void> {
  const { body } = c.req.raw;
  if (body) yield* body as AsyncIterable<Uint8Array>;
}
