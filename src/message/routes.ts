import type { Context as HttpContext } from 'hono';
import { createMiddleware } from 'hono/factory';
import { homeOf } from '../std/id.ts';
import { createRouter, type App, type HttpEnv } from '../http/app.ts';
import { KERNEL_PROBLEMS, problem, refusalProblem } from '../http/problem.ts';
import { openedResource } from '../confirmation/routes.ts';
import { parseNumber } from '../directory/number.ts';
import {
  acceptRoute,
  certificateRoute,
  createMessageRoute,
  eraseContentRoute,
  getMessageRoute,
  handOverRoute,
  listMessagesRoute,
  messageReceiptRoute,
  openReadingRoute,
  recallRoute,
  refuseRoute,
  submitRoute,
  watchMessageRoute,
} from './api.ts';
import { attachment } from './disposition.ts';
import { streamMessage } from './events.ts';
import { isCursor } from './list.ts';
import { partyKeyOf } from './message.ts';
import type { MessageRoom } from './messages.ts';
import { MESSAGE_PROBLEMS as PROBLEMS } from './problems.ts';
import { handedOverResource, messageResource, storyResource } from './resource.ts';
import type { Asking, Caller, CodeSent, NamedPerson, NewMessage } from './verbs.ts';

/** The JSON API of registered messages. A client acts for its people; it reads nothing without their codes. */
export function messageRoutes(messages: MessageRoom): App {
  const app = createRouter();
  app.use('/v1/messages/*', clientKeyOnly);
  app.use('/v1/messages', clientKeyOnly);
  addWriting(app, messages);
  addReading(app, messages);
  addLooking(app, messages);
  return app;
}

function addWriting(app: App, messages: MessageRoom): void {
  const { confirmations } = messages.context;
  const sent = ({ opened, act }: CodeSent) => openedResource(confirmations, opened, act);

  app.openapi(createMessageRoute, async (c) => {
    const { sender, addressee, senderName, addresseeName, text, language, ...rest } = c.req.valid('json');
    const input: NewMessage = {
      ...rest,
      sender: namedPerson(sender),
      addressee: namedPerson(addressee),
      senderName: senderName ?? null,
      addresseeName: addresseeName ?? null,
      text: text ?? null,
      language: language ?? null,
    };
    const made = await messages.createDraft(callerOf(c), input);
    if (!made.ok) return refusalProblem(c, PROBLEMS, made);
    c.header('Location', `/v1/messages/${made.value.id}`);
    return c.json(messageResource(made.value), 201);
  });

  app.openapi(submitRoute, async (c) => {
    const asking = askingOf(c, c.req.valid('json').returnUrl);
    const submitted = await messages.submit(callerOf(c), c.req.valid('param').id, asking);
    return submitted.ok ? c.json(sent(submitted.value), 201) : refusalProblem(c, PROBLEMS, submitted);
  });

  app.openapi(openReadingRoute, async (c) => {
    const asking = askingOf(c, c.req.valid('json').returnUrl);
    const opened = await messages.openReading(callerOf(c), c.req.valid('param').id, asking);
    return opened.ok ? c.json(sent(opened.value), 201) : refusalProblem(c, PROBLEMS, opened);
  });

  app.openapi(recallRoute, async (c) => {
    const recalled = await messages.recall(callerOf(c), c.req.valid('param').id);
    return recalled.ok ? c.json(messageResource(recalled.value), 200) : refusalProblem(c, PROBLEMS, recalled);
  });

  app.openapi(eraseContentRoute, async (c) => {
    const erased = await messages.eraseContent(callerOf(c), c.req.valid('param').id);
    return erased.ok ? c.body(null, 204) : refusalProblem(c, PROBLEMS, erased);
  });
}

