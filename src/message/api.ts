import { line, SUBSCRIBER_INPUTS } from '../http/inputs.ts';
import { createRoute, z } from '@hono/zod-openapi';
import { BEHIND_API_KEY, jsonAnswer, jsonBody, pageOf, problemAnswers } from '../http/openapi.ts';
import { OpenedSchema } from '../confirmation/routes.ts';
import { LANGUAGES } from '../std/language.ts';
import { NAME_MAX, SUBJECT_MAX, TEXT_MAX_CHARACTERS, VALIDITY_MS } from './message.ts';
import { MESSAGE_PROBLEMS as PROBLEMS } from './problems.ts';
import { HandedOverSchema, MessageSchema, StorySchema } from './resource.ts';

/** The shapes and routes of the API of registered messages, as the public reference shows them. */
export const shared = { tags: ['Messages'], security: BEHIND_API_KEY };
export const COMMON = ['malformed_request', 'unauthenticated', 'client_key_only', 'outage'] as const;
const OPENING = [
  'unknown_client',
  'unknown_subscriber',
  'no_address',
  'address_not_allowed',
  'malformed_address',
  'return_url_not_allowed',
  'channel_unavailable',
  'sending_limit',
] as const;
export const IN_READING = [
  'not_found',
  'not_proved',
  'reading_over',
  'message_recalled',
  'message_expired',
  'message_refused',
] as const;

const PersonSchema = z
  .union([
    ...SUBSCRIBER_INPUTS,
    z.strictObject({ number: z.string().min(3).max(64), mail: z.email().max(254).optional() }),
  ])
  .openapi({ example: { identifier: { value: 'marie@example.org' } } });

const NewMessageSchema = z
  .strictObject({
    sender: PersonSchema.openapi({
      description:
        'Who sends, and will prove it; by number where policy of send_message lets the client name it.',
    }),
    addressee: PersonSchema.openapi({ description: 'Who alone may read it.' }),
    senderName: line(NAME_MAX).optional().openapi({ description: 'Of a sender under no contract.' }),
    addresseeName: line(NAME_MAX).optional().openapi({ description: 'As the sender calls him.' }),
    subject: line(SUBJECT_MAX).openapi({ example: 'Notice to quit' }),
    text: z
      .string()
      .min(1)
      .max(TEXT_MAX_CHARACTERS)
      .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')
      .optional()
      .openapi({ description: 'Becomes file 0.' }),
    acceptance: z.boolean().default(false).openapi({
      description: 'Whether the addressee must accept before he can read.',
    }),
    language: z.enum(LANGUAGES).optional(),
    notifySender: z.boolean().default(false).openapi({ description: 'Tells the sender each step by SMS.' }),
    validityMs: z.int().min(VALIDITY_MS.min).max(VALIDITY_MS.max).default(VALIDITY_MS.usual),
  })
  .openapi('NewMessage');

const AskSchema = z
  .strictObject({
    returnUrl: z
      .url({ protocol: /^https?$/ })
      .max(1000)
      .transform((text) => new URL(text).href)
      .optional()
      .openapi({ description: 'Where the hosted page of the code sends the person back to.' }),
  })
  .openapi('AskCode');

const SessionBody = jsonBody(
  z
    .strictObject({
      session: z.string().min(1).max(100).openapi({ description: "The secret of the reading's session." }),
    })
    .openapi('ReadingSession'),
  'The session in which the code was right.',
);
export const OfMessage = z.object({
  id: z.string().max(64).openapi({ example: 'msg_0g3n5s2h8v4k7m1q9r6t2w8x5z' }),
});
export const OfReading = OfMessage.extend({ reading: z.string().max(64).openapi({ description: 'cnf_…' }) });
const RoleQuery = z.strictObject({ role: z.enum(['sender', 'addressee']).default('sender') });

export const createMessageRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/messages',
  operationId: 'createMessage',
  summary: 'Begin a registered message',
  description: 'A draft: files can be added until it is submitted. It is deleted after 24 hours.',
  request: { body: jsonBody(NewMessageSchema, 'Who writes to whom, and what.') },
  responses: {
    201: jsonAnswer(MessageSchema, 'The draft.'),
    ...problemAnswers(PROBLEMS, [
      ...COMMON,
      'unknown_client',
      'unknown_sender',
      'unknown_addressee',
      'address_not_allowed',
      'malformed_address',
      'file_type_not_allowed',
    ]),
  },
});

export const listMessagesRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/messages',
  operationId: 'listMessages',
  summary: "List a person's mailbox",
  description:
    'What a person sent and received through this client, newest first; `q` searches beginnings of words.',
  request: {
    query: z.strictObject({
      party: z
        .string()
        .min(3)
        .max(64)
        .openapi({ description: 'A subscriber id, or a number as +33612345678.' }),
      box: z.enum(['sent', 'received', 'waiting', 'read']).default('received'),
      q: z.string().min(1).max(200).optional(),
      cursor: z.string().min(1).max(64).optional(),
      limit: z.coerce.number().int().min(1).max(100).default(20),
    }),
  },
  responses: {
    200: jsonAnswer(pageOf(MessageSchema, 'MessageList'), 'One page.'),
    ...problemAnswers(PROBLEMS, COMMON),
  },
});

export const getMessageRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/messages/{id}',
  operationId: 'getMessage',
  summary: 'Look at a message and its story',
  request: { params: OfMessage },
  responses: {
    200: jsonAnswer(StorySchema, 'As it is now.'),
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_found']),
  },
});

export const submitRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/messages/{id}/submission',
  operationId: 'submitMessage',
  summary: 'Have the sender confirm what he sends',
  description:
    'Sends him a code that depends on the digest of the content and on the addressee. When it comes back to the ' +
    'confirmation, the message is registered.',
  request: { params: OfMessage, body: jsonBody(AskSchema, 'How.') },
  responses: {
    201: jsonAnswer(OpenedSchema, 'The confirmation.'),
    ...problemAnswers(PROBLEMS, [
      ...COMMON,
      ...OPENING,
      'not_found',
      'not_draft',
      'no_content',
      'file_incomplete',
      'content_erased',
      'draft_changed',
    ]),
  },
});

export const openReadingRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/messages/{id}/readings',
  operationId: 'openReading',
  summary: 'Have the addressee prove himself',
  description: 'Sends him a code that works in this session only. Its confirmation is the reading.',
  request: { params: OfMessage, body: jsonBody(AskSchema, 'How.') },
  responses: {
    201: jsonAnswer(OpenedSchema, 'The confirmation; its id is that of the reading.'),
    ...problemAnswers(PROBLEMS, [...COMMON, ...OPENING, 'not_found', 'not_waiting', 'content_erased']),
  },
});

const answer = (what: 'acceptance' | 'refusal', summary: string) =>
  createRoute({
    ...shared,
    method: 'post',
    path: `/v1/messages/{id}/readings/{reading}/${what}`,
    operationId: what === 'acceptance' ? 'acceptMessage' : 'refuseMessage',
    summary,
    request: { params: OfReading, body: SessionBody },
    responses: {
      200: jsonAnswer(MessageSchema, 'As it is now.'),
      ...problemAnswers(PROBLEMS, [...COMMON, ...IN_READING, 'acceptance_not_asked', 'already_answered']),
    },
  });

export const acceptRoute = answer('acceptance', 'Accept a message');
export const refuseRoute = answer('refusal', 'Refuse a message');

export const handOverRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/messages/{id}/readings/{reading}/handover',
  operationId: 'handOverMessage',
  summary: 'Hand the content over to its addressee',
  description:
    'In the session in which his code was right, for 15 minutes. Recorded once; later readings are tracked.',
  request: { params: OfReading, body: SessionBody },
  responses: {
    200: jsonAnswer(HandedOverSchema, 'What he may now fetch.'),
    ...problemAnswers(PROBLEMS, [...COMMON, ...IN_READING, 'acceptance_needed', 'content_erased', 'damaged']),
  },
});

export const recallRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/messages/{id}/recall',
  operationId: 'recallMessage',
  summary: 'Take a message back before it is handed over',
  request: { params: OfMessage },
  responses: {
    200: jsonAnswer(MessageSchema, 'Recalled.'),
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_found', 'not_waiting', 'already_handed_over']),
  },
});

export const eraseContentRoute = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/messages/{id}/content',
  operationId: 'eraseMessageContent',
  summary: 'Erase the content for ever',
  description:
    'Of a message that ended; who, what and when stay, and the log stays valid. A draft is deleted whole.',
  request: { params: OfMessage },
  responses: {
    204: { description: 'Erased.' },
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_found', 'still_waiting']),
  },
});

export const messageReceiptRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/messages/{id}/receipt',
  operationId: 'getMessageReceipt',
  summary: 'Fetch the receipt of one side',
  description: 'One JSON file that anyone can verify offline: `countersign verify receipt.json`.',
  request: { params: OfMessage, query: RoleQuery },
  responses: {
    200: {
      description: 'The receipt, format countersign-receipt/1.',
      content: { 'application/json': { schema: z.record(z.string(), z.unknown()) } },
    },
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_found', 'not_yet_logged']),
  },
});

export const certificateRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/messages/{id}/certificate',
  operationId: 'getMessageCertificate',
  summary: 'Fetch the certificate of one side',
  description: 'The receipt as one page in PDF, with the receipt itself attached inside.',
  request: { params: OfMessage, query: RoleQuery },
  responses: {
    200: {
      description: 'The certificate.',
      content: { 'application/pdf': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_found', 'not_yet_logged', 'not_submitted', 'person_erased']),
  },
});

export const watchMessageRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/messages/{id}/events',
  operationId: 'watchMessage',
  summary: 'Follow a message live',
  description:
    'Server-sent events: `event: state` with `{"state", "reason", "readings", "notices"}` at each change.',
  request: { params: OfMessage },
  responses: {
    200: { description: 'The stream.', content: { 'text/event-stream': { schema: z.string() } } },
    ...problemAnswers(PROBLEMS, [...COMMON, 'not_found']),
  },
});