/** What the addressee does once he proved himself, each with the secret of his session. */
function addReading(app: App, messages: MessageRoom): void {
  const reading = (param: { id: string; reading: string }, session: string) => ({
    messageId: param.id,
    confirmationId: param.reading,
    session,
  });

  app.openapi(acceptRoute, async (c) => {
    const asked = reading(c.req.valid('param'), c.req.valid('json').session);
    const accepted = await messages.accept(callerOf(c), asked);
    return accepted.ok ? c.json(messageResource(accepted.value), 200) : refusalProblem(c, PROBLEMS, accepted);
  });

  app.openapi(refuseRoute, async (c) => {
    const asked = reading(c.req.valid('param'), c.req.valid('json').session);
    const refused = await messages.refuse(callerOf(c), asked);
    return refused.ok ? c.json(messageResource(refused.value), 200) : refusalProblem(c, PROBLEMS, refused);
  });

  app.openapi(handOverRoute, async (c) => {
    const asked = reading(c.req.valid('param'), c.req.valid('json').session);
    const handed = await messages.handOver(callerOf(c), asked);
    return handed.ok ? c.json(handedOverResource(handed.value), 200) : refusalProblem(c, PROBLEMS, handed);
  });
}

function addLooking(app: App, messages: MessageRoom): void {
  app.openapi(listMessagesRoute, async (c) => {
    const { party, box, q = null, cursor = null, limit } = c.req.valid('query');
    const person = personOf(party);
    if (!person) return malformed(c, '/query/party', 'must be a subscriber id or a telephone number');
    if (cursor !== null && !isCursor(cursor)) {
      return malformed(c, '/query/cursor', 'must be the nextCursor of a page');
    }
    const caller = callerOf(c);
    const key = partyKeyOf(caller.tenantId, person);
    const { items, nextCursor } = await messages.list(caller, key, { box, q, cursor, limit });
    return c.json({ items: items.map(messageResource), nextCursor }, 200);
  });

  app.openapi(getMessageRoute, async (c) => {
    const story = await messages.view(callerOf(c), c.req.valid('param').id);
    return story ? c.json(storyResource(story), 200) : problem(c, PROBLEMS, 'not_found');
  });

  app.openapi(messageReceiptRoute, async (c) => {
    const { id } = c.req.valid('param');
    const receipt = await messages.receipt(callerOf(c), id, c.req.valid('query').role);
    if (!receipt.ok) return refusalProblem(c, PROBLEMS, receipt);
    return c.body(receipt.value, 200, {
      'Content-Type': 'application/json',
      'Content-Disposition': attachment(`${id}.receipt.json`),
    });
  });

  app.openapi(certificateRoute, async (c) => {
    const { id } = c.req.valid('param');
    const certificate = await messages.certificate(callerOf(c), id, c.req.valid('query').role);
    if (!certificate.ok) return refusalProblem(c, PROBLEMS, certificate);
    return c.body(Buffer.from(certificate.value), 200, {
      'Content-Type': 'application/pdf',
      'Content-Disposition': attachment(`${id}.certificate.pdf`),
    });
  });

  app.openapi(watchMessageRoute, async (c) => {
    const { id } = c.req.valid('param');
    const streamed = await streamMessage(c, messages.context, callerOf(c), id);
    return streamed ?? problem(c, PROBLEMS, 'not_found');
  });
}

/** The tenant's administrator has no part in what its people write to each other. */
export const clientKeyOnly = createMiddleware<HttpEnv>(async (c, next) => {
  if (c.get('principal').scope !== 'client') return problem(c, PROBLEMS, 'client_key_only');
  await next();
  return undefined;
});

export function callerOf(c: HttpContext<HttpEnv>): Caller {
  const { tenantId, clientId } = c.get('principal');
  return { tenantId, clientId, party: null };
}

function askingOf(c: HttpContext<HttpEnv>, returnUrl: string | undefined): Asking {
  return { ip: c.get('ip'), returnUrl: returnUrl ?? null };
}

type PersonInput = { id: string } | Exclude<NamedPerson, { readonly subscriberId: string }>;

function namedPerson(input: PersonInput): NamedPerson {
  return 'id' in input ? { subscriberId: input.id } : input;
}

function personOf(party: string): { subscriberId: string | null; number: string } | null {
  if (homeOf('sub', party) !== null) return { subscriberId: party, number: '' };
  const number = parseNumber(party);
  return number.ok ? { subscriberId: null, number: number.value.e164 } : null;
}

function malformed(c: HttpContext<HttpEnv>, pointer: string, detail: string): Response {
  return problem(c, KERNEL_PROBLEMS, 'malformed_request', {
    detail: `${pointer}: ${detail}`,
    errors: [{ pointer, detail }],
  });
}
